"""The rows of a sweep as this process knows them: shared by all its slices, and listened to."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterable
from pathlib import Path

from llmkit_jupyter.client import LLMKitClient
from llmkit_jupyter.engine.listeners import Listeners
from llmkit_jupyter.engine.planned import Planned
from llmkit_jupyter.job import VideoJob
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.sweeps.pace import Pace
from llmkit_jupyter.sweeps.row import FORGOTTEN, UNREADABLE, SweepRow
from llmkit_jupyter.sweeps.submitting import Submitter


class Table:
    """A sweep's rows, which of them are to be submitted, and which are under way.

    Everything that changes does so while ``changed`` is held, for a moment only: jobs report on
    the background loop, which nobody may hold up.
    """

    def __init__(self, client: LLMKitClient, planned: Planned) -> None:
        self.client = client
        self.name = planned.name
        self.created_at = planned.created_at
        self.process = os.getpid()
        self.changed = threading.Condition(threading.RLock())
        self.rows = [_row(row.number, row.request) for row in planned.rows]
        self.by_place = {row.place: row for row in self.rows}
        self.queue: list[SweepRow] = []
        """What is to be submitted, in order."""
        self.stopped: str | None = None
        """Why nothing more is submitted although there is more, in a sentence."""
        self.confirmed = False
        """Whether somebody has agreed to its price in this session."""
        self.submitter = Submitter(self, Pace.of(planned.terms))
        self._under_way: dict[SweepRow, Callable[[], None]] = {}
        self._listeners = Listeners()
        self.update(planned)

    def update(self, planned: Planned) -> None:
        """Take up what the journal knows of its jobs, which other processes may have begun."""
        news = [row for row in planned.rows if row.task_id != _task_id(self.by_place[row.number])]
        there = [row for row in news if row.record is not None]
        jobs = self.client.take_up(
            [row.record for row in there if row.record is not None],
            reused=[row.reused for row in there],
        )
        for row, job in zip(there, jobs, strict=True):
            self.take(self.by_place[row.number], job)
        for row in news:
            if row.record is None and row.task_id is not None:
                self.by_place[row.number].lose(UNREADABLE)

    def take(self, row: SweepRow, job: VideoJob) -> None:
        """Let a row have this job, and follow it to its end."""
        with self.changed:
            if row in self.queue:
                self.queue.remove(row)
            row.take(job)
            seen = [(job.status, job.phase, job.resting)]

            def hear(job: VideoJob) -> None:
                state = (job.status, job.phase, job.resting)
                if state != seen[0]:
                    seen[0] = state
                    self._note(row, job)

            self._leave(row)
            self._under_way[row] = job.on_change(hear)
        # It may have changed before anybody listened.
        self._note(row, job)

    def enqueue(self, rows: Iterable[SweepRow]) -> None:
        """Have rows submitted, in their order among those that wait already."""
        with self.changed:
            self.stopped = None
            for row in rows:
                if not row.waits and row.request is not None:
                    row.waits = True
                    self.queue.append(row)
            self.queue.sort(key=lambda row: row.place)
            self.changed.notify_all()

    def stop(self, why: str) -> None:
        """Submit nothing further, and say why; what is under way goes on."""
        with self.changed:
            if self.queue:
                self.stopped = why
            for row in self.queue:
                row.waits = False
            self.queue.clear()
            self.changed.notify_all()
        self.tell()

    def under_way(self) -> list[VideoJob]:
        """Give the jobs that were made for this sweep and go on."""
        with self.changed:
            jobs = [row.job for row in self._under_way if not row.reused]
        return [job for job in jobs if job is not None and not job.resting]

    @property
    def idle(self) -> bool:
        """Whether nothing is under way or about to be submitted.

        What nobody asks for any more is not waited for: only a resume goes on with it.
        """
        with self.changed:
            if self.queue:
                return False
            rows = list(self._under_way)
        return not any(row.moves for row in rows)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have a function called at each change, in whichever thread; gives the way out."""
        return self._listeners.add(listener)

    def tell(self) -> None:
        """Tell everybody that something has changed."""
        with self.changed:
            self.changed.notify_all()
        self._listeners.tell()

    def _note(self, row: SweepRow, job: VideoJob) -> None:
        if job.done():
            with self.changed:
                if row.former == job:
                    self._leave(row)
        self.tell()

    def _leave(self, row: SweepRow) -> None:
        stop = self._under_way.pop(row, None)
        if stop is not None:
            stop()


# A job that failed costs nothing, unless it was made all the same or may have been.
_MAY_COST = (
    "submission_unknown",
    "result_expired",
    "job_lost",
    "invalid_video",
    "video_too_large",
    "library",
)


def spent_on(job: VideoJob) -> float:
    """Give what a job has cost in US dollars; for as long as nobody knows, what it may."""
    if job.cost is not None:
        return max(job.cost, 0.0)
    error = job.error
    if error is not None and error.code not in _MAY_COST:
        return 0.0
    return job.estimate or 0.0


def _row(place: int, request: VideoGenerationRequest | None) -> SweepRow:
    row = SweepRow(place, request)
    if request is None:
        row.lose(FORGOTTEN)
    return row


def _task_id(row: SweepRow) -> str | None:
    return row.former.task_id if row.former else None


_lock = threading.Lock()
_tables: weakref.WeakValueDictionary[tuple[Path, str], Table] = weakref.WeakValueDictionary()


def table_of(client: LLMKitClient, planned: Planned) -> Table:
    """Give the process's one table of a sweep, with what the journal knows of it now."""
    key = (client.engine.home, planned.name)
    with _lock:
        table = _tables.get(key)
        fits = table is not None and [row.request for row in table.rows] == [
            row.request for row in planned.rows
        ]
        if table is None or not fits:
            # Its name may have been given to another one since.
            table = _tables[key] = Table(client, planned)
            return table
    table.client = client  # whose settings are in force now
    table.update(planned)
    return table


def read_table(client: LLMKitClient, name: str) -> Table:
    """Give the table of a sweep by its name.

    Raises:
        SweepNotFoundError: names the nearest.
    """
    return table_of(client, client.engine.journal.sweep(name).result())


def drop(table: Table) -> None:
    """Forget a table: its sweep is gone."""
    with _lock:
        for key in [key for key, known in _tables.items() if known is table]:
            del _tables[key]


def _after_fork() -> None:
    # The parent submits, and its threads do not survive a fork; the child reads the journal anew.
    global _lock, _tables  # noqa: PLW0603
    _lock = threading.Lock()
    _tables = weakref.WeakValueDictionary()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
