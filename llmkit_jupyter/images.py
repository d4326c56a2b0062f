"""A picture that a video begins with: a file, an address, bytes or an image, as one text."""

from __future__ import annotations

import base64
import binascii
import io
import re
import stat
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from llmkit_jupyter.errors import InvalidRequestError

MAX_IMAGE = 20 * 10**6  # bytes, what the services take
_ALLOWED = (
    "a PNG, JPEG or WebP picture: its bytes, its file's path, its http(s) address or data: URI, "
    "or an image of Pillow or NumPy"
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def as_image(source: object) -> str:
    """Give a picture as the text that a request carries, after a look at what it is.

    Args:
        source: a path, the bytes, an http(s) address or ``data:`` URI; or a Pillow image, or an
            array that Pillow makes one from.

    Returns:
        An address as it is, a file as its absolute path, all else as a ``data:`` URI.

    Raises:
        InvalidRequestError: no such file, no picture of a known kind, or larger than 20 MB.
    """
    is_array = hasattr(source, "__array_interface__") and not isinstance(source, (str, bytes))
    if is_array or _is_image(source):
        source = _png(source)
    if isinstance(source, (bytes, bytearray, memoryview)):
        data = bytes(cast("bytes", source))
        return f"data:{_kind(data, f'{len(data)} bytes')};base64,{base64.b64encode(data).decode()}"
    if not isinstance(source, (str, Path)) or not str(source).strip():
        raise InvalidRequestError("image", source, _ALLOWED)
    if isinstance(source, str):
        text = source.strip()
        scheme = text.partition(":")[0].lower()
        if scheme in ("http", "https"):
            return _address(text)
        if scheme == "data":
            _decoded(text)
            return text
        if _SCHEME.match(text):
            raise InvalidRequestError("image", text, _ALLOWED, because="an address of another kind")
    path = _path(source)
    _kind(_read(path), str(path))
    return str(path)


def image_data(image: str) -> tuple[str, bytes] | None:
    """Give kind and bytes of a request's picture; ``None`` where it is an address.

    Raises:
        InvalidRequestError: the file has gone or changed into something else.
    """
    scheme = image.partition(":")[0].lower()
    if scheme in ("http", "https"):
        return None
    if scheme == "data":
        return _decoded(image)
    data = _read(Path(image))
    return _kind(data, image), data


def _is_image(source: object) -> bool:
    return hasattr(source, "save") and hasattr(source, "mode")


def _png(source: Any) -> bytes:
    """Write a Pillow image, or an array of one, as PNG."""
    out = io.BytesIO()
    try:
        if not _is_image(source):
            from PIL import Image

            source = Image.fromarray(source)
        source.save(out, format="PNG")
    except Exception as error:  # noqa: BLE001 - whatever an object of somebody's may raise
        because = " ".join(str(error).split())[:200]
        raise InvalidRequestError("image", source, _ALLOWED, because=because) from None
    return out.getvalue()


def _address(text: str) -> str:
    try:
        host = urlsplit(text).hostname
    except ValueError:
        host = None
    if not host or not text.isprintable() or " " in text:
        raise InvalidRequestError("image", text, _ALLOWED, because="not a whole address")
    return text


def _path(source: str | Path) -> Path:
    try:
        return Path(source).expanduser().absolute()
    except (RuntimeError, ValueError):
        raise InvalidRequestError("image", str(source), _ALLOWED) from None


def _read(path: Path) -> bytes:
    data: bytes | None = None
    try:
        # Opening a pipe would wait for ever, and reading a device never end.
        if stat.S_ISREG(path.stat().st_mode):
            with path.open("rb") as file:
                data = file.read(MAX_IMAGE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidRequestError("image", str(path), _ALLOWED, because=reason) from None
    if data is None:
        raise InvalidRequestError("image", str(path), _ALLOWED, because="not a file")
    return data


def _decoded(uri: str) -> tuple[str, bytes]:
    head, comma, body = uri.partition(",")
    if not comma or not head.lower().endswith(";base64"):
        raise InvalidRequestError("image", uri, "a data URI such as data:image/png;base64,...")
    try:
        data = base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise InvalidRequestError("image", uri, _ALLOWED, because=str(error)) from None
    return _kind(data, uri), data


def picture_kind(data: bytes) -> str:
    """Tell a picture's MIME type by its first bytes.

    Raises:
        InvalidRequestError: not a picture of a known kind, or larger than 20 MB.
    """
    return _kind(data, f"{len(data)} bytes")


def _kind(data: bytes, shown: str) -> str:
    # Names and declarations may say anything.
    if len(data) > MAX_IMAGE:
        raise InvalidRequestError("image", shown, _ALLOWED, because="larger than 20 MB")
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    raise InvalidRequestError("image", shown, _ALLOWED, because="not a picture of these kinds")
