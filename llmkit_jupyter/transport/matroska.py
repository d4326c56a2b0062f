"""Reads the header of a WebM or Matroska file: its elements, as far as they tell what we ask.

An element is an id, a size and its contents. A size may be left open by a writer that cannot go
back to fill it in; such an element ends where the next of its kind begins, or with the file.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

from llmkit_jupyter.errors import InvalidVideoError
from llmkit_jupyter.transport.header import Header

MAGIC = b"\x1a\x45\xdf\xa3"
MAX_PART = 256 * 1024  # bytes of a part that is read as a whole; ours have some hundreds
MAX_ELEMENTS = 100_000  # some tenths of a second; only files with open sizes have many

_DOCUMENT_TYPE = 0x4282
_SEGMENT = 0x18538067
_INFO, _TIMECODE_SCALE, _DURATION = 0x1549A966, 0x2AD7B1, 0x4489
_TRACKS, _TRACK, _TRACK_TYPE, _VIDEO = 0x1654AE6B, 0xAE, 0x83, 0xE0
_WIDTH, _HEIGHT = 0xB0, 0xBA
_CLUSTER = 0x1F43B675
_BLOCKS = (0xA3, 0xA0)
_IS_VIDEO = 1


def read_matroska(file: BinaryIO, size: int) -> Header:
    """Read the header of a WebM or Matroska file.

    Raises:
        InvalidVideoError: another kind of file, or one that was cut off.
    """
    _, start, own = _head(file, 0)
    kind = _text(dict(_children(_part(file, start, own))).get(_DOCUMENT_TYPE, b""))
    if kind not in ("webm", "matroska"):
        raise InvalidVideoError(f"Not a video file: a document of type {kind[:24]!r}.")
    duration: float | None = None
    edges: tuple[int, int] | None = None
    has_info = has_tracks = has_media = False
    for name, offset, length in _elements(file, start + (own or 0), size):
        if name == _INFO and not has_info:
            has_info = True
            duration = _duration(_part(file, offset, length))
        elif name == _TRACKS and not has_tracks:
            has_tracks = True
            edges = _edges(_part(file, offset, length))
        has_media = has_media or (name in _BLOCKS and length > 0)
    if not has_tracks or not has_media:
        missing = "picture data" if has_tracks else "tracks"
        raise InvalidVideoError(f"The video file is not whole: it has no {missing}.")
    width, height = edges or (None, None)
    return Header("webm" if kind == "webm" else "mkv", duration, width, height)


def _elements(file: BinaryIO, start: int, size: int) -> Iterator[tuple[int, int, int]]:
    """Give (id, offset of the contents, their length) of the parts of the segment.

    Of the blocks in the clusters, only the first ones where the clusters have sizes.
    """
    position, end = start, size
    in_segment = has_media = False
    for _ in range(MAX_ELEMENTS):
        if position >= end:
            return
        name, offset, length = _head(file, position)
        if length is not None and offset + length > end:
            raise InvalidVideoError(
                f"The video file is cut off: the part at byte {position} claims {length} bytes, "
                f"{end - offset} are there."
            )
        if name == _SEGMENT and not in_segment:
            in_segment = True
            # What comes after it is no part of the video.
            position, end = offset, size if length is None else offset + length
        elif name == _CLUSTER and (length is None or not has_media):
            position = offset
        elif length is None:
            raise InvalidVideoError("The video file has a part without a size.")
        else:
            has_media = has_media or (name in _BLOCKS and length > 0)
            yield name, offset, length
            position = offset + length


def _edges(tracks: bytes) -> tuple[int, int] | None:
    for name, track in _children(tracks):
        parts = dict(_children(track)) if name == _TRACK else {}
        if _number(parts.get(_TRACK_TYPE, b"")) == _IS_VIDEO:
            video = dict(_children(parts.get(_VIDEO, b"")))
            width, height = (_number(video.get(edge, b"")) for edge in (_WIDTH, _HEIGHT))
            if width and height:
                return width, height
    return None


def _duration(info: bytes) -> float | None:
    parts = dict(_children(info))
    units = parts.get(_DURATION, b"")
    if len(units) not in (4, 8):
        return None  # a stream does not know it
    (count,) = struct.unpack(">f" if len(units) == 4 else ">d", units)
    nanoseconds = _number(parts.get(_TIMECODE_SCALE, b"")) or 1_000_000
    seconds = count * nanoseconds / 1e9
    return seconds if 0 < seconds < float("inf") else None


def _children(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give (id, contents) of each element in a part."""
    position = 0
    while position < len(data):
        name, start, length = _parse(data, position)
        if length is None or start + length > len(data):
            raise InvalidVideoError("The video's header is cut off.")
        yield name, data[start : start + length]
        position = start + length


def _part(file: BinaryIO, offset: int, length: int | None) -> bytes:
    if length is None or length > MAX_PART:
        raise InvalidVideoError(f"The video's header has a part of {length} bytes.")
    file.seek(offset, os.SEEK_SET)
    data = file.read(length)
    if len(data) < length:
        raise InvalidVideoError("The video file is cut off.")
    return data


def _head(file: BinaryIO, position: int) -> tuple[int, int, int | None]:
    """Give an element's id, where its contents begin, and how long they are; ``None`` is open."""
    file.seek(position, os.SEEK_SET)
    name, start, length = _parse(file.read(12), 0)
    return name, position + start, length


def _parse(data: bytes, position: int) -> tuple[int, int, int | None]:
    id_length = _length_at(data, position, 4)
    start = position + id_length
    size_length = _length_at(data, start, 8)
    end = start + size_length
    name = int.from_bytes(data[position:start])
    # The leading one tells how long the number is. Ones alone are an open size.
    open_size = (1 << (7 * size_length)) - 1
    size = int.from_bytes(data[start:end]) & open_size
    return name, end, None if size == open_size else size


def _length_at(data: bytes, position: int, most: int) -> int:
    first = data[position] if position < len(data) else 0
    length = 9 - first.bit_length()
    if length > most or position + length > len(data):
        raise InvalidVideoError("The video file is cut off, or holds what is no video.")
    return length


def _number(data: bytes) -> int:
    return int.from_bytes(data) if len(data) <= 8 else 0


def _text(data: bytes) -> str:
    return data.rstrip(b"\0").decode("ascii", "replace")
