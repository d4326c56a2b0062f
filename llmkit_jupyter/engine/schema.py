"""What the journal's file holds: tables, their version, and the way there from older ones."""

from __future__ import annotations

import json
import logging
import re
import secrets
import sqlite3
from pathlib import Path

from llmkit_jupyter.engine.record import SEALED, kind_of, likenesses, seal_of
from llmkit_jupyter.errors import JournalError
from llmkit_jupyter.request import VideoGenerationRequest

_log = logging.getLogger(__name__)
FILE_NAME = "jobs.db"
VERSION = 5

_CREATE = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE jobs (
    task_id          TEXT PRIMARY KEY,
    provider         TEXT NOT NULL,
    endpoint         TEXT NOT NULL,
    account          TEXT NOT NULL,
    model            TEXT NOT NULL,
    request          TEXT NOT NULL,
    sent             TEXT NOT NULL,
    status           TEXT NOT NULL,
    phase            TEXT NOT NULL,
    provider_task_id TEXT,
    provider_status  TEXT,
    video_url        TEXT,
    seed             INTEGER,
    estimate         REAL,
    cost             REAL,
    error_code       TEXT,
    error_message    TEXT,
    error_details    TEXT,
    file             TEXT,
    format           TEXT,
    duration         REAL,
    width            INTEGER,
    height           INTEGER,
    created_at       REAL NOT NULL,
    sent_at          REAL,
    submitted_at     REAL,
    generated_at     REAL,
    finished_at      REAL,
    lease_owner      TEXT,
    lease_epoch      INTEGER NOT NULL,
    lease_expires    REAL NOT NULL,
    kind             TEXT NOT NULL DEFAULT '',
    seal             TEXT NOT NULL DEFAULT '',
    forgotten_at     REAL,
    rating           INTEGER,
    likeness         TEXT,
    likeness_any     TEXT
);
CREATE INDEX jobs_by_time ON jobs (created_at);
CREATE INDEX jobs_unfinished ON jobs (lease_expires) WHERE status = 'processing';
"""
# Each holds all that its query asks for: rows are large where a picture is part of the request.
_INDEXES = """
CREATE INDEX jobs_money ON jobs (status, cost, estimate, error_code, generated_at);
CREATE INDEX jobs_prices ON jobs (provider, model, kind, created_at, cost) WHERE cost > 0;
CREATE INDEX jobs_times
    ON jobs (provider, model, kind, created_at, submitted_at, generated_at, status)
    WHERE status = 'completed';
"""
# A row of a sweep keeps its request, so that it can be submitted by a later process; the job that
# was made for it, or that had made the same before, has the rest. What jobs have cost that it had
# before is ``spent``.
_SWEEPS = """
CREATE TABLE sweeps (
    name        TEXT PRIMARY KEY,
    created_at  REAL NOT NULL,
    terms       TEXT NOT NULL DEFAULT '{}'
);
CREATE TABLE sweep_rows (
    sweep    TEXT NOT NULL,
    place    INTEGER NOT NULL,
    request  TEXT NOT NULL,
    content  TEXT NOT NULL,
    task_id  TEXT,
    reused   INTEGER NOT NULL DEFAULT 0,
    spent    REAL NOT NULL DEFAULT 0,
    PRIMARY KEY (sweep, place)
);
CREATE INDEX sweep_rows_by_job ON sweep_rows (task_id);
CREATE INDEX jobs_alike ON jobs (likeness, created_at);
CREATE INDEX jobs_alike_any ON jobs (likeness_any, created_at);
CREATE INDEX jobs_history
    ON jobs (created_at, forgotten_at, status, provider, model, rating, task_id);
"""
_FROM_1 = """
ALTER TABLE jobs ADD COLUMN estimate REAL;
ALTER TABLE jobs ADD COLUMN error_details TEXT;
ALTER TABLE jobs ADD COLUMN kind TEXT NOT NULL DEFAULT '';
"""
_FROM_2 = """
ALTER TABLE jobs ADD COLUMN sent_at REAL;
"""
_FROM_3 = """
ALTER TABLE jobs ADD COLUMN seal TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN forgotten_at REAL;
"""
_FROM_4 = """
ALTER TABLE jobs ADD COLUMN rating INTEGER;
ALTER TABLE jobs ADD COLUMN likeness TEXT;
ALTER TABLE jobs ADD COLUMN likeness_any TEXT;
"""


def create(connection: sqlite3.Connection, salt: str | None = None) -> None:
    """Make the tables of a new journal; inside the caller's transaction.

    Args:
        connection: to an empty file.
        salt: what accounts are told apart by, where an earlier journal's is to be kept.
    """
    _make_tables(connection)
    connection.execute(
        "INSERT INTO meta VALUES ('account_salt', ?)", (salt or secrets.token_hex(16),)
    )
    connection.execute(f"PRAGMA user_version = {VERSION}")


def salt_of(connection: sqlite3.Connection) -> str | None:
    """Give what accounts are told apart by, of a journal that may be damaged, or not ours.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    sql = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'meta'").fetchone()
    # A view of that name could run for ever.
    if sql is None or f"{sql[0]};" not in _CREATE:
        return None
    found = connection.execute("SELECT value FROM meta WHERE name = 'account_salt'").fetchone()
    return found[0] if found and re.fullmatch("[0-9a-f]{32}", str(found[0])) else None


def check_version(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse what a newer version has written; only reads.

    Raises:
        JournalError: asks for an upgrade.
    """
    version = _version(connection)
    if version > VERSION:
        raise JournalError(
            f"{path} was written by a newer version of llmkit-jupyter (format {version}, this one "
            f"knows {VERSION}). Nothing is submitted. Upgrade with: pip install -U llmkit-jupyter"
        )


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the tables to this version, and check that they are ours; in one transaction.

    Raises:
        JournalError: written by a newer version.
        sqlite3.DatabaseError: no journal of ours, or one that somebody has altered.
    """
    check_version(connection, path)
    version = _version(connection)
    try:
        if version == 1:
            _run(connection, _FROM_1)
            _name_kinds(connection)
            _run(connection, _INDEXES)
        if version in (1, 2):
            _run(connection, _FROM_2)
        if version in (1, 2, 3):
            _run(connection, _FROM_3)
            _seal(connection)
        if version in (1, 2, 3, 4):
            _run(connection, _FROM_4 + _SWEEPS)
            _name_likenesses(connection)
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
            # Our statements do not fit its tables: no version of ours made them.
            raise sqlite3.DatabaseError(f"{_NOT_OURS} ({error})") from error
        raise
    _check_shape(connection)
    if version != VERSION:
        connection.execute(f"PRAGMA user_version = {VERSION}")


_NOT_OURS = "it is not as llmkit-jupyter makes it"
_STATEMENT = re.compile(r"([^(]*)\((.*)\)([^)]*)", re.DOTALL)
_STATISTICS = (
    "CREATE TABLE sqlite_stat1(tbl,idx,stat)",
    "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)",
)
"""What ANALYZE adds, in anybody's program; it tells SQLite which index is quicker, no more."""
_Shape = set[tuple[str, str, str, tuple[str, ...]]]


def _check_shape(connection: sqlite3.Connection) -> None:
    """Refuse triggers, views and whatever else could change or drop a job's row unseen."""
    found = _shape(connection)
    if not found:
        raise sqlite3.DatabaseError("it is empty")
    model = sqlite3.connect(":memory:")
    try:
        _make_tables(model)
        odd = sorted(name for _, name, *_ in found ^ _shape(model))
    finally:
        model.close()
    if odd:
        raise sqlite3.DatabaseError(f"{_NOT_OURS}: {', '.join(dict.fromkeys(odd))[:200]}")


def _shape(connection: sqlite3.Connection) -> _Shape:
    """Give what a database consists of, whatever the order of its columns."""
    found: _Shape = set()
    for kind, name, sql in connection.execute("SELECT type, name, sql FROM sqlite_master"):
        if kind == "table" and sql in _STATISTICS:
            continue
        # An index that SQLite makes by itself has no statement.
        parts = _STATEMENT.fullmatch(str(sql or "()"))
        before, columns, after = parts.groups() if parts else (str(sql), "", "")
        each = sorted(" ".join(column.split()) for column in columns.split(","))
        found.add((str(kind), str(name), f"{' '.join(before.split())}{after.strip()}", tuple(each)))
    return found


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _make_tables(connection: sqlite3.Connection) -> None:
    _run(connection, _CREATE + _INDEXES + _SWEEPS)


def _run(connection: sqlite3.Connection, statements: str) -> None:
    # Not executescript, which would commit first.
    for statement in statements.split(";"):
        if statement.strip():
            connection.execute(statement)


def _name_kinds(connection: sqlite3.Connection) -> None:
    for task_id, sent in connection.execute("SELECT task_id, sent FROM jobs").fetchall():
        try:
            kind = kind_of(VideoGenerationRequest.from_dict(json.loads(sent)))
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            # Such a row is refused whenever it is read; it must not cost the others.
            _log.warning("a row of the journal cannot be read: %s", error)
            continue
        connection.execute("UPDATE jobs SET kind = ? WHERE task_id = ?", (kind, task_id))


def _name_likenesses(connection: sqlite3.Connection) -> None:
    jobs = connection.execute(
        "SELECT task_id, provider, endpoint, sent FROM jobs WHERE forgotten_at IS NULL"
    )
    for task_id, provider, endpoint, sent in jobs.fetchall():
        try:
            request = VideoGenerationRequest.from_dict(json.loads(sent))
            names = likenesses(provider, endpoint, request)
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            _log.warning("a row of the journal cannot be read: %s", error)
            continue
        connection.execute(
            "UPDATE jobs SET likeness = ?, likeness_any = ? WHERE task_id = ?", (*names, task_id)
        )


def _seal(connection: sqlite3.Connection) -> None:
    columns = ", ".join(SEALED)
    replacing = connection.text_factory
    # A byte that is no text is seen here, and not sealed as what it is replaced by.
    connection.text_factory = bytes.decode
    try:
        for (rowid,) in connection.execute("SELECT rowid FROM jobs").fetchall():
            found = connection.execute(f"SELECT {columns} FROM jobs WHERE rowid = ?", (rowid,))  # noqa: S608
            try:
                seal = seal_of(dict(zip(SEALED, found.fetchone(), strict=True)))
            except (ValueError, TypeError) as error:
                # No row of ours: without a seal it is refused whenever it is read.
                _log.warning("a row of the journal cannot be read: %s", error)
                continue
            connection.execute("UPDATE jobs SET seal = ? WHERE rowid = ?", (seal, rowid))
    finally:
        connection.text_factory = replacing
