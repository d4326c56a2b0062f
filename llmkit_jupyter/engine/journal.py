"""The record of jobs: written before anything is submitted, shared by all kernels of a user."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from llmkit_jupyter.engine import budget as money
from llmkit_jupyter.engine import claims, costs, opening, planned, purging, schema, tombstones
from llmkit_jupyter.engine import usual as learned
from llmkit_jupyter.engine.allowance import spent
from llmkit_jupyter.engine.budget import Budget, Spending
from llmkit_jupyter.engine.costs import DayCost
from llmkit_jupyter.engine.entries import Entered, Entry, choose, enter, put_back
from llmkit_jupyter.engine.history import Filter, Found, find
from llmkit_jupyter.engine.inputs import Inputs
from llmkit_jupyter.engine.library import Library
from llmkit_jupyter.engine.planned import Planned, SweepSummary
from llmkit_jupyter.engine.record import COLUMNS, JobRecord, submission_of
from llmkit_jupyter.engine.removal import Folders, Removal
from llmkit_jupyter.engine.reuse import Reuse
from llmkit_jupyter.engine.rows import Rows
from llmkit_jupyter.engine.usual import Usual
from llmkit_jupyter.engine.writer import Writer
from llmkit_jupyter.providers.base import Others
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.settings import Secret

_OPENINGS = 3  # tries, where other kernels find the same damage at the same moment
RECENT_SECONDS = 900.0  # in which a job of unknown outcome may still be one that is seen
_log = logging.getLogger(__name__)

# The lease is moved by claim and renew alone, and only its holder may write the rest; a rating is
# given by whoever looks at the video, and what a job is like never changes.
_KEPT = ("lease_owner", "lease_epoch", "lease_expires", "rating", "likeness", "likeness_any")
_SAVED = ", ".join(f"{c} = :{c}" for c in COLUMNS if c not in _KEPT)
_UPDATE = f"""UPDATE jobs SET {_SAVED}
    WHERE task_id = :task_id AND lease_owner = :lease_owner AND lease_epoch = :lease_epoch"""  # noqa: S608


class Journal:
    """The jobs of one home folder. Methods give futures; a result means that it is on disk."""

    def __init__(self, home: Path) -> None:
        self.path = home / schema.FILE_NAME
        self.notices: list[str] = []
        """What the user should be told about the journal, e.g. that a damaged one was moved."""
        self._inputs = Inputs(home)
        self._rows = Rows(self.path, self._inputs, self._tell)
        self._reuse = Reuse(self._rows, Library(home))
        self._writer = Writer(self.path, self._open)
        self._watch = claims.Watch()
        self._salt: str | None = None

    def add(
        self, records: list[JobRecord], *, budget: Budget | None = None
    ) -> Future[list[JobRecord]]:
        """Write new jobs, whatever else there is. See ``enter``."""

        def work(db: sqlite3.Connection) -> list[JobRecord]:
            return [each.record for each in self._enter(db, [*map(Entry, records)], budget)]

        return self._writer.submit(work)

    def enter(
        self, entries: Sequence[Entry], *, budget: Budget | None = None
    ) -> Future[list[Entered]]:
        """Write new jobs, leased to this process, but for those that others stand for.

        All of them or none. Their estimates are reserved in the same transaction, so that kernels
        that submit at the same moment cannot spend the same money; and what two of them want at
        once is made once.

        Raises (the future):
            BudgetExceededError: the budget does not cover them.
            OvertakenError: a job that was to be reused is gone.
            JournalError: they cannot be written, or a newer version owns the journal now.
        """
        return self._writer.submit(lambda db: self._enter(db, entries, budget))

    def _enter(
        self, db: sqlite3.Connection, entries: Sequence[Entry], budget: Budget | None
    ) -> list[Entered]:
        # A kernel with a newer version may have carried the journal over meanwhile.
        schema.check_version(db, self.path)
        return enter(db, entries, budget=budget, rows=self._rows, reuse=self._reuse)

    def alike(self, entries: Sequence[Entry]) -> Future[list[bool]]:
        """Tell which requests would get a job that is there already, or one of each other's."""

        def work(db: sqlite3.Connection) -> list[bool]:
            chosen = choose(db, entries, rows=self._rows, reuse=self._reuse)
            return [found is not e.record for found, e in zip(chosen, entries, strict=True)]

        return self._writer.submit(work)

    def rate(self, task_id: str, rating: int | None) -> Future[bool]:
        """Write down the stars that a person gave a job; gives whether the journal knows it."""
        query = "UPDATE jobs SET rating = ? WHERE task_id = ? AND forgotten_at IS NULL"
        return self._writer.submit(lambda db: db.execute(query, (rating, task_id)).rowcount > 0)

    def begin_sweep(
        self, name: str, requests: Sequence[VideoGenerationRequest], terms: Mapping[str, object]
    ) -> Future[bool]:
        """Write a sweep down, or check that it is there; see ``planned.begin``."""

        def work(db: sqlite3.Connection) -> bool:
            schema.check_version(db, self.path)
            return planned.begin(db, name, requests, terms)

        return self._writer.submit(work)

    def agree(self, name: str, terms: Mapping[str, object]) -> Future[None]:
        """Write down what the submitting of a sweep is bound to."""
        return self._writer.submit(lambda db: planned.agree(db, name, terms))

    def sweep(self, name: str) -> Future[Planned]:
        """Read a sweep and its jobs, with one query; see ``planned.read``."""
        return self._writer.submit(lambda db: planned.read(db, name, self._rows, self._inputs))

    def spent_on(self, sweep: str) -> Future[float]:
        """Add up what counts against a sweep's own budget, in US dollars."""
        return self._writer.submit(lambda db: spent(db, sweep))

    def sweeps(self) -> Future[list[SweepSummary]]:
        """Give all sweeps in numbers, newest first."""
        return self._writer.submit(planned.summaries)

    def sweep_names(self) -> Future[set[str]]:
        """Give the names of all sweeps."""
        return self._writer.submit(planned.names)

    def drop_sweep(self, name: str) -> Future[bool]:
        """Forget a sweep, and not its jobs; gives whether there was one."""
        return self._writer.submit(lambda db: planned.drop(db, name))

    def save(self, records: list[JobRecord]) -> Future[set[str]]:
        """Write jobs that this process holds; gives the ids of those it holds no longer."""

        def work(db: sqlite3.Connection) -> set[str]:
            return {
                record.task_id
                for record in records
                if not db.execute(_UPDATE, record.to_row()).rowcount and not put_back(db, record)
            }

        return self._writer.submit(work)

    def claim(self, wanted: Callable[[JobRecord], bool]) -> Future[list[JobRecord]]:
        """Take over unfinished jobs whose holder is gone or has let its lease run out.

        Args:
            wanted: says which; must refuse those that this process works on already.
        """

        def work(db: sqlite3.Connection) -> list[JobRecord]:
            rows = db.execute(
                "SELECT * FROM jobs WHERE status = 'processing' AND forgotten_at IS NULL "
                "ORDER BY created_at"
            )
            return claims.claim(db, self._watch.free(self._rows.read(rows)), wanted)

        return self._writer.submit(work)

    def renew(self, records: Iterable[JobRecord]) -> Future[set[str]]:
        """Prolong leases; gives the ids of jobs that somebody else has taken over."""
        held = {record.task_id: record for record in records}

        def work(db: sqlite3.Connection) -> set[str]:
            lost = claims.renew(db, [claims.key_of(record) for record in held.values()])
            return {task_id for task_id in lost if not put_back(db, held[task_id])}

        return self._writer.submit(work)

    def release(self, record: JobRecord) -> Future[None]:
        """Give up a lease, so that a later resume finds the job free at once."""

        def work(db: sqlite3.Connection) -> None:
            put_back(db, record)
            claims.release(db, claims.key_of(record))

        return self._writer.submit(work)

    def reopen(self, task_id: str) -> Future[JobRecord | None]:
        """Take on a completed job whose file is to be fetched again; ``None`` if it is not so.

        Of several that try at once, in whichever processes, one gets it.
        """

        def work(db: sqlite3.Connection) -> JobRecord | None:
            found = self._rows.read(
                db.execute(
                    "SELECT * FROM jobs WHERE task_id = ? AND status = 'completed' "
                    "AND file IS NOT NULL AND forgotten_at IS NULL",
                    (task_id,),
                )
            )
            if not found:
                return None
            taken = replace(claims.leased(found[0]), status="processing", phase="downloading")
            db.execute(
                "UPDATE jobs SET status = :status, phase = :phase, lease_owner = :lease_owner, "
                "lease_epoch = :lease_epoch, lease_expires = :lease_expires "
                "WHERE task_id = :task_id",
                taken.to_row(),
            )
            return taken

        return self._writer.submit(work)

    def get(self, task_ids: list[str]) -> Future[list[JobRecord]]:
        """Read jobs by id; unknown ids and forgotten jobs are left out."""

        def work(db: sqlite3.Connection) -> list[JobRecord]:
            marks = ", ".join("?" * len(task_ids))
            rows = db.execute(
                f"SELECT * FROM jobs WHERE task_id IN ({marks}) AND forgotten_at IS NULL",  # noqa: S608
                task_ids,
            )
            return self._rows.read(rows)

        return self._writer.submit(work)

    def newest(self, limit: int | None, *, unfinished: bool = False) -> Future[list[JobRecord]]:
        """Read the newest jobs first."""
        where = "WHERE forgotten_at IS NULL"
        where += " AND status = 'processing'" if unfinished else ""

        def work(db: sqlite3.Connection) -> list[JobRecord]:
            query = f"SELECT * FROM jobs {where} ORDER BY created_at DESC, rowid DESC LIMIT ?"  # noqa: S608
            return self._rows.read(db.execute(query, (-1 if limit is None else limit,)))

        return self._writer.submit(work)

    def history(self, wanted: Filter, limit: int, offset: int) -> Future[Found]:
        """Look up a page of jobs; see ``find``."""
        return self._writer.submit(lambda db: find(db, self._rows, wanted, limit, offset))

    def others(self, provider: str, endpoint: str, but: Collection[str]) -> Future[Others]:
        """Tell what must not be mistaken for jobs whose answer was lost.

        Args:
            provider: by name.
            endpoint: its address.
            but: the task ids of those jobs.
        """
        where = "FROM jobs WHERE provider = ? AND endpoint = ?"

        def work(db: sqlite3.Connection) -> Others:
            ids = db.execute(
                f"SELECT task_id, provider_task_id {where} AND provider_task_id IS NOT NULL",
                (provider, endpoint),
            )
            known = frozenset(row[1] for row in ids if row[0] not in but)
            unsettled = db.execute(
                f"SELECT * {where} AND forgotten_at IS NULL AND provider_task_id IS NULL "
                "AND sent_at > ? AND "
                "(phase = 'submitting' OR error_code = 'submission_unknown')",
                (provider, endpoint, time.time() - RECENT_SECONDS),
            )
            found = [r for r in self._rows.read(unsettled) if r.task_id not in but]
            return Others(
                ids=known,
                on_their_way=tuple(submission_of(r) for r in found if not r.ended),
                unknown=tuple(submission_of(r) for r in found if r.ended),
            )

        return self._writer.submit(work)

    def identify(self, record: JobRecord, provider_task_id: str) -> Future[bool]:
        """Write down whose job an id is, unless it is another one's; gives whether it was free."""

        def work(db: sqlite3.Connection) -> bool:
            put_back(db, record)
            found = db.execute(
                "UPDATE jobs SET provider_task_id = :id WHERE task_id = :task_id "
                "AND lease_owner = :lease_owner AND lease_epoch = :lease_epoch AND NOT EXISTS "
                "(SELECT 1 FROM jobs WHERE provider = :provider AND endpoint = :endpoint "
                "AND provider_task_id = :id AND task_id <> :task_id)",
                {**record.to_row(), "id": provider_task_id},
            )
            return found.rowcount > 0

        return self._writer.submit(work)

    def salvage(self, records: list[JobRecord]) -> Future[None]:
        """Write down ids of jobs that this process holds no longer; see ``claims.salvage``."""
        return self._writer.submit(lambda db: claims.salvage(db, records))

    def forgettable(
        self, task_ids: Sequence[str] | None, before: float | None
    ) -> Future[list[str]]:
        """Give the jobs that are to be forgotten; see ``tombstones.choose``."""
        return self._writer.submit(lambda db: tombstones.choose(db, task_ids, before))

    def forget(
        self,
        folders: Folders,
        task_ids: Sequence[str],
        *,
        dry_run: bool = False,
    ) -> Future[Removal]:
        """Forget jobs for good; see ``tombstones.forget``."""
        return self._writer.submit(
            lambda db: tombstones.forget(db, folders, task_ids, dry_run=dry_run)
        )

    def purgeable(self, before: float) -> Future[list[str]]:
        """Give the jobs whose videos are so old; see ``purging.choose``."""
        return self._writer.submit(lambda db: purging.choose(db, before))

    def purge(
        self, folders: Folders, task_ids: Sequence[str], *, dry_run: bool = False
    ) -> Future[Removal]:
        """Delete the files of videos; see ``purging.purge``."""
        return self._writer.submit(lambda db: purging.purge(db, folders, task_ids, dry_run=dry_run))

    def pictures(self) -> Future[set[str]]:
        """Give the names of all pictures that jobs begin with."""
        return self._writer.submit(tombstones.named_pictures)

    def usual(self, record: JobRecord) -> Future[Usual | None]:
        """How long jobs like this one took to generate, with the spread of the latest."""
        return self._writer.submit(lambda db: learned.usual(db, record))

    def price(self, provider: str, sent: VideoGenerationRequest) -> Future[float | None]:
        """What such a video has cost, in US dollars; ``None`` where none was paid for yet."""
        return self._writer.submit(lambda db: learned.price(db, provider, sent))

    def spending(self, budget: Budget | None) -> Future[Spending]:
        """What was spent since a budget began, or ever."""
        return self._writer.submit(lambda db: money.spending(db, budget))

    def costs(self, since: float | None) -> Future[list[DayCost]]:
        """What was spent by day and model; see ``costs.costs``."""
        return self._writer.submit(lambda db: costs.costs(db, since))

    def beginning(self, budget: Budget | None) -> Future[tuple[float | None, int]]:
        """Give when a budget began to count, and after which job; now, where there is none."""

        def work(db: sqlite3.Connection) -> tuple[float | None, int]:
            return money.begin(db, budget) if budget else (time.time(), money.newest(db))

        return self._writer.submit(work)

    def fingerprint(self, credential: Secret | None) -> Future[str]:
        """Tell accounts apart without storing anything that gives a key away."""

        def work(db: sqlite3.Connection) -> str:
            if credential is None:
                return ""
            (salt,) = db.execute("SELECT value FROM meta WHERE name = 'account_salt'").fetchone()
            return hashlib.sha256(f"{salt}:{credential.reveal()}".encode()).hexdigest()[:16]

        return self._writer.submit(work)

    def close(self) -> None:
        """Finish pending writes and close the file."""
        self._writer.close()

    def _open(self) -> sqlite3.Connection:
        for left in reversed(range(_OPENINGS)):
            there = opening.identity(self.path)
            try:
                connection = opening.connect(self.path, self._salt)
                self._salt = schema.salt_of(connection)
                return connection  # noqa: TRY300
            except sqlite3.OperationalError:
                # Locked, full or not to be opened: nothing is wrong with the file's contents.
                # Unless another kernel has moved it away meanwhile.
                if not left or there in (None, opening.identity(self.path)):
                    raise
            except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
                # The second of a table's name that is no text any more: the message quotes it.
                if not left:
                    raise
                self._salt = self._salt or opening.salt_of(self.path)
                moved = opening.set_aside(self.path, there)
                if moved is not None:
                    self._tell(
                        f"The journal of jobs was damaged ({error}). It was set aside as {moved}, "
                        "and a new one begun. Jobs that it held are not resumed."
                    )
        raise AssertionError  # the last try gives or raises something

    def _tell(self, notice: str) -> None:
        self.notices.append(notice)
        _log.warning("%s", notice)
