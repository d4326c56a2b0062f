"""What is asked for as requests, in their order; with all that is wrong told at once."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from llmkit_jupyter.engine.planned import MAX_ROWS
from llmkit_jupyter.errors import InvalidRequestError, InvalidSweepError, LLMKitError
from llmkit_jupyter.images import as_image
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.sweeps.given import axis, common, records, size_of

_SINGULAR = {
    "prompts": "prompt",
    "models": "model",
    "seeds": "seed",
    "durations": "duration",
    "sizes": "size",
}
_TOLD = 10  # problems in a message, and rows with the same one
_FIELDS = ("prompt", "seed", "duration", "negative_prompt", "fps")


def requests(
    given: Mapping[str, object], rows: object, options: Mapping[str, Any]
) -> list[VideoGenerationRequest]:
    """Give the requests of a sweep: a product with the prompts outermost, or the given rows.

    Args:
        given: prompts, models, seeds, durations and sizes; ``None`` for what is not given.
        rows: instead of them, one request each.
        options: fields that all requests share. What a row says itself comes before them.

    Raises:
        InvalidRequestError: an argument that cannot be used as a whole.
        InvalidSweepError: names all values and rows that cannot be used.
    """
    shared = common(options)
    pictures = _Pictures()
    if rows is not None:
        crowd = [name for name, value in given.items() if value is not None]
        if crowd:
            raise InvalidRequestError(
                crowd[0], given[crowd[0]], "either rows=, with a column for it, or lists"
            )
        return _built([{**shared, **row} for row in records(rows)], pictures)
    if given["prompts"] is None and "prompt" not in shared:
        raise InvalidRequestError("prompts", None, "a prompt, a list of prompts, or rows=")
    for plural, singular in _SINGULAR.items():
        if singular not in shared:
            continue
        value: object = shared[singular]
        if given[plural] is not None:
            raise InvalidRequestError(singular, value, f"either {singular}= or {plural}=, not both")
        # A size may be a list of its two edges.
        if singular != "size" and isinstance(value, (list, range)):
            allowed = f"one of them; several go by {plural}="
            raise InvalidRequestError(singular, shared[singular], allowed)
    axes = {name: axis(name, value) for name, value in given.items() if value is not None}
    count = math.prod(len(values) for values in axes.values())
    if count > MAX_ROWS:
        sides = " x ".join(f"{len(values):,} {name}" for name, values in axes.items() if values[1:])
        raise InvalidRequestError("rows", f"{sides or 'prompts'}", f"at most {MAX_ROWS:,} rows")
    _check_axes(axes, count)
    names = [_SINGULAR[name] for name in axes]
    crossed = [
        {
            **shared,
            **{name: value for name, value in zip(names, values, strict=True) if value is not None},
        }
        for values in itertools.product(*axes.values())
    ]
    return _built(crossed, pictures)


def _check_axes(axes: Mapping[str, list[Any]], count: int) -> None:
    """Tell each value that cannot be used once, and not once for each row that it is in."""
    problems: list[tuple[int, LLMKitError]] = []
    width = count
    for name, values in axes.items():
        width //= len(values)
        for place, value in enumerate(values):
            if value is None and name != "prompts":
                continue  # the default, beside others
            try:
                _build({"prompt": "-", _SINGULAR[name]: value}, _Pictures())
            except InvalidRequestError as error:
                told = InvalidRequestError(
                    f"{name}[{place}]" if len(values) > 1 else name,
                    value,
                    error.allowed,
                    because=error.because,
                )
                # Its first row: those that have it lie `width` apart.
                problems.append((place * width, told))
    if problems:
        raise invalid(problems, count)


def _built(rows: list[dict[str, Any]], pictures: _Pictures) -> list[VideoGenerationRequest]:
    problems: list[tuple[int, LLMKitError]] = []
    found: list[VideoGenerationRequest] = []
    for number, row in enumerate(rows):
        try:
            found.append(_build(row, pictures))
        except InvalidRequestError as error:
            problems.append((number, error))
    if problems:
        raise invalid(problems, len(rows))
    return found


def invalid(problems: Sequence[tuple[int, LLMKitError]], count: int) -> InvalidSweepError:
    """Make the error that names the rows that cannot be made.

    Args:
        problems: the number of each such row, and what is wrong with it.
        count: rows in all.
    """
    what = "row" if count == 1 else f"of {count:,} rows"
    alike: dict[str, list[int]] = {}
    for number, error in problems:
        alike.setdefault(str(error).rstrip("."), []).append(number)
    lines = [f"{_rows(numbers)}: {text}" for text, numbers in [*alike.items()][:_TOLD]]
    more = sum(len(numbers) for numbers in [*alike.values()][_TOLD:])
    if more:
        lines.append(f"and {more:,} more")
    told = "".join(f"\n  {line}" for line in lines)
    return InvalidSweepError(
        f"{len(problems):,} {what} cannot be made, so nothing was sent:{told}", problems
    )


def _rows(numbers: Sequence[int]) -> str:
    """Name rows: ``"row 3"``, ``"rows 0, 4 to 7, 12"``."""
    told: list[str] = []
    # Neighbours are as far from their places in the list as one another.
    for _, group in itertools.groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        span = [number for _, number in group]
        told += [str(number) for number in span] if len(span) < 3 else [f"{span[0]} to {span[-1]}"]
    if len(told) > _TOLD:
        told[_TOLD - 1 :] = ["\u2026"]
    return f"row{'s' if len(numbers) > 1 else ''} {', '.join(told)}"


def _build(values: Mapping[str, Any], pictures: _Pictures) -> VideoGenerationRequest:
    if "prompt" not in values:
        raise InvalidRequestError("prompt", None, "a text")
    width, height = _edges(values)
    dotted = {name: value for name, value in values.items() if "." in name}
    more = values.get("options", {})
    if not isinstance(more, Mapping):
        raise InvalidRequestError("options", more, "a dictionary of names and values")
    request = VideoGenerationRequest(
        **{name: values[name] for name in _FIELDS if name in values},
        model=_model(values),
        width=width,
        height=height,
        options={**cast("Mapping[str, Any]", more), **dotted},
    )
    request.check_complete()
    if "image" not in values:
        return request
    return replace(request, image=pictures.text(values["image"]))


def _edges(values: Mapping[str, Any]) -> tuple[Any, Any]:
    if "size" not in values:
        return values.get("width"), values.get("height")
    if "width" in values or "height" in values:
        raise InvalidRequestError("size", values["size"], "either size, or width and height")
    return size_of(values["size"])


def _model(values: Mapping[str, Any]) -> Any:
    model, provider = values.get("model"), values.get("provider")
    if provider is None:
        return model
    if not isinstance(provider, str) or not provider.strip():
        raise InvalidRequestError("provider", provider, "a provider's name such as 'preview'")
    if not isinstance(model, str) or not model.strip():
        raise InvalidRequestError("model", model, "a model of the provider that is given")
    name = provider.strip()
    return model if model.startswith(f"{name}/") else f"{name}/{model.strip()}"


class _Pictures:
    """Pictures as requests carry them; one that many rows share is looked at once."""

    def __init__(self) -> None:
        self._known: dict[object, str] = {}

    def text(self, source: Any) -> str:
        key = source if isinstance(source, (str, Path)) else id(source)
        if key not in self._known:
            self._known[key] = as_image(source)
        return self._known[key]
