"""Reads what servers say of a job: one shape here, whichever of them said it.

Everything is checked and bounded, so that the rest can rely on its types and on its being small.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, cast

MAX_TEXT = 500  # characters of a message from outside
MAX_ID = 2000  # characters: a proxy packs where a job runs into its id
MAX_ADDRESS = 16_384
MAX_LISTED = 1000

State = Literal["processing", "succeeded", "failed"]

_DONE = ("completed", "succeeded", "success", "complete", "done", "finished", "ready")
_FAILED = ("failed", "failure", "error", "cancelled", "canceled", "expired", "deleted", "aborted")
_CANCELLED = ("cancelled", "canceled", "deleted", "aborted")
_WAITING = ("queued", "pending", "waiting", "scheduled", "created", "submitted", "in_queue")
_NOTHING: Mapping[str, object] = {}
_PLACES = ("queue_position", "position_in_queue", "queue_pos", "queue_index", "position")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A job as a server tells of it."""

    id: str
    status: str | None = None
    """The server's own word."""
    progress: float | None = None
    """Between 0 and 1."""
    queue_position: int | None = None
    """From 1."""
    created_at: float | None = None
    """Seconds since the epoch, by the server's clock."""
    model: str | None = None
    prompt: str | None = None
    seconds: str | None = None
    size: str | None = None
    url: str | None = None
    """Where the video is, if that is an http(s) address. A path on the server is none."""
    encoded: str | None = None
    """The video itself, in base64."""
    poll_after: float | None = None
    """Seconds until the server wants to be asked again."""
    error: str | None = None
    error_code: str | None = None

    @property
    def state(self) -> State:
        """What the word means; one that nobody knows counts as processing."""
        word = (self.status or "").lower()
        if word in _DONE:
            return "succeeded"
        return "failed" if word in _FAILED else "processing"

    @property
    def waiting(self) -> bool:
        """Whether it waits for a worker."""
        return (self.status or "").lower() in _WAITING

    @property
    def cancelled(self) -> bool:
        """Whether somebody stopped it."""
        return (self.status or "").lower() in _CANCELLED


def read(body: object) -> Record | None:
    """Give the job that an answer tells of; ``None`` where it tells of none."""
    if not isinstance(body, dict):
        return None
    values = cast("Mapping[str, object]", body)
    found = next(_objects(values.get("data")), _NOTHING)
    if _id(values) is None:
        values = found  # some wrap it
    name = _id(values)
    # An error may have an id too, of the request that went wrong.
    if name is None or not (values.get("status") or values.get("object") or "created_at" in values):
        return None
    error, code = _error(values.get("error"))
    progress = _number(values.get("progress"))
    return Record(
        id=name,
        status=_text(values.get("status"), 100),
        # Some tell no progress but 0 until the end.
        progress=_share(progress) if progress else None,
        queue_position=_place(values),
        created_at=_number(values.get("created_at")) or _number(values.get("created")),
        model=_text(values.get("model")),
        # Whole, since it is compared.
        prompt=_string(values.get("prompt")),
        seconds=_text(values.get("seconds"), 20),
        size=_text(values.get("size"), 40),
        url=next((url for each in (values, found) if (url := _url(each))), None),
        encoded=_string(found.get("b64_json")) or _string(values.get("b64_json")),
        error=error,
        error_code=code,
    )


def read_list(body: object) -> tuple[list[Record], bool] | None:
    """Give the jobs of a list, and whether there are more; ``None`` where it is no list."""
    if isinstance(body, list):
        return _records(cast("object", body)), False
    if not isinstance(body, dict):
        return None
    values = cast("Mapping[str, object]", body)
    if not isinstance(values.get("data"), list):
        return None
    return _records(values["data"]), values.get("has_more") is True


def _records(value: object) -> list[Record]:
    return [found for each in _objects(value) if (found := read(each)) is not None]


def _objects(value: object) -> Iterator[Mapping[str, object]]:
    """Give the objects of a list; of an object alone, itself."""
    found = cast("list[object]", value) if isinstance(value, list) else [value]
    for each in islice(found, MAX_LISTED):
        if isinstance(each, dict):
            yield cast("Mapping[str, object]", each)


def _id(values: Mapping[str, object]) -> str | None:
    for name in ("id", "video_id", "job_id"):
        value = values.get(name)
        if isinstance(value, str) and 0 < len(value) <= MAX_ID and value.isprintable():
            return value
    return None


def _error(value: object) -> tuple[str | None, str | None]:
    """Give what an error says, and its code, in any of its shapes."""
    if isinstance(value, str):
        return _text(value), None
    if not isinstance(value, dict):
        return None, None
    values = cast("Mapping[str, object]", value)
    code = values.get("code")
    number = code if isinstance(code, int) and not isinstance(code, bool) else None
    return (
        _text(values.get("message")) or _text(values.get("detail")),
        str(number) if number is not None else _text(code, 100),
    )


def _place(values: Mapping[str, object]) -> int | None:
    queue = values.get("queue")
    inside = cast("Mapping[str, object]", queue) if isinstance(queue, dict) else _NOTHING
    for name in _PLACES:
        found = _number(values.get(name))
        found = _number(inside.get(name)) if found is None else found
        if found is not None and 0 <= found < 10**6:
            # Some count from 0.
            return max(1, int(found))
    return None


def _share(progress: float) -> float | None:
    """Give progress between 0 and 1: servers count to 100, and a fraction is one of 1."""
    share = progress if 0 < progress < 1 else progress / 100
    return share if 0 <= share <= 1 else None


def _url(values: Mapping[str, object]) -> str | None:
    several = values.get("urls")
    first = cast("list[object]", several)[:1] if isinstance(several, list) else []
    for value in (values.get("url"), values.get("video_url"), *first):
        if isinstance(value, str) and len(value) <= MAX_ADDRESS:
            address = value.strip()
            scheme, mark, rest = address.partition("://")
            host = rest.partition("/")[0]
            # With a name and a password in it, it would be shown with them.
            if mark and scheme.lower() in ("http", "https") and "@" not in host:
                return address
    return None


def _string(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _text(value: object, most: int = MAX_TEXT) -> str | None:
    """Give a short text, on one line; ``None`` for all else."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        value = f"{value:g}"
    if not isinstance(value, str) or not value.strip():
        return None
    line = " ".join(value[: 4 * most].split())
    return line if len(line) <= most else f"{line[: most - 3]}..."


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
