"""Makes a JSON Schema from elsewhere safe to use: never stricter than it was, and quick to check.

A pattern may take for ever to try, a reference may lead to another server, and a few lines of
references may expand to millions of checks. Leaving a pattern out makes a schema accept more,
which is harmless by itself; but where a schema counts or negates what others accept (``oneOf``,
``not``, ``if``) accepting more means refusing more, so that those are loosened as well.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

MAX_TEXT = 512 * 1024  # characters
MAX_CHECKS = 10_000  # of one value, references followed; some tenths of a second
MAX_DEPTH = 60

Json = Mapping[str, Any]
_MAPS = {"properties", "$defs", "definitions", "dependentSchemas"}
_LISTS = {"allOf", "anyOf", "oneOf", "prefixItems"}
_ONES = {"items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"}
_UNEVALUATED = {"unevaluatedProperties", "unevaluatedItems"}
# Not checked here: the library tries no formats, and patterns are not safe to try.
_UNCHECKED = {"pattern", "format", "patternProperties"}
_DROPPED = _UNCHECKED | {"$schema", "$id", "$anchor", "$vocabulary", "$comment"}
_REFUSED = {"$dynamicRef", "$dynamicAnchor", "$recursiveRef"}


def usable(schema: object) -> Json | None:
    """Give a schema that is safe to check with; ``None`` where nothing sensible is left."""
    try:
        text = json.dumps(schema, allow_nan=False)
        if not isinstance(schema, dict) or len(text) > MAX_TEXT:
            return None
        unchecked = any(f'"{name}":' in text for name in _UNCHECKED)
        loosened, _ = _Loosener(everywhere=unchecked).schema(cast("object", schema), MAX_DEPTH)
        root = cast("dict[str, Any]", loosened)
        _Scales(root).weigh(root, ())
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return root


class _Loosener:
    """``everywhere``: something is unchecked, so whatever a reference leads to may be as well."""

    def __init__(self, *, everywhere: bool) -> None:
        self._everywhere = everywhere

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
        for name, inside in node.items():
            if name in _DROPPED or (name in _UNEVALUATED and self._everywhere):
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
            total = 1 + sum(self.weigh(each, inside) for each in self._below(schema))
            # These look through all the others once more.
            total *= 3 if _UNEVALUATED & schema.keys() else 1
            if total > MAX_CHECKS:
                raise ValueError("too much to check")
            self._known[id(schema)] = total
        return self._known[id(schema)]

    def _below(self, schema: dict[str, Any]) -> list[object]:
        below: list[object] = []
        for name, inside in schema.items():
            if name in ("properties", "dependentSchemas"):
                below.extend(inside.values())
            elif name in _LISTS:
                below.extend(inside)
            elif name in _ONES or name in _UNEVALUATED:
                below.append(inside)
            elif name == "$ref":
                below.append(pointed(self._root, inside))
        return below


def pointed(root: Json, reference: object) -> Any:
    """Give what a reference inside the same document points to.

    Raises:
        ValueError: it points elsewhere, or nowhere.
    """
    if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
        raise ValueError("a reference to another document")
    place: Any = root
    for part in reference.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(place, Mapping) or name not in place:
            raise ValueError("a reference to nothing")
        place = cast("Json", place)[name]
    if not isinstance(place, (Mapping, bool)):
        raise ValueError("a reference to no schema")  # noqa: TRY004 - like the others
    return cast("Any", place)


def _any(found: Any) -> bool:
    return any(loose for _, loose in found)
