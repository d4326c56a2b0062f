"""The engine of one home folder: what the client calls, from any thread."""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from llmkit_jupyter.caution import TemporaryJournalWarning, caution
from llmkit_jupyter.engine import drafts, lasting, loop, opening, pickup, strays
from llmkit_jupyter.engine.budget import Budget, as_dollars
from llmkit_jupyter.engine.choosing import Checked, Elsewhere
from llmkit_jupyter.engine.drafts import Draft
from llmkit_jupyter.engine.glance import count_unfinished
from llmkit_jupyter.engine.inputs import Inputs
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.engine.library import Library
from llmkit_jupyter.engine.listeners import Listeners
from llmkit_jupyter.engine.live import LiveJob
from llmkit_jupyter.engine.planned import Place, Planned
from llmkit_jupyter.engine.record import JobRecord
from llmkit_jupyter.engine.removal import Folders, Removal, in_parts
from llmkit_jupyter.engine.reuse import Rule
from llmkit_jupyter.engine.runner import Runner
from llmkit_jupyter.engine.writer import NO_ROOM
from llmkit_jupyter.errors import JobNotFoundError
from llmkit_jupyter.providers.base import Provider
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.settings import Settings

# Said at each submission, not once per line of code as other warnings are.
warnings.simplefilter("always", TemporaryJournalWarning, append=True)


@dataclass(frozen=True, slots=True)
class Submitted:
    """The job that a request got; ``reused``: one that was there already."""

    live: LiveJob
    reused: bool


class Engine:
    """Journal, library and runner of one home folder. Nothing starts before it is used."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.wished_home = settings.home
        self.home = _usable(settings.home)
        self.journal = Journal(self.home)
        self.library = Library(self.home)
        self.arrivals = Listeners()
        """Told, on the loop thread, when this process has new jobs."""
        if self.home != self.wished_home and count_unfinished(self.wished_home):
            self.journal.notices.append(
                f"{self.wished_home} cannot be written, so that the unfinished jobs in it wait: "
                "they are taken up once it can be."
            )
        self._inputs = Inputs(self.home)
        self._sweep: asyncio.Task[None] | None = None
        self._runner = Runner(
            self.journal, self.library, polling_seconds=settings.polling_minutes * 60
        )

    @property
    def here(self) -> Engine:
        """The engine of the same home in this process: after a fork it is another one."""
        return for_settings(self._settings)

    def draft(
        self,
        requests: Sequence[VideoGenerationRequest],
        checked: Sequence[Checked],
        *,
        rule: Rule,
        places: Sequence[Place] | None = None,
    ) -> list[Draft]:
        """Make drafts of jobs; see ``drafts.draft``."""
        made = drafts.draft(self.journal, self._inputs, requests, checked, rule=rule, places=places)
        return loop.shared().wait(made)

    def submit(
        self,
        wanted: Sequence[Draft],
        prices: Sequence[float | None],
        *,
        budget: Budget | None = None,
    ) -> list[Submitted]:
        """Record jobs and set them going; returns when they are in the journal.

        Args:
            wanted: what to make, by whichever providers.
            prices: of each, in US dollars; ``None`` where unknown.
            budget: must cover all that are new.

        Raises:
            BudgetExceededError: nothing was recorded, so nothing is submitted.
            OvertakenError: the same, because a job that was to be reused is gone.
            JournalError: nothing was recorded, so nothing is submitted.
        """
        self._warn()
        return loop.shared().wait(self._submit(wanted, prices, budget))

    def pick_up(self, found: Elsewhere) -> LiveJob:
        """Take a job of another program into the journal; see ``pickup.pick_up``."""
        self._warn()
        return loop.shared().wait(self._pick_up(found))

    def _warn(self) -> None:
        """Say that what is recorded will not last, where that is so."""
        if self.home != self.wished_home:
            caution(
                f"{self.wished_home} cannot be written. Jobs are recorded in {self.home}, which "
                "does not last: after a restart they are not found again. Set LLMKIT_HOME to a "
                "folder that can be written.",
                TemporaryJournalWarning,
            )
        else:
            lasting.warn_once(self.home)

    def find(self, task_id: str) -> LiveJob:
        """Give a job by its id, whichever process began it.

        One whose file was removed from the library is fetched again, where that can be done.

        Raises:
            JobNotFoundError: the journal does not know it.
        """
        return loop.shared().wait(self._find(task_id))

    def newest(self, limit: int | None, *, unfinished: bool = False) -> list[LiveJob]:
        """Give the newest jobs first."""
        return loop.shared().wait(self._newest(limit, unfinished=unfinished))

    def resume(self, providers: Sequence[Provider]) -> list[LiveJob]:
        """Take up the unfinished jobs of earlier processes that these providers can serve."""
        return loop.shared().wait(self._resume(providers))

    @property
    def adopted(self) -> list[LiveJob]:
        """The jobs of other processes that this one has taken up, newest first."""
        found = list(self._runner.adopted.values())
        return sorted(found, key=lambda job: job.record.created_at, reverse=True)

    def forget(
        self, task_ids: Sequence[str] | None, before: float | None, *, dry_run: bool
    ) -> Removal:
        """Forget jobs for good, or tell what would go. See ``tombstones``."""
        chosen = self.journal.forgettable(task_ids, before).result()
        if dry_run:
            removal = self.journal.forget(self._folders, chosen, dry_run=True).result()
        else:
            removal = in_parts(chosen, lambda ids: self.journal.forget(self._folders, ids).result())
            for task_id in removal.task_ids:
                self._runner.adopted.pop(task_id, None)
        return replace(removal, copies=tuple(opening.copies(self.journal.path)))

    def purge(self, before: float, *, dry_run: bool) -> Removal:
        """Delete the files of older videos, or tell which. See ``purging``."""
        chosen = self.journal.purgeable(before).result()
        if dry_run:
            return self.journal.purge(self._folders, chosen, dry_run=True).result()
        removal = in_parts(chosen, lambda ids: self.journal.purge(self._folders, ids).result())
        loop.shared().wait(self._look_at(removal.task_ids))
        return removal

    @property
    def _folders(self) -> Folders:
        return Folders(self.library.folder, self._inputs.folder)

    def rate(self, task_id: str, rating: int | None) -> None:
        """Write down the stars that a person gave a job, and show them to everybody.

        Raises:
            JobNotFoundError: the journal does not know it.
        """
        if not self.journal.rate(task_id, rating).result():
            raise self._unknown(task_id)
        loop.shared().wait(self._look_at([task_id]))

    def begin_sweep(
        self,
        name: str,
        requests: Sequence[VideoGenerationRequest],
        terms: Mapping[str, object] | None = None,
    ) -> Planned:
        """Write a sweep down, or take up the one that is there with the same contents.

        ``terms`` are what the submitting of a new one is bound to.

        Raises:
            SweepExistsError: the one that is there has other contents.
            JournalError, LibraryError: it cannot be written, or a picture of it not be kept.
        """
        return loop.shared().wait(self._begin_sweep(name, requests, terms or {}))

    def take_up(self, records: Sequence[JobRecord]) -> list[LiveJob]:
        """Give the live jobs of records that were read from the journal."""

        async def lives() -> list[LiveJob]:
            return [self._runner.live(record) for record in records]

        return loop.shared().wait(lives())

    def cancel(self, job: LiveJob) -> None:
        """Ask for a job to be stopped; returns at once."""
        loop.shared().run(self._runner.cancel(job))

    def rests(self, job: LiveJob) -> bool:
        """Whether nobody asks for a job, and nobody will by himself."""
        return self._runner.rests(job)

    @property
    def session_budget(self) -> Budget | None:
        """The budget that was set in this process, for all clients of this home."""
        return _session_budgets.get(self.home)

    def set_budget(self, limit: float | None, source: str, *, instead: Budget | None) -> None:
        """Set a budget for this process, or take it back.

        Args:
            limit: US dollars.
            source: where it comes from, for people.
            instead: the budget that is in force. The new one goes on counting where that one
                began, so that raising it, or setting it once more, does not forget what was spent.

        Raises:
            InvalidRequestError: not a number of 0 or more.
            JournalError: what was spent cannot be read, so the budget could not be kept.
        """
        if limit is None:
            _session_budgets.pop(self.home, None)
            return
        checked = as_dollars("budget", limit)
        since, after = self.journal.beginning(instead).result()
        _session_budgets[self.home] = Budget(checked, source, since=since, after=after)

    @property
    def session_rule(self) -> Rule | Literal["unset"]:
        """What may be answered from the library, where that was set in this process."""
        return _session_rules.get(self.home, "unset")

    @session_rule.setter
    def session_rule(self, rule: Rule) -> None:
        _session_rules[self.home] = rule

    def strangers(self) -> list[LiveJob]:
        """Give unfinished jobs that wait for another key or address than are in use here."""
        return [
            job
            for job in self.newest(None, unfinished=True)
            if self._runner.is_stranger(job.record)
        ]

    async def _submit(
        self, wanted: Sequence[Draft], prices: Sequence[float | None], budget: Budget | None
    ) -> list[Submitted]:
        # One coroutine from the record to the start: a caller who is interrupted while waiting
        # for it leaves no job half begun.
        now = time.time()
        entries = [
            replace(each.entry, record=replace(each.entry.record, created_at=now, estimate=price))
            for each, price in zip(wanted, prices, strict=True)
        ]
        # All of them at once: a budget that covers only some starts none.
        entered = await asyncio.wrap_future(self.journal.enter(entries, budget=budget))
        lives: dict[str, LiveJob] = {}
        for provider in {id(each.provider): each.provider for each in wanted}.values():
            theirs = [
                found.record
                for found, each in zip(entered, wanted, strict=True)
                if each.provider is provider and not found.reused
            ]
            if theirs:
                lane = self._runner.lane(provider, theirs[0].account)
                lives |= {live.task_id: live for live in await self._runner.start(theirs, lane)}
        resting = {each.record.task_id for each in entered if each.reused and not each.record.ended}
        resting -= lives.keys()
        if resting:
            await self._runner.adopt(resting)
        self.arrivals.tell()
        return [
            Submitted(lives.get(each.record.task_id) or self._runner.live(each.record), each.reused)
            for each in entered
        ]

    async def _pick_up(self, found: Elsewhere) -> LiveJob:
        live = await pickup.pick_up(self.journal, self._inputs, self._runner, found)
        self.arrivals.tell()
        return live

    async def _begin_sweep(
        self, name: str, requests: Sequence[VideoGenerationRequest], terms: Mapping[str, object]
    ) -> Planned:
        # Kept before they are named: a file of somebody's own may change until it is sent.
        kept = await drafts.keep_pictures(self._inputs, requests)
        theirs = [replace(each, image=kept.get(each.image or "")) for each in requests]
        await asyncio.wrap_future(self.journal.begin_sweep(name, theirs, terms))
        return await asyncio.wrap_future(self.journal.sweep(name))

    async def _find(self, task_id: str) -> LiveJob:
        record = await self._read(task_id)
        if record.status != "completed" or record.file is None:
            return self._runner.live(record)
        if await asyncio.to_thread(self.library.path(record.file).is_file):
            return self._runner.live(record)
        why_not = await self._runner.restore(record)
        job = self._runner.live(await self._read(task_id))
        job.notice = why_not or job.notice
        return job

    async def _read(self, task_id: str) -> JobRecord:
        records = await asyncio.wrap_future(self.journal.get([task_id]))
        if not records:
            raise self._unknown(task_id)
        return records[0]

    def _unknown(self, task_id: str) -> JobNotFoundError:
        return JobNotFoundError(
            f"The journal {self.journal.path} has no job {task_id!r}. One that another program "
            f"submitted is taken up with LLMKitClient().pick_up_video({task_id!r}).",
            task_id=task_id,
        )

    async def _newest(self, limit: int | None, *, unfinished: bool) -> list[LiveJob]:
        records = await asyncio.wrap_future(self.journal.newest(limit, unfinished=unfinished))
        return [self._runner.live(record) for record in records]

    async def _look_at(self, task_ids: Sequence[str]) -> None:
        """Show everybody what became of jobs."""
        for record in await asyncio.wrap_future(self.journal.get(list(task_ids))):
            self._runner.live(record)

    async def _resume(self, providers: Sequence[Provider]) -> list[LiveJob]:
        for provider in providers:
            account = await asyncio.wrap_future(self.journal.fingerprint(provider.credential))
            self._runner.lane(provider, account)
        adopted = await self._runner.adopt()
        self._runner.watch()
        if self._sweep is None:
            # At the first use; nobody waits for it.
            self._sweep = asyncio.create_task(strays.sweep(self.home, self.journal))
        return adopted


def _usable(home: Path) -> Path:
    """Give the folder itself, or a temporary one where it cannot be written.

    A full disk is another matter: room can be made, and until then nothing is sent.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            return home
    except OSError as error:
        if error.errno in NO_ROOM:
            return home
        return Path(tempfile.mkdtemp(prefix="llmkit-jupyter-"))


_lock = threading.Lock()
_engines: dict[Path, Engine] = {}
# Not the engine's own: a forked child begins with new engines, and with the same budget.
_session_budgets: dict[Path, Budget] = {}
_session_rules: dict[Path, Rule] = {}


def for_settings(settings: Settings) -> Engine:
    """Give the process's engine for these settings' home folder."""
    with _lock:
        if settings.home not in _engines:
            _engines[settings.home] = Engine(settings)
        return _engines[settings.home]


def _after_fork() -> None:
    # Neither threads nor database connections survive a fork; the child begins anew, and finds
    # the parent's jobs in the journal.
    global _lock, _engines  # noqa: PLW0603
    _lock = threading.Lock()
    _engines = {}


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
