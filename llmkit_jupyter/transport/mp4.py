"""Reads the header of an MP4 or MOV file: its boxes, as far as they tell what we ask.

A box is a length, a name and its contents. A player needs the index and the picture data; what
else is there, and what comes after them, may be odd.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from llmkit_jupyter.errors import InvalidVideoError
from llmkit_jupyter.transport.header import Header

MAX_INDEX = 64 * 2**20  # bytes of `moov`; ours for 30 s are about 20 kB
MAX_BOXES = 50_000  # some tenths of a second; an hour in fragments of a second has some thousands
FIRST_BOXES = frozenset(
    b"ftyp styp moov mdat moof wide free skip uuid pdin sidx pnot udta meta emsg prft".split()
)
_NEEDED = frozenset(b"moov moof mdat mvhd trak tkhd".split())


class _StrayError(InvalidVideoError):
    """What follows is no box, or one that a player can do without."""


def read_mp4(file: BinaryIO, size: int) -> Header:
    """Read the header of an MP4 or MOV file.

    Raises:
        InvalidVideoError: it was cut off, or is none.
    """
    boxes = _Boxes(file)
    kind = "mp4"
    index: tuple[float | None, int | None, int | None] | None = None
    has_media = False
    try:
        for name, offset, length in boxes.between(0, size):
            if name == b"ftyp" and length >= 4 and boxes.read(offset, 4) == b"qt  ":
                kind = "mov"
            if name == b"moov" and index is None:
                if length > MAX_INDEX:
                    raise InvalidVideoError(f"The video's index is {length} bytes long.")
                index = _read_index(boxes, offset, offset + length)
            has_media = has_media or (name == b"mdat" and length > 0)
    except _StrayError:
        # A player has found all that it needs by then.
        if index is None or not has_media:
            raise
    if index is None or not has_media:
        missing = "index" if index is None else "picture data"
        raise InvalidVideoError(f"The video file is not whole: it has no {missing}.")
    return Header(kind, *index)


def _read_index(boxes: _Boxes, start: int, end: int) -> tuple[float | None, int | None, int | None]:
    duration: float | None = None
    width = height = None
    with suppress(_StrayError):
        for name, offset, length in boxes.between(start, end):
            if name == b"mvhd":
                duration = _movie_duration(boxes.read(offset, min(length, 64)))
            elif name == b"trak" and width is None:
                width, height = _track_size(boxes, offset, offset + length)
    return duration, width, height


def _track_size(boxes: _Boxes, start: int, end: int) -> tuple[int | None, int | None]:
    with suppress(_StrayError):
        for name, offset, length in boxes.between(start, end):
            if name == b"tkhd" and length >= 8:
                # The last eight bytes are width and height as 16.16 fixed point; sound has zeros.
                width, height = struct.unpack(">II", boxes.read(offset + length - 8, 8))
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


class _Boxes:
    """The boxes of a file, up to a number of them."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = MAX_BOXES

    def between(self, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
        """Give (name, offset of the contents, their length) of each box between two offsets.

        Raises:
            InvalidVideoError: a box that a player needs is cut off.
            _StrayError: what follows is no box, or one that a player can do without.
        """
        position = start
        while position + 8 <= end and self._left > 0:
            self._left -= 1
            length, name = struct.unpack(">I4s", self.read(position, 8))
            head = 8
            if length == 1 and position + 16 <= end:
                (length,) = struct.unpack(">Q", self.read(position + 8, 8))
                head = 16
            elif length == 0:
                length = end - position
            if length < head or position + length > end:
                kind = InvalidVideoError if name in _NEEDED else _StrayError
                raise kind(
                    f"The video file is cut off: {name!r} at byte {position} claims {length} "
                    f"bytes, {end - position} are there."
                )
            yield name, position + head, length - head
            position += length
        if position != end:
            raise _StrayError(f"The video file has {end - position} stray bytes at its end.")

    def read(self, offset: int, length: int) -> bytes:
        """Give the bytes at an offset."""
        self._file.seek(offset, os.SEEK_SET)
        data = self._file.read(length)
        if len(data) < length:
            raise InvalidVideoError("The video file is cut off.")
        return data
