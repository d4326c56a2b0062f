"""New jobs on their way into the journal: which of them are really new, and what that costs.

Everything here runs inside one transaction of the journal.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass

from llmkit_jupyter.engine import allowance, claims, planned
from llmkit_jupyter.engine import budget as money
from llmkit_jupyter.engine.budget import Budget
from llmkit_jupyter.engine.planned import Place
from llmkit_jupyter.engine.record import COLUMNS, JobRecord
from llmkit_jupyter.engine.reuse import Match, Reuse
from llmkit_jupyter.engine.rows import Rows
from llmkit_jupyter.errors import JobNotFoundError

_INSERT = f"INSERT INTO jobs ({', '.join(COLUMNS)}) VALUES ({', '.join(f':{c}' for c in COLUMNS)})"  # noqa: S608
# No row ever goes: of a forgotten job its tombstone stays. One that is not there was in a journal
# that another kernel has set aside, and is known to its holder alone.
_PUT_BACK = _INSERT.replace("INSERT", "INSERT OR IGNORE", 1)


@dataclass(frozen=True, slots=True)
class Entry:
    """A job that is to be written down.

    ``match`` says which other job may stand for it. ``found`` says that there was one when its
    price was looked at: where it is gone meanwhile, the price has to be looked at again.
    ``place`` is the row of a sweep that it is for.
    """

    record: JobRecord
    match: Match = "never"
    found: bool = False
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """The job that an entry got; ``reused``: one that was there already."""

    record: JobRecord
    reused: bool


class OvertakenError(Exception):
    """A job that was to be reused is gone."""


def put_back(db: sqlite3.Connection, record: JobRecord) -> bool:
    """Write a job that this process holds into a journal that does not know it."""
    row = {**record.to_new_row(), "lease_expires": time.time() + claims.LEASE_SECONDS}
    return db.execute(_PUT_BACK, row).rowcount > 0


def enter(
    db: sqlite3.Connection,
    entries: Sequence[Entry],
    *,
    budget: Budget | None,
    rows: Rows,
    reuse: Reuse,
) -> list[Entered]:
    """Write new jobs, leased to this process: all of them or none.

    Raises:
        BudgetExceededError: the budget, or that of a sweep, does not cover those that are new.
        OvertakenError: one that was to be reused is gone.
        SweepNotFoundError, SweepExistsError: the sweep that they are for is not there any more.
        JobNotFoundError: one that is picked up was forgotten.
    """
    there, final = _settle(db, entries, rows, reuse)
    fresh = [entry for entry, record in zip(entries, final, strict=True) if record is entry.record]
    if any(entry.found for entry in fresh):
        raise OvertakenError
    new = [entry.record for entry in fresh]
    if budget is not None:
        money.check(db, budget, [record.estimate for record in new])
    allowance.check(db, [(each.place, each.record.estimate) for each in fresh if each.place])
    leased = {record.task_id: claims.leased(record) for record in new}
    db.executemany(_INSERT, [leased[record.task_id].to_new_row() for record in new])
    entered: list[Entered] = []
    for entry, own, record in zip(entries, there, final, strict=True):
        reused = record is not entry.record
        entered.append(Entered(leased.get(record.task_id, record), reused))
        if entry.place is not None and own is None:
            allowance.vacate(db, entry.place)
            planned.fill(db, entry.place, entry.record.request, record.task_id, reused=reused)
    return entered


def choose(
    db: sqlite3.Connection, entries: Sequence[Entry], *, rows: Rows, reuse: Reuse
) -> list[JobRecord]:
    """Give the job that each entry would get now: its own, or one that is there."""
    return _settle(db, entries, rows, reuse)[1]


def _settle(
    db: sqlite3.Connection, entries: Sequence[Entry], rows: Rows, reuse: Reuse
) -> tuple[list[JobRecord | None], list[JobRecord]]:
    """Give the job that the row of each entry has already, and the one that each gets."""
    there = [_taken(db, entry, rows) for entry in entries]
    free = [entry for entry, record in zip(entries, there, strict=True) if record is None]
    # Rows of a sweep that ask for the same are submitted one after the other.
    sweeps = {each.place.sweep for each in free if each.place and each.match == "any seed"}
    wanted: list[tuple[JobRecord, Match]] = [(each.record, each.match) for each in free]
    chosen = iter(reuse.choose(db, wanted, planned.jobs_of(db, sweeps)))
    return there, [record or next(chosen) for record in there]


def _taken(db: sqlite3.Connection, entry: Entry, rows: Rows) -> JobRecord | None:
    """Give the job that is there: picked up before, or submitted for the same row meanwhile."""
    if entry.record.picked_up:
        return _picked_up(db, entry.record, rows)
    task_id = entry.place and planned.taken(db, entry.place, entry.record.request)
    if task_id is None:
        return None
    return next(
        iter(rows.read(db.execute("SELECT * FROM jobs WHERE task_id = ?", (task_id,)))), None
    )


_AT_THE_PROVIDER = """SELECT * FROM jobs WHERE task_id = :task_id OR (provider = :provider
    AND endpoint = :endpoint AND provider_task_id = :provider_task_id)
    ORDER BY forgotten_at IS NOT NULL LIMIT 1"""
# Free, and to be taken up at once.
_ASK_AGAIN = """UPDATE jobs SET status = 'processing', phase = 'generating', error_code = NULL,
    error_message = NULL, error_details = NULL, finished_at = NULL, lease_epoch = lease_epoch + 1,
    lease_owner = NULL, lease_expires = 1 WHERE task_id = ?"""


def _picked_up(db: sqlite3.Connection, record: JobRecord, rows: Rows) -> JobRecord | None:
    """Give the job that has the same id at the provider; one that was not there is asked for anew.

    Raises:
        JobNotFoundError: it was forgotten, or cannot be read.
    """
    found = db.execute(_AT_THE_PROVIDER, record.to_row()).fetchone()
    if found is None:
        return None
    known = [] if found["forgotten_at"] is not None else rows.read([found])
    if not known:
        raise JobNotFoundError(
            f"Job {record.provider_task_id!r} was forgotten, or its row is damaged; it is not "
            "taken up again.",
            task_id=str(found["task_id"]),
        )
    if not known[0].not_there:
        return known[0]
    db.execute(_ASK_AGAIN, (known[0].task_id,))
    return rows.read(db.execute("SELECT * FROM jobs WHERE task_id = ?", (known[0].task_id,)))[0]
