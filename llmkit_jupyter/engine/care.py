"""What a person does with what is kept: look at it, purge it, export it, forget it."""

from __future__ import annotations

import re
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from llmkit_jupyter.engine import export, names, strays
from llmkit_jupyter.engine.engine import Engine
from llmkit_jupyter.engine.removal import Removal
from llmkit_jupyter.errors import InvalidRequestError

_AGE = re.compile(r"([1-9][0-9]{0,4})([hdw])")
_SECONDS = {"h": 3600.0, "d": 86_400.0, "w": 7 * 86_400.0}


class VideoLibrary:
    """The finished videos of one home folder: what ``client.library`` gives."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def folder(self) -> Path:
        """Where the videos are."""
        return self._engine.library.folder

    @property
    def videos(self) -> list[Path]:
        """The files of all videos, in no order."""
        if not self.folder.is_dir():
            return []
        return [path for path in self.folder.iterdir() if names.is_video(path.name)]

    @property
    def size(self) -> int:
        """Bytes of all videos together."""
        return sum(_size(path) for path in self.videos)

    @property
    def free(self) -> int:
        """Bytes that are free on the disk."""
        return shutil.disk_usage(self._engine.home).free

    @property
    def parts(self) -> list[Path]:
        """Files that are not whole: downloads under way, and what killed processes left."""
        return [part.path for part in strays.parts(self._engine.home)]

    def purge(self, older_than: str | timedelta, *, dry_run: bool = False) -> Removal:
        """Delete the files of older videos; prompts, costs and all that was measured stay.

        Args:
            older_than: since a video was finished, such as ``"12h"``, ``"30d"`` or ``"8w"``.
            dry_run: delete nothing, and tell what would be.

        Raises:
            InvalidRequestError: an age that cannot be understood.
            LibraryError: a file cannot be deleted.
        """
        before = time.time() - age_seconds(older_than)
        return self._engine.purge(before, dry_run=dry_run)

    def export(self, folder: str | Path) -> export.Exported:
        """Copy all videos to a folder, under names made from their prompts, with ``jobs.json``.

        Nothing that is there is overwritten, but for the ``jobs.json`` of an earlier export. Once
        more, or after it was interrupted, it copies what is missing.

        Args:
            folder: made where it is not there.

        Raises:
            InvalidRequestError: the folder cannot be written, or the disk is full.
            OutputExistsError: a ``jobs.json`` is there that is none of ours.
        """
        records = self._engine.journal.newest(None).result()
        return export.export(records, self._engine.library, folder)

    def __repr__(self) -> str:
        return f"VideoLibrary({str(self.folder)!r})"


class Keeping(ABC):
    """The side of a client that looks after what is kept; the client itself adds the rest."""

    @property
    @abstractmethod
    def _engine(self) -> Engine: ...

    @property
    def library(self) -> VideoLibrary:
        """The finished videos of this home: their size, ``purge`` and ``export``."""
        return VideoLibrary(self._engine)

    def forget(
        self,
        task_ids: str | Sequence[str],
        *,
        older_than: str | timedelta | None = None,
        dry_run: bool = False,
    ) -> Removal:
        """Remove jobs for good: prompts, pictures, addresses, error texts and video files.

        What they cost stays counted. Copies that were saved, exported or put beside a notebook
        are not touched, nor are damaged journals that were set aside: ``copies`` names those.

        Args:
            task_ids: one, several, or ``"all"`` that have ended. One that is named may also be
                unfinished where nobody works on it: its key is not used any more, say. It may be
                paid for, and nobody fetches its video then.
            older_than: only those that ended so long ago, such as ``"12h"``, ``"30d"``, ``"8w"``.
            dry_run: remove nothing, and tell what would be.

        Raises:
            JobNotFoundError: an id that the journal does not know.
            InvalidRequestError: a job that somebody works on: cancel it first.
            LibraryError: a file cannot be deleted.
        """
        before = None if older_than is None else time.time() - age_seconds(older_than)
        if isinstance(task_ids, str):
            chosen = None if task_ids == "all" else [task_ids]
        else:
            chosen = list(task_ids)
        return self._engine.forget(chosen, before, dry_run=dry_run)


def age_seconds(age: str | timedelta) -> float:
    """Read an age: hours, days or weeks.

    Raises:
        InvalidRequestError: says which forms there are.
    """
    if isinstance(age, timedelta) and age > timedelta(0):
        return age.total_seconds()
    found = _AGE.fullmatch(age) if isinstance(age, str) else None
    if found is None:
        raise InvalidRequestError(
            "older_than", age, "a number of hours, days or weeks, such as 12h, 30d or 8w"
        )
    return int(found[1]) * _SECONDS[found[2]]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0  # deleted a moment ago
