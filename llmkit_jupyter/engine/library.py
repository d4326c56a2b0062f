"""The library: the folder with every finished video, whole files only."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from llmkit_jupyter.engine import names
from llmkit_jupyter.engine.making import sync_folder
from llmkit_jupyter.errors import InvalidVideoError, LibraryError
from llmkit_jupyter.transport.container import Header, read_header

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the library: its name there, and what its header says."""

    name: str
    header: Header


class FileSink:
    """Takes a video's bytes into a temporary file, in order, whatever their number."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    async def write(self, data: bytes) -> None:
        """Write the next bytes, off the loop: a slow disk must not hold polls up."""
        await asyncio.to_thread(self._file.write, data)

    async def restart(self) -> None:
        """Forget what was written; the file comes again from its beginning."""
        self._file.seek(0)
        self._file.truncate()


class Library:
    """The finished videos of one home folder."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "library"

    def path(self, name: str) -> Path:
        """Give the place of a file by its name in the library."""
        return self.folder / name

    def find(self, task_id: str) -> Stored | None:
        """Give a job's video that is here already, whatever its record says; waits for the disk."""
        for name in names.videos_of(task_id):
            try:
                return Stored(name, read_header(self.path(name)))
            except FileNotFoundError:
                continue
            except (OSError, InvalidVideoError) as error:
                _log.warning("%s is there and is no use: %s", self.path(name), error)
        return None

    async def store(self, task_id: str, fetch: Callable[[FileSink], Awaitable[None]]) -> Stored:
        """Stream a video into the library: temporary name, header check, fsync, rename.

        The final name never holds anything but a whole video. Memory use does not depend on the
        size of the file.

        Raises:
            InvalidVideoError: what came is not a whole video.
            LibraryError: the disk is full or the folder cannot be written.
        """
        if not names.is_task_id(task_id):
            raise LibraryError(f"{task_id!r} is not a task id", task_id=task_id)
        # A folder of their own: it stays small, however large the library grows.
        parts = self.folder / "parts"
        part = parts / names.new_part(task_id)
        try:
            # One after the other: the mode holds for the last folder alone.
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            parts.mkdir(mode=0o700, exist_ok=True)
            # A process that was killed in the middle left its part behind; the job is ours now.
            for left in parts.glob(names.parts_of(task_id)):
                left.unlink()
            with part.open("wb") as file:
                await fetch(FileSink(file))
                header = await asyncio.to_thread(_finish, file, part)
            name = f"{task_id}.{header.format}"
            await asyncio.to_thread(_publish, part, self.path(name))
        except OSError as error:
            raise LibraryError(
                f"The video cannot be stored in {self.folder}: {error.strerror or error}",
                task_id=task_id,
            ) from error
        finally:
            # What cannot be removed now is swept away by the next try.
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
        return Stored(name, header)


def _finish(file: BinaryIO, path: Path) -> Header:
    file.flush()
    header = read_header(path)
    os.fsync(file.fileno())
    return header


def _publish(part: Path, target: Path) -> None:
    part.replace(target)
    sync_folder(target.parent)
