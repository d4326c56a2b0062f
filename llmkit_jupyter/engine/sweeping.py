"""Sweeps away what killed processes left behind: parts of files, and folders of previews.

A process that is killed in the middle of a download leaves its part. The job's next download
removes it, but a job that another process has ended in the meantime has none.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.engine.owner import has_exited

OLD_SECONDS = 3600.0  # without a byte: nobody writes to it any more, wherever that may be
QUIET_SECONDS = 60.0  # the same, where the job has ended and the writer is gone as well
_OF_A_VIDEO = re.compile(r"([0-9a-f-]{36})\.([0-9]+)\.part")
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
            name = _OF_A_VIDEO.fullmatch(path.name)
            task_id, pid = (name[1], int(name[2])) if name else ("", 0)
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
        await asyncio.to_thread(_remove, stray)
        await asyncio.to_thread(sweep_previews, Path(tempfile.gettempdir()))
    except Exception:  # noqa: BLE001 - nobody waits for it, and nothing depends on it
        _log.warning("%s could not be swept", home, exc_info=True)


def _remove(stray: Sequence[Part]) -> None:
    for part in stray:
        try:
            part.path.unlink(missing_ok=True)
        except OSError as error:
            _log.warning("%s cannot be removed: %s", part.path, error)
        else:
            _log.info("%s was left behind, and is removed", part.path)


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
