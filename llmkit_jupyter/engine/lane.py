"""All jobs of one provider: handed over together, polled together."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from llmkit_jupyter.engine.live import LiveJob
from llmkit_jupyter.engine.polls import Failed, Finished, Polls, Save, begun, lost
from llmkit_jupyter.engine.record import submission_of
from llmkit_jupyter.engine.turns import Turns
from llmkit_jupyter.engine.unanswered import NotAskedError, OtherJobs, Search
from llmkit_jupyter.errors import (
    JobCancelledError,
    LLMKitError,
    NetworkError,
    NotTakenError,
    ServerError,
)
from llmkit_jupyter.providers.base import Provider, Ticket, may_have_arrived, unexpected
from llmkit_jupyter.transport import retry

FRESH_SECONDS = 10.0  # for which a job that is written down as ours certainly is
LOOK_SECONDS = 0.5  # between two looks whether somebody cancels
_log = logging.getLogger(__name__)


class Lane:
    """Submits and polls one provider's jobs; everything here runs on the loop thread.

    Args:
        provider: speaks the wire format.
        save: writes new states to the journal and then shows them; gives the jobs that are
            still ours.
        finished: takes over a job whose video can be fetched.
        failed: ends a job without a video.
        asleep: takes over a job that was polled for long enough.
        others: tells what the journal knows of other jobs there than the given ones.
        identify: writes down whose job an id is; gives whether it was free.
        polling_seconds: how long a job is polled before it lies dormant.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        save: Save,
        finished: Finished,
        failed: Failed,
        asleep: Callable[[LiveJob], None],
        others: OtherJobs,
        identify: Callable[[LiveJob, str], Awaitable[bool]],
        polling_seconds: float,
    ) -> None:
        self.provider = provider
        self._save = save
        self._failed = failed
        self._asleep = asleep
        self._identify = identify
        self._search = Search(provider, others, patience=polling_seconds)
        self._turns = Turns(provider)
        self._polls = Polls(
            provider,
            save=save,
            finished=finished,
            failed=failed,
            asleep=asleep,
            polling_seconds=polling_seconds,
        )

    async def submit(self, jobs: Sequence[LiveJob]) -> None:
        """Hand jobs over, as many in a request as fit. Their records are in the journal already."""
        size = self.provider.submit_limit or len(jobs) or 1
        parts = [jobs[start : start + size] for start in range(0, len(jobs), size)]
        await asyncio.gather(*(self._or_leave(part, self._submit(part)) for part in parts))

    async def _or_leave(self, jobs: Sequence[LiveJob], work: Awaitable[None]) -> None:
        """Put jobs to rest of which nobody would think any more after a mistake in a program."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - what a provider from elsewhere says may be anything
            _log.exception("%s: jobs could not be handed over", self.provider.name)
            for job in jobs:
                if job.record.phase in ("queued", "submitting") and job not in self._polls:
                    job.notice = (
                        f"{unexpected(error)}. The job is kept; LLMKitClient().resume() or "
                        "%llmkit resume goes on with it."
                    )
                    self._asleep(job)

    async def _submit(self, jobs: Sequence[LiveJob]) -> None:
        wanted = list(jobs)
        # Those that an earlier process was about to send may have left.
        perhaps_sent = {job for job in jobs if job.record.phase != "queued"}
        doubtful = set(perhaps_sent)
        attempt = 0
        while True:
            async with self._turns:
                wanted = await self._about_to_send(wanted, doubtful)
                if not wanted:
                    return
                attempt += 1
                answers = await self._try_submit(wanted)
            wanted = await self._keep_ids(wanted, answers)
            waits = {
                job: wait
                for job in wanted
                if (wait := _may_repeat(answers.get(job.task_id), attempt, self.provider))
                is not None
            }
            perhaps_sent |= {job for job in wanted if may_have_arrived(answers.get(job.task_id))}
            # One that it says it did not take may be there all the same: enough to try again,
            # not to call the job cancelled.
            doubtful |= perhaps_sent | {
                job for job in wanted if isinstance(answers.get(job.task_id), NotTakenError)
            }
            settled = [job for job in wanted if job not in waits]
            await self._settle(settled, answers, perhaps_sent)
            if not waits:
                return
            wanted = await self._pause(list(waits), max(waits.values()), doubtful)

    async def _about_to_send(
        self, jobs: Sequence[LiveJob], doubtful: set[LiveJob]
    ) -> list[LiveJob]:
        """Write down that jobs are sent now; gives those that are still ours and still wanted."""
        wanted = list(jobs)
        while wanted:
            # Anew at each try: by now another process may have taken a job over.
            wall, clock = time.time(), time.monotonic()
            changes = [
                (job, replace(job.record, phase="submitting", sent_at=wall)) for job in wanted
            ]
            wanted = await self._without_cancelled(await self._save(changes), doubtful)
            # A process that was stopped for a while, or a machine that slept, may have lost them
            # meanwhile.
            if max(abs(time.time() - wall), time.monotonic() - clock) < FRESH_SECONDS:
                break
        return wanted

    async def _pause(
        self, jobs: Sequence[LiveJob], seconds: float, doubtful: set[LiveJob]
    ) -> list[LiveJob]:
        """Wait before the next try; who cancels meanwhile need not wait for its end."""
        end = time.monotonic() + seconds
        left = list(jobs)
        while left and (rest := end - time.monotonic()) > 0:
            await asyncio.sleep(min(rest, LOOK_SECONDS))
            left = await self._without_cancelled(left, doubtful)
        return left

    def track(self, job: LiveJob) -> None:
        """Poll a job that the provider has accepted."""
        self._polls.track(job)

    def drop(self, job: LiveJob) -> None:
        """Stop polling a job."""
        self._polls.drop(job)

    async def _without_cancelled(
        self, jobs: Sequence[LiveJob], doubtful: set[LiveJob]
    ) -> list[LiveJob]:
        """End those that were cancelled and certainly never left."""
        for job in jobs:
            if job.cancelling and job not in doubtful:
                await self._failed(job, JobCancelledError("Cancelled before it was sent."))
        return [job for job in jobs if not job.record.ended]

    async def _try_submit(self, jobs: Sequence[LiveJob]) -> dict[str, Ticket | LLMKitError]:
        submissions = [submission_of(job.record) for job in jobs]
        try:
            answers = dict(await self.provider.submit(submissions))
        except LLMKitError as error:
            return {job.task_id: error for job in jobs}
        except Exception as error:  # noqa: BLE001 - a provider from elsewhere may raise anything
            _log.exception("%s: submission failed", self.provider.name)
            return {job.task_id: unexpected(error) for job in jobs}
        # Anything else is no answer: the job may have been taken.
        return {
            name: answer
            for name, answer in answers.items()
            if isinstance(cast("object", answer), (Ticket, LLMKitError))
        }

    async def _keep_ids(
        self, jobs: Sequence[LiveJob], answers: Mapping[str, Ticket | LLMKitError]
    ) -> list[LiveJob]:
        """Write down the provider's ids before anything else: they exist nowhere else.

        Gives the jobs that have none.
        """
        taken = {
            job: begun(job, answer)
            for job in jobs
            if isinstance(answer := answers.get(job.task_id), Ticket)
        }
        for job in await self._save(list(taken.items())):
            self.track(job)
        return [job for job in jobs if job not in taken]

    async def _settle(
        self,
        jobs: Sequence[LiveJob],
        answers: dict[str, Ticket | LLMKitError],
        perhaps_sent: set[LiveJob],
    ) -> None:
        refused: list[tuple[LiveJob, LLMKitError]] = []
        unanswered: list[LiveJob] = []
        for job in jobs:
            answer = answers.get(job.task_id)
            if job not in perhaps_sent and isinstance(answer, LLMKitError):
                refused.append((job, answer))
            elif self.provider.idempotent_submit and self.provider.remote:
                # Under our own id it can be asked for, and perhaps it is there.
                if answer is not None:
                    job.report(answer, "Asking whether the job had arrived.")
                self.track(job)
            else:
                unanswered.append(job)
        for job, error in refused:
            await self._failed(job, error)
        if unanswered:
            await self.recover(unanswered, answers)

    async def recover(
        self, jobs: Sequence[LiveJob], answers: Mapping[str, Ticket | LLMKitError] | None = None
    ) -> None:
        """Find out what became of jobs that were sent, or may have been; sends nothing again.

        Args:
            jobs: in the phase "submitting".
            answers: what came in place of an answer, as far as anything did.
        """
        await self._or_leave(jobs, self._recover(jobs, answers or {}))

    async def _recover(
        self, jobs: Sequence[LiveJob], answers: Mapping[str, Ticket | LLMKitError]
    ) -> None:
        for job in jobs:
            answer = answers.get(job.task_id)
            why = answer or "Whether the job was sent is not known"
            job.report(why, f"Looking for it at {self.provider.title}.")

        async def found(job: LiveJob, ticket: Ticket) -> bool:
            if not await self._identify(job, ticket.provider_task_id):
                return False  # another process was told that it is its own
            job.trouble, job.notice = None, ticket.note or job.notice
            for kept in await self._save([(job, begun(job, ticket))]):
                self.track(kept)
            return True

        # What a server itself says went wrong is soon settled; a line that broke may take longer.
        quick = bool(answers) and all(map(_is_the_server_s, answers.values()))
        try:
            left = await self._search.find(jobs, found, quick=quick)
        except NotAskedError as nobody:
            # Time alone ends no job: the next resume looks again.
            for job in nobody.jobs:
                job.notice = f"{job.trouble or ''} %llmkit resume looks again.".strip()
                self._asleep(job)
            return
        for job in left:
            answer = answers.get(job.task_id)
            cause = answer if isinstance(answer, LLMKitError) else None
            await self._failed(job, lost(job, self.provider, cause))


def _is_the_server_s(answer: Ticket | LLMKitError) -> bool:
    return not isinstance(answer, NetworkError) and (
        not isinstance(answer, ServerError) or answer.status in (500, 501, 503)
    )


def _may_repeat(
    answer: Ticket | LLMKitError | None, attempt: int, provider: Provider
) -> float | None:
    """Give the seconds after which a submission is repeated; ``None`` where it is not."""
    if isinstance(answer, Ticket):
        return None
    return retry.decide(
        NetworkError("no answer") if answer is None else answer,
        attempt,
        reads=False,
        idempotent=provider.idempotent_submit,
        jitter=random.random(),  # noqa: S311 - spreads delays, guards nothing
    )
