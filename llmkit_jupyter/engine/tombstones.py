"""Jobs that are forgotten: what of a row goes, and what stays.

Everything here runs inside a transaction of the journal. Files go before it is committed: a row
that says that its video is gone is never wrong.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from llmkit_jupyter.engine import allowance, claims, names
from llmkit_jupyter.engine.record import JobRecord, seal_of
from llmkit_jupyter.engine.removal import ENDED_AT, Folders, Removal, delete, videos
from llmkit_jupyter.errors import InvalidRequestError, JobNotFoundError

_SCRUBBED = json.dumps({"prompt": "-"})
"""The least that is still read as a request."""
_CLEARED = (
    *("provider_status", "video_url", "seed", "error_message", "error_details", "file", "format"),
    *("duration", "width", "height", "lease_owner", "rating", "likeness", "likeness_any"),
)
# What it cost and how long it took stay, and the provider's id, so that a job whose answer was lost
# is never taken for this one. One that is unfinished ends: as it was before its video was fetched
# again, as never sent, or as one that may be paid for.
_BURY = f"""UPDATE jobs SET request = :scrubbed, sent = :scrubbed, account = '', seal = :seal,
    lease_epoch = lease_epoch + 1, lease_expires = 0, forgotten_at = :now, phase = 'done',
    status = CASE WHEN status <> 'processing' THEN status
        WHEN finished_at IS NULL THEN 'failed' ELSE 'completed' END,
    error_code = CASE WHEN status <> 'processing' OR finished_at IS NOT NULL THEN error_code
        WHEN phase = 'queued' THEN 'cancelled' ELSE 'submission_unknown' END,
    finished_at = coalesce(finished_at, :now),
    {", ".join(f"{name} = NULL" for name in _CLEARED)} WHERE task_id = :task_id"""  # noqa: S608

# What the row was about is kept by nobody: whoever asks for the same again fills it anew.
_UNPLAN = "UPDATE sweep_rows SET request = '' WHERE task_id = :task_id"


def choose(
    db: sqlite3.Connection, task_ids: Sequence[str] | None, before: float | None
) -> list[str]:
    """Give the jobs that are to be forgotten.

    Args:
        db: in a transaction.
        task_ids: which; ``None`` for all that have ended.
        before: only those that ended before, in seconds since the epoch.

    Raises:
        JobNotFoundError: an id that the journal does not know.
        InvalidRequestError: a job that somebody works on.
    """
    if task_ids is None:
        rows = db.execute(
            f"SELECT task_id FROM jobs WHERE status <> 'processing' AND forgotten_at IS NULL "  # noqa: S608
            f"AND {ENDED_AT} < ? ORDER BY created_at",
            (float("inf") if before is None else before,),
        )
        return [str(row["task_id"]) for row in rows]
    chosen: list[str] = []
    for task_id in dict.fromkeys(task_ids):
        row = _read(db, task_id)
        if row is None:
            raise JobNotFoundError(f"The journal has no job {task_id!r}.", task_id=task_id)
        if _is_worked_on(row):
            raise InvalidRequestError(
                "task_ids",
                task_id,
                f"jobs that have ended; cancel it first: %llmkit cancel {task_id}",
                because="it is unfinished, and may be paid for",
            )
        if before is None or row["ended_at"] < before:
            chosen.append(task_id)
    return chosen


def forget(
    db: sqlite3.Connection, folders: Folders, task_ids: Sequence[str], *, dry_run: bool
) -> Removal:
    """Forget jobs for good: prompts, addresses, errors, videos and pictures.

    Those that were forgotten or taken up in the meantime are left out.

    Args:
        db: in a transaction.
        folders: where the files are.
        task_ids: which; see ``choose``.
        dry_run: remove nothing, and tell what would be.

    Raises:
        LibraryError: a file cannot be deleted.
    """
    found = [_read(db, task_id) for task_id in task_ids]
    rows = [row for row in found if row is not None and not _is_worked_on(row)]
    going = tuple(str(row["task_id"]) for row in rows)
    files = [path for row in rows for path in videos(folders.library, row)]
    files += _pictures(db, folders.inputs, rows, going)
    if not dry_run:
        for row in rows:
            scrubbed = {**dict(row), "request": _SCRUBBED, "sent": _SCRUBBED, "account": ""}
            values = {"task_id": row["task_id"], "scrubbed": _SCRUBBED, "now": time.time()}
            db.execute(_BURY, {**values, "seal": seal_of(scrubbed)})
            db.execute(_UNPLAN, values)
            allowance.vacate_all(db, str(row["task_id"]))
    unfinished = sum(row["status"] == "processing" for row in rows)
    return Removal(going, len(files), delete(files, dry_run=dry_run), unfinished)


def named_pictures(db: sqlite3.Connection, but: Collection[str] = ()) -> set[str]:
    """Give the names of all pictures that jobs begin with, but for some jobs."""
    rows = db.execute(
        "SELECT task_id, request, sent FROM jobs UNION ALL "
        "SELECT coalesce(task_id, ''), request, '' FROM sweep_rows"
    )
    return {
        name
        for task_id, request, sent in rows
        if task_id not in but
        for name in (*names.pictures_in(request), *names.pictures_in(sent))
    }


def _read(db: sqlite3.Connection, task_id: str) -> sqlite3.Row | None:
    query = f"SELECT *, {ENDED_AT} AS ended_at FROM jobs WHERE task_id = ? AND forgotten_at IS NULL"  # noqa: S608
    return db.execute(query, (task_id,)).fetchone()


def _is_worked_on(row: sqlite3.Row) -> bool:
    """Whether a job is unfinished and somebody holds it.

    One of a key that is not used any more, say, would else stay for ever: nobody can cancel it.
    """
    if row["status"] != "processing":
        return False
    values = dict(row)
    del values["ended_at"]
    try:
        return not claims.looks_free(JobRecord.from_row(values))
    except (ValueError, TypeError, KeyError):
        return False  # nobody can read it, so nobody works on it


def _pictures(
    db: sqlite3.Connection, inputs: Path, rows: Sequence[sqlite3.Row], going: Collection[str]
) -> list[Path]:
    """Give the pictures in the folder that only these jobs begin with."""
    texts = [row[column] for row in rows for column in ("request", "sent")]
    wanted = {name for text in texts for name in names.pictures_in(text)}
    if wanted:
        wanted -= named_pictures(db, but=set(going))
    return [inputs / name for name in sorted(wanted) if (inputs / name).is_file()]
