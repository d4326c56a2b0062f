"""All jobs of one provider: handed over together, polled together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from llmkit_jupyter.engine import polling
from llmkit_jupyter.engine.live import LiveJob
from llmkit_jupyter.engine.record import JobRecord
from llmkit_jupyter.errors import (
    JobCancelledError,
    LLMKitError,
    NetworkError,
    RateLimitError,
    ServerError,
    SubmissionUnknownError,
    unexpected,
)
from llmkit_jupyter.providers.base import Provider, Submission, Ticket, Update

MAX_SUBMITS = 3  # the first and two more, under the same ids
TOGETHER = 0.05  # seconds; polls that fall due within it share a request
_log = logging.getLogger(__name__)

Save = Callable[[Sequence[tuple[LiveJob, JobRecord]]], Awaitable[list[LiveJob]]]
Finished = Callable[[LiveJob, Update], None]
Failed = Callable[[LiveJob, LLMKitError], Awaitable[None]]


class Lane:
    """Submits and polls one provider's jobs; everything here runs on the loop thread.

    Args:
        provider: speaks the wire format.
        save: writes new states to the journal and then shows them; gives the jobs that are
            still ours.
        finished: takes over a job whose video can be fetched.
        failed: ends a job without a video.
        asleep: takes over a job that was polled for long enough.
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
        polling_seconds: float,
    ) -> None:
        self.provider = provider
        self._save = save
        self._finished = finished
        self._failed = failed
        self._asleep = asleep
        self._polling_seconds = polling_seconds
        self._due: dict[LiveJob, float] = {}
        self._since: dict[LiveJob, float] = {}
        self._shown_at: dict[LiveJob, float] = {}
        self._wake = asyncio.Event()
        self._poller: asyncio.Task[None] | None = None

    async def submit(self, jobs: Sequence[LiveJob]) -> None:
        """Hand jobs over in one call. Their records are in the journal already."""
        wanted = list(jobs)
        # Those that an earlier process was about to send may have left.
        refused = [job for job in jobs if job.record.phase == "queued"]
        attempt = 0
        while True:
            # Written anew at each try: by now another process may have taken a job over.
            changes = [(job, replace(job.record, phase="submitting")) for job in wanted]
            wanted = await self._without_cancelled(await self._save(changes), refused)
            if not wanted:
                return
            attempt += 1
            answers = await self._try_submit(wanted)
            again = [job for job in wanted if self._may_repeat(answers.get(job.task_id))]
            if attempt == MAX_SUBMITS:
                again = []
            await self._settle([job for job in wanted if job not in again], answers)
            if not again:
                return
            wait = max(_retry_after(answers.get(job.task_id)) or 0.0 for job in again)
            await asyncio.sleep(polling.retry_delay(attempt, retry_after=wait, jitter=_chance()))
            refused = [job for job in again if isinstance(answers.get(job.task_id), RateLimitError)]
            wanted = again

    def track(self, job: LiveJob) -> None:
        """Poll a job that the provider has accepted."""
        self._since.setdefault(job, time.monotonic())
        self._shown_at[job] = time.monotonic()
        self._schedule(job)
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll_all())

    def drop(self, job: LiveJob) -> None:
        """Stop polling a job."""
        self._due.pop(job, None)
        self._since.pop(job, None)
        self._shown_at.pop(job, None)

    async def _without_cancelled(
        self, jobs: Sequence[LiveJob], never_left: Sequence[LiveJob]
    ) -> list[LiveJob]:
        """End those that were cancelled and certainly never left."""
        for job in jobs:
            if job.cancelling and job in never_left:
                await self._failed(job, JobCancelledError("Cancelled before it was sent."))
        return [job for job in jobs if not job.record.ended]

    async def _try_submit(self, jobs: Sequence[LiveJob]) -> dict[str, Ticket | LLMKitError]:
        submissions = [Submission(job.task_id, job.record.sent) for job in jobs]
        try:
            return dict(await self.provider.submit(submissions))
        except LLMKitError as error:
            return {job.task_id: error for job in jobs}
        except Exception as error:  # noqa: BLE001 - a provider from elsewhere may raise anything
            _log.exception("%s: submission failed", self.provider.name)
            return {job.task_id: unexpected(error) for job in jobs}

    def _may_repeat(self, answer: Ticket | LLMKitError | None) -> bool:
        if isinstance(answer, RateLimitError):
            return True  # refused before anything was begun
        lost = answer is None or isinstance(answer, (NetworkError, ServerError))
        return lost and self.provider.idempotent_submit

    async def _settle(
        self, jobs: Sequence[LiveJob], answers: dict[str, Ticket | LLMKitError]
    ) -> None:
        accepted: list[tuple[LiveJob, JobRecord]] = []
        refused: list[tuple[LiveJob, LLMKitError]] = []
        for job in jobs:
            answer = answers.get(job.task_id)
            if isinstance(answer, Ticket):
                accepted.append((job, _begun(job, answer.provider_task_id)))
            elif answer is None or isinstance(answer, (NetworkError, ServerError)):
                refused.append((job, _lost(job, self.provider, answer)))
            else:
                refused.append((job, answer))
        # The provider's ids first: they exist nowhere else.
        for job in await self._save(accepted):
            self.track(job)
        for job, error in refused:
            await self._failed(job, error)

    def _schedule(self, job: LiveJob, *, retry_after: float | None = None) -> None:
        now = time.monotonic()
        submitted = job.record.submitted_at
        # A resumed job has been under way for longer than this process knows it.
        elapsed = max(now - self._since[job], time.time() - submitted if submitted else 0.0)
        self._due[job] = now + polling.next_delay(
            elapsed,
            job.expected,
            hint=self.provider.poll_hint,
            retry_after=retry_after,
            jitter=_chance(),
        )
        self._wake.set()

    async def _poll_all(self) -> None:
        failures = 0
        while self._due:
            self._wake.clear()
            delay = min(self._due.values()) - time.monotonic()
            if delay > 0:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), delay)
                continue
            now = time.monotonic()
            jobs = [job for job, due in self._due.items() if due <= now + TOGETHER]
            try:
                updates = await self.provider.poll([ticket_of(job.record) for job in jobs])
                by_id = {update.ticket.task_id: update for update in updates}
            except Exception as error:  # noqa: BLE001 - as above; the jobs go on
                failures += 1
                self._postpone(jobs, error, failures)
                continue
            failures = 0
            for job in jobs:
                unknown = Update(ticket=ticket_of(job.record), state="unknown")
                await self._take(job, by_id.get(job.task_id, unknown))

    def _postpone(self, jobs: Sequence[LiveJob], error: Exception, failures: int) -> None:
        """A poll only reads: it is repeated until the job's own deadline."""
        if isinstance(error, LLMKitError):
            _log.info("%s: poll failed: %s", self.provider.name, error)
        else:
            _log.error("%s: poll failed", self.provider.name, exc_info=error)
        for job in jobs:
            if self._fell_asleep(job):
                continue
            job.trouble = f"{self.provider.title} did not answer: {error}. Asking again."
            wait = polling.retry_delay(failures, retry_after=_retry_after(error), jitter=_chance())
            self._schedule(job, retry_after=wait)
            job.publish()

    async def _take(self, job: LiveJob, update: Update) -> None:
        if job not in self._due:
            return  # cancelled or lost while the answer was on its way
        job.trouble = None
        if update.state != "unknown":
            self._shown_at[job] = time.monotonic()
            if job.record.phase == "submitting":
                # Resumed without knowing whether it had been sent: it had.
                await self._save([(job, _begun(job, update.ticket.provider_task_id))])
        if update.state == "succeeded":
            self.drop(job)
            self._finished(job, update)
        elif update.state == "failed":
            self.drop(job)
            error = update.error or LLMKitError(
                f"{self.provider.title} reports a failure without a reason.",
                code="generation_failed",
            )
            await self._failed(job, error)
        elif update.state == "unknown" and not polling.still_in_grace(
            time.monotonic() - self._shown_at[job]
        ):
            self.drop(job)
            await self._failed(job, _lost(job, self.provider, None))
        elif not self._fell_asleep(job):
            self._schedule(job, retry_after=update.retry_after)
            self._show(job, update)

    def _show(self, job: LiveJob, update: Update) -> None:
        record = job.record
        if (update.progress, update.provider_status) == (job.progress, record.provider_status):
            return
        job.progress = update.progress
        # Shown at once, written with the next change of phase: progress is not worth a commit.
        job.publish(replace(record, provider_status=update.provider_status))

    def _fell_asleep(self, job: LiveJob) -> bool:
        """After the polling time a job lies dormant: time alone never makes it fail."""
        if time.monotonic() - self._since[job] < self._polling_seconds:
            return False
        self.drop(job)
        job.notice = (
            f"No result after {self._polling_seconds / 60:g} minutes of asking. The job is kept; "
            "client.resume() or %llmkit resume asks again."
        )
        self._asleep(job)
        return True


def ticket_of(record: JobRecord) -> Ticket:
    """Give the ids under which the provider knows a job."""
    return Ticket(record.task_id, record.provider_task_id or record.task_id)


def _chance() -> float:
    return random.random()  # noqa: S311 - spreads delays, guards nothing


def _retry_after(answer: object) -> float | None:
    return answer.retry_after_seconds if isinstance(answer, RateLimitError) else None


def _begun(job: LiveJob, provider_task_id: str) -> JobRecord:
    return replace(
        job.record,
        phase="generating",
        provider_task_id=provider_task_id,
        submitted_at=job.record.submitted_at or time.time(),
    )


def _lost(job: LiveJob, provider: Provider, cause: LLMKitError | None) -> SubmissionUnknownError:
    reason = f" ({cause})" if cause else ""
    if job.record.submitted_at is not None:
        return SubmissionUnknownError(
            f"{provider.title} took the job and shows it no longer. It was not sent again, so that "
            f"it is not paid twice. Look for task {ticket_of(job.record).provider_task_id} in your "
            "account there.",
            task_id=job.task_id,
            provider=provider.name,
        )
    return SubmissionUnknownError(
        f"Whether {provider.title} took the job cannot be told{reason}. It was not sent again, so "
        f"that it is not paid twice. Look for task {job.task_id} in your account there before you "
        "repeat the request.",
        task_id=job.task_id,
        provider=provider.name,
    )
