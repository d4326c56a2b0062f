"""Reads from a model's live JSON Schema what the model takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

from llmkit_jupyter.catalog.facts import ModelFacts
from llmkit_jupyter.catalog.loosen import Json, pointed, usable

MAX_SECONDS = 3600


def facts_from(body: object, model: str, base: ModelFacts | None) -> ModelFacts | None:
    """Give a model's facts by what the service published; ``None`` where that is no schema.

    Args:
        body: any JSON; ``requestSchema`` in it describes one task.
        model: the AIR id.
        base: what the snapshot knows, for what the schema does not tell.
    """
    schema = usable(_object(body).get("requestSchema"))
    if schema is None:
        return None
    properties = _properties(schema)
    if not properties:
        return None
    required = _required(schema, schema)
    enums = {
        name: values
        for name in ("resolution", "fps", "acceleration")
        if (values := _values(_object(properties.get(name))))
    }
    known = base or ModelFacts(
        air=model,
        slug=model,
        title=model,
        text_to_video=True,
        required=frozenset(),
        fields=frozenset(),
    )
    sizes = _sizes(schema) or known.sizes
    durations = _durations(_object(properties.get("duration"))) or known.durations
    # Schemas tell of limits across fields in words alone; those of a model that has changed since
    # are not known.
    same = (set(sizes), durations) == (set(known.sizes), known.durations)
    return replace(
        known,
        text_to_video=not required & {"inputs", "frameImages"},
        required=required,
        fields=frozenset(properties),
        enums=enums or known.enums,
        sizes=sizes,
        durations=durations,
        together=known.together if same else (),
        # The schema's own limits are checked along with it.
        prompt=None if _limits_length(properties.get("positivePrompt")) else known.prompt,
        source="live",
        schema=schema,
    )


def _limits_length(schema: Json | None) -> bool:
    return bool({"minLength", "maxLength"} & _object(schema).keys())


def _views(schema: Json, root: Json, depth: int = 8) -> Iterator[Json]:
    """Give a schema and every one that may hold for the same value; not its conditions."""
    yield schema
    if depth == 0:
        return
    inside: list[object] = [schema.get("then"), schema.get("else")]
    inside += [each for name in ("allOf", "anyOf", "oneOf") for each in _list(schema.get(name))]
    inside += _object(schema.get("dependentSchemas")).values()
    if "$ref" in schema:
        inside.append(pointed(root, schema["$ref"]))
    for each in inside:
        if isinstance(each, Mapping):
            yield from _views(cast("Json", each), root, depth - 1)


def _properties(root: Json) -> dict[str, Json]:
    """Give the fields of a task, wherever in the schema they are declared."""
    found: dict[str, Json] = {}
    for view in _views(root, root):
        for name, each in _object(view.get("properties")).items():
            # False forbids a field where others allow it.
            if each is not False and not found.get(name):
                reference = _object(each).get("$ref")
                found[name] = _object(pointed(root, reference) if reference else each)
    return found


def _required(schema: Json, root: Json, depth: int = 8) -> frozenset[str]:
    """Give the fields that no task can be without."""
    names = {name for name in _list(schema.get("required")) if isinstance(name, str)}
    if depth:
        together = [_object(each) for each in _list(schema.get("allOf"))]
        if "$ref" in schema:
            together.append(_object(pointed(root, schema["$ref"])))
        for each in together:
            names |= _required(each, root, depth - 1)
        for name in ("anyOf", "oneOf"):
            choices = [_required(_object(e), root, depth - 1) for e in _list(schema.get(name))]
            names |= choices[0].intersection(*choices) if choices else frozenset[str]()
    return frozenset(names)


def _values(schema: Json) -> tuple[Any, ...]:
    """Give the values that a field may have, where the schema lists them."""
    listed = _values_flat(schema)
    for name in ("anyOf", "oneOf"):
        for each in _list(schema.get(name)):
            listed = [*listed, *_values_flat(_object(each))]
    # True equals 1, and is none.
    return tuple(e for e in listed if isinstance(e, (str, int, float)) and not isinstance(e, bool))


def _values_flat(schema: Json) -> list[Any]:
    return [schema["const"]] if "const" in schema else _list(schema.get("enum"))


def _durations(schema: Json) -> tuple[int, ...] | range | None:
    choices = [schema]
    choices += [_object(e) for name in ("anyOf", "oneOf") for e in _list(schema.get(name))]
    ranges = [found for each in choices if (found := _seconds(each))]
    listed = [int(each) for each in _values(schema) if _is_seconds(each)]
    if len(ranges) == 1 and ranges[0].step == 1 and not listed:
        return ranges[0]
    return tuple(sorted({*listed, *(each for found in ranges for each in found)})) or None


def _seconds(schema: Json) -> range | None:
    low, high, step = (_number(schema.get(n)) for n in ("minimum", "maximum", "multipleOf"))
    if "enum" in schema or "const" in schema or low is None or high is None:
        return None
    stride = int(step) if step is not None and step >= 1 and step == int(step) else 1
    first = max(1, -int(-low // stride)) * stride
    return range(first, int(min(high, MAX_SECONDS)) + 1, stride) or None


def _number(value: object) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _is_seconds(value: object) -> bool:
    number = _number(value)
    return number is not None and 1 <= number <= MAX_SECONDS and number == int(number)


def _sizes(schema: Json) -> tuple[tuple[int, int], ...]:
    """Give the pairs of width and height among the schema's alternatives."""
    pairs: dict[tuple[int, int], None] = {}
    for alternative in _views(schema, schema):
        inside = _object(alternative.get("properties"))
        width, height = (_values_flat(_object(inside.get(name))) for name in ("width", "height"))
        if len(width) == 1 == len(height) and _is_edge(width[0]) and _is_edge(height[0]):
            pairs[(width[0], height[0])] = None
    return tuple(pairs)


def _is_edge(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 16384


def _object(value: object) -> Json:
    return cast("Json", value) if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
