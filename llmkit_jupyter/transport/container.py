"""Reads the header of a video file: container, duration, size, and whether it is whole.

A small reader of our own rather than a decoder: it looks at a few kilobytes of untrusted bytes,
runs no native code on them, and costs well under a millisecond.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from llmkit_jupyter.errors import InvalidVideoError

MAX_INDEX = 64 * 2**20  # bytes of `moov`; ours for 30 s are about 20 kB


@dataclass(frozen=True, slots=True)
class Header:
    """What the file says of itself. Duration in seconds, width and height in pixels."""

    format: str
    duration: float | None
    width: int | None
    height: int | None


def read_header(path: Path) -> Header:
    """Read the header of an MP4, MOV or WebM file.

    Raises:
        InvalidVideoError: another kind of file, or one that was cut off.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(64)
        if start[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free"):
            return _read_mp4(file, size, start)
        if start[:4] == b"\x1a\x45\xdf\xa3":
            # WebM and Matroska: told apart by their document type; measured when one is served.
            return Header("webm" if b"webm" in start else "mkv", None, None, None)
    if size == 0:
        raise InvalidVideoError("The file is empty; expected a video.")
    raise InvalidVideoError(f"Not a video file: it begins with {start[:24]!r}.")


def _read_mp4(file: BinaryIO, size: int, start: bytes) -> Header:
    kind = "mov" if start[8:12] == b"qt  " else "mp4"
    duration: float | None = None
    width = height = None
    has_index = has_media = False
    for name, offset, length in _boxes(file, 0, size):
        if name == b"moov":
            has_index = True
            if length > MAX_INDEX:
                raise InvalidVideoError(f"The video's index is {length} bytes long.")
            duration, width, height = _read_index(file, offset, offset + length)
        has_media = has_media or (name == b"mdat" and length > 0)
    if not has_index or not has_media:
        missing = "index" if not has_index else "picture data"
        raise InvalidVideoError(f"The video file is not whole: it has no {missing}.")
    return Header(kind, duration, width, height)


def _read_index(
    file: BinaryIO, start: int, end: int
) -> tuple[float | None, int | None, int | None]:
    duration: float | None = None
    width = height = None
    for name, offset, length in _boxes(file, start, end):
        if name == b"mvhd":
            duration = _movie_duration(_read(file, offset, min(length, 64)))
        elif name == b"trak" and width is None:
            width, height = _track_size(file, offset, offset + length)
    return duration, width, height


def _track_size(file: BinaryIO, start: int, end: int) -> tuple[int | None, int | None]:
    for name, offset, length in _boxes(file, start, end):
        if name == b"tkhd" and length >= 8:
            # The last eight bytes are width and height as 16.16 fixed point; sound has zeros.
            width, height = struct.unpack(">II", _read(file, offset + length - 8, 8))
            if width and height:
                return width >> 16, height >> 16
    return None, None


def _movie_duration(box: bytes) -> float | None:
    form = ">IQ" if box[:1] == b"\x01" else ">II"
    place = 20 if box[:1] == b"\x01" else 12
    if len(box) < place + struct.calcsize(form):
        raise InvalidVideoError("The video's index is cut off.")
    scale, units = struct.unpack_from(form, box, place)
    # A fragmented file has no duration here.
    return units / scale if scale and units else None


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Give (name, offset of the contents, their length) of each box between two offsets."""
    position = start
    while position + 8 <= end:
        length, name = struct.unpack(">I4s", _read(file, position, 8))
        head = 8
        if length == 1:
            (length,) = struct.unpack(">Q", _read(file, position + 8, 8))
            head = 16
        elif length == 0:
            length = end - position
        if length < head or position + length > end:
            raise InvalidVideoError(
                f"The video file is cut off: {name!r} at byte {position} claims {length} bytes, "
                f"{end - position} are there."
            )
        yield name, position + head, length - head
        position += length
    if position != end:
        raise InvalidVideoError(f"The video file has {end - position} stray bytes at its end.")


def _read(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset, os.SEEK_SET)
    data = file.read(length)
    if len(data) < length:
        raise InvalidVideoError("The video file is cut off.")
    return data
