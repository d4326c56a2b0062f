"""Sweeps as the journal keeps them: a request for each row, and the job that it has.

Everything here that takes a database runs inside a transaction of the journal.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from llmkit_jupyter.engine.columns import LATEST
from llmkit_jupyter.engine.inputs import Inputs
from llmkit_jupyter.engine.record import JobRecord, by_content, read_request
from llmkit_jupyter.engine.rows import Rows
from llmkit_jupyter.errors import SweepExistsError, SweepNotFoundError, nearest, shorten
from llmkit_jupyter.request import VideoGenerationRequest

_log = logging.getLogger(__name__)
MAX_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Place:
    """A row of a sweep that a job is for.

    Where ``instead`` is not the job that the row has, another process has submitted it meanwhile:
    the row keeps that one, and no new job is made. ``budget`` is in US dollars, for all that the
    sweep spends.
    """

    sweep: str
    number: int
    instead: str | None = None
    budget: float | None = None


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row of a sweep, and the record of its job."""

    number: int
    request: VideoGenerationRequest | None
    """``None`` where its job was forgotten."""
    task_id: str | None
    """``None`` before it is submitted."""
    reused: bool
    """Its job was there already."""
    record: JobRecord | None


@dataclass(frozen=True, slots=True)
class Planned:
    """A sweep. ``created_at`` is in seconds since the epoch."""

    name: str
    created_at: float
    rows: tuple[PlannedRow, ...]
    terms: Mapping[str, object]
    """What its submitting is bound to, such as a budget, as ``agree`` was given it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepSummary:
    """A sweep in numbers. ``cost`` is in US dollars, of the jobs that were made for it."""

    name: str
    created_at: float
    rows: int
    submitted: int
    completed: int
    failed: int
    cost: float


def begin(
    db: sqlite3.Connection,
    name: str,
    requests: Sequence[VideoGenerationRequest],
    terms: Mapping[str, object],
) -> bool:
    """Write a sweep down; gives whether it is new, or was there with the same contents.

    Its terms are written with it: whoever is killed before anything is submitted leaves no sweep
    without limits. One that was there keeps its own.

    Raises:
        SweepExistsError: it was there with other contents.
    """
    contents = [(_text(request), _content(request)) for request in requests]
    if not db.execute("SELECT 1 FROM sweeps WHERE name = ?", (name,)).fetchone():
        db.execute("DELETE FROM meta WHERE name = ?", (_dropped(name),))
        db.execute(
            "INSERT INTO sweeps VALUES (?, ?, ?)", (name, time.time(), json.dumps(dict(terms)))
        )
        db.executemany(
            "INSERT INTO sweep_rows (sweep, place, request, content) VALUES (?, ?, ?, ?)",
            [(name, number, *each) for number, each in enumerate(contents)],
        )
        return True
    there = db.execute("SELECT content FROM sweep_rows WHERE sweep = ? ORDER BY place", (name,))
    known = [str(row[0]) for row in there]
    if known != [content for _, content in contents]:
        raise SweepExistsError(name, _difference(known, [content for _, content in contents]))
    # Of a row whose job was forgotten the request went with it.
    db.executemany(
        "UPDATE sweep_rows SET request = ? WHERE sweep = ? AND place = ? AND task_id IS NULL",
        [(text, name, number) for number, (text, _) in enumerate(contents)],
    )
    return False


_READ = """SELECT jobs.*, r.place AS _place, r.request AS _request, r.task_id AS _task_id,
    r.reused AS _reused, s.created_at AS _created_at, s.terms AS _terms
    FROM sweeps AS s JOIN sweep_rows AS r ON r.sweep = s.name
    LEFT JOIN jobs ON jobs.task_id = r.task_id AND jobs.forgotten_at IS NULL
    WHERE s.name = ? AND typeof(r.place) = 'integer' AND r.place BETWEEN 0 AND ?
    ORDER BY r.place"""
_OWN = ("_place", "_request", "_task_id", "_reused", "_created_at", "_terms")


def read(db: sqlite3.Connection, name: str, rows: Rows, inputs: Inputs) -> Planned:
    """Read a sweep and all its jobs; one query.

    Raises:
        SweepNotFoundError: names the nearest.
    """
    found = db.execute(_READ, (name, MAX_ROWS - 1)).fetchall()
    if not found:
        known = sorted(names(db))
        raise SweepNotFoundError(name, nearest(name, known) if known else "there are no sweeps yet")
    jobs = [{key: row[key] for key in row.keys() if key not in _OWN} for row in found]  # noqa: SIM118
    records = {r.task_id: r for r in rows.read([job for job in jobs if job["task_id"]])}
    made: list[PlannedRow] = []
    for row in found:
        task_id = row["_task_id"] if isinstance(row["_task_id"], str) else None
        record = records.get(task_id or "")
        request = _request(row["_request"], inputs)
        number = row["_place"]
        made.append(PlannedRow(number, request, task_id, bool(row["_reused"]), record))
    terms = _terms(found[0]["_terms"])
    return Planned(name, _time(found[0]["_created_at"]), tuple(made), terms)


_LIST = """SELECT s.name, s.created_at, count(*) AS rows, count(r.task_id) AS submitted,
    count(*) FILTER (WHERE jobs.status = 'completed') AS completed,
    count(*) FILTER (WHERE jobs.status = 'failed') AS failed,
    coalesce(sum(CASE WHEN r.reused THEN 0 ELSE max(coalesce(jobs.cost, 0), 0) END), 0) AS cost
    FROM sweeps AS s JOIN sweep_rows AS r ON r.sweep = s.name
    LEFT JOIN jobs ON jobs.task_id = r.task_id WHERE typeof(s.name) = 'text'
    GROUP BY s.name ORDER BY s.created_at DESC"""


def summaries(db: sqlite3.Connection) -> list[SweepSummary]:
    """Give all sweeps in numbers, newest first."""
    found: list[dict[str, Any]] = [dict(row) for row in db.execute(_LIST)]
    for row in found:
        row["created_at"] = _time(row["created_at"])
    return [SweepSummary(**row) for row in found]


def names(db: sqlite3.Connection) -> set[str]:
    """Give the names of all sweeps."""
    return {str(row[0]) for row in db.execute("SELECT name FROM sweeps")}


def agree(db: sqlite3.Connection, name: str, terms: Mapping[str, object]) -> None:
    """Write down what the submitting of a sweep is bound to, for later processes."""
    db.execute("UPDATE sweeps SET terms = ? WHERE name = ?", (json.dumps(dict(terms)), name))


def drop(db: sqlite3.Connection, name: str) -> bool:
    """Forget a sweep, and not its jobs; gives whether there was one."""
    db.execute("DELETE FROM sweep_rows WHERE sweep = ?", (name,))
    if not db.execute("DELETE FROM sweeps WHERE name = ?", (name,)).rowcount:
        return False
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_dropped(name), str(time.time())))
    return True


def taken(db: sqlite3.Connection, place: Place, request: VideoGenerationRequest) -> str | None:
    """Give the job that somebody else has submitted for a row; ``None`` where it is free.

    Raises:
        SweepNotFoundError: somebody has forgotten the sweep, so that no more of it is wanted.
        SweepExistsError: somebody has given its name to another one since.
    """
    row = db.execute(
        "SELECT task_id, content FROM sweep_rows WHERE sweep = ? AND place = ?",
        (place.sweep, place.number),
    ).fetchone()
    if row is None and db.execute(_IS_DROPPED, (_dropped(place.sweep),)).fetchone():
        raise SweepNotFoundError(place.sweep, "it was forgotten, so nothing more of it is made")
    if row is not None and row[1] != _content(request):
        raise SweepExistsError(place.sweep, f"row {place.number} is another request")
    return None if row is None or row[0] in (None, place.instead) else str(row[0])


_IS_DROPPED = "SELECT 1 FROM meta WHERE name = ?"


def _dropped(name: str) -> str:
    """Name what tells those who still submit a sweep that it is forgotten; not its name itself."""
    return f"dropped_sweep:{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def jobs_of(db: sqlite3.Connection, sweeps: Collection[str]) -> set[str]:
    """Give the jobs that rows of these sweeps have."""
    query = "SELECT task_id FROM sweep_rows WHERE sweep = ? AND task_id IS NOT NULL"
    return {str(row[0]) for name in sweeps for row in db.execute(query, (name,))}


def fill(
    db: sqlite3.Connection,
    place: Place,
    request: VideoGenerationRequest,
    task_id: str,
    *,
    reused: bool,
) -> None:
    """Write down which job a row has."""
    # The journal may have been set aside in the middle of a sweep: the new one learns of it here.
    new = "INSERT OR IGNORE INTO sweeps VALUES (?, ?, ?)"
    db.execute(new, (place.sweep, time.time(), json.dumps({"budget": place.budget})))
    db.execute(
        "INSERT INTO sweep_rows (sweep, place, request, content, task_id, reused) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (sweep, place) "
        "DO UPDATE SET task_id = excluded.task_id, reused = excluded.reused",
        (place.sweep, place.number, _text(request), _content(request), task_id, int(reused)),
    )


def _text(request: VideoGenerationRequest) -> str:
    return json.dumps(request.to_dict())


def _content(request: VideoGenerationRequest) -> str:
    """Name what a row asks for."""
    text = json.dumps(by_content(request), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _request(text: object, inputs: Inputs) -> VideoGenerationRequest | None:
    """Read a row's request; a journal that somebody brought must not name files of this machine."""
    if text == "":
        return None  # its job was forgotten
    try:
        request = read_request(str(text))
    except (ValueError, TypeError) as error:
        _log.warning("a row of a sweep cannot be read: %s", shorten(error))
        return None
    return replace(request, image=inputs.own(request.image))


def _time(value: Any) -> float:
    """Read a moment; of a journal that somebody brought it may be anything."""
    is_one = isinstance(value, (int, float)) and 0 <= value < LATEST
    return float(value) if is_one else 0.0


def _terms(text: object) -> dict[str, object]:
    """Read what was agreed; what cannot be read is no reason to spend without limits."""
    try:
        found: object = json.loads(str(text))
    except (ValueError, RecursionError):
        found = None
    return cast("dict[str, object]", found) if isinstance(found, dict) else {"unreadable": text}


def _difference(there: Sequence[str], given: Sequence[str]) -> str:
    if len(there) != len(given):
        return f"it has {len(there)} rows, and {len(given)} were given"
    pairs = zip(there, given, strict=True)
    return f"row {next(n for n, (a, b) in enumerate(pairs) if a != b)} is another request"
