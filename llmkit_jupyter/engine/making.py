"""Makes the journal's file: whole under a temporary name, and then put in its place."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Callable, Generator
from pathlib import Path

OLD_SECONDS = 3600.0  # without a byte: whoever wrote to a file is gone, wherever that may be
_GUARD_SECONDS = 5.0  # far longer than a rename takes


def make(path: Path, write: Callable[[Path], None]) -> None:
    """Put a new file at a place where there is none; one that is there meanwhile stays.

    Nobody ever sees it unfinished, and of several processes that begin at once one wins.

    Args:
        path: of the file.
        write: fills an empty file.

    Raises:
        OSError: it cannot be made there.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.new-{secrets.token_hex(8)}")
    try:
        # Created with its final mode: prompts are private.
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        write(part)
        try:
            # Unlike a rename it fails where a file is already.
            os.link(part, path)
        except FileExistsError:
            return
        except OSError:
            _rename(part, path)
        sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


def remove_old(path: Path) -> None:
    """Remove the temporary files of processes that were killed while they made this one."""
    for part in path.parent.glob(f"{path.name}.new-*"):
        # Another process may sweep as well, and a folder that cannot be written is no reason
        # not to read what is in it.
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > OLD_SECONDS:
                part.unlink()


def sync_folder(folder: Path) -> None:
    """Have a new name in a folder survive a power cut."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


@contextlib.contextmanager
def alone(path: Path) -> Generator[None]:
    """Have one process at a time look at a place and rename what is there."""
    guard = path.with_name(f"{path.name}.guard")
    end = time.monotonic() + _GUARD_SECONDS
    # A guard that stays was left by a process that was killed between two lines of this.
    while time.monotonic() < end:
        try:
            guard.mkdir()
            break
        except FileExistsError:
            time.sleep(0.02)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            guard.rmdir()


def _rename(part: Path, path: Path) -> None:
    """Give a file its name where there are no hard links, as on drives that are mounted by FUSE.

    A rename replaces what is there.
    """
    with alone(path):
        if not path.exists():
            part.rename(path)
