"""Keeps this process's jobs its own, and watches the jobs that other processes hold."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from llmkit_jupyter.engine.claims import LEASE_SECONDS
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.engine.live import LiveJob
from llmkit_jupyter.errors import JournalError

RENEW_SECONDS = LEASE_SECONDS / 3
FOLLOW_SECONDS = 1.0
ORPHAN_SECONDS = 3.0  # between two looks for jobs whose holder has vanished
_log = logging.getLogger(__name__)


class Leases:
    """One heartbeat for all jobs; on the loop thread only. Stops when there is nothing to do.

    Args:
        journal: where leases are written and other processes' progress is read.
        lost: told of a job that another process has taken over.
        freed: adopts those of the given jobs whose holder has vanished.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        lost: Callable[[LiveJob], None],
        freed: Callable[[set[str]], Awaitable[object]],
    ) -> None:
        self._journal = journal
        self._lost = lost
        self._freed = freed
        self._kept: dict[str, LiveJob] = {}
        self._followed: dict[str, LiveJob] = {}
        self._heart: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._searched = 0.0

    def keep(self, job: LiveJob) -> None:
        """Renew the lease of a job until it is dropped."""
        self._followed.pop(job.task_id, None)
        self._kept[job.task_id] = job
        self._beat()

    def drop(self, job: LiveJob) -> None:
        """Renew a lease no longer."""
        self._kept.pop(job.task_id, None)

    def follow(self, job: LiveJob) -> None:
        """Show what another process does with a job, until it has ended."""
        if not job.record.ended and job.task_id not in self._kept:
            self._followed[job.task_id] = job
            self._beat()

    def _beat(self) -> None:
        self._wake.set()
        if self._heart is None or self._heart.done():
            self._heart = asyncio.create_task(self._run())

    async def _run(self) -> None:
        renewed = time.monotonic()
        while self._kept or self._followed:
            self._wake.clear()
            pause = FOLLOW_SECONDS if self._followed else RENEW_SECONDS
            try:
                # A first job to follow must not wait for the slow beat.
                await asyncio.wait_for(self._wake.wait(), pause)
                await asyncio.sleep(FOLLOW_SECONDS)
            except TimeoutError:
                pass
            try:
                if time.monotonic() - renewed >= RENEW_SECONDS:
                    renewed = time.monotonic()
                    await self._renew()
                if self._followed:
                    await self._look()
            except JournalError as error:
                _log.warning("heartbeat: %s", error)

    async def _renew(self) -> None:
        kept = dict(self._kept)
        records = [job.record for job in kept.values()]
        for task_id in await asyncio.wrap_future(self._journal.renew(records)):
            # It may have ended, and so been dropped, while the journal was busy.
            if task_id in self._kept:
                self._lost(kept[task_id])

    async def _look(self) -> None:
        for record in await asyncio.wrap_future(self._journal.get(list(self._followed))):
            job = self._followed.get(record.task_id)
            if job is None:
                continue
            if record.ended:
                del self._followed[record.task_id]
            if record != job.record:
                job.publish(record)
        # Not those that were put to rest: they wait for somebody to resume them.
        orphans = {
            task_id for task_id, job in self._followed.items() if job.record.lease_expires > 0
        }
        if orphans and time.monotonic() - self._searched >= ORPHAN_SECONDS:
            self._searched = time.monotonic()
            await self._freed(orphans)
