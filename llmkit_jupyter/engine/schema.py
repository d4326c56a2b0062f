"""The journal's file: where it lies, its schema and version, and what happens to a bad one."""

from __future__ import annotations

import contextlib
import json
import logging
import secrets
import sqlite3
import time
from pathlib import Path

from llmkit_jupyter.engine.record import kind_of
from llmkit_jupyter.errors import JournalError
from llmkit_jupyter.request import VideoGenerationRequest

_log = logging.getLogger(__name__)
FILE_NAME = "jobs.db"
VERSION = 3
BUSY_SECONDS = 30.0

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
    kind             TEXT NOT NULL DEFAULT ''
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
_FROM_1 = """
ALTER TABLE jobs ADD COLUMN estimate REAL;
ALTER TABLE jobs ADD COLUMN error_details TEXT;
ALTER TABLE jobs ADD COLUMN kind TEXT NOT NULL DEFAULT '';
"""
_FROM_2 = """
ALTER TABLE jobs ADD COLUMN sent_at REAL;
"""


def connect(path: Path) -> sqlite3.Connection:
    """Open the journal for writing, creating or migrating it.

    Rollback journal and full synchronisation: a commit survives a crash of the machine, several
    processes may write, and the file can be read on read-only and network folders. SQLite before
    3.51.3 can corrupt a write-ahead log that two processes write, so that mode is not used.

    Raises:
        JournalError: written by a newer version, or not to be opened.
        sqlite3.DatabaseError: damaged.
    """
    fresh = not path.exists()
    if fresh:
        # Created with its final mode: prompts are private.
        with contextlib.suppress(FileExistsError):
            path.touch(mode=0o600, exist_ok=False)
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        # A file that somebody else brought must not run code through views or triggers.
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        _migrate(connection, path)
        connection.execute("COMMIT")
        _check(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open an existing journal without ever writing to it.

    Raises:
        sqlite3.Error: not there, or damaged.
    """
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=2.0)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def identity(path: Path) -> tuple[int, int] | None:
    """Tell which file is at that place now, whatever it is called later."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def set_aside(path: Path, damaged: tuple[int, int] | None) -> Path | None:
    """Move a damaged journal out of the way under a new name, and say which; never deletes.

    ``None`` when the file there is not the one that was found damaged.
    """
    if identity(path) != damaged:
        return None
    stamp = time.strftime("%Y%m%d-%H%M%S")
    target = path.with_name(f"{path.name}.damaged-{stamp}-{secrets.token_hex(2)}")
    path.rename(target)
    # An unfinished transaction's rollback file belongs to the damaged database alone.
    leftover = path.with_name(path.name + "-journal")
    if leftover.exists():
        leftover.rename(target.with_name(target.name + "-journal"))
    return target


def _check(connection: sqlite3.Connection) -> None:
    problems = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
    if problems != ["ok"]:
        raise sqlite3.DatabaseError("; ".join(problems))


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise JournalError(
            f"{path} was written by a newer version of llmkit-jupyter (format {version}, this one "
            f"knows {VERSION}). Nothing is submitted. Upgrade with: pip install -U llmkit-jupyter"
        )
    if version == 0:
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables:
            raise sqlite3.DatabaseError("not a journal of llmkit-jupyter")
        _run(connection, _CREATE + _INDEXES)
        connection.execute("INSERT INTO meta VALUES ('account_salt', ?)", (secrets.token_hex(16),))
    if version == 1:
        _run(connection, _FROM_1)
        _name_kinds(connection)
        _run(connection, _INDEXES)
    if version in (1, 2):
        _run(connection, _FROM_2)
    if version != VERSION:
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _run(connection: sqlite3.Connection, statements: str) -> None:
    # Not executescript, which would commit first.
    for statement in statements.split(";"):
        if statement.strip():
            connection.execute(statement)


def _name_kinds(connection: sqlite3.Connection) -> None:
    for task_id, sent in connection.execute("SELECT task_id, sent FROM jobs").fetchall():
        try:
            kind = kind_of(VideoGenerationRequest.from_dict(json.loads(sent)))
        except (ValueError, TypeError, AttributeError) as error:
            # Such a row is refused whenever it is read; it must not cost the others.
            _log.warning("a row of the journal cannot be read: %s", error)
            continue
        connection.execute("UPDATE jobs SET kind = ? WHERE task_id = ?", (kind, task_id))
