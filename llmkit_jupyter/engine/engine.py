"""The engine of one home folder: what the client calls, from any thread."""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from llmkit_jupyter.caution import TemporaryJournalWarning, caution
from llmkit_jupyter.engine import lasting, loop, opening, strays
from llmkit_jupyter.engine.budget import Budget, as_dollars
from llmkit_jupyter.engine.glance import count_unfinished
from llmkit_jupyter.engine.inputs import Inputs
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.engine.library import Library
from llmkit_jupyter.engine.live import LiveJob
from llmkit_jupyter.engine.record import JobRecord, new_record
from llmkit_jupyter.engine.removal import Folders, Removal, in_parts
from llmkit_jupyter.engine.runner import Runner
from llmkit_jupyter.engine.writer import NO_ROOM
from llmkit_jupyter.errors import JobNotFoundError
from llmkit_jupyter.providers.base import Provider
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.settings import Settings

# Said at each submission, not once per line of code as other warnings are.
warnings.simplefilter("always", TemporaryJournalWarning, append=True)


@dataclass(frozen=True, slots=True)
class Draft:
    """A job that is about to be recorded: the request as given, and as it will be sent."""

    provider: Provider
    request: VideoGenerationRequest
    sent: VideoGenerationRequest
    estimate: float | None
    """US dollars; 0 where nothing costs, ``None`` where unknown."""


class Engine:
    """Journal, library and runner of one home folder. Nothing starts before it is used."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.wished_home = settings.home
        self.home = _usable(settings.home)
        self.journal = Journal(self.home)
        self.library = Library(self.home)
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

    def submit(self, drafts: Sequence[Draft], *, budget: Budget | None = None) -> list[LiveJob]:
        """Record jobs and set them going; returns when they are in the journal.

        Args:
            drafts: what to make, by whichever providers.
            budget: must cover all of them.

        Raises:
            BudgetExceededError: nothing was recorded, so nothing is submitted.
            JournalError: nothing was recorded, so nothing is submitted.
            LibraryError: a picture cannot be kept, so nothing is submitted.
        """
        if self.home != self.wished_home:
            caution(
                f"{self.wished_home} cannot be written. Jobs are recorded in {self.home}, which "
                "does not last: after a restart they are not found again. Set LLMKIT_HOME to a "
                "folder that can be written.",
                TemporaryJournalWarning,
            )
        else:
            lasting.warn_once(self.home)
        return loop.shared().wait(self._submit(drafts, budget))

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

    def cancel(self, job: LiveJob) -> None:
        """Ask for a job to be stopped; returns at once."""
        loop.shared().run(self._runner.cancel(job))

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

    def strangers(self) -> list[LiveJob]:
        """Give unfinished jobs that wait for another key or address than are in use here."""
        return [
            job
            for job in self.newest(None, unfinished=True)
            if self._runner.is_stranger(job.record)
        ]

    async def _submit(self, drafts: Sequence[Draft], budget: Budget | None) -> list[LiveJob]:
        # One coroutine from the record to the start: a caller who is interrupted while waiting
        # for it leaves no job half begun.
        accounts = {
            id(draft.provider): await asyncio.wrap_future(
                self.journal.fingerprint(draft.provider.credential)
            )
            for draft in {id(draft.provider): draft for draft in drafts}.values()
        }
        pictures = {draft.sent.image for draft in drafts if draft.sent.image}
        kept = {image: await self._inputs.keep(image) for image in pictures}
        records = [
            new_record(
                provider=draft.provider.name,
                endpoint=draft.provider.endpoint,
                account=accounts[id(draft.provider)],
                request=_without_bytes(draft.request, kept),
                sent=replace(draft.sent, image=kept.get(draft.sent.image or "")),
                estimate=draft.estimate,
            )
            for draft in drafts
        ]
        # All of them at once: a budget that covers only some starts none.
        leased = await asyncio.wrap_future(self.journal.add(records, budget=budget))
        lives: dict[str, LiveJob] = {}
        for provider in {id(draft.provider): draft.provider for draft in drafts}.values():
            theirs = [
                record
                for record, draft in zip(leased, drafts, strict=True)
                if draft.provider is provider
            ]
            lane = self._runner.lane(provider, accounts[id(provider)])
            lives |= {live.task_id: live for live in await self._runner.start(theirs, lane)}
        return [lives[record.task_id] for record in leased]

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
            raise JobNotFoundError(
                f"The journal {self.journal.path} has no job {task_id!r}.", task_id=task_id
            )
        return records[0]

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


def _without_bytes(
    request: VideoGenerationRequest, kept: Mapping[str, str]
) -> VideoGenerationRequest:
    """Give the request as it was given, but for a picture of many characters: that has a path."""
    image = request.image or ""
    return replace(request, image=kept[image]) if image.startswith("data:") else request


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
