"""Opens the journal's file: made whole, checked, and set aside where it is damaged."""

from __future__ import annotations

import logging
import re
import secrets
import sqlite3
import time
from functools import partial
from pathlib import Path

from llmkit_jupyter.engine import making, schema

BUSY_SECONDS = 30.0
LARGEST = 100 * 2**20
"""Bytes of a value or a row: above it nothing is written, and nobody of us has written it."""
_log = logging.getLogger(__name__)


def connect(path: Path, salt: str | None = None) -> sqlite3.Connection:
    """Open the journal for writing, creating or migrating it.

    Args:
        path: of it.
        salt: for ``schema.create``.

    Rollback journal and full synchronisation: a commit survives a crash of the machine, several
    processes may write, and the file can be read on read-only and network folders. SQLite before
    3.51.3 can corrupt a write-ahead log that two processes write, so that mode is not used.

    Raises:
        JournalError: written by a newer version.
        sqlite3.OperationalError: locked, full, or not to be opened.
        sqlite3.DatabaseError: damaged, or not as this program makes it.
        OSError: it cannot be made.
    """
    if not path.exists():
        making.make(path, partial(_write_new, salt))
    making.remove_old(path)
    connection = _opened(path)
    try:
        # Before anything else: what a newer version wrote is not touched.
        schema.check_version(connection, path)
        _set_up(connection)
        connection.execute("BEGIN IMMEDIATE")
        schema.migrate(connection, path)
        connection.execute("COMMIT")
        _check(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def connect_to_read(path: Path, *, patience: float = 2.0) -> sqlite3.Connection:
    """Open an existing journal without ever writing to it.

    Args:
        path: of it.
        patience: seconds to wait for one who is writing.

    Raises:
        sqlite3.Error: not there, or damaged.
    """
    connection = sqlite3.connect(_uri(path, "ro"), uri=True, timeout=patience)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def salt_of(path: Path) -> str | None:
    """Give what accounts are told apart by in a damaged journal, if that can still be read.

    With it, jobs that a living process writes into the next journal still belong to their keys.
    """
    try:
        connection = connect_to_read(path)
        try:
            return schema.salt_of(connection)
        finally:
            connection.close()
    except (sqlite3.Error, UnicodeDecodeError):
        return None


def copies(path: Path) -> list[Path]:
    """List the damaged journals that were set aside at a place."""
    return sorted(path.parent.glob(f"{path.name}.damaged-*"))


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
    stamp = time.strftime("%Y%m%d-%H%M%S")
    target = path.with_name(f"{path.name}.damaged-{stamp}-{secrets.token_hex(2)}")
    with making.alone(path):
        # By now another kernel may have moved it, and made a new one.
        if identity(path) != damaged:
            return None
        path.rename(target)
        # An unfinished transaction's rollback file belongs to the damaged database alone.
        leftover = path.with_name(path.name + "-journal")
        if leftover.exists():
            leftover.rename(target.with_name(target.name + "-journal"))
    return target


def _uri(path: Path, mode: str) -> str:
    # SQLite takes no host in it: that of a network folder of Windows belongs to the path.
    return re.sub("^file://(?=[^/])", "file:////", path.as_uri()) + f"?mode={mode}"


def _opened(path: Path) -> sqlite3.Connection:
    # Not made here: an empty file is no journal.
    connection = sqlite3.connect(
        _uri(path, "rw"), uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )
    connection.row_factory = sqlite3.Row
    # A byte that is no text must cost its own row alone; there the checksum shows it.
    connection.text_factory = _as_text
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST)
    # A file that somebody else brought must not run code through views or triggers.
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _as_text(data: bytes) -> str:
    return data.decode(errors="replace")


def _set_up(connection: sqlite3.Connection) -> None:
    # What is forgotten must be gone from the file as well.
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("PRAGMA synchronous = FULL")


def _write_new(salt: str | None, part: Path) -> None:
    """Make a journal without jobs in an empty file."""
    connection = _opened(part)
    try:
        _set_up(connection)
        connection.execute("BEGIN IMMEDIATE")
        schema.create(connection, salt)
        connection.execute("COMMIT")
    finally:
        connection.close()


def _check(connection: sqlite3.Connection, path: Path) -> None:
    problems = _problems(connection, "integrity_check")
    if problems and not _problems(connection, "quick_check"):
        # The jobs themselves are whole: only the indexes, which are made from them, are not.
        _log.warning("indexes of %s are made anew: %s", path, "; ".join(problems))
        connection.execute("REINDEX")
        problems = _problems(connection, "integrity_check")
    if problems:
        raise sqlite3.DatabaseError("; ".join(problems))
    if path.stat().st_size > LARGEST:
        # Only so large a file can hold a value beyond the limit, which is refused when read.
        for _ in connection.execute("SELECT * FROM jobs"):
            pass


def _problems(connection: sqlite3.Connection, check: str) -> list[str]:
    found = [str(row[0]) for row in connection.execute(f"PRAGMA {check}(3)")]
    return [] if found == ["ok"] else found
