"""Copying a video to where the user wants it, without ever destroying what is there."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from pathlib import Path

from llmkit_jupyter.errors import InvalidRequestError, OutputExistsError

LONGEST_NAME = 255  # bytes; what common file systems take
BLOCK = 2**20  # bytes


def check_target(
    path: str | Path | None, *, name: str = "video", suffix: str = ".mp4", overwrite: bool = False
) -> Path:
    """Give the file that a video would be saved to, or say why it cannot be.

    Meant to be called before anything is generated, so that a wrong path costs nothing.

    Raises:
        OutputExistsError: something is there and ``overwrite`` is not set.
        InvalidRequestError: not a path, no such folder, or a folder that cannot be written.
    """
    if path is not None and not isinstance(path, (str, Path)):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidRequestError("path", path, "a file or a folder")
    text = "." if path is None else str(path)
    if not text.strip() or "\0" in text:
        raise InvalidRequestError("path", text, "a file or a folder")
    try:
        target = Path(text).expanduser()
        return _checked(target, text, name, suffix, overwrite=overwrite)
    except RuntimeError as error:  # no such user
        raise InvalidRequestError("path", text, "a file or a folder", because=str(error)) from None
    except OSError as error:
        if isinstance(error, InvalidRequestError):
            raise
        because = str(error.strerror or error)
        raise InvalidRequestError("path", text, "a file or a folder", because=because) from error


def _checked(target: Path, text: str, name: str, suffix: str, *, overwrite: bool) -> Path:
    if target.is_dir():
        target = _free_name(target, name, suffix)
    elif text.endswith(("/", os.sep)):
        raise InvalidRequestError("path", text, "a folder that exists")
    elif not target.suffix:
        target = target.with_name(target.name + suffix)
    if not target.parent.is_dir():
        raise InvalidRequestError(
            "path", text, "a file in a folder that exists", because=f"no folder {target.parent}"
        )
    if len(os.fsencode(target.name)) > LONGEST_NAME:
        raise InvalidRequestError("path", text, f"a name of at most {LONGEST_NAME} bytes")
    # lexists: a link is never written through, wherever it points.
    if os.path.lexists(target) and (target.is_dir() or not overwrite):
        raise OutputExistsError("path", str(target), "a new name, or overwrite=True")
    try:
        # Permission bits do not tell it: not for root, nor on network and special file systems.
        with tempfile.TemporaryFile(dir=target.parent):
            pass
    except OSError as error:
        raise InvalidRequestError(
            "path",
            text,
            "a folder that can be written",
            because=f"{target.parent} cannot: {error.strerror or error}",
        ) from error
    return target


def save_copy(
    source: Path, path: str | Path | None, *, name: str = "video", overwrite: bool = False
) -> Path:
    """Copy ``source`` to ``path`` so that the final name only ever holds a whole video.

    Raises:
        OutputExistsError: something is there and ``overwrite`` is not set.
        InvalidRequestError: the path cannot be written, or the disk is full.
    """
    target = check_target(path, name=name, suffix=source.suffix, overwrite=overwrite)
    try:
        scratch = target.with_name(f".{secrets.token_hex(8)}.part")
        try:
            # Made by the opening itself: nothing that is there is ever opened for writing, nor
            # what somebody puts in its place a moment later.
            with source.open("rb") as whole, scratch.open("xb") as part:
                shutil.copyfileobj(whole, part, BLOCK)
            if overwrite:
                scratch.replace(target)
            else:
                _rename_to_new(scratch, target)
        finally:
            scratch.unlink(missing_ok=True)
    except FileExistsError:
        # Somebody else put a file there while ours was being copied.
        raise OutputExistsError("path", str(target), "a new name, or overwrite=True") from None
    except OSError as error:
        raise InvalidRequestError(
            "path", str(target), "a file that can be written", because=str(error.strerror or error)
        ) from error
    return target


def _rename_to_new(scratch: Path, target: Path) -> None:
    """Move, failing where the target exists: a hard link does that in one step."""
    try:
        target.hardlink_to(scratch)
    except FileExistsError:
        raise
    except OSError:
        # No hard links on this file system: reserve the name first, then put the file over it.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        scratch.replace(target)


def _free_name(folder: Path, stem: str, suffix: str) -> Path:
    candidate = folder / f"{stem}{suffix}"
    number = 2
    while os.path.lexists(candidate):
        candidate = folder / f"{stem}-{number}{suffix}"
        number += 1
    return candidate
