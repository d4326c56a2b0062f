"""A sweep as a table of values: for pandas, and for files that need none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from llmkit_jupyter.engine.library import Library
from llmkit_jupyter.engine.planned import PlannedRow
from llmkit_jupyter.engine.record import JobRecord
from llmkit_jupyter.errors import NotSupportedError
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.sweeps.row import FORGOTTEN, UNREADABLE

_WHOLE = ("seed", "duration", "fps", "rating")
_NUMBERS = ("cost", "estimate", "wait_seconds", "generation_seconds")
_TEXTS = (
    "prompt",
    "model",
    "ran",
    "provider",
    "size",
    "negative_prompt",
    "image",
    "status",
    "error",
    "file",
    "task_id",
)
_LONGEST_IMAGE = 80  # characters of an address; a picture itself has millions


@dataclass(frozen=True, slots=True)
class Line:
    """A row as values by column, all lines with the same columns in the same order.

    ``video`` is the file in the library, where it has one.
    """

    number: int
    request: VideoGenerationRequest | None
    values: dict[str, Any]
    video: Path | None


def lines(rows: Sequence[PlannedRow], library: Library) -> list[Line]:
    """Give the rows of a sweep, as the journal has them, as values. Times are in seconds."""
    asked = [row.request or (row.record.request if row.record else None) for row in rows]
    more = _more_columns([request for request in asked if request is not None])
    return [_line(row, request, more, library) for row, request in zip(rows, asked, strict=True)]


def to_frame(found: Sequence[Line]) -> Any:
    """Give a pandas DataFrame; see ``Sweep.to_frame``.

    Raises:
        NotSupportedError: pandas is not installed.
    """
    try:
        pandas: Any = import_module("pandas")
    except ImportError as error:
        raise NotSupportedError(
            'to_frame() needs pandas: pip install "llmkit-jupyter[pandas]". '
            "save(folder) writes the same as results.csv without it.",
            code="missing_package",
        ) from error
    names = list(found[0].values) if found else []
    return pandas.DataFrame(
        {
            name: pandas.Series([line.values[name] for line in found], dtype=_kind(name))
            for name in names
        }
    )


def _kind(name: str) -> str:
    if name == "row":
        return "int64"
    if name == "reused":
        return "bool"
    if name in _WHOLE:
        return "Int64"  # which has gaps
    if name in _NUMBERS:
        return "float64"
    return "string" if name in _TEXTS else "object"


def _more_columns(requests: Sequence[VideoGenerationRequest]) -> list[str]:
    """Name the fields beside the usual ones that at least one row sets."""
    fields = [
        name
        for name in ("negative_prompt", "image", "fps")
        if any(getattr(request, name) is not None for request in requests)
    ]
    options = dict.fromkeys(name for request in requests for name in request.options)
    return [*fields, *(name for name in options if name not in _TEXTS)]


def _line(
    row: PlannedRow,
    asked: VideoGenerationRequest | None,
    more: Sequence[str],
    library: Library,
) -> Line:
    record = row.record
    sent = record.sent if record else None
    video = library.path(record.file) if record and record.file and record.ended else None
    values = {
        "row": row.number,
        "prompt": asked.prompt if asked else None,
        "model": (asked.model if asked else None) or (record.model if record else None),
        "ran": record.model if record else None,
        "provider": record.provider if record else None,
        "seed": _first(asked and asked.seed, record and record.seed),
        "duration": _first(asked and asked.duration, sent and sent.duration),
        "size": _size(asked) or _size(sent),
        **{name: _extra(asked, name) for name in more},
        "status": _status(row),
        "error": _error(row),
        "cost": record.cost if record else None,
        "estimate": record.estimate if record else None,
        "reused": row.reused,
        "wait_seconds": _span(record, "created_at", "finished_at"),
        "generation_seconds": _span(record, "submitted_at", "generated_at"),
        "file": str(video) if video else None,
        "rating": record.rating if record else None,
        "task_id": row.task_id,
    }
    return Line(row.number, asked, values, video)


def _status(row: PlannedRow) -> str:
    if row.record is not None:
        return row.record.status
    return "failed" if row.task_id is not None or row.request is None else "pending"


def _error(row: PlannedRow) -> str | None:
    if row.record is not None:
        error = row.record.error
        return None if error is None else f"{error.code}: {error.message}"
    if row.request is None:
        return f"{FORGOTTEN.code}: {FORGOTTEN.message}"
    return None if row.task_id is None else f"{UNREADABLE.code}: {UNREADABLE.message}"


def _extra(request: VideoGenerationRequest | None, name: str) -> Any:
    if request is None:
        return None
    if name not in ("negative_prompt", "image", "fps"):
        return request.options.get(name)
    value = getattr(request, name)
    if name == "image" and value is not None and len(value) > _LONGEST_IMAGE:
        return f"{value[:_LONGEST_IMAGE]}\u2026"
    return value


def _size(request: VideoGenerationRequest | None) -> str | None:
    if request is None or request.width is None or request.height is None:
        return None
    return f"{request.width}x{request.height}"


def _span(record: JobRecord | None, begin: str, end: str) -> float | None:
    if record is None:
        return None
    start, stop = getattr(record, begin), getattr(record, end)
    return None if start is None or stop is None else max(0.0, stop - start)


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)
