"""The last part of a job's life: its video is made, and comes into the library."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from llmkit_jupyter.engine import outcomes
from llmkit_jupyter.engine.downloads import Downloads, StillParkedError
from llmkit_jupyter.engine.library import Library
from llmkit_jupyter.engine.live import LiveJob
from llmkit_jupyter.engine.polls import Failed, Save
from llmkit_jupyter.engine.record import JobRecord
from llmkit_jupyter.engine.tasks import Tasks
from llmkit_jupyter.errors import InvalidVideoError, LLMKitError
from llmkit_jupyter.providers.base import Provider, Update


class Delivery:
    """Everything here runs on the loop thread.

    Args:
        library: takes the files.
        provider_of: gives the provider of a job that is held here; ``None`` for all others.
        save: writes new states to the journal and then shows them; gives the jobs that are
            still ours.
        failed: ends a job without a video.
        asleep: takes over a job whose video cannot be had for a long time.
        patience: seconds of trying before that.
    """

    def __init__(
        self,
        library: Library,
        *,
        provider_of: Callable[[LiveJob], Provider | None],
        save: Save,
        failed: Failed,
        asleep: Callable[[LiveJob], None],
        patience: float,
    ) -> None:
        self._library = library
        self._downloads = Downloads(library, patience=patience)
        self._provider_of = provider_of
        self._save = save
        self._failed = failed
        self._asleep = asleep
        self._under_way: set[LiveJob] = set()
        self._tasks = Tasks()

    def __contains__(self, job: LiveJob) -> bool:
        return job in self._under_way

    def begin(self, pairs: Sequence[tuple[LiveJob, Update]]) -> None:
        """Take over jobs whose videos can be fetched."""
        # One that was lost to another process, and came back, may be on its way all the while.
        pairs = [(job, update) for job, update in pairs if job not in self._under_way]
        # Marked at once: from here on it is too late to cancel.
        self._under_way.update(job for job, _ in pairs)
        self._tasks.start(self._deliver(pairs))

    async def found(self, job: LiveJob) -> bool:
        """Complete a job whose video is in the library already; gives whether it is.

        A kernel may have been killed, or its disk filled up, after the file got its name there and
        before that was written down.
        """
        if job.record.phase != "downloading":
            return False
        stored = await asyncio.to_thread(self._library.find, job.task_id)
        if stored is not None:
            await self._save([(job, outcomes.delivered(job.record, stored))])
        return stored is not None

    async def _deliver(self, pairs: Sequence[tuple[LiveJob, Update]]) -> None:
        """Write down that videos are made, then bring each into the library."""
        changes: list[tuple[LiveJob, JobRecord]] = []
        for job, update in pairs:
            job.progress, job.waiting = None, False
            if self._provider_of(job) is not None:
                changes.append((job, outcomes.made(job.record, update)))
        kept = await self._save(changes)
        for job, update in pairs:
            if job in kept:
                self._tasks.start(self._bring_in(job, update))
            else:
                self._under_way.discard(job)

    async def _bring_in(self, job: LiveJob, update: Update) -> None:
        try:
            provider = self._provider_of(job)
            if provider is not None:
                await self._fetch(job, update, provider)
        finally:
            self._under_way.discard(job)

    async def _fetch(self, job: LiveJob, update: Update, provider: Provider) -> None:
        try:
            stored = await self._downloads.fetch(
                job, provider, update, wanted=lambda: self._provider_of(job) is not None
            )
        except LLMKitError as error:
            # Whoever has taken it over meanwhile says what becomes of it.
            if self._provider_of(job) is not None:
                await self._give_up(job, error)
            return
        if stored is not None and self._provider_of(job) is not None:
            await self._save([(job, outcomes.delivered(job.record, stored))])

    async def _give_up(self, job: LiveJob, error: LLMKitError) -> None:
        if isinstance(error, StillParkedError):
            if job.record.restoring and isinstance(error.__cause__, InvalidVideoError):
                await self._failed(job, error)
                return
            job.notice = (
                f"{error} The job is kept; LLMKitClient().resume() or %llmkit resume fetches the "
                "video."
            )
            self._asleep(job)
            return
        await self._failed(job, error)
