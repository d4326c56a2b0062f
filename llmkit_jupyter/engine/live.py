"""A job while this process knows of it: the latest record, and who wants to hear of changes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future

from llmkit_jupyter.engine import polling
from llmkit_jupyter.engine.listeners import Listeners
from llmkit_jupyter.engine.record import JobRecord


class LiveJob:
    """One job's present state. Read from any thread; written on the loop thread alone."""

    def __init__(self, record: JobRecord) -> None:
        self.record = record
        self.progress: float | None = None
        """Between 0 and 1; not worth a journal entry."""
        self.waiting = False
        """Whether it waits at the provider for something to run on."""
        self.queue_position: int | None = None
        """Its place among those that wait, from 1, where that is told."""
        self.usual: polling.Usual | None = None
        """How long such jobs take to generate."""
        self.notice: str | None = None
        """One sentence that a person should see beside the job, for as long as it lasts."""
        self.trouble: str | None = None
        """The same, until the next answer."""
        self.cancelling = False
        self.ended: Future[JobRecord] = Future()
        # Waiting for it may be given up; the job itself is not stopped by that.
        self.ended.set_running_or_notify_cancel()
        self._listeners = Listeners()
        if record.ended:
            self.ended.set_result(record)

    @property
    def task_id(self) -> str:
        """The id that the job keeps for ever."""
        return self.record.task_id

    @property
    def expected(self) -> float | None:
        """Seconds that such jobs usually take to generate."""
        return self.usual.median if self.usual else None

    @property
    def elapsed(self) -> float:
        """Seconds since the job was made, until its end or now."""
        end = self.record.finished_at or time.time()
        return max(0.0, end - self.record.created_at)

    @property
    def time_left(self) -> float | None:
        """Seconds that it will probably still take; ``None`` where nothing is known."""
        record = self.record
        if record.ended or record.restoring or record.submitted_at is None or self.waiting:
            return None
        generating = max(0.0, time.time() - record.submitted_at)
        return polling.time_left(generating, expected=self.expected, progress=self.progress)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have a function called, on the loop thread, at each change; gives the way out."""
        return self._listeners.add(listener)

    def report(self, trouble: object, then: str) -> None:
        """Say what is in the way, and what is done about it; on the loop thread only."""
        self.trouble = f"{str(trouble).rstrip('.')}. {then}"
        self.publish()

    def publish(self, record: JobRecord | None = None) -> None:
        """Show a new state to everybody; on the loop thread only."""
        if record is not None:
            self.record = record
        if self.record.ended and not self.ended.done():
            self.ended.set_result(self.record)
        self._listeners.tell()


async def beyond_submission(job: LiveJob) -> None:
    """Wait until a job is not about to be handed over any more."""
    changed = asyncio.Event()
    stop = job.listen(changed.set)
    try:
        while job.record.phase in ("queued", "submitting"):
            await changed.wait()
            changed.clear()
    finally:
        stop()
