"""Values and rows as people give them: lists, ranges, arrays, data frames, and gaps in them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any, cast

from llmkit_jupyter.catalog.sizes import parse_size
from llmkit_jupyter.engine.planned import MAX_ROWS
from llmkit_jupyter.errors import InvalidRequestError, nearest
from llmkit_jupyter.request import MAX_PIXELS, VideoGenerationRequest, whole_number

COLUMNS = (
    "prompt",
    "model",
    "seed",
    "duration",
    "size",
    "width",
    "height",
    "negative_prompt",
    "image",
    "fps",
    "provider",
    "options",
)

_SIZES = "WIDTHxHEIGHT such as '1280x720', a name such as 'hd', or (1280, 720)"


def is_missing(value: object) -> bool:
    """Whether a cell is empty: ``None``, not a number, or what pandas puts there."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float) and value != value  # noqa: PLR0124 - only that is unlike itself


def axis(name: str, value: Any) -> list[Any]:
    """Give the values of one side of a product; a single value stands for a list of it.

    Raises:
        InvalidRequestError: an empty list, or nothing that could be one.
    """
    value = plain(value)  # an array of NumPy may be a single value as well
    if not _is_listing(value) or _is_size(name, value):
        return [value]
    if _is_mapping(value):
        raise InvalidRequestError(name, value, f"one or a list of {name}")
    # One more than a sweep may have: that tells, and a list without an end is not read to it.
    found = list(itertools.islice(cast("Iterable[Any]", value), MAX_ROWS + 1))
    if not found:
        raise InvalidRequestError(
            name, value, f"at least one of the {name}", because="an empty list makes no video"
        )
    return [None if is_missing(each) else plain(each) for each in found]


def records(rows: Any) -> list[dict[str, Any]]:
    """Give explicit rows as dictionaries without their empty cells.

    Args:
        rows: a list of dictionaries or requests, or a data frame.

    Raises:
        InvalidRequestError: something else, no row, too many, or a column that there is not.
    """
    allowed = "a list of dictionaries, or a DataFrame, with a column 'prompt'"
    if hasattr(rows, "columns") and hasattr(rows, "to_dict"):
        # A data frame, of whichever library: only one that somebody has made is looked at.
        names = [str(name) for name in rows.columns]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise InvalidRequestError(
                "rows", twice, "each column once", because="it is there twice"
            )
        found: list[Any] = rows.to_dict("records")
    elif not _is_listing(rows) or _is_mapping(rows):
        raise InvalidRequestError("rows", rows, allowed)
    else:
        found = list(itertools.islice(cast("Iterable[Any]", rows), MAX_ROWS + 1))
    if not found:
        raise InvalidRequestError("rows", rows, allowed, because="there is no row")
    if len(found) > MAX_ROWS:
        raise InvalidRequestError("rows", f"more than {MAX_ROWS:,} rows", f"at most {MAX_ROWS:,}")
    return [_record(number, row) for number, row in enumerate(found)]


def common(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give the fields that all rows share.

    Raises:
        InvalidRequestError: one that there is not.
    """
    for name in values:
        _check_column(name, "argument")
    return {name: plain(value) for name, value in values.items() if not is_missing(value)}


def size_of(value: object) -> tuple[int, int]:
    """Read a size: a text, or width and height in pixels.

    Raises:
        InvalidRequestError: neither.
    """
    if isinstance(value, str):
        return parse_size(value)
    try:
        width, height = cast("Iterable[object]", value)
    except (TypeError, ValueError):
        raise InvalidRequestError("size", value, _SIZES) from None
    edges = (("width", width), ("height", height))
    width, height = (whole_number(name, edge, 1, MAX_PIXELS, "pixels") for name, edge in edges)
    return width, height


def plain(value: Any) -> Any:
    """Give a number of NumPy as Python's own, which JSON can hold; all else as it is."""
    is_scalar = type(value).__module__ == "numpy" and getattr(value, "shape", None) == ()
    return value.item() if is_scalar else value


# Apart, because what is looked at here may be anything, and stays so for the types as well.
def _is_listing(value: object) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes))


def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping)


def _is_size(name: str, value: Any) -> bool:
    """Whether that is one size and not a list of two."""
    if name != "sizes" or not isinstance(value, (tuple, list)):
        return False
    edges = cast("tuple[object, ...]", value)
    return len(edges) == 2 and not any(isinstance(edge, (str, tuple, list)) for edge in edges)


def _record(number: int, row: object) -> dict[str, Any]:
    if isinstance(row, VideoGenerationRequest):
        return row.to_dict()
    if not isinstance(row, Mapping):
        allowed = "a dictionary of columns, such as {'prompt': 'a cat', 'seed': 7}"
        raise InvalidRequestError(f"rows[{number}]", row, allowed)
    values = cast("Mapping[object, Any]", row)
    for name in values:
        _check_column(name, "column")
    return {str(name): plain(value) for name, value in values.items() if not is_missing(value)}


def _check_column(name: object, what: str) -> None:
    if isinstance(name, str) and (name in COLUMNS or ("." in name.strip("."))):
        return  # what has a dot in it is an option of the model
    known = nearest(str(name), [*COLUMNS])
    raise InvalidRequestError(what, name, f"{known}; options of a model such as 'settings.audio'")
