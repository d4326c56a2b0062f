"""The jobs: what was accepted, and what can be said of each at any moment."""

from __future__ import annotations

import random
import time
import uuid
from dataclasses import dataclass
from typing import Any

from tests.emulator.catalogue import pixels_of, seconds_of
from tests.emulator.ledger import LedgerRow
from tests.emulator.marker import Marker, read_marker
from tests.emulator.options import Options

PIXELS = 1280 * 720  # the size that costs the plain price


@dataclass(slots=True)
class Job:
    task_id: str
    model: str
    request: dict[str, Any]
    marker: Marker
    price: float
    accepted_at: float
    seconds: float
    seed: int
    video_ids: list[str]
    forgotten: str | None = None
    conflicted: bool = False
    rendering: bool = False
    queued_until: float = 0.0
    addresses: int = 0  # how often it was told where the file is
    seen_finished_at: float | None = None  # when a poll first told of the end

    @property
    def finished_at(self) -> float:
        return self.accepted_at + self.seconds

    def results_at(self, now: float) -> int:
        """How many results there are. They come one after the other, evenly spread."""
        if self.rendering:
            return 0
        wanted = len(self.video_ids)
        if now >= self.finished_at:
            return wanted
        return int((now - self.accepted_at) / self.seconds * wanted)

    def progress_at(self, now: float) -> int:
        if self.seconds <= 0:
            return 99
        return max(0, min(99, int((now - self.accepted_at) / self.seconds * 100)))


class Jobs:
    """All jobs by task id and by video id."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._chance = random.Random(options.random_seed)
        self._unborn: dict[str, Marker] = {}  # wishes of tasks that were not accepted yet
        self.by_id: dict[str, Job] = {}
        self.by_video: dict[str, Job] = {}

    def marker(self, task: dict[str, Any]) -> Marker:
        """The same one for every try of a task, so that a fault's count goes down."""
        task_id = str(task.get("taskUUID"))
        job = self.by_id.get(task_id)
        if job is not None:
            return job.marker
        if "positivePrompt" not in task:  # a question about a task, which may come before it
            return Marker()
        if task_id not in self._unborn:
            self._unborn[task_id] = read_marker(task)
        return self._unborn[task_id]

    def accept(self, task: dict[str, Any]) -> Job:
        marker = self.marker(task)
        seconds = self._options.seconds if marker.seconds is None else marker.seconds
        if isinstance(seconds, list | tuple):
            seconds = self._chance.uniform(*seconds)
        count = task.get("numberResults", 1)
        job = Job(
            task_id=task["taskUUID"],
            model=task["model"],
            request=task,
            marker=marker,
            price=self.price(task),
            accepted_at=time.time(),
            seconds=seconds,
            seed=task.get("seed", self._chance.randrange(1, 2**31)),
            video_ids=[str(uuid.uuid4()) for _ in range(count)],
            forgotten=marker.forget,
        )
        self._add(job)
        return job

    def _add(self, job: Job) -> None:
        self._unborn.pop(job.task_id, None)
        self.by_id[job.task_id] = job
        for video_id in job.video_ids:
            self.by_video[video_id] = job

    def restore(self, row: LedgerRow) -> None:
        """Know a job again after a restart."""
        marker = read_marker(row.request)
        for fault in marker.faults:
            if fault.kind == "submit":
                fault.times = 0  # it was accepted, so these are spent
        job = Job(
            task_id=row.task_id,
            model=row.model,
            request=row.request,
            marker=marker,
            price=row.price,
            accepted_at=row.accepted_at,
            seconds=row.seconds,
            seed=row.seed,
            video_ids=row.video_ids,
            forgotten=row.forgotten,
            conflicted=row.conflicted,
        )
        self._add(job)

    def price(self, task: dict[str, Any]) -> float:
        """USD, by duration and pixels."""
        width, height = pixels_of(task)
        each = self._options.price_per_second * seconds_of(task) * width * height / PIXELS
        return round(each * task.get("numberResults", 1), 4)

    def clear(self) -> None:
        self.by_id.clear()
        self.by_video.clear()
        self._unborn.clear()
        self._chance.seed(self._options.random_seed)
