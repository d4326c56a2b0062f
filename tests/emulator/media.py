"""Whether a value may stand where the service expects an image."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DATA_URI = re.compile(r"data:[\w.+-]+/[\w.+-]+;base64,(.+)", re.DOTALL)
SHAPES = {  # where frames stand, and under which key each of them holds its image
    ("inputs", "frameImages"): "image",
    ("frameImages",): "inputImage",
}


@dataclass(frozen=True)
class Wrong:
    parameter: str
    message: str


def is_media(value: object) -> bool:
    """A public address, a data URI, raw base64, or the UUID of an upload."""
    if not isinstance(value, str):
        return False
    if value.startswith(("http://", "https://")) or _UUID.fullmatch(value):
        return True
    inline = _DATA_URI.fullmatch(value)
    return _is_base64(inline[1] if inline else value)


def _is_base64(value: str) -> bool:
    try:
        return len(base64.b64decode(value, validate=True)) >= 16
    except (binascii.Error, ValueError):
        return False


def check_frames(task: dict[str, Any]) -> Wrong | None:
    for path, key in SHAPES.items():
        for wrong in _wrong_frames(task, path, key):
            return wrong
    return None


def _wrong_frames(task: dict[str, Any], path: tuple[str, ...], key: str) -> Iterator[Wrong]:
    value: Any = task
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    name = ".".join(path)
    if value is None:
        return
    if not isinstance(value, list):
        yield Wrong(name, f"`{name}` must be an array.")
        return
    for index, frame in enumerate(value):
        where = f"{name}[{index}]"
        if not isinstance(frame, dict) or not is_media(frame.get(key)):
            yield Wrong(
                f"{where}.{key}", f"`{where}.{key}` must be an address, data URI, base64 or UUID."
            )
        elif not (isinstance(frame.get("frame", 0), int) or frame["frame"] in ("first", "last")):
            yield Wrong(f"{where}.frame", f"`{where}.frame` must be first, last or an integer.")
