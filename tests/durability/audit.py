"""Compares what the user was told, the journal, the provider's ledger and the library."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

from llmkit_jupyter.engine import opening, schema
from llmkit_jupyter.errors import InvalidVideoError
from llmkit_jupyter.transport.container import read_header
from tests.emulator.ledger import LedgerRow

VIDEO_BYTES = 100_000
"""Size of every video here; a prompt asks for it."""


@dataclass(slots=True)
class Findings:
    """What was wrong, each counted; all must be 0."""

    lost: int = 0
    """Ids that the user was told and that the journal does not have; afterwards, without video."""
    unrecorded: int = 0
    """Jobs that the provider took and that the journal does not have."""
    double: int = 0
    """Videos that were charged more than once, under whichever ids."""
    partial: int = 0
    """Files under their final name that are not whole."""
    damaged: int = 0
    """Journals that SQLite's integrity check complains about."""
    unfinished: int = 0
    """After recovery: jobs that have not come to an end, or failed."""
    strays: int = 0
    """After recovery: parts of files that were left behind."""

    def __add__(self, other: Findings) -> Findings:
        return Findings(
            *(getattr(self, each.name) + getattr(other, each.name) for each in fields(self))
        )

    @property
    def named(self) -> dict[str, int]:
        """Those that are not 0."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: count for name, count in found.items() if count}


@dataclass(frozen=True, slots=True)
class Entry:
    """A job as the journal has it."""

    task_id: str
    status: str
    phase: str
    file: str | None
    lease: int
    """Its epoch."""


class Audit:
    """The auditor of one home; remembers which files it has seen whole."""

    def __init__(self, home: Path, told: Path) -> None:
        self._home = home
        self._told = told
        self._whole: dict[str, tuple[int, int]] = {}

    def before_recovery(self, ledger: Iterable[LedgerRow]) -> Findings:
        """Look at what a killed process has left, and change nothing."""
        ledger = list(ledger)
        entries, is_sound = self._journal()
        return Findings(
            lost=len(self._ids() - entries.keys()),
            unrecorded=len({row.task_id for row in ledger} - entries.keys()),
            double=_charged_again(ledger),
            partial=len(self._partial()),
            damaged=int(not is_sound),
        )

    def after_recovery(self, ledger: Iterable[LedgerRow]) -> Findings:
        """Look at what a process has left that had the time to finish everything."""
        ledger = list(ledger)
        found = self.before_recovery(ledger)
        entries, _ = self._journal()
        library = self._home / "library"
        made = {
            entry.task_id
            for entry in entries.values()
            if entry.status == "completed" and entry.file and (library / entry.file).is_file()
        }
        found.lost = len(self._ids() - made)
        found.unfinished = len(entries.keys() - made)
        found.strays = len(list((library / "parts").glob("*")))
        return found

    def while_others_write(self, ledger: Iterable[LedgerRow]) -> Findings:
        """Look at what holds at any moment, whoever is at work."""
        ledger = list(ledger)
        there = self._task_ids()  # after the ledger: what is charged was recorded before
        charged = set() if there is None else {row.task_id for row in ledger} - there
        return Findings(
            unrecorded=len(charged), double=_charged_again(ledger), partial=len(self._partial())
        )

    def jobs(self) -> int:
        """How many the journal has, also while processes write it; 0 while nobody can tell."""
        return len(self._task_ids() or ())

    def _task_ids(self) -> set[str] | None:
        path = self._home / schema.FILE_NAME
        try:
            database = opening.connect_to_read(path, patience=30.0)
        except sqlite3.OperationalError:
            return None  # not made yet
        try:
            return {row[0] for row in database.execute("SELECT task_id FROM jobs")}
        except sqlite3.OperationalError as error:
            # Somebody was killed within a commit: the next one to write brings it back.
            if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
                raise
            return None
        finally:
            database.close()

    def phases(self) -> set[str]:
        """Where its unfinished jobs are."""
        return {entry.phase for entry in self._journal()[0].values() if entry.phase != "done"}

    def leases(self) -> list[tuple[str, int]]:
        """The epochs in which its jobs are."""
        return [(entry.task_id, entry.lease) for entry in self._journal()[0].values()]

    def _ids(self) -> set[str]:
        return set(self._told.read_text().split()) if self._told.exists() else set()

    def _journal(self) -> tuple[dict[str, Entry], bool]:
        """Read a copy: opening the journal itself would roll an unfinished transaction back.

        Only while nobody writes it.
        """
        if not (self._home / schema.FILE_NAME).exists():
            return {}, True
        with tempfile.TemporaryDirectory() as folder:
            for name in (schema.FILE_NAME, f"{schema.FILE_NAME}-journal"):
                if (self._home / name).exists():
                    shutil.copy(self._home / name, folder)
            database = sqlite3.connect(Path(folder) / schema.FILE_NAME)
            try:
                sound = database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                rows = database.execute(
                    "SELECT task_id, status, phase, file, lease_epoch FROM jobs"
                ).fetchall()
            except sqlite3.DatabaseError:
                return {}, False
            finally:
                database.close()
        return {row[0]: Entry(*row) for row in rows}, sound

    def _partial(self) -> list[Path]:
        library = self._home / "library"
        files = [path for path in library.glob("*") if path.is_file()]
        return [path for path in files if not self._is_whole(path)]

    def _is_whole(self, path: Path) -> bool:
        found = path.stat()
        state = (found.st_size, found.st_mtime_ns)
        if self._whole.get(path.name) == state:
            return True
        try:
            read_header(path)
        except InvalidVideoError:
            return False
        if found.st_size != VIDEO_BYTES:
            return False
        self._whole[path.name] = state
        return True


def _charged_again(ledger: Iterable[LedgerRow]) -> int:
    """Count charges beyond the first one for what was ordered once: each prompt is of its own."""
    charges: Counter[str] = Counter()
    for row in ledger:
        charges[str(row.request.get("positivePrompt"))] += row.times_charged
    return sum(count - 1 for count in charges.values())
