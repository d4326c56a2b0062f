"""Quick looks into the journal, while somebody types or loads the extension: they never write."""

from __future__ import annotations

import logging
import re
import sqlite3
import time
from pathlib import Path
from typing import Any

from llmkit_jupyter.engine import opening, owner, schema

_CUT_OFF = (sqlite3.SQLITE_READONLY_ROLLBACK, sqlite3.SQLITE_READONLY_RECOVERY)
_log = logging.getLogger(__name__)


def count_unfinished(home: Path) -> int:
    """Count unfinished jobs that no living process holds; cheap, and never writes.

    A journal that is missing or cannot be read counts as empty here: its first use says more.
    One that a process was killed over in the middle of a commit counts as a job, because only
    who may write can bring it back to what it was.
    """
    try:
        rows = _glance(
            home, "SELECT lease_owner, lease_expires FROM jobs WHERE status = 'processing'"
        )
    except (sqlite3.Error, OSError) as error:
        _log.info("journal in %s not read: %s", home, error)
        return int(getattr(error, "sqlite_errorcode", None) in _CUT_OFF)
    now = time.time()
    return sum(expires < now or owner.is_gone(holder or "") for holder, expires in rows)


def newest_ids(home: Path, limit: int, *, unfinished: bool = False) -> list[str]:
    """Name the newest jobs, while somebody types: at once, or none; never writes."""
    where = "WHERE forgotten_at IS NULL" + (" AND status = 'processing'" if unfinished else "")
    query = f"SELECT task_id FROM jobs {where} ORDER BY created_at DESC, rowid DESC LIMIT {limit}"  # noqa: S608
    # What is not an id of ours has no place in a cell.
    return [str(name) for name in _names(home, query) if re.fullmatch("[0-9a-f-]{36}", str(name))]


def newest_sweeps(home: Path, limit: int) -> list[str]:
    """Name the newest sweeps, while somebody types: at once, or none; never writes."""
    query = f"SELECT name FROM sweeps ORDER BY created_at DESC LIMIT {limit}"  # noqa: S608
    return [name for name in _names(home, query) if isinstance(name, str) and name.isprintable()]


def _names(home: Path, query: str) -> list[object]:
    try:
        rows = _glance(home, query, patience=0.2)
    except (sqlite3.Error, OSError) as error:
        # A journal of an older version, for example, has no sweeps.
        _log.info("journal in %s not read: %s", home, error)
        return []
    return [name for (name,) in rows]


def _glance(home: Path, query: str, *, patience: float = 2.0) -> list[tuple[Any, ...]]:
    path = home / schema.FILE_NAME
    if not path.exists():
        return []
    db = opening.connect_to_read(path, patience=patience)
    try:
        return db.execute(query).fetchall()
    finally:
        db.close()
