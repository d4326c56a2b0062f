"""Reads a model's live JSON Schema, and checks a task against it, in our own words."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from llmkit_jupyter.catalog.facts import ModelFacts
from llmkit_jupyter.errors import InvalidRequestError

MAX_SCHEMA = 512 * 1024  # characters; larger ones are not worth their time
MAX_SECONDS = 3600
_DROPPED = {"pattern", "patternProperties", "$schema", "$id", "format"}
_OUR_NAMES = {
    "positivePrompt": "prompt",
    "negativePrompt": "negative_prompt",
    "width": "size",
    "height": "size",
    "frameImages": "image",
    "inputs": "image",
}
_log = logging.getLogger(__name__)
Json = Mapping[str, Any]


def facts_from(body: object, model: str, base: ModelFacts | None) -> ModelFacts | None:
    """Give a model's facts by what the service published; ``None`` where that is no schema.

    Args:
        body: any JSON; ``requestSchema`` in it describes one task.
        model: the AIR id.
        base: what the snapshot knows, for what the schema does not tell.
    """
    schema = _usable(_object(_object(body).get("requestSchema")))
    properties = _object(_object(schema).get("properties"))
    if schema is None or not properties:
        return None
    required = [name for name in _list(schema.get("required")) if isinstance(name, str)]
    enums = {
        name: values
        for name in ("resolution", "fps", "acceleration")
        if (values := _values(_object(properties.get(name))))
    }
    facts = base or ModelFacts(
        air=model,
        slug=model,
        text_to_video="inputs" not in required,
        required=frozenset(),
        fields=frozenset(),
    )
    return replace(
        facts,
        required=frozenset(required),
        fields=frozenset(properties),
        enums=enums or facts.enums,
        sizes=_sizes(schema) or facts.sizes,
        durations=_durations(_object(properties.get("duration"))) or facts.durations,
        source="live",
        schema=schema,
    )


def check_task(facts: ModelFacts, task: Json) -> None:
    """Check a whole task against the model's live schema, if there is one.

    Raises:
        InvalidRequestError: names our field, the value and what is allowed.
    """
    if facts.schema is None:
        return
    import jsonschema_rs

    try:
        validator = jsonschema_rs.Draft202012Validator(dict(facts.schema))
        errors = list(validator.iter_errors(dict(task)))
    except (ValueError, TypeError, RecursionError) as problem:
        _log.info("the schema of %s cannot be used: %s", facts.air, problem)
        return
    if errors:
        # A plain rule about one field says more than "none of these alternatives".
        first = min(errors, key=lambda error: error.schema_path[-1] in ("anyOf", "oneOf", "allOf"))
        path = [str(part) for part in first.instance_path]
        raise _in_our_words(path, list(first.schema_path), first.instance, facts, task)


def _in_our_words(
    path: list[str], rule_path: list[str | int], value: object, facts: ModelFacts, task: Json
) -> InvalidRequestError:
    rule, expected = str(rule_path[-1]), _at(facts.schema, rule_path)
    if rule == "required" and not path:
        missing = [name for name in _list(expected) if name not in task]
        path, value = [str(name) for name in missing[:1]], None
    elif rule == "additionalProperties" and not path:
        known = _object(_object(facts.schema).get("properties"))
        extra = [name for name in task if name not in known]
        path, value = extra[:1], task.get(extra[0]) if extra else None
    allowed = {
        "enum": lambda: ", ".join(str(each) for each in _list(expected)[:30]),
        "const": lambda: str(expected),
        "minimum": lambda: f"{expected} or more",
        "maximum": lambda: f"{expected} or less",
        "multipleOf": lambda: f"multiples of {expected}",
        "minLength": lambda: f"{expected} characters or more",
        "maxLength": lambda: f"{expected} characters or less",
        "type": lambda: f"a value of type {expected}",
        "required": lambda: "a value; the model cannot do without",
        "additionalProperties": lambda: "nothing; the model has no such field",
    }.get(rule, lambda: "what the model's schema says")()
    if not path and facts.sizes and "width" in task:
        path = ["width"]
        allowed = facts.sizes_in_words()
    first = path[0] if path else "request"
    if first in ("width", "height"):
        value = f"{task.get('width')}x{task.get('height')}"
        allowed = facts.sizes_in_words() or allowed
    name = _OUR_NAMES.get(first, first if first in ("duration", "seed", "fps", "model") else None)
    return InvalidRequestError(
        name or (f"option {'.'.join(path)}" if path else "request"),
        value if path else None,
        f"{allowed} (for {facts.title}, {facts.air})",
        provider="runware",
    )


def _at(schema: Any, path: list[str | int]) -> Any:
    """Give what stands at a place in a schema."""
    place = schema
    for part in path:
        if isinstance(place, Mapping):
            place = cast("Json", place).get(str(part))
        elif isinstance(place, list) and isinstance(part, int):
            place = cast("list[Any]", place)[part]
    return cast("Any", place)


def _usable(schema: Json) -> Json | None:
    """Give a schema without what must not be used; ``None`` where nothing sensible is left.

    A pattern may take for ever to try, and a reference may lead to another server.
    """
    try:
        cleaned = _cleaned(schema, depth=60)
        text = json.dumps(cleaned)
    except (ValueError, RecursionError):
        return None
    return cast("Json", cleaned) if len(text) <= MAX_SCHEMA else None


def _cleaned(value: object, depth: int) -> object:
    if depth == 0:
        raise ValueError("a schema that deep is none")
    if isinstance(value, dict):
        values = cast("dict[str, object]", value)
        if not str(values.get("$ref", "#")).startswith("#") or "$dynamicRef" in values:
            raise ValueError("a reference to another document")
        return {k: _cleaned(v, depth - 1) for k, v in values.items() if k not in _DROPPED}
    if isinstance(value, list):
        return [_cleaned(each, depth - 1) for each in cast("list[object]", value)]
    return value


def _values(schema: Json) -> tuple[Any, ...]:
    """Give the values that a field may have, where the schema lists them."""
    if "const" in schema:
        return (schema["const"],)
    listed = _list(schema.get("enum"))
    for name in ("anyOf", "oneOf"):
        for each in _list(schema.get(name)):
            listed = [*listed, *_values_flat(_object(each))]
    return tuple(each for each in listed if isinstance(each, (str, int, float)))


def _values_flat(schema: Json) -> list[Any]:
    return [schema["const"]] if "const" in schema else _list(schema.get("enum"))


def _durations(schema: Json) -> tuple[int, ...] | range | None:
    listed = tuple(sorted({each for each in _values(schema) if _is_seconds(each)}))
    if listed:
        return listed
    low, high = schema.get("minimum"), schema.get("maximum")
    for name in ("anyOf", "oneOf"):
        for each in _list(schema.get(name)):
            low = _object(each).get("minimum", low)
            high = _object(each).get("maximum", high)
    if isinstance(low, (int, float)) and isinstance(high, (int, float)):
        first, last = max(1, -int(-low // 1)), int(min(high, MAX_SECONDS))
        if first <= last:
            return range(first, last + 1)
    return None


def _is_seconds(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_SECONDS


def _sizes(schema: Json) -> tuple[tuple[int, int], ...]:
    """Give the pairs of width and height among the schema's alternatives."""
    pairs: dict[tuple[int, int], None] = {}
    for alternative in _alternatives(schema, depth=4):
        inside = _object(alternative.get("properties"))
        width, height = (_values_flat(_object(inside.get(name))) for name in ("width", "height"))
        if len(width) == 1 == len(height) and _is_edge(width[0]) and _is_edge(height[0]):
            pairs[(width[0], height[0])] = None
    return tuple(pairs)


def _alternatives(schema: Json, depth: int) -> Iterator[Json]:
    if depth:
        for name in ("anyOf", "oneOf", "allOf"):
            for each in _list(schema.get(name)):
                yield _object(each)
                yield from _alternatives(_object(each), depth - 1)


def _is_edge(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 16384


def _object(value: object) -> Json:
    return cast("Json", value) if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
