"""What a form for a model's videos offers: the other side of what validation accepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from llmkit_jupyter.catalog.facts import ModelFacts, Sizes
from llmkit_jupyter.catalog.models import Model
from llmkit_jupyter.catalog.optional import OptionField, option_fields
from llmkit_jupyter.catalog.published import Published, finite
from llmkit_jupyter.catalog.sizes import PRESETS


@dataclass(frozen=True, slots=True)
class Preset:
    """A size in pixels that a form offers first, with its words."""

    width: int
    height: int
    title: str
    use: str
    """What it is good for."""
    speed: str
    quality: str
    file: str
    """How large the file gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """What a model takes, field by field of a request. Durations in seconds, sizes in pixels.

    ``dataclasses.asdict`` gives what the page is told, as JSON.
    """

    model: str
    """The name by which it was asked for."""
    prompt_limits: tuple[int, int] | None = None
    """Fewest and most characters (code points); ``None`` where no limit is known."""
    durations: tuple[int, ...] = ()
    """The only ones, in rising order; empty where all between the ends go."""
    duration_range: tuple[int, int] | None = None
    """The shortest and the longest; ``None`` where nothing is known."""
    takes_duration: bool = True
    presets: tuple[Preset, ...] = ()
    sizes: tuple[tuple[int, int], ...] = ()
    """The only ones, as (width, height); empty where any goes, or none is known."""
    takes_size: bool = True
    takes_seed: bool = True
    takes_negative_prompt: bool = False
    takes_image: bool = False
    needs_image: bool = False
    takes_fps: bool = False
    fps_choices: tuple[int, ...] = ()
    """The only ones; empty where any goes."""
    options: tuple[OptionField, ...] = ()
    moved: Mapping[str, str] = field(default_factory=dict[str, str])
    """A sentence for each field of a form that had to move when the model was chosen."""

    def makes_duration(self, seconds: int) -> bool:
        """Whether a video can be that long, as far as is known."""
        if self.durations:
            return self.takes_duration and seconds in self.durations
        low, high = self.duration_range or (seconds, seconds)
        return self.takes_duration and low <= seconds <= high

    def makes_size(self, width: int, height: int) -> bool:
        """Whether a video can have that size, as far as is known."""
        return self.takes_size and (not self.sizes or (width, height) in self.sizes)

    def makes_fps(self, fps: int) -> bool:
        """Whether a video can have so many frames per second, as far as is known."""
        return self.takes_fps and (not self.fps_choices or fps in self.fps_choices)


def of_model(entry: Model) -> Controls:
    """Give the controls for a provider's entry of a model, which tells of no further options."""
    longest = entry.max_duration
    return Controls(
        model=entry.id,
        durations=tuple(sorted(entry.durations)),
        duration_range=(entry.min_duration, longest) if longest and not entry.durations else None,
        presets=_presets(entry.sizes, ()),
        sizes=entry.sizes,
        takes_image=entry.image,
        needs_image=entry.image and not entry.text,
    )


def of_unknown(model: str) -> Controls:
    """Give the controls for a model about which nothing is known: it may take anything."""
    return Controls(
        model=model,
        presets=_presets((), ()),
        takes_negative_prompt=True,
        takes_image=True,
        takes_fps=True,
    )


def of_facts(facts: ModelFacts, model: str, body: object) -> Controls:
    """Give the controls for one of Runware's models.

    Args:
        facts: what is known of it.
        model: the name by which it was asked for.
        body: what the service has published about it; any JSON.
    """
    takes_duration, takes_size = "duration" in facts.fields, "width" in facts.fields
    known = facts.durations if takes_duration else None
    ends = (known[0], known[-1]) if isinstance(known, range) and known.step == 1 else None
    sizes = facts.sizes if takes_size else ()
    rates = facts.enums.get("fps", ()) if "fps" in facts.fields else ()
    fps_choices = tuple(
        sorted({int(each) for each in map(finite, rates) if each and each % 1 == 0})
    )
    return Controls(
        model=model,
        prompt_limits=_prompt_limits(facts, body),
        durations=() if known is None or ends else tuple(sorted(known)),
        duration_range=ends,
        takes_duration=takes_duration,
        presets=_presets(sizes, facts.enums.get("resolution", ())) if takes_size else (),
        sizes=sizes,
        takes_size=takes_size,
        takes_seed="seed" in facts.fields,
        takes_negative_prompt="negativePrompt" in facts.fields,
        takes_image=facts.takes_image,
        # What works on something else is given that, among the options.
        needs_image=facts.needs_input and facts.takes_image and not facts.works_on,
        # Where all rates that are listed are none that a request can ask for, none can be set.
        takes_fps="fps" in facts.fields and (bool(fps_choices) or not rates),
        fps_choices=fps_choices,
        options=option_fields(facts, body),
    )


def _presets(sizes: Sizes, resolutions: Sequence[object]) -> tuple[Preset, ...]:
    """Choose from the page's sizes those that a model makes.

    Args:
        sizes: the only ones; empty where that is not known.
        resolutions: what the model makes by name, for where it is not: ``"720p"``, ``"4k"``.
    """
    names = {str(each).lower() for each in resolutions}
    named = [each for each in PRESETS if names & {each.name, f"{each.height}p"}]
    offered = [each for each in PRESETS if (each.width, each.height) in sizes]
    return tuple(
        Preset(each.width, each.height, each.title, each.use, each.speed, each.quality, each.file)
        for each in (offered if sizes else named or PRESETS)
    )


def _prompt_limits(facts: ModelFacts, body: object) -> tuple[int, int] | None:
    if "positivePrompt" not in facts.fields:
        return None  # the words are not sent
    if facts.prompt is not None or facts.source == "bundled":
        return facts.prompt
    published = Published(body)
    said = published.whole(published.fields().get("positivePrompt"))
    low, high = finite(said.get("minLength")), finite(said.get("maxLength"))
    if high is None or (low or 0) > high or high < 1:
        return None
    return max(1, int(low or 0)), int(high)
