"""A picture that a video begins with: a file, an address, or bytes, as one text."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from llmkit_jupyter.errors import InvalidRequestError

MAX_IMAGE = 20 * 10**6  # bytes, what the services take
_ALLOWED = "a PNG, JPEG or WebP picture: its bytes, its file's path, or its http(s) address"


def as_image(source: object) -> str:
    """Give a picture as the text that a request carries, after a look at what it is.

    Args:
        source: a path, the bytes, or an http(s) address or ``data:`` URI.

    Returns:
        An address as it is, a file as its absolute path, bytes as a ``data:`` URI.

    Raises:
        InvalidRequestError: no such file, no picture of a known kind, or larger than 20 MB.
    """
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
    try:
        if path.stat().st_size > MAX_IMAGE:
            raise InvalidRequestError("image", str(path), _ALLOWED, because="larger than 20 MB")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, InvalidRequestError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidRequestError("image", str(path), _ALLOWED, because=reason) from None


def _decoded(uri: str) -> tuple[str, bytes]:
    head, comma, body = uri.partition(",")
    if not comma or not head.lower().endswith(";base64"):
        raise InvalidRequestError("image", uri, "a data URI such as data:image/png;base64,...")
    try:
        data = base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise InvalidRequestError("image", uri, _ALLOWED, because=str(error)) from None
    return _kind(data, uri), data


def _kind(data: bytes, shown: str) -> str:
    """Tell the kind by the first bytes; names and declarations may say anything."""
    if len(data) > MAX_IMAGE:
        raise InvalidRequestError("image", shown, _ALLOWED, because="larger than 20 MB")
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    raise InvalidRequestError("image", shown, _ALLOWED, because="not a picture of these kinds")
