"""What the headers of a file's answer mean: a new file, its next part, or no video at all."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping

from llmkit_jupyter.errors import (
    AuthenticationError,
    InvalidVideoError,
    LLMKitError,
    NetworkError,
    RateLimitError,
    ResultExpiredError,
    ServerError,
    shorten,
)
from llmkit_jupyter.transport.retry import retry_after

_RANGE = re.compile(r"bytes (?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18}|\*)")
_TEXT = re.compile(r"text/|application/(?:json|xml|xhtml|problem|javascript)|[^;]*\+(?:json|xml)")


class Arrival:
    """How much of a file is there, of how much, and of which version of it."""

    def __init__(self) -> None:
        self.received = 0
        """Bytes that came, in order from the first one."""
        self.total: int | None = None
        """Bytes that the file has, where the server says so."""
        self._etag: str | None = None
        self._validator: str | None = None

    def range_headers(self) -> dict[str, str]:
        """Ask for the rest, if it can be told that it belongs to the same file; else for all."""
        if self.received and self._validator:
            return {"Range": f"bytes={self.received}-", "If-Range": self._validator}
        return {}

    def continues(self, status: int, headers: Mapping[str, str]) -> bool:
        """Whether the answer's first byte is the one that is missing next."""
        if status != 206:
            return status == 200 and self.received == 0
        found = _RANGE.fullmatch(headers.get("content-range", "").strip())
        if found is None or found[1] is None or int(found[1]) != self.received:
            return False  # also several parts in one answer
        same_size = self.total is None or found[3] in ("*", str(self.total))
        # Some servers ignore If-Range.
        return same_size and (self.received == 0 or headers.get("etag") in (None, self._etag))

    def begin(self, headers: Mapping[str, str]) -> None:
        """Remember what the file is, from the headers of an answer that continues it."""
        found = _RANGE.fullmatch(headers.get("content-range", "").strip())
        length = found[3] if found else headers.get("content-length", "")
        if self.total is None and length.isdecimal():
            self.total = int(length)
        if self.received == 0:
            self._etag = headers.get("etag")
            strong = self._etag is not None and not self._etag.startswith("W/")
            self._validator = self._etag if strong else headers.get("last-modified")

    def is_short(self) -> bool:
        """Whether bytes are known to be missing."""
        return self.total is not None and self.received < self.total

    def is_whole_by(self, headers: Mapping[str, str]) -> bool:
        """Whether a refused range (416) says that there is nothing after what came."""
        found = _RANGE.fullmatch(headers.get("content-range", "").strip())
        return bool(self.received and found and found[3] == str(self.received))


class Rate:
    """Refuses a trickle: fewer than so many bytes a second over a window of seconds."""

    def __init__(self, window: float, minimum: float) -> None:
        self._window = window
        self._minimum = minimum
        self._seconds = 0.0
        self._bytes = 0
        self._mark = time.monotonic()

    def waited(self) -> None:
        """Note that bytes came. Only waiting for them counts: a slow disk is no slow server."""
        self._seconds += time.monotonic() - self._mark

    def check(self, count: int, host: str) -> None:
        """Count the bytes, before the next are waited for.

        Raises:
            NetworkError: too few in the whole window.
        """
        self._bytes += count
        if self._seconds >= self._window:
            if self._bytes < self._minimum * self._seconds:
                raise NetworkError(f"{host} sends too slowly.")
            self._seconds, self._bytes = 0.0, 0
        self._mark = time.monotonic()


def compression(headers: Mapping[str, str]) -> str | None:
    """Say how the bytes are compressed; ``None`` where they come as they are."""
    encoding = headers.get("content-encoding", "").strip().lower()
    # Not unpacked: kilobytes can become gigabytes.
    return None if encoding in ("", "identity") else f"data compressed with {shorten(encoding)}"


def text_type(headers: Mapping[str, str]) -> str | None:
    """Give the type that the headers name, if it is one of texts; ``None`` for all others."""
    kind = headers.get("content-type", "").strip().lower()
    return shorten(kind) if _TEXT.match(kind) else None


def is_markup(beginning: bytes) -> bool:
    """Whether a file begins as a web page, XML or JSON does, whatever its headers say."""
    return beginning.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"<", b"{")


def refusal(
    status: int, headers: Mapping[str, str], host: str, excerpt: str, *, with_key: bool
) -> LLMKitError:
    """Give the error for an answer that is no file.

    Args:
        status: HTTP status.
        headers: of the answer.
        host: who answered.
        excerpt: the body's beginning, fit to be shown.
        with_key: the provider's key went along, so that 401 is about the key.
    """
    said = f" ({excerpt})" if excerpt else ""
    wait = retry_after(headers, time.time())
    if status == 429 or (status == 503 and wait is not None):
        return RateLimitError(f"{host} asks to wait{said}.", retry_after_seconds=wait)
    if status == 408 or status >= 500:
        return ServerError(f"{host} answered with status {status}{said}.", status=status)
    if status == 401 and with_key:
        return AuthenticationError(f"{host} refused the key when the video was fetched{said}.")
    if status in (404, 410):
        return ResultExpiredError(
            f"{host} does not have the video any more: status {status}{said}."
        )
    # 401 and 403 are said of addresses that have expired, and by a firewall of files that exist.
    return InvalidVideoError(f"{host} answered with status {status} instead of a video{said}.")
