"""The studio's jobs: those of the latest submission, which move, and the ones before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from llmkit_jupyter.notebook import live
from llmkit_jupyter.notebook.card import Card
from llmkit_jupyter.widgets.following import Following
from llmkit_jupyter.widgets.shape import card_state

if TYPE_CHECKING:
    from llmkit_jupyter.job import VideoJob

KEPT = 60
"""Cards of earlier jobs that a page shows; the journal has all of them."""

Cards = list[dict[str, Any]]


class Results:
    """All jobs of one studio. May be called from any thread.

    Args:
        changed: is given the cards of the latest submission and, where a new one has begun, those
            of the earlier ones.
        ended: is given a job that has just ended.
    """

    def __init__(
        self,
        changed: Callable[[Cards, Cards | None], None],
        ended: Callable[[VideoJob], None],
    ) -> None:
        self._changed = changed
        self._ended = ended
        self._lock = threading.RLock()
        self._batch: dict[str, dict[str, Any]] = {}
        self._earlier: Cards = []
        self._jobs: dict[str, VideoJob] = {}

    def find(self, task_id: str) -> VideoJob | None:
        """Give a job of this studio by its id."""
        with self._lock:
            return self._jobs.get(task_id)

    @property
    def earlier(self) -> Cards:
        """The cards of the jobs before the latest submission, newest first."""
        with self._lock:
            return self._earlier

    def take_up(self, jobs: Sequence[VideoJob]) -> None:
        """Begin with jobs that an earlier session has left; `follow` keeps them current."""
        with self._lock:
            self._earlier = [card_state(job, Card.of(job)) for job in jobs[:KEPT]]
            self._jobs |= {job.task_id: job for job in jobs[:KEPT]}

    def follow(self) -> None:
        """Keep the cards of all jobs current."""
        with self._lock:
            jobs = list(self._jobs.values())
        for job in jobs:
            self._keep_current(job)

    def begin(self, jobs: Sequence[VideoJob]) -> None:
        """Take up a new submission; the jobs before it become earlier ones."""
        with self._lock:
            before = [*reversed(self._batch.values()), *self._earlier]
            self._batch = {job.task_id: card_state(job, Card.of(job)) for job in jobs}
            # One that was made before, and is asked for again, moves up.
            self._earlier = [card for card in before if card["task_id"] not in self._batch][:KEPT]
            self._jobs |= {job.task_id: job for job in jobs}
            self._changed(list(self._batch.values()), self._earlier)
        for job in jobs:
            self._keep_current(job)

    def set(self, job: VideoJob, card: Card) -> None:
        """Show a job as it stands now, wherever it is."""
        state = card_state(job, card)
        with self._lock:
            if job.task_id in self._batch:
                self._batch[job.task_id] = state
                self._changed(list(self._batch.values()), None)
                return
            for place, old in enumerate(self._earlier):
                if old["task_id"] == job.task_id:
                    self._earlier = list(self._earlier)
                    self._earlier[place] = state
                    self._changed(list(self._batch.values()), self._earlier)

    def end(self, job: VideoJob, card: Card) -> None:
        """Show how a job has ended."""
        self.set(job, card)
        self._ended(job)

    def _keep_current(self, job: VideoJob) -> None:
        live.keep_current(job, Following(partial(self.set, job), partial(self.end, job)))
