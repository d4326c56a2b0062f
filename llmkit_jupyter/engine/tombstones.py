"""Jobs that are forgotten and files that are purged: what of a row goes, and what stays.

Everything here runs inside a transaction of the journal. Files go before it is committed: a row
that says that its video is gone is never wrong.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from llmkit_jupyter.engine.record import SEALED, seal_of
from llmkit_jupyter.errors import InvalidRequestError, JobNotFoundError, LibraryError

_PICTURE = re.compile(r"\b[0-9a-f]{64}\.(?:png|jpg|webp)\b")
_SCRUBBED = json.dumps({"prompt": "-"})
"""The least that is still read as a request."""
_CLEARED = (
    *("provider_status", "video_url", "seed", "error_message", "error_details", "file", "format"),
    *("duration", "width", "height", "lease_owner"),
)
# What it cost and how long it took stay, and the provider's id, so that a job whose answer was lost
# is never taken for this one.
_BURY = f"""UPDATE jobs SET request = :scrubbed, sent = :scrubbed, account = '', seal = :seal,
    lease_epoch = lease_epoch + 1, lease_expires = 0, forgotten_at = :now,
    {", ".join(f"{name} = NULL" for name in _CLEARED)} WHERE task_id = :task_id"""  # noqa: S608
_AGE = "coalesce(finished_at, created_at)"


@dataclass(frozen=True, slots=True)
class Removal:
    """What was removed, or would be: the jobs that it is about, and their files.

    ``size`` is in bytes.
    """

    task_ids: tuple[str, ...]
    files: int
    size: int


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the files of jobs are."""

    library: Path
    inputs: Path


def forget(
    db: sqlite3.Connection,
    folders: Folders,
    task_ids: Sequence[str] | None,
    *,
    before: float | None = None,
    dry_run: bool = False,
) -> Removal:
    """Forget jobs for good: prompts, addresses, errors, videos and pictures.

    Args:
        db: in a transaction.
        folders: where the files are.
        task_ids: which; ``None`` for all that have ended.
        before: only those that ended before, in seconds since the epoch.
        dry_run: remove nothing, and tell what would be.

    Raises:
        JobNotFoundError: an id that the journal does not know.
        InvalidRequestError: a job that has not ended.
        LibraryError: a file cannot be deleted.
    """
    rows = _ended(db, before) if task_ids is None else _chosen(db, task_ids, before)
    going = {str(row["task_id"]) for row in rows}
    files = [path for row in rows for path in _videos(folders.library, row)]
    files += _pictures(db, folders.inputs, rows, going)
    if not dry_run:
        for row in rows:
            scrubbed = {**dict(row), "request": _SCRUBBED, "sent": _SCRUBBED, "account": ""}
            values = {"task_id": row["task_id"], "scrubbed": _SCRUBBED, "now": time.time()}
            db.execute(_BURY, {**values, "seal": seal_of(scrubbed)})
    return _remove(files, rows, dry_run=dry_run)


def purge(
    db: sqlite3.Connection, folders: Folders, *, before: float, dry_run: bool = False
) -> Removal:
    """Delete the files of videos that were finished before a moment; their records stay.

    Raises:
        LibraryError: a file cannot be deleted.
    """
    rows = db.execute(
        f"SELECT task_id, file FROM jobs WHERE status = 'completed' AND file IS NOT NULL "  # noqa: S608
        f"AND forgotten_at IS NULL AND {_AGE} < ?",
        (before,),
    ).fetchall()
    files = [path for row in rows for path in _videos(folders.library, row)]
    if not dry_run:
        ids = [(row["task_id"],) for row in rows]
        db.executemany("UPDATE jobs SET file = NULL WHERE task_id = ?", ids)
    return _remove(files, rows, dry_run=dry_run)


def _ended(db: sqlite3.Connection, before: float | None) -> list[sqlite3.Row]:
    return db.execute(
        f"SELECT {_READ} FROM jobs WHERE status <> 'processing' AND forgotten_at IS NULL "  # noqa: S608
        f"AND {_AGE} < ? ORDER BY created_at",
        (float("inf") if before is None else before,),
    ).fetchall()


def _chosen(
    db: sqlite3.Connection, task_ids: Sequence[str], before: float | None
) -> list[sqlite3.Row]:
    rows: list[sqlite3.Row] = []
    for task_id in dict.fromkeys(task_ids):
        row = db.execute(
            f"SELECT {_READ} FROM jobs WHERE task_id = ? AND forgotten_at IS NULL",  # noqa: S608
            (task_id,),
        ).fetchone()
        if row is None:
            raise JobNotFoundError(f"The journal has no job {task_id!r}.", task_id=task_id)
        if row["status"] == "processing":
            raise InvalidRequestError(
                "task_ids",
                task_id,
                f"jobs that have ended; cancel it first: %llmkit cancel {task_id}",
                because="it is unfinished, and may be paid for",
            )
        if before is None or row["ended_at"] < before:
            rows.append(row)
    return rows


_READ = f"{', '.join(SEALED)}, status, file, {_AGE} AS ended_at"


def _videos(library: Path, row: sqlite3.Row) -> list[Path]:
    """Give the video of a job, and what an interrupted download may have left of it."""
    task_id, name = str(row["task_id"]), str(row["file"] or "")
    # A journal may have been brought by anybody: no name in it leads out of the folder.
    if not re.fullmatch(r"[0-9a-f-]{36}", task_id):
        return []
    found = [*(library / "parts").glob(f"{task_id}.*.part")]
    if re.fullmatch(rf"{task_id}\.[0-9a-z]+", name) and (library / name).is_file():
        found.append(library / name)
    return found


def _pictures(
    db: sqlite3.Connection, inputs: Path, rows: Iterable[sqlite3.Row], going: set[str]
) -> list[Path]:
    """Give the pictures in the folder that only these jobs begin with."""
    names = {name for row in rows for text in (row["request"], row["sent"]) for name in _in(text)}
    if not names:
        return []
    for task_id, request, sent in db.execute("SELECT task_id, request, sent FROM jobs"):
        if task_id not in going:
            names -= {*_in(request), *_in(sent)}
    return [inputs / name for name in sorted(names) if (inputs / name).is_file()]


def _in(text: object) -> list[str]:
    return _PICTURE.findall(str(text))


def _remove(files: Sequence[Path], rows: Sequence[sqlite3.Row], *, dry_run: bool) -> Removal:
    size = 0
    for path in files:
        try:
            size += path.stat().st_size
            if not dry_run:
                path.unlink()
        except FileNotFoundError:
            continue  # somebody else was quicker
        except OSError as error:
            raise LibraryError(
                f"{path} cannot be deleted: {error.strerror or error}. The journal is unchanged."
            ) from error
    return Removal(tuple(str(row["task_id"]) for row in rows), len(files), size)
