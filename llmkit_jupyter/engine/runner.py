"""Drives jobs from the journal to the library. Everything here runs on the loop thread."""

from __future__ import annotations

import asyncio
import logging
import time
import weakref
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from llmkit_jupyter.engine import outcomes
from llmkit_jupyter.engine.claims import is_held_alive, looks_free
from llmkit_jupyter.engine.delivery import Delivery
from llmkit_jupyter.engine.heartbeat import Heartbeat
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.engine.lane import Lane
from llmkit_jupyter.engine.library import Library
from llmkit_jupyter.engine.live import LiveJob, beyond_submission
from llmkit_jupyter.engine.polls import ticket_of
from llmkit_jupyter.engine.record import JobRecord
from llmkit_jupyter.engine.tasks import Tasks
from llmkit_jupyter.engine.unanswered import looks
from llmkit_jupyter.errors import JobCancelledError, JournalError, LLMKitError
from llmkit_jupyter.providers.base import Cancellation, Others, Provider

JOURNAL_RETRY_SECONDS = 5.0
RESEND_SECONDS = 900.0  # for so long a provider surely knows an id that it was sent
CLOCK_SECONDS = 60.0  # by which a clock may be set back without meaning anything
_STRANGER = (
    "It was begun with another key or address; nobody can ask for it without. Set those again, "
    "and LLMKitClient().resume() or %llmkit resume goes on with it."
)
_MADE = "The video is made already; it cannot be cancelled any more."
_GONE = "Its file is not in the library any more, and cannot be fetched again"
_NOT_NOW = (
    "Its file is not in the library any more, and could not be fetched again now. "
    "LLMKitClient().job({0!r}) or %llmkit job {0} tries again."
)
_log = logging.getLogger(__name__)


class Runner:
    """The jobs of this process, and those of others that somebody here waits for."""

    def __init__(self, journal: Journal, library: Library, *, polling_seconds: float) -> None:
        self._journal = journal
        self._polling_seconds = polling_seconds
        self._delivery = Delivery(
            library,
            provider_of=self._provider_of,
            save=self._save,
            failed=self._fail,
            asleep=self._rest,
            patience=polling_seconds,
        )
        self._heartbeat = Heartbeat(journal, lost=self._let_go, adopt=self._adopt_orphans)
        self._lanes: dict[tuple[str, str, str], Lane] = {}
        self._held: dict[LiveJob, Lane] = {}
        self._known: weakref.WeakValueDictionary[str, LiveJob] = weakref.WeakValueDictionary()
        self.adopted: dict[str, LiveJob] = {}
        """All that were taken over, by their task ids; once each, however often that was."""
        self._gone: dict[str, str] = {}
        """Why a video cannot be had again, by task id: nobody is asked twice."""
        self._tasks = Tasks()

    def lane(self, provider: Provider, account: str) -> Lane:
        """Give the lane of a provider; clients of the same account share it."""
        key = (provider.name, provider.endpoint, account)
        known = self._lanes.get(key)
        # A provider object that somebody made anew takes over once the old one has nothing to do.
        idle = known is not None and known not in self._held.values()
        if known is None or (idle and type(known.provider) is not type(provider)):
            self._lanes[key] = Lane(
                provider,
                save=self._save,
                finished=self._delivery.begin,
                failed=self._fail,
                asleep=self._rest,
                others=partial(self._others, provider),
                identify=self._identify,
                polling_seconds=self._polling_seconds,
            )
        return self._lanes[key]

    def live(self, record: JobRecord) -> LiveJob:
        """Give the one live job for a record that was read from the journal, kept up to date."""
        job = self._known[record.task_id] = self._live_for(record)
        if job not in self._held:
            if self.is_stranger(record):
                job.notice = _STRANGER
            if record != job.record:
                job.publish(record)
            self._heartbeat.follow(job)
        return job

    def is_stranger(self, record: JobRecord) -> bool:
        """Whether nobody works on a job, and its key or address is not in use here."""
        if record.ended or self._lane_of(record) is not None:
            return False
        return self._known.get(record.task_id) not in self._held and looks_free(record)

    def rests(self, job: LiveJob) -> bool:
        """Whether nobody asks for a job until it is resumed, or with another key or address."""
        record = job.record
        if record.ended or job in self._held:
            return False
        return record.lease_expires <= 0 or self.is_stranger(record)

    async def start(self, records: Sequence[JobRecord], lane: Lane) -> list[LiveJob]:
        """Take on new jobs, whose records are in the journal."""
        jobs = [LiveJob(record) for record in records]
        await self._hold(jobs, lane)
        self._tasks.start(lane.submit(jobs))
        return jobs

    async def adopt(
        self, task_ids: set[str] | None = None, *, asleep: bool = True
    ) -> list[LiveJob]:
        """Take over unfinished jobs that nobody holds and that a lane here can serve.

        Args:
            task_ids: only these.
            asleep: also those that were put to rest until somebody resumes them.
        """

        def wanted(record: JobRecord) -> bool:
            lane = self._lane_of(record)
            if lane is None or record.task_id in held:
                return False
            if is_held_alive(record) and lane.provider.lives_in_process(ticket_of(record)):
                return False
            meant = asleep or record.lease_expires > 0
            return meant and (task_ids is None or record.task_id in task_ids)

        held = {job.task_id for job in self._held}
        adopted: list[LiveJob] = []
        for record in await asyncio.wrap_future(self._journal.claim(wanted)):
            lane = self._lane_of(record)
            if lane is not None:
                job = self._live_for(record)
                job.notice = None
                job.publish(record)
                await self.go_on(job, lane)
                adopted.append(job)
        self.adopted |= {job.task_id: job for job in adopted}
        return adopted

    async def _adopt_orphans(self) -> None:
        await self.adopt(asleep=False)

    async def restore(self, record: JobRecord) -> str | None:
        """Fetch the video of a completed job again whose file is missing; says why not.

        It only asks: nothing is submitted, but for what is drawn on this machine.
        """
        lane = self._lane_of(record)
        if lane is None:
            return f"{_GONE}: the job was begun with another key or address."
        if not outcomes.can_be_had_again(record, lane.provider):
            return f"{_GONE}."
        if record.task_id not in self._gone:
            taken = await asyncio.wrap_future(self._journal.reopen(record.task_id))
            # Else somebody was quicker.
            if taken is not None:
                await self.go_on(LiveJob(taken), lane)
        return self._gone.get(record.task_id)

    def _live_for(self, record: JobRecord) -> LiveJob:
        known = self._known.get(record.task_id)
        # Who waits for one that has ended is told at once; one that is fetched again has not.
        if known is None or (known.record.ended and not record.ended):
            return LiveJob(record)
        return known

    def watch(self) -> None:
        """Adopt from now on whatever other processes leave behind when they die."""
        self._heartbeat.watch()

    async def cancel(self, job: LiveJob) -> None:
        """Stop a job as far as its provider can, and say what became of that."""
        if job not in self._held and not job.record.ended:
            # It may be dormant, or its process gone.
            await self.adopt({job.task_id})
        lane = self._held.get(job)
        if job.record.ended:
            return
        if lane is None:
            other = "Another process looks after this job; cancel it there."
            job.notice = _STRANGER if self.is_stranger(job.record) else other
            job.publish()
            return
        job.cancelling = True
        job.publish()
        try:
            await beyond_submission(job)
            if not job.record.ended:
                await self._stop(job, lane)
        finally:
            job.cancelling = False
            job.publish()

    async def _stop(self, job: LiveJob, lane: Lane) -> None:
        title = lane.provider.title
        if job in self._delivery or job.record.restoring:
            job.notice = _MADE
            return
        try:
            told = await lane.provider.cancel(ticket_of(job.record))
        except Exception as error:  # noqa: BLE001 - a provider from elsewhere may raise anything
            job.notice = f"{title} could not be told to cancel ({error}). The job goes on."
            return
        result = told if isinstance(told, Cancellation) else Cancellation(told)
        if job in self._delivery or job.record.ended:
            job.notice = _MADE
        elif result.stopped:
            # Not polled any more: an answer that is on its way must not bring it back.
            lane.drop(job)
            await self._fail(job, JobCancelledError(result.note or "Cancelled."))
        elif result.note:
            job.notice = result.note
        else:
            job.notice = (
                f"{title} cannot cancel a job that has begun. It goes on and will be charged; "
                "the video is kept."
            )

    async def go_on(self, job: LiveJob, lane: Lane) -> None:
        """Go on where an earlier process stopped."""
        await self._hold([job], lane)
        record = job.record
        if await self._delivery.found(job):
            return
        if not lane.provider.remote or record.phase == "queued":
            # It never left, or ended with its process; a local job begins anew from its seed.
            job.progress = None
            if not record.restoring:
                again = replace(record, phase="queued", submitted_at=None, provider_status=None)
                await self._save([(job, again)])
            self._tasks.start(lane.submit([job]))
        elif (
            record.phase == "submitting"
            and lane.provider.idempotent_submit
            and -CLOCK_SECONDS < time.time() - record.created_at < RESEND_SECONDS
        ):
            # Under the same id: whether it had arrived or not, one job comes of it.
            self._tasks.start(lane.submit([job]))
        elif record.phase == "submitting" and looks(lane.provider):
            self._tasks.start(lane.recover([job]))
        else:
            # Sent, or perhaps sent: ask before anything else.
            lane.track(job)

    async def _others(self, provider: Provider, jobs: Sequence[LiveJob]) -> Others:
        names = {job.task_id for job in jobs}
        found = self._journal.others(provider.name, provider.endpoint, names)
        return await asyncio.wrap_future(found)

    async def _identify(self, job: LiveJob, provider_task_id: str) -> bool:
        while True:
            try:
                found = self._journal.identify(job.record, provider_task_id)
                return await asyncio.wrap_future(found)
            except JournalError as error:
                job.report(error, "Trying again.")
                await asyncio.sleep(JOURNAL_RETRY_SECONDS)

    async def _hold(self, jobs: Sequence[LiveJob], lane: Lane) -> None:
        for job in jobs:
            self._held[job] = lane
            self._known[job.task_id] = job
            self._heartbeat.keep(job)
        # One look a kind of job, however many there are.
        kinds: dict[object, list[LiveJob]] = {}
        for job in jobs:
            sent = job.record.sent
            key = (job.record.provider, job.record.model, sent.duration, sent.width, sent.height)
            kinds.setdefault(key, []).append(job)
        try:
            for alike in kinds.values():
                usual = await asyncio.wrap_future(self._journal.usual(alike[0].record))
                for job in alike:
                    job.usual = usual
        except JournalError as error:
            # An estimate is no reason to stop a job that is recorded already.
            _log.info("no expected times: %s", error)

    async def _save(self, changes: Sequence[tuple[LiveJob, JobRecord]]) -> list[LiveJob]:
        """Commit new states, then show them; gives the jobs that are still ours.

        Repeated for as long as the journal cannot be written: what was done is never behind
        what the journal says, so that it is safe to wait here.
        """
        if not changes:
            return []
        while True:
            try:
                lost = await asyncio.wrap_future(self._journal.save([r for _, r in changes]))
                await self._salvage([record for _, record in changes if record.task_id in lost])
                break
            except JournalError as error:
                for job, _ in changes:
                    job.report(error, "Trying again.")
                await asyncio.sleep(JOURNAL_RETRY_SECONDS)
            except Exception as error:  # noqa: BLE001 - what a provider from elsewhere says is in it
                if len(changes) > 1:
                    # What was said of one job must not cost the others.
                    return [job for change in changes for job in await self._save([change])]
                self._leave(changes[0][0], error)
                return []
        return self._saved(changes, lost)

    def _saved(self, changes: Sequence[tuple[LiveJob, JobRecord]], lost: set[str]) -> list[LiveJob]:
        kept: list[LiveJob] = []
        for job, record in changes:
            if job.task_id in lost:
                self._let_go(job)
                continue
            kept.append(job)
            if record.ended:
                self._held.pop(job, None)
                self._heartbeat.drop(job)
                job.trouble = None
            job.publish(record)
        return kept

    def _leave(self, job: LiveJob, error: Exception) -> None:
        """Put a job to rest whose new state cannot be written down, whatever is done."""
        _log.error("job %s cannot be written down", job.task_id, exc_info=error)
        job.notice = (
            f"What became of it cannot be written down ({error}). The job is kept; "
            "LLMKitClient().resume() or %llmkit resume asks again."
        )
        lane = self._held.get(job)
        if lane is not None:
            lane.drop(job)
            self._park(job)

    async def _salvage(self, records: Sequence[JobRecord]) -> None:
        """Keep what only this process was told, of jobs that it lost to another one."""
        told = [record for record in records if record.provider_task_id is not None]
        if told:
            await asyncio.wrap_future(self._journal.salvage(told))

    async def _fail(self, job: LiveJob, error: LLMKitError) -> None:
        if await self._delivery.found(job):
            return
        if job.record.restoring:
            job.notice = self._gone[job.task_id] = f"{_GONE} ({str(error).rstrip('.')})."
        await self._save([(job, outcomes.failed(job.record, error))])

    def _rest(self, job: LiveJob) -> None:
        """Stop asking for a job; one whose video is fetched again is completed, as it was."""
        if not job.record.restoring:
            self._park(job)
            return
        job.notice = _NOT_NOW.format(job.task_id)
        self._tasks.start(self._put_back(job))

    async def _put_back(self, job: LiveJob) -> None:
        await self._save([(job, replace(job.record, status="completed", phase="done"))])

    def _park(self, job: LiveJob) -> None:
        """Leave a job alone until the next resume, by this process or another."""
        self._held.pop(job, None)
        self._heartbeat.drop(job)
        job.trouble = None
        self._tasks.start(self._release(job))
        job.publish()

    async def _release(self, job: LiveJob) -> None:
        released = replace(job.record, lease_expires=0.0)
        await asyncio.wrap_future(self._journal.release(job.record))
        if job not in self._held:
            job.publish(released)
            # Another process may resume it.
            self._heartbeat.follow(job)

    def _let_go(self, job: LiveJob) -> None:
        """Another process has taken the job over: stop, and watch what it does."""
        lane = self._held.pop(job, None)
        if lane is not None:
            lane.drop(job)
        self._heartbeat.drop(job)
        self._heartbeat.follow(job)

    def _lane_of(self, record: JobRecord) -> Lane | None:
        return self._lanes.get((record.provider, record.endpoint, record.account))

    def _provider_of(self, job: LiveJob) -> Provider | None:
        lane = self._held.get(job)
        return lane.provider if lane is not None else None
