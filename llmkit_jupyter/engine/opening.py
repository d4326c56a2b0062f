"""Opens the journal's file: made whole, checked, and set aside where it is damaged."""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
import time
from pathlib import Path

from llmkit_jupyter.engine import schema

BUSY_SECONDS = 30.0


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
        # What is forgotten must be gone from the file as well.
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN IMMEDIATE")
        schema.migrate(connection, path)
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
