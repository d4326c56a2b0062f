"""What becomes of a form's values when another model is chosen: each goes to the nearest it can."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, cast

from llmkit_jupyter.catalog.controls import Controls
from llmkit_jupyter.errors import shorten
from llmkit_jupyter.notebook.wording import dimensions

Values = dict[str, Any]
"""A form's values by the names of a request's fields; ``None`` leaves one to the model."""

_ALIKE = 0.05  # of a shape's logarithm: 1366x768 and 1280x720 are of one shape
_SHOWN = 40  # characters of a value in a sentence


def move(
    values: Mapping[str, Any], controls: Controls, title: str
) -> tuple[Values, dict[str, str]]:
    """Move a form's values to the nearest that a model takes.

    What the model takes stays, as does what was left to it; a prompt is never cut.

    Args:
        values: by the names of a request's fields: durations in seconds, sizes in pixels.
        controls: of the model.
        title: its name, for the sentences.

    Returns:
        The values for the model, and a sentence for each field that has moved: "duration",
        "size", "seed", "negative_prompt", "image", "fps" or "option NAME".
    """
    moved = dict(values)
    told: dict[str, str] = {}
    _move_duration(moved, controls, title, told)
    _move_size(moved, controls, title, told)
    _move_fps(moved, controls, title, told)
    for field, taken, words in (
        ("seed", controls.takes_seed, "seed"),
        ("negative_prompt", controls.takes_negative_prompt, "negative prompt"),
        ("image", controls.takes_image, "picture to begin with"),
    ):
        if moved.get(field) is not None and not taken:
            moved[field] = None
            told[field] = f"{title} takes no {words}, so it was left out."
    _move_options(moved, controls, title, told)
    return moved, told


def _move_duration(moved: Values, controls: Controls, title: str, told: dict[str, str]) -> None:
    seconds: int | None = moved.get("duration")
    if seconds is None or controls.makes_duration(seconds):
        return
    if not controls.takes_duration:
        moved["duration"] = None
        told["duration"] = f"{title} sets the length itself, so {seconds} seconds was left out."
        return
    ends = controls.duration_range
    makes = f"{ends[0]} to {ends[1]}" if ends else _either(controls.durations)
    near = moved["duration"] = _nearest(seconds, controls.durations or ends or ())
    told["duration"] = f"{title} makes {makes} seconds, so {seconds} became {near}."


def _move_size(moved: Values, controls: Controls, title: str, told: dict[str, str]) -> None:
    width, height = moved.get("width"), moved.get("height")
    if width is None and height is None:
        return
    if not controls.takes_size:
        moved["width"] = moved["height"] = None
        told["size"] = f"{title} sets the size itself, so {_size(width, height)} was left out."
    elif width is not None and height is not None and not controls.makes_size(width, height):
        near = min(controls.sizes, key=lambda size: _distance((width, height), size))
        moved["width"], moved["height"] = near
        told["size"] = (
            f"{title} does not make {dimensions(width, height)}, so it became {_size(*near)}."
        )


def _move_fps(moved: Values, controls: Controls, title: str, told: dict[str, str]) -> None:
    fps: int | None = moved.get("fps")
    if fps is None or controls.makes_fps(fps):
        return
    if not controls.takes_fps:
        moved["fps"] = None
        told["fps"] = f"{title} sets the frame rate itself, so {fps} was left out."
        return
    near = moved["fps"] = _nearest(fps, controls.fps_choices)
    makes = _either(controls.fps_choices)
    told["fps"] = f"{title} makes {makes} frames per second, so {fps} became {near}."


def _move_options(moved: Values, controls: Controls, title: str, told: dict[str, str]) -> None:
    given = cast("Mapping[str, Any]", moved.get("options") or {})
    fields = {field.name: field for field in controls.options}
    kept: dict[str, Any] = {}
    for name, value in given.items():
        field = fields.get(name)
        near = None if field is None else field.nearest(value)
        if value is None or (field is not None and field.takes(value)):
            kept[name] = value  # nothing was given, or what can be
        elif near is not None:
            kept[name] = near
            told[f"option {name}"] = f"{title} does not take {_shown(value)}, so it became {near}."
        elif field is None:
            told[f"option {name}"] = f"{title} has no option {_named(name)}, so it was left out."
        else:
            told[f"option {name}"] = f"{title} does not take {_shown(value)}, so it was left out."
    if kept != given:
        moved["options"] = kept


def _nearest(value: int, allowed: Iterable[int]) -> int:
    """Give the nearest number; of two, the smaller, which costs less."""
    return min(allowed, key=lambda each: (abs(each - value), each))


def _distance(wanted: tuple[int, int], size: tuple[int, int]) -> tuple[float, ...]:
    """Compare sizes by their shape, then by their area, each as a ratio."""
    width, height = max(1, wanted[0]), max(1, wanted[1])  # anything may have been typed
    shape = abs(math.log(width / height) - math.log(size[0] / size[1]))
    area = abs(math.log(width * height) - math.log(size[0] * size[1]))
    return (round(shape / _ALIKE), area, shape, *size)


def _either(numbers: Iterable[int]) -> str:
    *most, last = map(str, numbers)
    return f"{', '.join(most)} or {last}" if most else last


def _size(width: int | None, height: int | None) -> str:
    return dimensions(width or "?", height or "?")


def _shown(value: object) -> str:
    return shorten(value, _SHOWN)


def _named(name: str) -> str:
    return shorten(name, _SHOWN).strip("'\"")
