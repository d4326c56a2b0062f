"""The part "Advanced" of a form: what else a model takes, field by field."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Literal

from llmkit_jupyter.catalog.facts import ModelFacts
from llmkit_jupyter.catalog.limits import COMMON, QUALITY, options_of
from llmkit_jupyter.catalog.loosen import Json
from llmkit_jupyter.catalog.published import (
    Published,
    finite,
    type_of,
    values_of,
    words,
)

MAX_FIELDS = 60
MAX_CHOICES = 200
MAX_DEPTH = 2  # objects inside objects whose fields become fields of the form
MAX_NAME = 100  # characters, of a dotted name
MAX_TITLE, MAX_HELP, MAX_VALUE = 60, 300, 200  # characters

Kind = Literal["choice", "switch", "whole", "number", "text", "json"]
_KINDS: dict[str, Kind] = {
    "boolean": "switch",
    "integer": "whole",
    "number": "number",
    "string": "text",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionField:
    """A field of the part "Advanced", for one option of a request.

    The field ``usual`` is what the model takes where nothing is given, as far as that is known.
    """

    name: str
    """As ``with_option`` takes it: dots reach inside."""
    title: str
    help: str = ""
    kind: Kind = "json"
    choices: tuple[str | int | float, ...] = ()
    """The only values, for "choice"."""
    low: float | None = None
    high: float | None = None
    step: float | None = None
    """Numbers are multiples of it."""
    usual: Any = None

    def takes(self, value: object) -> bool:
        """Whether a value can be given; ``None``, which leaves it to the model, is no value."""
        if self.kind == "choice":
            return any(_same(value, each) for each in self.choices)
        if self.kind == "switch":
            return isinstance(value, bool)
        if self.kind == "text":
            return isinstance(value, str)
        if self.kind == "json":
            return value is not None
        number = finite(value)
        if number is None or (self.kind == "whole" and number != int(number)):
            return False
        low, high = -math.inf if self.low is None else self.low, self.high
        return low <= number and (high is None or number <= high) and self._on_step(number)

    def nearest(self, value: object) -> object:
        """Give the nearest value that can be given; ``None`` where none is near."""
        if self.takes(value):
            return value
        number = finite(value)
        if number is None or self.kind not in ("whole", "number"):
            return None
        low, high = -math.inf if self.low is None else self.low, self.high
        inside = max(number, low) if high is None else min(max(number, low), high)
        step = self.step or (1 if self.kind == "whole" else None)
        if not step:
            return inside
        count = inside / step
        # Rounded, because three tenths are no three times a tenth.
        near = [round(step * n, 9) for n in (round(count), math.floor(count), math.ceil(count))]
        near = [int(each) for each in near] if self.kind == "whole" else near
        return next((each for each in near if self.takes(each)), None)

    def _on_step(self, number: float) -> bool:
        count = number / self.step if self.step else 0
        return math.isclose(count, round(count))


def option_fields(facts: ModelFacts, body: object) -> tuple[OptionField, ...]:
    """Make the fields for what a model takes beside what the form has controls for.

    Args:
        facts: of the model.
        body: what the service has published about it; any JSON. It is looked at only where the
            facts come from it.

    Returns:
        At most 60 fields.
    """
    made = islice(_Maker(facts, body).fields(), MAX_FIELDS)
    fields = [field for field in made if field.kind != "choice" or field.choices]
    titles = Counter(field.title for field in fields)
    return tuple(
        field if titles[field.title] == 1 else replace(field, title=_with_name(field))
        for field in fields
    )


class _Maker:
    """Makes the fields of one model."""

    def __init__(self, facts: ModelFacts, body: object) -> None:
        self._facts = facts
        self._published = Published(body if facts.source == "live" else None)

    def fields(self) -> Iterator[OptionField]:
        facts = self._facts
        names = [name for name in options_of(facts) if name != "inputs" or facts.works_on]
        declared = self._published.fields()
        if facts.source == "live":
            # Others would not be sent.
            names = [name for name in names if name in facts.fields]
        order = {name: place for place, name in enumerate(declared)}
        # What every model takes comes last.
        names.sort(key=lambda name: (name in COMMON, name not in facts.enums, order.get(name, 0)))
        for name in names:
            yield from self._fields(name, declared.get(name), MAX_DEPTH)

    def _fields(self, name: str, schema: object, depth: int) -> Iterator[OptionField]:
        """Give the field of that name or, where it is an object, those inside it."""
        if len(name) > MAX_NAME or not name.isprintable():
            return
        whole = self._published.whole(schema)
        may_hold = type_of(whole) in ("object", "") and not values_of(whole)
        inside = self._published.inside(schema) if depth and may_hold and name != "inputs" else {}
        # A dot in a name would reach inside; blanks are no name.
        inside = {key: each for key, each in inside.items() if key.strip() and "." not in key}
        for key, each in inside.items():
            yield from self._fields(f"{name}.{key}", each, depth - 1)
        if not inside:
            title = words(whole.get("title"), MAX_TITLE) or _title(name)
            field = OptionField(name=name, title=title, help=self._help(name, whole))
            yield self._held(_of_schema(field, whole))

    def _held(self, field: OptionField) -> OptionField:
        """Keep a field inside the limits that requests are held to."""
        if field.name == "outputQuality":
            low, high = QUALITY
            low, high = max(low, field.low or low), min(high, field.high or high)
            return replace(field, kind="whole", low=low, high=high, choices=())
        allowed = COMMON.get(field.name) or self._facts.enums.get(field.name)
        if not allowed:
            return field
        choices = _choices(allowed) or ()
        if field.kind == "choice":
            choices = tuple(each for each in choices if field.takes(each))
        # The client asks for its own first choice, whatever the schema's may be.
        usual = choices[0] if choices and field.name in COMMON else field.usual
        return replace(field, kind="choice", choices=choices, usual=usual)

    def _help(self, name: str, whole: Json) -> str:
        facts = self._facts
        parts = [words(whole.get("description"), MAX_HELP)]
        if name == "inputs":
            example = '{"video": "https://example.com/clip.mp4"}'
            parts.append(f"What the model works on, {facts.works_on}; such as {example}.")
        if name == "resolution" and "width" in facts.fields:
            parts.append("Takes the place of a size: the two do not go together.")
        if name in facts.required:
            parts.append("The model needs it.")
        return " ".join(part for part in parts if part)


def _of_schema(field: OptionField, whole: Json) -> OptionField:
    usual = whole.get("default")
    made = _of_kind(field, whole)
    return replace(made, usual=usual) if made.takes(usual) and _can_send(usual) else made


def _of_kind(field: OptionField, whole: Json) -> OptionField:
    values = [each for each in values_of(whole) if each is not None]
    if values and all(isinstance(each, bool) for each in values):
        return replace(field, kind="switch")
    choices = _choices(values)
    if values:
        return replace(field, kind="choice", choices=choices) if choices else field
    kind = _KINDS.get(type_of(whole), "json")
    if kind not in ("whole", "number"):
        return replace(field, kind=kind)
    low, high = finite(whole.get("minimum")), finite(whole.get("maximum"))
    step = finite(whole.get("multipleOf"))
    if kind == "whole":
        low, high = low and math.ceil(low), high and math.floor(high)
        step = step if step and step == int(step) else None
    if low is not None and high is not None and low > high:
        low = high = None
    return replace(field, kind=kind, low=low, high=high, step=step if step and step > 0 else None)


def _choices(values: Sequence[object]) -> tuple[str | int | float, ...] | None:
    """Give values as the choices of a list; ``None`` where they are too many, or no such values."""
    plain = [each for each in values if isinstance(each, (str, int, float)) and _can_send(each)]
    kept = [each for each in plain if not isinstance(each, bool)]
    return tuple(dict.fromkeys(kept)) if len(kept) == len(values) <= MAX_CHOICES else None


def _can_send(value: object) -> bool:
    """Whether a page can be told a value, and has room for it."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        return len(text.encode()) <= MAX_VALUE  # half a pair of surrogates cannot be encoded
    except (ValueError, TypeError, RecursionError):
        return False


def _same(one: object, other: object) -> bool:
    # True equals 1, and is no number.
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _title(name: str) -> str:
    """Make a title of a name: ``"settings.promptExtend"`` becomes ``"Prompt extend"``."""
    last = name.rsplit(".", 1)[-1]
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_-]+", " ", last).split()
    text = " ".join(part if part.isupper() else part.lower() for part in parts)
    return words(text[:1].upper() + text[1:], MAX_TITLE) or name


def _with_name(field: OptionField) -> str:
    return f"{field.title} ({field.name})"
