"""What to generate: an immutable request with a fluent builder."""

from __future__ import annotations

import contextlib
import json
import math
import operator
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, SupportsIndex, cast

from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.images import as_image

# Sanity bounds for any model; each model's own limits are far inside them.
MAX_DURATION = 3600  # seconds
MAX_PIXELS = 16384  # of one edge
MAX_SEED = 2**63 - 1
MAX_FPS = 240
MAX_COUNT = 100  # videos of one request at once
MAX_CONCURRENCY = 1000  # videos of a sweep that are made at once


@dataclass(frozen=True)
class VideoGenerationRequest:
    """A video to generate. Every ``with_…`` method returns a new request.

    Args:
        prompt: what the video should show. Arrives at the provider exactly as given.
        model: model id, as in the table of models, or ``provider/model``.
        duration: length in whole seconds.
        width: of the picture in pixels; only together with ``height``.
        height: of the picture in pixels; only together with ``width``.
        seed: the same seed and settings give the same video where the model takes one.
        negative_prompt: what the video should not show, where the model takes one.
        image: the picture that the video begins with: an address, the absolute path of a file,
            or a ``data:`` URI. ``with_image`` makes it from whatever there is.
        fps: frames per second, where the model takes them.
        options: anything else that the model's own schema declares, by name.

    Raises:
        InvalidRequestError: a value of the wrong kind or outside every model's range. What a
            certain model accepts is checked when the request is submitted.
    """

    prompt: str
    model: str | None = None
    duration: int | None = None
    width: int | None = None
    height: int | None = None
    seed: int | None = None
    negative_prompt: str | None = None
    image: str | None = None
    fps: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict[str, Any], hash=False)

    def __post_init__(self) -> None:
        _check_prompt("prompt", self.prompt)
        if self.negative_prompt is not None:
            _check_prompt("negative_prompt", self.negative_prompt)
        if self.model is not None:
            _check_model(self.model)
        for name, low, high, unit in _NUMBERS:
            value = getattr(self, name)
            if value is not None:
                # A frozen dataclass has no other way to store the checked value.
                object.__setattr__(self, name, whole_number(name, value, low, high, unit))
        if self.image is not None and not _is_text(self.image):
            raise InvalidRequestError("image", self.image, "a text; with_image() makes it")
        object.__setattr__(self, "options", _checked_options(self.options))

    def with_model(self, model: str) -> VideoGenerationRequest:
        """Choose the model, e.g. ``"runway-gen-4"`` or ``"preview/runway-gen-4"``."""
        return replace(self, model=_check_model(model))

    def with_duration(self, seconds: int) -> VideoGenerationRequest:
        """Set the length in whole seconds."""
        return replace(self, duration=_given("duration", seconds))

    def with_width(self, pixels: int) -> VideoGenerationRequest:
        """Set the width in pixels. The height must be set as well."""
        return replace(self, width=_given("width", pixels))

    def with_height(self, pixels: int) -> VideoGenerationRequest:
        """Set the height in pixels. The width must be set as well."""
        return replace(self, height=_given("height", pixels))

    def with_seed(self, seed: int) -> VideoGenerationRequest:
        """Fix the seed, so that the same request gives the same video."""
        return replace(self, seed=_given("seed", seed))

    def with_negative_prompt(self, text: str) -> VideoGenerationRequest:
        """Say what the video should not show. Only some models take it."""
        return replace(self, negative_prompt=_check_prompt("negative_prompt", text))

    def with_image(self, image: str | bytes | Path | Any) -> VideoGenerationRequest:
        """Set the picture that the video begins with: PNG, JPEG or WebP, up to 20 MB.

        Args:
            image: path of a file, the bytes themselves, an http(s) address, an image of Pillow,
                or a NumPy array of height x width (x 3 or 4), 8 bits each.

        Raises:
            InvalidRequestError: there is no such file, or it is no such picture.
        """
        return replace(self, image=as_image(image))

    def with_fps(self, fps: int) -> VideoGenerationRequest:
        """Set the frames per second. Only some models take them."""
        return replace(self, fps=_given("fps", fps))

    def with_option(self, name: str, value: Any) -> VideoGenerationRequest:
        """Set anything else that the model's own schema declares.

        Args:
            name: as the schema has it; dots reach inside, as in ``"settings.audio"``.
            value: what JSON can hold: text, number, boolean, list or dictionary.
        """
        return replace(self, options={**self.options, name: value})

    def check_complete(self) -> None:
        """Refuse a width without a height and the other way round.

        Not checked while building, because the fluent methods set one after the other.

        Raises:
            InvalidRequestError: only one of the two is set.
        """
        if (self.width is None) != (self.height is None):
            missing, there = ("height", "width") if self.height is None else ("width", "height")
            raise InvalidRequestError(
                missing,
                None,
                f"width and height together, or neither; add .with_{missing}(pixels)",
                because=f"{there} is {getattr(self, there)}",
            )

    def to_dict(self) -> dict[str, Any]:
        """Give the fields that are set, ready for JSON."""
        values = {f.name: v for f in fields(self) if (v := getattr(self, f.name)) is not None}
        options = values.pop("options")
        return {**values, "options": dict(options)} if options else values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> VideoGenerationRequest:
        """Build a request from what ``to_dict`` gave; unknown fields are refused."""
        known = [f.name for f in fields(cls)]
        for name, value in values.items():
            if name not in known:
                raise InvalidRequestError(name, value, f"the fields {', '.join(known)}")
        return cls(**values)

    def __reduce__(self) -> tuple[Any, ...]:
        # A read-only view of a dictionary is not pickled.
        return VideoGenerationRequest.from_dict, (self.to_dict(),)

    def __repr__(self) -> str:
        values = self.to_dict()
        if (self.image or "").startswith("data:"):
            values["image"] = f"{self.image[:22]}... ({len(self.image)} characters)"  # type: ignore[index, arg-type]
        inside = ", ".join(
            f"{value!r}" if name == "prompt" else f"{name}={value!r}"
            for name, value in values.items()
        )
        return f"VideoGenerationRequest({inside})"


_NUMBERS = (
    ("duration", 1, MAX_DURATION, "seconds"),
    ("width", 1, MAX_PIXELS, "pixels"),
    ("height", 1, MAX_PIXELS, "pixels"),
    ("seed", 0, MAX_SEED, ""),
    ("fps", 1, MAX_FPS, "frames per second"),
)


def several(request: VideoGenerationRequest, count: int) -> list[VideoGenerationRequest]:
    """Give a request that many times; from a seed upwards, since one seed makes one video.

    Raises:
        InvalidRequestError: a seed beyond the largest.
    """
    if request.seed is None:
        return [request] * count
    return [request.with_seed(request.seed + number) for number in range(count)]


def whole_number(name: str, value: object, low: int, high: int, unit: str = "") -> int:
    """Give the value as ``int``, or say what is allowed.

    NumPy integers and floats without a fraction (a column of a data frame) are accepted;
    booleans are not, although Python counts them among the integers.

    Raises:
        InvalidRequestError: not a whole number from ``low`` to ``high``.
    """
    if type(value) is int and low <= value <= high:
        return value  # as a rule; what is below takes a hundred times as long
    allowed = f"a whole number from {low} to {high}{' ' + unit if unit else ''}"
    number: int | None = None
    if isinstance(value, float) and value.is_integer():
        number = int(value)
    elif isinstance(value, SupportsIndex) and type(value).__name__ not in ("bool", "bool_"):
        # An array of many numbers, or a class, looks like an integer and is none.
        with contextlib.suppress(TypeError, ValueError):
            number = operator.index(value)
    if number is None or not low <= number <= high:
        raise InvalidRequestError(name, value, allowed)
    return number


def check_seconds(name: str, value: object) -> float:
    """Give a waiting time as ``float``, or say what is allowed.

    Raises:
        InvalidRequestError: not a number of 0 or more.
    """
    number = math.nan
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):
            number = float(value)
    if not number >= 0:  # not a number is not greater either
        raise InvalidRequestError(name, value, "seconds, 0 or more")
    return number


def _given(name: str, value: int) -> int:
    # The signatures take no None (nor does the page); without this it would mean "unset".
    for number, low, high, unit in _NUMBERS:
        if number == name:
            return whole_number(name, value, low, high, unit)
    raise AssertionError(name)


def _check_prompt(name: str, prompt: object) -> str:
    if not isinstance(prompt, str):
        raise InvalidRequestError(name, prompt, "a string")
    if not prompt.strip():
        raise InvalidRequestError(name, prompt, "a text that is not blank")
    try:
        prompt.encode()
    except UnicodeEncodeError as error:
        raise InvalidRequestError(
            name,
            prompt,
            "text that can be written as UTF-8",
            because=f"half a surrogate pair at character {error.start + 1}",
        ) from None
    return prompt


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _checked_options(options: object) -> Mapping[str, Any]:
    """Give a read-only copy that nobody else can change, of what JSON can hold."""
    if not isinstance(options, Mapping):
        raise InvalidRequestError("options", options, "a dictionary of names and values")
    copied: dict[str, Any] = {}
    for name, value in cast("Mapping[object, object]", options).items():
        if not isinstance(name, str) or not all(part.strip() for part in name.split(".")):
            raise InvalidRequestError("options", name, "a name such as 'settings.audio'")
        try:
            copied[name] = json.loads(json.dumps(value, allow_nan=False))
        except (TypeError, ValueError, RecursionError):
            copied[name] = None
        if copied[name] is None:
            raise InvalidRequestError(
                f"option {name}", value, "a text, number, boolean, list or dictionary as in JSON"
            )
    return MappingProxyType(copied)


def _check_model(model: object) -> str:
    if not isinstance(model, str) or not model.strip():
        raise InvalidRequestError("model", model, "a model id such as 'runway-gen-4'")
    return model.strip()
