"""Checks a task against a model's live JSON Schema, and says what is wrong in our own words."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, NoReturn, cast

from llmkit_jupyter.catalog.facts import ModelFacts
from llmkit_jupyter.catalog.loosen import Json
from llmkit_jupyter.catalog.names import our_name
from llmkit_jupyter.errors import InvalidRequestError, shorten

LONG_TEXT = 10_000  # characters; pictures are millions
_ALTERNATIVES = ("anyOf", "oneOf", "allOf", "not", "if", "then", "else")
_log = logging.getLogger(__name__)
_validators: dict[str, tuple[object, Any]] = {}
"""By AIR id: the schema, and what checks with it (``None``: it is no schema)."""


def check_task(facts: ModelFacts, task: Json) -> None:
    """Check a whole task against the model's live schema, if there is one.

    Raises:
        InvalidRequestError: names our field, the value and what is allowed.
    """
    if facts.schema is None:
        return
    validator = _validator(facts.air, facts.schema)
    if validator is None:
        return
    light = _light(task)
    # All errors are written out at once, which takes a thousand times as long as finding one.
    if validator.is_valid(light):
        return
    errors = list(validator.iter_errors(light))
    if errors:
        # A plain rule about one field says more than "none of these alternatives".
        error = min(errors, key=lambda each: str(each.schema_path[-1]) in _ALTERNATIVES)
        raise _in_our_words(error, facts, light)


def _validator(air: str, schema: Json) -> Any:
    """Give what checks with a schema; made once, ``None`` where it is no schema at all."""
    if air not in _validators or _validators[air][0] is not schema:
        import jsonschema_rs

        made: Any = None
        try:
            made = jsonschema_rs.Draft202012Validator(dict(schema), retriever=_fetch_nothing)
        except (ValueError, TypeError, RecursionError, OverflowError) as problem:
            _log.info("the schema of %s is none: %s", air, problem)
        _validators[air] = (schema, made)
    return _validators[air][1]


def _fetch_nothing(address: str) -> NoReturn:
    """Stand in for the library's own way to other documents, which fetches from anywhere."""
    raise ValueError(f"{address} is another document")


def _light(value: Any) -> Any:
    """Give a task without its pictures' bytes: the library writes them into every message."""
    if isinstance(value, Mapping):
        return {name: _light(each) for name, each in cast("Json", value).items()}
    if isinstance(value, list):
        return [_light(each) for each in cast("list[Any]", value)]
    if isinstance(value, str) and value.startswith("data:") and len(value) > LONG_TEXT:
        return value[:100]
    return value


def _in_our_words(error: Any, facts: ModelFacts, task: Json) -> InvalidRequestError:
    path = [str(part) for part in error.instance_path]
    rule = str(error.schema_path[-1])
    value: object = error.instance
    holder = _at(facts.schema, list(error.schema_path)[:-1])
    expected: Any = _object(holder).get(rule)
    limit = str(expected)[:80]
    if rule == "required":
        missing = [name for name in _list(expected) if name not in _object(value)]
        path, value = [*path, *(str(name) for name in missing[:1])], None
    elif rule in ("additionalProperties", "unevaluatedProperties") and expected is False:
        known = _object(_object(holder).get("properties"))
        extra = [name for name in _object(value) if name not in known]
        path, value = [*path, *extra[:1]], _object(value).get(extra[0]) if extra else None
    allowed = {
        "enum": lambda: ", ".join(
            each[:80] if isinstance(each, str) else shorten(each) for each in _list(expected)[:30]
        ),
        "const": lambda: shorten(expected).strip("'"),
        "minimum": lambda: f"{limit} or more",
        "maximum": lambda: f"{limit} or less",
        "multipleOf": lambda: f"multiples of {limit}",
        "minLength": lambda: f"{limit} characters or more",
        "maxLength": lambda: f"{limit} characters or less",
        "type": lambda: f"a value of type {limit}",
        "required": lambda: "a value; the model cannot do without",
        "additionalProperties": lambda: "nothing; the model has no such field",
        "unevaluatedProperties": lambda: "nothing; the model does not take it with the rest",
    }.get(rule, lambda: "what the model's schema says")()
    pair = (task.get("width"), task.get("height"))
    if not path and facts.sizes and "width" in task and pair not in facts.sizes:
        path = ["width"]
        allowed = facts.sizes_in_words()
    first = path[0] if path else "request"
    if first in ("width", "height"):
        value = f"{task.get('width')}x{task.get('height')}"
        allowed = facts.sizes_in_words() or allowed
    return InvalidRequestError(
        our_name(".".join(path)) if path else "request",
        value if path else None,
        f"{allowed} (for {facts.title}, {facts.air})",
        provider="runware",
    )


def _at(schema: object, path: list[Any]) -> Any:
    """Give what stands at a place in a schema."""
    place: Any = schema
    for part in path:
        if isinstance(place, Mapping):
            place = cast("Json", place).get(str(part))
        elif isinstance(place, list) and isinstance(part, int):
            place = cast("list[Any]", place)[part]
    return cast("Any", place)


def _object(value: object) -> Json:
    return cast("Json", value) if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []
