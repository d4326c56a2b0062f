"""Asks for all jobs of one provider, in as few requests as that takes.

Each job has its own schedule. What falls due within a cycle shares a request, and where a request
takes many jobs, the room that is left in it goes to jobs that are not due yet: that costs nothing,
and finds their end earlier. Jobs of the same age soon keep step by it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from llmkit_jupyter.engine import polling
from llmkit_jupyter.engine.live import LiveJob
from llmkit_jupyter.engine.record import JobRecord
from llmkit_jupyter.engine.tasks import Tasks
from llmkit_jupyter.errors import (
    JobLostError,
    LLMKitError,
    RateLimitError,
    SubmissionUnknownError,
)
from llmkit_jupyter.providers.base import Provider, Ticket, Update
from llmkit_jupyter.transport import retry

CYCLE = 0.5  # seconds between two rounds, at the least
TOGETHER = 0.05  # seconds; polls that fall due within it share a request
PICKED_UP_GRACE = 5.0  # seconds in which a job of another program is shown, if it is at all
_log = logging.getLogger(__name__)

Save = Callable[[Sequence[tuple[LiveJob, JobRecord]]], Awaitable[list[LiveJob]]]
Finished = Callable[[Sequence[tuple[LiveJob, Update]]], None]
Failed = Callable[[LiveJob, LLMKitError], Awaitable[None]]


class Polls:
    """Everything here runs on the loop thread. For the arguments see ``Lane``."""

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
        self._provider = provider
        self._save = save
        self._finished = finished
        self._failed = failed
        self._asleep = asleep
        self._polling_seconds = polling_seconds
        self._due: dict[LiveJob, float] = {}
        self._since: dict[LiveJob, float] = {}
        self._age: dict[LiveJob, float] = {}
        """Seconds that a job had been under way when it was first polled here."""
        self._missing: dict[LiveJob, float] = {}
        """Since when the provider does not show a job."""
        self._looked: set[LiveJob] = set()
        """Those of them that were looked for elsewhere already."""
        self._wake = asyncio.Event()
        self._rounds: asyncio.Task[None] | None = None
        self._asking = Tasks()
        self._failures = 0
        self._next_round = 0.0
        # One for all: it keeps clients from asking at the same moments, and these jobs together.
        self._jitter = _chance()

    def track(self, job: LiveJob) -> None:
        """Poll a job from now on."""
        self._since.setdefault(job, time.monotonic())
        # A resumed job has been under way for longer than this process knows it. The wall clock
        # is looked at once: it may jump.
        submitted = job.record.submitted_at
        self._age.setdefault(job, max(0.0, time.time() - submitted) if submitted else 0.0)
        if job.record.restoring:
            # Made long ago: one that is not shown is gone, and not late.
            self._missing[job] = -math.inf
            self._looked.add(job)
        elif job.record.picked_up:
            self._missing[job] = time.monotonic() - polling.GRACE + PICKED_UP_GRACE
            self._looked.add(job)
        soon = job.record.restoring or job.record.picked_up
        self._schedule(job, retry_after=TOGETHER if soon else None)

    def __contains__(self, job: LiveJob) -> bool:
        return job in self._since

    def drop(self, job: LiveJob) -> None:
        """Stop polling a job."""
        self._due.pop(job, None)
        self._since.pop(job, None)
        self._age.pop(job, None)
        self._found(job)

    def _found(self, job: LiveJob) -> None:
        self._missing.pop(job, None)
        self._looked.discard(job)

    def _schedule(self, job: LiveJob, *, retry_after: float | None = None) -> None:
        now = time.monotonic()
        elapsed = self._age[job] + now - self._since[job]
        delay = polling.next_delay(
            elapsed,
            job.usual,
            hint=self._provider.poll_hint,
            retry_after=retry_after,
            sharing=min(len(self._since), self._provider.poll_limit or 1),
            alone=len(self._since) if self._provider.poll_limit is None else 1,
            jitter=self._jitter,
        )
        self._due[job] = now + delay
        self._wake.set()
        # They end while every job is being asked for.
        if self._rounds is None or self._rounds.done():
            self._rounds = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while self._due:
            self._wake.clear()
            delay = max(min(self._due.values()), self._next_round) - time.monotonic()
            if delay > 0:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), delay)
                continue
            jobs = self._next_jobs(time.monotonic() + TOGETHER)
            self._jitter = _chance()
            if self._provider.poll_hint is None:
                self._next_round = time.monotonic() + CYCLE
            size = self._provider.poll_limit or len(jobs)
            for start in range(0, len(jobs), size):
                part = jobs[start : start + size]
                for job in part:
                    del self._due[job]
                # A slow answer holds up its own jobs alone.
                self._asking.start(self._ask(part))

    def _next_jobs(self, now: float) -> list[LiveJob]:
        """Choose the jobs that are due, and fill up the last request with the next ones."""
        jobs = [job for job, due in self._due.items() if due <= now]
        size = self._provider.poll_limit
        if size is not None and len(jobs) % size:
            later = sorted(
                (due, index)
                for index, (job, due) in enumerate(self._due.items())
                if due > now and job.trouble is None
            )
            known = list(self._due)
            jobs += [known[index] for _, index in later[: size - len(jobs) % size]]
        return jobs

    async def _ask(self, part: Sequence[LiveJob]) -> None:
        """Ask for some jobs, and act on the answer."""
        try:
            updates = await self._provider.poll([ticket_of(job.record) for job in part])
            by_id = {update.ticket.task_id: update for update in updates}
        except Exception as error:  # noqa: BLE001 - a provider from elsewhere; the jobs go on
            self._failures += 1
            self._postpone(part, error)
            return
        self._failures = 0
        try:
            await self._act_on(part, by_id)
        except Exception:  # noqa: BLE001 - what a provider from elsewhere says may be anything
            _log.exception("%s: an answer could not be acted on", self._provider.name)
        finally:
            # Whatever happened, none is forgotten.
            for job in part:
                if job in self._since and job not in self._due:
                    self._schedule(job)

    async def _act_on(self, part: Sequence[LiveJob], by_id: Mapping[str, Update]) -> None:
        # Those that were cancelled or lost while the answer was on its way are not ours any more.
        pairs = [
            (job, by_id.get(job.task_id) or Update(ticket=ticket_of(job.record), state="unknown"))
            for job in part
            if job in self._since
        ]
        shown = [(job, update) for job, update in pairs if update.state != "unknown"]
        for job, _ in shown:
            self._found(job)
            job.trouble = None
        # Resumed without knowing whether they had been sent: they had.
        await self._save(
            [
                (job, begun(job, update.ticket))
                for job, update in shown
                if job.record.phase == "submitting"
            ]
        )
        done = [(job, update) for job, update in shown if update.state == "succeeded"]
        for job, _ in done:
            self.drop(job)
        if done:
            self._finished(done)
        for job, update in pairs:
            if update.state != "succeeded" and job in self._since:
                await self._go_on(job, update)

    async def _go_on(self, job: LiveJob, update: Update) -> None:
        """Act on an update that brings no video."""
        if update.state == "failed":
            self.drop(job)
            if update.cost is not None and not job.record.restoring:
                # Charged all the same; written down with the failure.
                job.publish(replace(job.record, cost=update.cost))
            error = update.error or LLMKitError(
                f"{self._provider.title} reports a failure without a reason.",
                code="generation_failed",
            )
            await self._failed(job, error)
        elif update.state == "unknown" and not polling.still_in_grace(
            time.monotonic() - self._missing.setdefault(job, time.monotonic())
        ):
            await self._look_back(job)
        elif not self._fell_asleep(job):
            self._schedule(job, retry_after=update.retry_after)
            self._show(job, update)

    async def _look_back(self, job: LiveJob) -> None:
        """Settle a job that the provider shows no longer."""
        try:
            update = await self._provider.look_back(ticket_of(job.record))
        except Exception as error:  # noqa: BLE001 - as above
            self._postpone([job], error)
            return
        if job not in self._since:
            return
        gone = update.state == "unknown" or isinstance(update.error, JobLostError)
        if gone and job.record.video_url:
            # It was finished when we last heard of it, and its address may still do.
            update = replace(
                update,
                state="succeeded",
                error=None,
                video_url=job.record.video_url,
                seed=job.record.seed,
                cost=job.record.cost,
            )
        if update.state == "succeeded":
            self.drop(job)
            self._finished([(job, update)])
        elif update.state == "processing":
            self._found(job)
            self._schedule(job)
        elif update.state == "unknown" and job not in self._looked:
            # Once more from the beginning: a service that has lost its memory may find it again.
            self._looked.add(job)
            self._missing[job] = time.monotonic()
            self._schedule(job)
        else:
            self.drop(job)
            error = None if gone and job.record.picked_up else update.error
            await self._failed(job, error or lost(job, self._provider, None))

    def _postpone(self, jobs: Sequence[LiveJob], error: Exception) -> None:
        """A poll only reads: it is repeated until the job's own deadline."""
        if isinstance(error, LLMKitError):
            _log.info("%s: poll failed: %s", self._provider.name, error)
        else:
            _log.error("%s: poll failed", self._provider.name, exc_info=error)
        asked = error.retry_after_seconds if isinstance(error, LLMKitError) else None
        wait = retry.delay(max(1, self._failures), retry_after=asked, jitter=_chance())
        if asked is not None or isinstance(error, RateLimitError):
            # The whole account is meant, not these jobs alone.
            self._next_round = max(self._next_round, time.monotonic() + wait)
        for job in jobs:
            if job not in self._since or self._fell_asleep(job):
                continue
            self._schedule(job, retry_after=wait)
            job.report(f"{self._provider.title} did not answer: {error}", "Asking again.")

    def _show(self, job: LiveJob, update: Update) -> None:
        record = job.record
        if not (update.provider_status or update.waiting) and update.progress is None:
            return  # no news, where there may have been some
        said = (update.progress, update.waiting, update.queue_position)
        shown = (job.progress, job.waiting, job.queue_position)
        if said == shown and update.provider_status == record.provider_status:
            return
        job.progress, job.waiting, job.queue_position = said
        # Shown at once, written with the next change of phase: progress is not worth a commit.
        job.publish(replace(record, provider_status=update.provider_status))

    def _fell_asleep(self, job: LiveJob) -> bool:
        """After the polling time a job lies dormant: time alone never makes it fail."""
        if time.monotonic() - self._since[job] < self._polling_seconds:
            return False
        self.drop(job)
        job.notice = (
            f"No result after {self._polling_seconds / 60:g} minutes of asking. The job is kept; "
            "LLMKitClient().resume() or %llmkit resume asks again."
        )
        self._asleep(job)
        return True


def ticket_of(record: JobRecord) -> Ticket:
    """Give the ids under which the provider knows a job."""
    return Ticket(record.task_id, record.provider_task_id or record.task_id)


def begun(job: LiveJob, ticket: Ticket) -> JobRecord:
    """Give the record of a job that the provider has taken."""
    return replace(
        job.record,
        phase="generating",
        provider_task_id=ticket.provider_task_id,
        seed=None if ticket.without_seed else job.record.seed,
        submitted_at=job.record.submitted_at or time.time(),
    )


def lost(job: LiveJob, provider: Provider, cause: LLMKitError | None) -> SubmissionUnknownError:
    """Make the error for a job of which nobody can tell what became of it."""
    name = ticket_of(job.record).provider_task_id
    if job.record.picked_up:
        return SubmissionUnknownError(
            f"{provider.title} knows no job {name!r}. If the id, the key and the address are "
            f"right, LLMKitClient().pick_up_video({name!r}) asks once more.",
            task_id=job.task_id,
            provider=provider.name,
        )
    if job.record.submitted_at is not None:
        known = f"{provider.title} took the job and shows it no longer."
        advice = provider.where_to_look(name)
    else:
        reason = f" ({cause})" if cause else ""
        known = f"Whether {provider.title} took the job cannot be told{reason}."
        advice = provider.where_to_look(job.task_id).rstrip(".") + " before you repeat the request."
    return SubmissionUnknownError(
        f"{known} It was not sent again, so that it is not paid twice. {advice}",
        task_id=job.task_id,
        provider=provider.name,
    )


def _chance() -> float:
    return random.random()  # noqa: S311 - spreads delays, guards nothing
