"""Checks a request against what a model takes, and fills in what the model cannot do without."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches

from llmkit_jupyter.catalog.facts import ModelFacts, snapshot
from llmkit_jupyter.catalog.models import DEFAULT_DURATION, DEFAULT_SIZE
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.request import VideoGenerationRequest

# Fields of the wire format that the request has a place of its own for, or that are ours to set.
_BUILDERS = {
    "positivePrompt": "the prompt itself",
    "negativePrompt": ".with_negative_prompt(text)",
    "width": ".with_width(pixels) and .with_height(pixels)",
    "height": ".with_width(pixels) and .with_height(pixels)",
    "duration": ".with_duration(seconds)",
    "seed": ".with_seed(number)",
    "fps": ".with_fps(number)",
    "model": ".with_model(id)",
    "frameImages": ".with_image(picture)",
    "numberResults": "count=",
    "ttl": "result_days in config.toml",
}
_OURS = {
    "apiKey",
    "taskType",
    "taskUUID",
    "deliveryMethod",
    "outputType",
    "includeCost",
    "webhookURL",
    "uploadEndpoint",
}
_OTHER_MEDIA = '.with_option("inputs", {...})'
COMMON = {"outputFormat": ("MP4", "WEBM", "MOV"), "outputQuality": None, "safety": None}
"""Options that every model takes, and the only values of them, where there are such."""
QUALITY = (20, 99)
"""Least and most of the option outputQuality."""


def resolve(facts: ModelFacts, request: VideoGenerationRequest) -> VideoGenerationRequest:
    """Give the request as it will be sent.

    Raises:
        InvalidRequestError: names the field, the value and what the model takes.
    """
    _check_prompt(facts, request)
    _check_options(facts, request)
    _check_image(facts, request)
    _check_taken(facts, request)
    duration = _duration(facts, request)
    width, height = _size(facts, request)
    _check_together(facts, request, duration, (width, height))
    given = (request.model, request.duration, request.width, request.height)
    if given == (facts.air, duration, width, height):
        return request  # nothing was left open; asked again for every job of a crowd
    return replace(request, model=facts.air, duration=duration, width=width, height=height)


def _check_prompt(facts: ModelFacts, request: VideoGenerationRequest) -> None:
    if facts.prompt is None:
        return
    low, high = facts.prompt
    if not low <= len(request.prompt) <= high:
        allowed = f"{low} to {high} characters, and it has {len(request.prompt)}"
        raise _refused(facts, "prompt", request.prompt, allowed)


def _check_together(
    facts: ModelFacts,
    request: VideoGenerationRequest,
    duration: int | None,
    size: tuple[int | None, int | None],
) -> None:
    """Hold to the limits across fields."""
    name = request.options.get("resolution")
    for limit in facts.together:
        if duration in (None, *limit.durations):
            continue
        if size in limit.sizes or name in limit.resolutions:
            seconds = " or ".join(str(each) for each in limit.durations)
            shown = name if size[0] is None else f"{size[0]}x{size[1]}"
            raise _refused(facts, "duration", duration, f"{seconds} seconds at {shown}")


def check_ours(request: VideoGenerationRequest, facts: ModelFacts | None = None) -> None:
    """Refuse options that the request has a place of its own for, or that are ours to set.

    Raises:
        InvalidRequestError: says what to use instead.
    """
    for name, value in request.options.items():
        first = name.split(".")[0]
        allowed = None
        if first in _BUILDERS:
            allowed = f"use {_BUILDERS[first]} instead"
        elif first in _OURS:
            allowed = "nothing: it is set by the client"
        if allowed:
            model = f" (for {facts.title}, {facts.air})" if facts else ""
            raise InvalidRequestError(
                f"option {name}", value, f"{allowed}{model}", provider="runware"
            )


def options_of(facts: ModelFacts) -> list[str]:
    """List the options that a model takes, by their first names."""
    return sorted((facts.fields - _BUILDERS.keys() - _OURS) | COMMON.keys())


def _check_options(facts: ModelFacts, request: VideoGenerationRequest) -> None:
    check_ours(request, facts)
    for name, value in request.options.items():
        first = name.split(".")[0]
        known = COMMON.get(first) if first in COMMON else facts.enums.get(first)
        if first not in facts.fields and first not in COMMON:
            fields = options_of(facts)
            close = get_close_matches(first, fields, n=1)
            hint = f"did you mean {close[0]}? " if close else ""
            raise _refused(facts, f"option {name}", value, f"{hint}options: {', '.join(fields)}")
        if known and name == first and value not in known:
            raise _refused(facts, f"option {name}", value, ", ".join(map(str, known)))
        if name == "outputQuality":
            low, high = QUALITY
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                raise _refused(facts, f"option {name}", value, f"whole numbers, {low} to {high}")


def _check_image(facts: ModelFacts, request: VideoGenerationRequest) -> None:
    given = any(name.split(".")[0] == "inputs" for name in request.options)
    if request.image is not None and not facts.takes_image:
        instead = f"; it works on {facts.works_on}: {_OTHER_MEDIA}" if facts.works_on else ""
        raise _refused(facts, "image", request.image, f"no image to begin with{instead}")
    if request.image is not None or given or not facts.needs_input:
        return
    words = _for_words_alone(facts)
    sibling = f"; {words.title} ({words.air}) makes videos of words alone" if words else ""
    if facts.takes_image:
        needed = f"an image, which this model begins with: .with_image(picture){sibling}"
    else:
        needed = f"{facts.works_on}, which this model works on: {_OTHER_MEDIA}{sibling}"
    raise _refused(facts, "image", None, needed)


def _for_words_alone(facts: ModelFacts) -> ModelFacts | None:
    """Find the nearest model of the same maker that needs no picture."""
    maker = facts.air.split(":")[0]
    others = {
        each.slug: each
        for each in snapshot().values()
        if each.text_to_video and each.air.split(":")[0] == maker
    }
    return next((others[slug] for slug in get_close_matches(facts.slug, others, 1, 0)), None)


def _check_taken(facts: ModelFacts, request: VideoGenerationRequest) -> None:
    """Refuse what the model has no field for: it must not be dropped in silence."""
    for field, wire, value in (
        ("seed", "seed", request.seed),
        ("negative_prompt", "negativePrompt", request.negative_prompt),
        ("fps", "fps", request.fps),
        ("duration", "duration", request.duration),
        ("size", "width", f"{request.width}x{request.height}" if request.width else None),
    ):
        if value is not None and wire not in facts.fields:
            raise _refused(
                facts, field, value, f"none; this model has no {field.replace('_', ' ')} to set"
            )
    allowed = facts.enums.get("fps")
    if request.fps is not None and allowed and request.fps not in allowed:
        raise _refused(facts, "fps", request.fps, ", ".join(map(str, allowed)))


def _duration(facts: ModelFacts, request: VideoGenerationRequest) -> int | None:
    seconds, known = request.duration, facts.durations
    if seconds is not None:
        if known is not None and seconds not in known:
            raise _refused(facts, "duration", seconds, f"{facts.durations_in_words()} seconds")
        return seconds
    if "duration" not in facts.fields:
        return None
    if known is None:
        return DEFAULT_DURATION if "duration" in facts.required else None
    return min(known, key=lambda each: abs(each - DEFAULT_DURATION))


def _size(facts: ModelFacts, request: VideoGenerationRequest) -> tuple[int | None, int | None]:
    size = (request.width, request.height)
    by_name = "resolution" in request.options
    if request.width is not None and request.height is not None:
        if by_name:
            raise _refused(
                facts, "size", f"{size[0]}x{size[1]}", "a size or the option resolution, not both"
            )
        if facts.sizes and size not in facts.sizes:
            raise _refused(facts, "size", f"{size[0]}x{size[1]}", facts.sizes_in_words())
        return size
    required = "width" in facts.required
    # With a picture the size follows from it, unless the model insists on being told.
    from_picture = request.image is not None or any(
        name.split(".")[0] == "inputs" for name in request.options
    )
    if "width" not in facts.fields or by_name or (from_picture and not required):
        return None, None
    if facts.sizes:
        return min(facts.sizes, key=_far_from_usual)
    return DEFAULT_SIZE if required else (None, None)


def _far_from_usual(size: tuple[int, int]) -> float:
    width, height = DEFAULT_SIZE
    return abs(size[0] - width) / width + abs(size[1] - height) / height


def _refused(facts: ModelFacts, field: str, value: object, allowed: str) -> InvalidRequestError:
    return InvalidRequestError(
        field, value, f"{allowed} (for {facts.title}, {facts.air})", provider="runware"
    )
