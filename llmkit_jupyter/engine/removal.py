"""Files of jobs that go for good, and what is told of it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from llmkit_jupyter.engine import names
from llmkit_jupyter.errors import LibraryError

AT_ONCE = 20
"""Jobs in a transaction. While it deletes their files no other kernel can submit anything."""
PAUSE = 0.15  # seconds after it: who waits for the journal looks for it ten times a second
ENDED_AT = "coalesce(finished_at, created_at)"
"""In SQL: from when on a job counts its age."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What was removed, or would be: the jobs that it is about, and their files.

    ``size`` is in bytes. ``unfinished`` counts the jobs that may be paid for and whose videos
    nobody fetches any more. ``copies`` are damaged journals that were set aside: they still hold
    all that was in them.
    """

    task_ids: tuple[str, ...]
    files: int
    size: int
    unfinished: int = 0
    copies: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the files of jobs are."""

    library: Path
    inputs: Path


def in_parts(task_ids: Sequence[str], remove: Callable[[Sequence[str]], Removal]) -> Removal:
    """Remove some jobs after the other, with time for others between, and tell of all of them."""
    done: list[Removal] = []
    for start in range(0, len(task_ids), AT_ONCE):
        if done:
            time.sleep(PAUSE)
        done.append(remove(task_ids[start : start + AT_ONCE]))
    return Removal(
        tuple(task_id for each in done for task_id in each.task_ids),
        sum(each.files for each in done),
        sum(each.size for each in done),
        sum(each.unfinished for each in done),
    )


def videos(library: Path, row: sqlite3.Row) -> list[Path]:
    """Give the video of a job, and what an interrupted download may have left of it."""
    task_id = str(row["task_id"])
    if not names.is_task_id(task_id):
        return []
    found = [*(library / "parts").glob(names.parts_of(task_id))]
    if row["file"] in names.videos_of(task_id) and (library / row["file"]).is_file():
        found.append(library / row["file"])
    return found


def delete(files: Sequence[Path], *, dry_run: bool) -> int:
    """Delete files, or do not; gives their size in bytes.

    Raises:
        LibraryError: one cannot be deleted.
    """
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
                f"{path} cannot be deleted: {error.strerror or error}. Its record is unchanged."
            ) from error
    return size
