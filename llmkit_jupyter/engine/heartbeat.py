"""Keeps this process's jobs its own, watches those of others, and adopts those of the dead."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable

from llmkit_jupyter.engine.claims import LEASE_SECONDS
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.engine.live import LiveJob
from llmkit_jupyter.errors import JournalError

RENEW_SECONDS = LEASE_SECONDS / 3
FOLLOW_SECONDS = 1.0
ORPHAN_SECONDS = 3.0  # between two looks for jobs whose holder has vanished, if one is followed
IDLE_SECONDS = LEASE_SECONDS / 2  # the same, for a process that has nothing else to do
MISSED = 5  # looks at which a job is not there, before it is given up
_log = logging.getLogger(__name__)


class Heartbeat:
    """One for all jobs of a home; on the loop thread only.

    Args:
        journal: where leases are written and other processes' progress is read.
        lost: told of a job that another process has taken over.
        adopt: takes over the jobs of processes that are gone.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        lost: Callable[[LiveJob], None],
        adopt: Callable[[], Awaitable[object]],
    ) -> None:
        self._journal = journal
        self._lost = lost
        self._adopt = adopt
        self._kept: dict[str, LiveJob] = {}
        self._followed: dict[str, LiveJob] = {}
        self._missed: Counter[str] = Counter()
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._searched = self._renewed = time.monotonic()

    def keep(self, job: LiveJob) -> None:
        """Renew the lease of a job until it is dropped."""
        self._followed.pop(job.task_id, None)
        self._kept[job.task_id] = job
        self.watch()

    def drop(self, job: LiveJob) -> None:
        """Renew a lease no longer."""
        self._kept.pop(job.task_id, None)

    def follow(self, job: LiveJob) -> None:
        """Show what another process does with a job, until it has ended."""
        if not job.record.ended and job.task_id not in self._kept:
            self._followed[job.task_id] = job
            self.watch()

    def watch(self) -> None:
        """Look after leases from now on, also while there is nothing to do here."""
        self._wake.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                # A first job to follow must not wait for the slow beat.
                await asyncio.wait_for(self._wake.wait(), self._pause)
                await asyncio.sleep(FOLLOW_SECONDS)
            except TimeoutError:
                pass
            try:
                await self._beat()
            except JournalError as error:
                _log.warning("heartbeat: %s", error)
            except Exception:  # noqa: BLE001 - one bad beat must not cost all the later ones
                _log.exception("heartbeat")

    @property
    def _pause(self) -> float:
        if self._hopes:
            return FOLLOW_SECONDS
        return RENEW_SECONDS if self._kept or self._followed else IDLE_SECONDS

    @property
    def _hopes(self) -> bool:
        """Whether a job is followed that may go on by itself, and was not put to rest."""
        return any(job.record.lease_expires > 0 for job in self._followed.values())

    async def _beat(self) -> None:
        now = time.monotonic()
        if self._kept and now - self._renewed >= RENEW_SECONDS:
            self._renewed = now
            await self._renew()
        if self._followed:
            await self._look()
        rest = ORPHAN_SECONDS if self._hopes else RENEW_SECONDS if self._kept else IDLE_SECONDS
        if now - self._searched >= rest:
            self._searched = now
            await self._adopt()

    async def _renew(self) -> None:
        kept = dict(self._kept)
        records = [job.record for job in kept.values()]
        for task_id in await asyncio.wrap_future(self._journal.renew(records)):
            # It may have ended, and so been dropped, while the journal was busy.
            if task_id in self._kept:
                self._lost(kept[task_id])

    async def _look(self) -> None:
        records = await asyncio.wrap_future(self._journal.get(list(self._followed)))
        self._drop_missing({record.task_id for record in records})
        for record in records:
            job = self._followed.get(record.task_id)
            if job is None:
                continue
            if record.ended:
                del self._followed[record.task_id]
            if record != job.record:
                job.publish(record)

    def _drop_missing(self, there: set[str]) -> None:
        """Follow no job for ever that somebody has forgotten, or that cannot be read any more."""
        for task_id in self._followed.keys() - there:
            self._missed[task_id] += 1
            if self._missed[task_id] >= MISSED:
                job = self._followed.pop(task_id)
                job.notice = "The journal has this job no longer."
                job.publish()
        for task_id in self._missed.keys() - self._followed.keys():
            del self._missed[task_id]
