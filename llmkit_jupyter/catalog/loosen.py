"""Makes a JSON Schema from elsewhere safe to use: never stricter than it was, and quick to check.

A pattern may take for ever to try, a reference may lead to another server, and a few lines of
references may expand to millions of checks. So only keywords that are known here come through.
Leaving a pattern out makes a schema accept more, which is harmless by itself; but where a schema
counts or negates what others accept (``oneOf``, ``not``, ``if``) accepting more means refusing
more, so that those are loosened as well. What says nothing about the value (``description``,
``contentSchema``) can be left out anywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

MAX_TEXT = 512 * 1024  # characters
MAX_CHECKS = 5_000  # of one value, references followed; some tenths of a second
VALUES_A_CHECK = 20  # so many values to compare with cost as much as a check
VALUES_HELD = 10  # by an array or object, as far as costs are reckoned
MAX_DEPTH = 60

Json = Mapping[str, Any]
_MAPS = {"properties", "$defs", "definitions", "dependentSchemas"}
_LISTS = {"allOf", "anyOf", "oneOf", "prefixItems"}
_ONES = {"items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"}
_OF_MANY = {"items", "additionalProperties", "contains", "propertyNames"}
_UNEVALUATED = {"unevaluatedProperties", "unevaluatedItems"}
_NUMBERS = {
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "minItems", "maxItems", "minContains", "maxContains"),
    *("minProperties", "maxProperties"),
}
_PLAIN = _NUMBERS | {"type", "enum", "const", "required", "dependentRequired", "uniqueItems"}
"""What they say is no schema, and nothing in it is read as one."""
_KNOWN = _MAPS | _LISTS | _ONES | _UNEVALUATED | _PLAIN | {"$ref"}
# Not checked here: the library tries no formats, and patterns are not safe to try.
_UNCHECKED = {"pattern", "format", "patternProperties"}
_REFUSED = {"$dynamicRef", "$dynamicAnchor", "$recursiveRef"}
_LATER = re.compile(r"/draft/20\d\d")
"""The drafts that have ``dependentRequired`` and ``dependentSchemas`` for ``dependencies``."""


def usable(schema: object) -> Json | None:
    """Give a schema that is safe to check with; ``None`` where nothing sensible is left."""
    try:
        text = json.dumps(schema, allow_nan=False)
        if not isinstance(schema, dict) or len(text) > MAX_TEXT:
            return None
        unchecked = any(f'"{name}":' in text for name in _UNCHECKED)
        old = not _LATER.search(str(cast("Json", schema).get("$schema")))
        loosener = _Loosener(everywhere=unchecked, old=old)
        loosened, _ = loosener.schema(cast("object", schema), MAX_DEPTH)
        root = cast("dict[str, Any]", loosened)
        _Scales(root).weigh(root, ())
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return root


class _Loosener:
    """Goes through a schema.

    Args:
        everywhere: something is unchecked, so whatever a reference leads to may be as well.
        old: the schema's draft has ``dependencies``.
    """

    def __init__(self, *, everywhere: bool, old: bool) -> None:
        self._everywhere = everywhere
        self._old = old

    def schema(self, value: object, depth: int) -> tuple[object, bool]:
        """Give the schema, and whether it may accept more than it did."""
        if isinstance(value, bool):
            return value, False
        if not isinstance(value, dict) or depth == 0:
            raise ValueError("no schema")
        node = cast("dict[str, Any]", value)
        if _REFUSED & node.keys():
            raise ValueError("a reference that only a whole collection of schemas can follow")
        loose = bool(_UNCHECKED & node.keys()) or ("$ref" in node and self._everywhere)
        made: dict[str, Any] = {}
        for name, inside in self._today(node).items():
            if name not in _KNOWN or (name in _UNEVALUATED and self._everywhere):
                continue
            made[name], looser = self._keyword(name, inside, depth - 1)
            loose = loose or looser
            if looser and name in ("oneOf", "not", "if", "contains"):
                self._accept_more(made, name)
        if "patternProperties" in node:
            # What the patterns allowed would be additional now.
            made.pop("additionalProperties", None)
        if "if" not in made:
            made.pop("then", None)
            made.pop("else", None)
        return made, loose

    def _today(self, node: dict[str, Any]) -> dict[str, Any]:
        """Say what ``dependencies`` says with the keywords that took its place."""
        rules = node.get("dependencies")
        if not self._old or not isinstance(rules, dict):
            return node
        meant: dict[str, dict[str, Any]] = {"dependentRequired": {}, "dependentSchemas": {}}
        for name, each in cast("dict[str, Any]", rules).items():
            keyword = "dependentRequired" if isinstance(each, list) else "dependentSchemas"
            meant[keyword][name] = each
        return {**node, "allOf": [*node.get("allOf", ()), meant]}

    def _keyword(self, name: str, inside: Any, depth: int) -> tuple[Any, bool]:
        if name in _MAPS:
            if not isinstance(inside, dict):
                raise ValueError("no schemas by name")
            items = cast("dict[str, object]", inside).items()
            pairs = {key: self.schema(each, depth) for key, each in items}
            return {key: each for key, (each, _) in pairs.items()}, _any(pairs.values())
        if name in _LISTS:
            if not isinstance(inside, list):
                raise ValueError("no list of schemas")
            found = [self.schema(each, depth) for each in cast("list[object]", inside)]
            return [each for each, _ in found], _any(found)
        if name in _ONES or name in _UNEVALUATED:
            return self.schema(inside, depth)
        if name == "$ref" and not str(inside).startswith("#"):
            # Where nothing leads, too: the library would fetch it nevertheless.
            raise ValueError("a reference to another document")
        return inside, False

    @staticmethod
    def _accept_more(made: dict[str, Any], name: str) -> None:
        """Undo a rule that would refuse more, now that what it is about accepts more."""
        rule = made.pop(name)
        if name == "oneOf":
            # Beside the others: there may be an anyOf already.
            made["allOf"] = [*made.get("allOf", ()), {"anyOf": rule}]


class _Scales:
    """How many checks one value may take, with all references followed."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root
        self._known: dict[int, int] = {}

    def weigh(self, node: object, above: tuple[int, ...]) -> int:
        if not isinstance(node, dict):
            return 1
        schema = cast("dict[str, Any]", node)
        if id(schema) in above or len(above) > MAX_DEPTH:
            raise ValueError("a schema without end")
        if id(schema) not in self._known:
            inside = (*above, id(schema))
            total = 1 + sum(
                self.weigh(each, inside) * (VALUES_HELD if name in _OF_MANY else 1)
                for name, each in self._below(schema)
            )
            total += sum(self._compared(name, schema[name]) for name in _PLAIN & schema.keys())
            # These look through all the others once more.
            total *= 3 if _UNEVALUATED & schema.keys() else 1
            if total > MAX_CHECKS:
                raise ValueError("too much to check")
            self._known[id(schema)] = total
        return self._known[id(schema)]

    @staticmethod
    def _compared(name: str, inside: object) -> int:
        # Each field that is missing is an error of its own.
        each = 1 if name in ("required", "dependentRequired") else VALUES_A_CHECK
        return _count(inside) // each

    def _below(self, schema: dict[str, Any]) -> Iterator[tuple[str, object]]:
        for name, inside in schema.items():
            if name in ("properties", "dependentSchemas"):
                yield from ((name, each) for each in inside.values())
            elif name in _LISTS:
                yield from ((name, each) for each in inside)
            elif name in _ONES or name in _UNEVALUATED:
                yield name, inside
            elif name == "$ref":
                yield name, pointed(self._root, inside)


def pointed(root: Json, reference: object) -> Any:
    """Give the schema that a reference inside the same document points to.

    Raises:
        ValueError: it points elsewhere, nowhere, or to what is no schema.
    """
    # Percent signs are undone by the library, so that it would look at another place.
    if not isinstance(reference, str) or not re.fullmatch(r"#(/[^%]*)?", reference):
        raise ValueError("a reference to another document")
    place: Any = root
    parts = [part.replace("~1", "/").replace("~0", "~") for part in reference.split("/")[1:]]
    while parts:
        keyword = parts.pop(0)
        place = _inside(place, keyword)
        if keyword in _MAPS and parts:
            place = _inside(place, parts.pop(0))
        elif keyword not in _ONES:
            raise ValueError("a reference to what is no schema")
    if not isinstance(place, (Mapping, bool)):
        raise ValueError("a reference to no schema")  # noqa: TRY004 - like the others
    return cast("Any", place)


def _inside(place: Any, name: str) -> Any:
    if not isinstance(place, Mapping) or name not in place:
        raise ValueError("a reference to nothing")
    return cast("Json", place)[name]


def _count(value: object) -> int:
    """Count values, with all that is inside them; a long text or number is several."""
    if isinstance(value, dict):
        return sum(1 + _count(each) for each in cast("dict[str, object]", value).values())
    if isinstance(value, list):
        return sum(_count(each) for each in cast("list[object]", value))
    return 1 + len(str(value)) // 100


def _any(found: Any) -> bool:
    return any(loose for _, loose in found)
