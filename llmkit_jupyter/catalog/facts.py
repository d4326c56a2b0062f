"""What is known about a model of Runware's: which fields it takes, and which values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal, cast

Durations = tuple[int, ...] | range
"""Seconds: the ones that are allowed, or all in a range."""

Sizes = tuple[tuple[int, int], ...]
"""Pairs of width and height in pixels."""

Registry = Mapping[str, str]
"""The video models that the service lists at present: AIR id -> its name there, the slug."""


@dataclass(frozen=True, slots=True)
class Together:
    """A limit across fields: these sizes, or resolutions by name, only with these durations."""

    sizes: Sizes
    resolutions: tuple[str, ...]
    durations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """One model. An empty tuple of sizes, and no durations, mean "nothing is known"."""

    air: str
    slug: str
    title: str
    text_to_video: bool
    required: frozenset[str]
    fields: frozenset[str]
    enums: Mapping[str, tuple[Any, ...]] = field(default_factory=dict[str, tuple[Any, ...]])
    sizes: Sizes = ()
    durations: Durations | None = None
    together: tuple[Together, ...] = ()
    prompt: tuple[int, int] | None = None
    """Fewest and most characters of the prompt."""
    works_on: str = ""
    """What it changes or brings to life, where that is not a first picture: ``"a video"``."""
    price: str = ""
    """As published, in words and US dollars."""
    note: str = ""
    source: Literal["bundled", "live"] = "bundled"
    schema: Mapping[str, Any] | None = None
    """The live JSON Schema of one task, where there is one."""

    @property
    def takes_image(self) -> bool:
        """Whether a video can begin with a picture."""
        if self.works_on:
            return "frameImages" in _properties(_properties(self.schema).get("inputs"))
        return "inputs" in self.fields or "frameImages" in self.fields

    @property
    def needs_input(self) -> bool:
        """Whether words alone do not do."""
        return not self.text_to_video or "inputs" in self.required

    def durations_in_words(self) -> str:
        """Give the seconds that it makes: ``"5, 8 or 10"``, ``"3 to 15"``; empty if unknown."""
        if self.durations is None:
            return ""
        if isinstance(self.durations, range):
            return f"{self.durations[0]} to {self.durations[-1]}"
        *most, last = (str(seconds) for seconds in self.durations)
        return f"{', '.join(most)} or {last}" if most else last

    def sizes_in_words(self) -> str:
        """Give the sizes that it makes: ``"1280x720, 720x1280"``; empty if unknown."""
        return ", ".join(f"{width}x{height}" for width, height in self.sizes)


def image_field(
    facts: ModelFacts,
) -> Literal["inputs.frameImages", "frameImages", "inputs.referenceImages"]:
    """Give the place of the first frame in the model's tasks; it has several spellings."""
    inside = _properties(_properties(facts.schema).get("inputs"))
    if inside and "frameImages" not in inside and "referenceImages" in inside:
        return "inputs.referenceImages"
    if "frameImages" in facts.fields and "frameImages" not in inside:
        return "frameImages"
    return "inputs.frameImages"


def _properties(schema: object) -> Mapping[str, Any]:
    if not isinstance(schema, Mapping):
        return {}
    inside = cast("Mapping[str, object]", schema).get("properties")
    return cast("Mapping[str, Any]", inside) if isinstance(inside, Mapping) else {}


@cache
def snapshot() -> Mapping[str, ModelFacts]:
    """Read the bundled snapshot of the service's video models, by their AIR ids."""
    text = files("llmkit_jupyter.catalog").joinpath("runware_models.json").read_text("utf-8")
    return {air: _facts(air, values) for air, values in json.loads(text)["models"].items()}


def bundled(model: str) -> ModelFacts | None:
    """Give what the snapshot knows of a model, by its AIR id or its slug."""
    return snapshot().get(model) or _by_slug().get(model.lower())


def title_of(model: str) -> str:
    """Give a model's name for people; its id where it has no other."""
    facts = bundled(model)
    return facts.title if facts else model


@cache
def _by_slug() -> Mapping[str, ModelFacts]:
    by_air = {air.lower(): facts for air, facts in snapshot().items()}
    return {facts.slug: facts for facts in snapshot().values()} | by_air


def _facts(air: str, values: Mapping[str, Any]) -> ModelFacts:
    enums = {name: tuple(allowed) for name, allowed in values.get("enums", {}).items()}
    durations = values.get("durations", enums.pop("duration", None))
    if isinstance(durations, dict):
        ends = cast("dict[str, int]", durations)
        durations = range(ends["min"], ends["max"] + 1)
    prompt = values.get("prompt")
    return ModelFacts(
        air=air,
        slug=values["slug"],
        title=values["title"],
        text_to_video=values["text_to_video"],
        required=frozenset(values["required"]),
        fields=frozenset(values["fields"]),
        enums=enums,
        sizes=_sizes(values),
        durations=tuple(cast("list[int]", durations)) if isinstance(durations, list) else durations,
        together=tuple(
            Together(_sizes(each), tuple(each.get("resolutions", ())), tuple(each["durations"]))
            for each in values.get("limits", ())
        ),
        prompt=(prompt[0], prompt[1]) if prompt else None,
        works_on=values.get("works_on", ""),
        price=values.get("price", ""),
        note=values.get("note", ""),
    )


def _sizes(values: Mapping[str, Any]) -> Sizes:
    pairs = (map(int, size.split("x")) for size in values.get("sizes", ()))
    return tuple((width, height) for width, height in pairs)
