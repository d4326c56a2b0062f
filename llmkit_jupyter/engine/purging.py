"""Videos that are purged: their files go, their records stay.

Everything here runs inside a transaction of the journal. Files go before it is committed: a row
that says that its video is gone is never wrong.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from llmkit_jupyter.engine.removal import ENDED_AT, Folders, Removal, delete, videos

_PURGEABLE = "status = 'completed' AND file IS NOT NULL AND forgotten_at IS NULL"


def choose(db: sqlite3.Connection, before: float) -> list[str]:
    """Give the jobs whose videos were finished before a moment, in seconds since the epoch."""
    rows = db.execute(
        f"SELECT task_id FROM jobs WHERE {_PURGEABLE} AND {ENDED_AT} < ?",  # noqa: S608
        (before,),
    )
    return [str(row[0]) for row in rows]


def purge(
    db: sqlite3.Connection, folders: Folders, task_ids: Sequence[str], *, dry_run: bool
) -> Removal:
    """Delete the files of videos.

    Raises:
        LibraryError: a file cannot be deleted.
    """
    query = f"SELECT task_id, file FROM jobs WHERE task_id = ? AND {_PURGEABLE}"  # noqa: S608
    rows = [row for each in task_ids for row in db.execute(query, (each,)).fetchall()]
    files = [path for row in rows for path in videos(folders.library, row)]
    ids = tuple(str(row["task_id"]) for row in rows)
    if not dry_run:
        db.executemany("UPDATE jobs SET file = NULL WHERE task_id = ?", [(each,) for each in ids])
    return Removal(ids, len(files), delete(files, dry_run=dry_run))
