"""Sweeps away what nobody needs: parts of files, pictures of no job, folders of previews.

A process that is killed in the middle of a download leaves its part. The job's next download
removes it, but a job that another process has ended in the meantime has none. A picture is kept
before its job is written down, and stays where that is refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from llmkit_jupyter.engine import names, opening
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.engine.making import OLD_SECONDS
from llmkit_jupyter.engine.owner import has_exited

QUIET_SECONDS = 60.0  # the same, where the job has ended and the writer is gone as well
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """A file that is not whole. ``age`` is in seconds, since somebody wrote to it."""

    path: Path
    size: int
    age: float
    task_id: str = ""
    pid: int = 0

    @property
    def left_over(self) -> bool:
        """Whether its writer seems to be gone: not enough to remove it."""
        return self.age > QUIET_SECONDS and (not self.pid or has_exited(self.pid))


def parts(home: Path) -> list[Part]:
    """List the parts of videos and of pictures; waits for the disk."""
    found: list[Part] = []
    for folder in (home / "library" / "parts", home / "inputs"):
        for path in folder.glob("*.part"):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue  # it has become a whole file
            task_id, pid = names.read_part(path.name)
            age = time.time() - status.st_mtime
            found.append(Part(path, status.st_size, age, task_id, pid))
    return found


async def sweep(home: Path, journal: Journal) -> None:
    """Remove what nobody needs any more; what cannot be removed is logged, and no error."""
    try:
        lying = await asyncio.to_thread(parts, home)
        stray = [part for part in lying if part.age > OLD_SECONDS]
        doubtful = [part for part in lying if part not in stray and part.task_id]
        doubtful = [part for part in doubtful if part.left_over]
        if doubtful:
            records = await asyncio.wrap_future(journal.get([part.task_id for part in doubtful]))
            unfinished = {record.task_id for record in records if not record.ended}
            stray += [part for part in doubtful if part.task_id not in unfinished]
        await asyncio.to_thread(_remove, [part.path for part in stray])
        await _sweep_pictures(home / "inputs", journal)
        await asyncio.to_thread(sweep_previews, Path(tempfile.gettempdir()))
    except Exception:  # noqa: BLE001 - nobody waits for it, and nothing depends on it
        # Also at the end of a program, when there are no threads for it any more.
        _log.info("%s could not be swept", home, exc_info=True)


async def _sweep_pictures(folder: Path, journal: Journal) -> None:
    """Remove the pictures that no job begins with and that nobody has kept lately."""
    old = await asyncio.to_thread(_old_pictures, folder)
    if not old:
        return
    named = await asyncio.wrap_future(journal.pictures())
    # Jobs of a journal that was set aside may be had back from it, with their pictures.
    if not opening.copies(journal.path):
        unnamed = [path for path in old if path.name not in named]
        again = await asyncio.to_thread(_old_pictures, folder)
        await asyncio.to_thread(_remove, [path for path in unnamed if path in again])


def _old_pictures(folder: Path) -> set[Path]:
    found: set[Path] = set()
    for path in folder.glob("*"):
        with contextlib.suppress(FileNotFoundError):
            if names.is_picture(path.name) and time.time() - path.stat().st_mtime > OLD_SECONDS:
                found.add(path)
    return found


def _remove(stray: Sequence[Path]) -> None:
    for path in stray:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            _log.warning("%s cannot be removed: %s", path, error)
        else:
            _log.info("%s was left behind, and is removed", path)


def sweep_previews(folder: Path) -> None:
    """Remove the folders in which processes drew previews that are gone; waits for the disk."""
    from llmkit_jupyter.providers.preview.workshop import FOLDER

    for path in folder.glob(f"{FOLDER}*"):
        number = path.name.removeprefix(FOLDER).partition("-")[0]
        if not number.isdigit() or not has_exited(int(number)):
            continue
        try:
            status = path.lstat()
            # Anybody may make folders there, and a container's numbers are not ours.
            if status.st_uid == os.getuid() and time.time() - status.st_mtime > OLD_SECONDS:
                shutil.rmtree(path)
        except OSError as error:
            _log.warning("%s cannot be removed: %s", path, error)
