"""What a server answered: its status, and its body as far as that is JSON."""

from __future__ import annotations

import json
import math
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MAX_BODY = 16 * 2**20  # bytes; arrays of a thousand jobs take less than one
EXCERPT = 300
MAX_VALUES = 1_000_000  # in a body; a thousand jobs have some tens of thousands
LONGEST_NUMBER = 1000  # digits
LOOK = 4096
"""Bytes of a body that an excerpt is made from."""
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer of any status.

    ``excerpt`` is the body's beginning for people: one printable line of at most 300 characters,
    without the key. ``problem`` says why there is no ``body``.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: Any = field(repr=False)
    """Parsed JSON."""
    excerpt: str
    problem: str | None = None
    retry_after: float | None = None
    """Seconds that the server asks to wait, not capped."""

    @property
    def ok(self) -> bool:
        """Whether the status says success and the body is JSON."""
        return 200 <= self.status < 300 and self.problem is None


def parse(data: bytes) -> tuple[Any, str | None]:
    """Read JSON that may be anything: gives the value, and what is wrong with it.

    Numbers without bounds, which JSON does not have and some writers write, are read as ``None``:
    one of them must not make the rest unreadable.
    """
    if not data.strip():
        return None, "empty"
    # Two letters of JSON may become ninety bytes of memory, and all of them seconds in which
    # nothing else runs. There are no more values than these signs; a video in base64 has none.
    if sum(map(data.count, (b",", b"[", b"{"))) > MAX_VALUES:
        return None, "too many values"
    try:
        body = _loads(data)
        if _SURROGATE.search(data):
            body = _whole(body)
    except RecursionError:
        return None, "nested too deeply"
    except ValueError:  # no JSON, or no UTF-8
        return None, "no JSON"
    return body, None


def unpack(data: bytes, encoding: str, limit: int) -> tuple[bytes, str | None]:
    """Undo a compression that was not asked for, up to a limit of bytes."""
    if encoding in ("", "identity"):
        return data, None
    if encoding not in ("gzip", "x-gzip", "deflate"):
        return b"", "encoded in an unknown way"
    try:
        unpacked = zlib.decompressobj(wbits=47).decompress(data, limit + 1)
    except zlib.error:
        return b"", "not compressed as it says"
    return (b"", "too large") if len(unpacked) > limit else (unpacked, None)


def beginning(data: bytes) -> str:
    """Give the part of a body that an excerpt is made from; redact it before ``shown``."""
    return data[:LOOK].decode("utf-8", "replace")


def shown(text: str) -> str:
    """Make one printable line of at most 300 characters."""
    if len(text.encode("utf-8", "replace")) >= LOOK:
        # A key that was cut in two at the end was not recognised as one.
        text = text[: LOOK // 2]
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= EXCERPT else f"{line[: EXCERPT - 3]}..."


def _loads(data: bytes) -> Any:
    try:
        return json.loads(data, parse_constant=_nothing, parse_float=_finite)
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise
    except ValueError:
        # A whole number of thousands of digits. Looking at each takes longer.
        return json.loads(data, parse_constant=_nothing, parse_float=_finite, parse_int=_whole_one)


def _nothing(_constant: str) -> None:
    return None


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _whole_one(digits: str) -> int | None:
    return int(digits) if len(digits) <= LONGEST_NUMBER else None


def _whole(value: Any) -> Any:
    """Replace halves of characters, which no file, database or page can hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, list):
        return [_whole(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    return value
