"""Reads the header of a video file: container, duration, size, and whether it is whole.

Small readers of our own rather than a decoder: they look at a few kilobytes of untrusted bytes,
run no native code on them, and cost well under a millisecond.
"""

from __future__ import annotations

from pathlib import Path

from llmkit_jupyter.errors import InvalidVideoError
from llmkit_jupyter.transport.header import Header
from llmkit_jupyter.transport.matroska import MAGIC, read_matroska
from llmkit_jupyter.transport.mp4 import FIRST_BOXES, read_mp4

__all__ = ["Header", "looks_like_video", "read_header"]

LOOK = 12
"""Bytes that tell whether it may be a video."""


def looks_like_video(start: bytes) -> bool:
    """Whether a file that begins so is an MP4, MOV or WebM file, or wants to be one."""
    return start[4:8] in FIRST_BOXES or start.startswith(MAGIC)


def read_header(path: Path) -> Header:
    """Read the header of an MP4, MOV or WebM file.

    Raises:
        InvalidVideoError: another kind of file, or one that was cut off.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(64)
        if start.startswith(MAGIC):
            return read_matroska(file, size)
        if looks_like_video(start):
            return read_mp4(file, size)
    if size == 0:
        raise InvalidVideoError("The file is empty; expected a video.")
    raise InvalidVideoError(f"Not a video file: it begins with {start[:24]!r}.")
