"""Looks for jobs whose submission was sent, or may have been, and whose answer never came.

Only for providers that choose the ids: where the id is ours, the polls ask for it. Nothing is
sent again here. What is not found for a minute, while the provider does answer, is given up.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace

from llmkit_jupyter.engine.live import LiveJob
from llmkit_jupyter.engine.record import JobRecord, submission_of
from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.providers.base import Others, Provider, Ticket, Unanswered
from llmkit_jupyter.transport import retry

LOOKS = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before each look: a server may still be at work on what it was sent."""
QUICK = 3  # looks, where the server itself has said that something went wrong
LATE = 120.0  # seconds after it was sent in which a job is made, if it is
LATE_UNKNOWN = 900.0  # the same, after it was ordered, where nobody wrote down when it was sent
_log = logging.getLogger(__name__)

OtherJobs = Callable[[Sequence[LiveJob]], Awaitable[Others]]


class NotAskedError(Exception):
    """The jobs that nobody could be asked about."""

    def __init__(self, jobs: list[LiveJob]) -> None:
        super().__init__(jobs)
        self.jobs = jobs


def looks(provider: Provider) -> bool:
    """Whether a provider has a way to look for such jobs; else it may know them by our id."""
    return type(provider).look_for is not Provider.look_for


class Search:
    """Everything here runs on the loop thread.

    Args:
        provider: whose jobs they are.
        others: tells what the journal knows of other jobs there.
        patience: seconds for which a provider that cannot be asked is waited for.
    """

    def __init__(self, provider: Provider, others: OtherJobs, *, patience: float) -> None:
        self._provider = provider
        self._others = others
        self._patience = patience
        # One after the other, or two searches would find the same job for two of ours.
        self._turn = asyncio.Lock()
        self._missing: dict[str, LiveJob] = {}
        """Those of all searches."""

    async def find(
        self,
        jobs: Sequence[LiveJob],
        found: Callable[[LiveJob, Ticket], Awaitable[bool]],
        *,
        quick: bool = False,
    ) -> list[LiveJob]:
        """Look until all are found or given up.

        Args:
            jobs: that were sent, or may have been.
            found: writes down whose id a job has, and gives whether it was free; the next look
                excludes it.
            quick: look a few times only.

        Returns:
            Those that were not found.

        Raises:
            NotAskedError: the provider could not be asked for the whole time; so nothing is known
                of those that are left.
        """
        missing = {job.task_id: job for job in jobs}
        self._missing |= missing
        try:
            return await self._find(missing, found, LOOKS[:QUICK] if quick else LOOKS)
        finally:
            for job in jobs:
                self._missing.pop(job.task_id, None)

    async def _find(
        self,
        missing: dict[str, LiveJob],
        found: Callable[[LiveJob, Ticket], Awaitable[bool]],
        waits: Sequence[float],
    ) -> list[LiveJob]:
        looks = list(waits)
        started = time.monotonic()
        failures = 0
        while missing and looks:
            await asyncio.sleep(looks[0] if not failures else self._pause(failures))
            async with self._turn:
                try:
                    tickets = await self._look(list(missing.values()))
                except Exception as error:
                    failures += 1
                    if time.monotonic() - started > self._patience:
                        raise NotAskedError(list(missing.values())) from error
                    self._report(missing.values(), error)
                    continue
                if tickets is None:
                    break
                failures = 0
                looks.pop(0)
                for task_id, ticket in tickets.items():
                    job = missing.get(task_id)
                    if job is not None and await found(job, ticket):
                        del missing[task_id], self._missing[task_id]
        return list(missing.values())

    async def _look(self, jobs: Sequence[LiveJob]) -> dict[str, Ticket] | None:
        async def others() -> Others:
            told = await self._others(list(self._missing.values()))
            # Of those that are looked for beside these no answer will come.
            beside = [job for job in self._missing.values() if job not in jobs]
            unknown = (*told.unknown, *(submission_of(job.record) for job in beside))
            return replace(told, unknown=unknown)

        unanswered = [_unanswered(job.record) for job in jobs]
        return await self._provider.look_for(unanswered, others)

    def _report(self, jobs: Collection[LiveJob], error: Exception) -> None:
        if not isinstance(error, LLMKitError):
            _log.error("%s: look failed", self._provider.name, exc_info=error)
        for job in jobs:
            job.report(
                f"{self._provider.title} cannot be asked whether the job had arrived: {error}",
                "Asking again.",
            )

    def _pause(self, failures: int) -> float:
        return retry.delay(failures, jitter=random.random())  # noqa: S311 - guards nothing


def _unanswered(record: JobRecord) -> Unanswered:
    at, late = record.sent_at, LATE
    if at is None:
        at, late = record.created_at, LATE_UNKNOWN
    return Unanswered(submission=submission_of(record), earliest=at, latest=at + late)
