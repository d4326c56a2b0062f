"""Reads what a model's live schema says about each field, for a form that people fill in.

The schema as it was published, since only there are titles, descriptions and defaults. It may be
anything: every walk through it is counted, and what is odd counts as not said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, cast

from llmkit_jupyter.catalog.loosen import Json, pointed

MAX_VIEWS = 100  # schemas that are looked at for one field
MAX_VIEWS_OF_TASK = 5_000
_DEPTH = 8
_SEVERAL = ("anyOf", "oneOf")


class Published:
    """A published schema of one task.

    Args:
        body: any JSON; ``requestSchema`` in it describes the task.
    """

    def __init__(self, body: object) -> None:
        self._root = as_object(as_object(body).get("requestSchema"))

    def fields(self) -> dict[str, object]:
        """Give the schemas of a task's fields by name, wherever they are declared."""
        return self._declared(
            islice(self._reach(self._root, _DEPTH, everywhere=True), MAX_VIEWS_OF_TASK)
        )

    def whole(self, schema: object) -> Json:
        """Give one schema with all keywords of those that hold along with it.

        Where a value may be one thing or nothing (``null``), that one thing is looked at; where
        it may be several things, they stand under ``anyOf``.
        """
        found = self._merged(schema)
        listed = [each for name in _SEVERAL for each in as_list(found.get(name))]
        merged = [self._merged(each) for each in listed[:MAX_VIEWS]]
        several = [each for each in merged if not _is_nothing(each)]
        alone = {name: value for name, value in found.items() if name not in _SEVERAL}
        if len(several) == 1:
            return {**several[0], **alone}
        return {**alone, "anyOf": several} if several else alone

    def inside(self, schema: object) -> dict[str, object]:
        """Give the schemas of the fields inside an object by name."""
        return self._declared(self._views(schema))

    def _merged(self, schema: object) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for view in self._views(schema):
            for name, value in view.items():
                found.setdefault(name, value)
        return found

    def _declared(self, views: Iterator[Json]) -> dict[str, object]:
        found: dict[str, object] = {}
        for view in views:
            for name, each in as_object(view.get("properties")).items():
                # False forbids a field where others allow it.
                if each is not False and not found.get(name):
                    found[name] = each
        return found

    def _views(self, schema: object) -> Iterator[Json]:
        return islice(self._reach(schema, _DEPTH, everywhere=False), MAX_VIEWS)

    def _reach(self, schema: object, depth: int, *, everywhere: bool) -> Iterator[Json]:
        """Give a schema and those that hold for the same value; or, everywhere, may hold."""
        node = as_object(schema)
        if not node:
            return
        yield node
        if depth == 0:
            return
        inside = as_list(node.get("allOf"))
        if "$ref" in node:
            inside = [*inside, self._pointed(node["$ref"])]
        if everywhere:
            inside = [*inside, node.get("then"), node.get("else")]
            inside += [each for name in _SEVERAL for each in as_list(node.get(name))]
            for name in ("dependentSchemas", "dependencies"):
                inside += as_object(node.get(name)).values()
        for each in inside:
            yield from self._reach(each, depth - 1, everywhere=everywhere)

    def _pointed(self, reference: object) -> object:
        try:
            return pointed(self._root, reference)
        except ValueError:
            return None


def values_of(schema: Json, depth: int = _DEPTH) -> list[object]:
    """Give the values that a schema lists as the only ones; empty where it lists none.

    Args:
        schema: as ``Published.whole`` gives it.
        depth: of alternatives inside alternatives that are looked at.
    """
    if "const" in schema:
        return [schema["const"]]
    if "enum" in schema:
        return as_list(schema["enum"])
    found: list[object] = []
    for each in as_list(schema.get("anyOf")) if depth else ():
        listed = values_of(as_object(each), depth - 1)
        if not listed:
            return []  # one of several is not listed, so neither are all
        found += listed
    return found


def type_of(schema: Json) -> str:
    """Give the one type of a value beside ``null``; empty where there are several, or none."""
    named = schema.get("type")
    names = [each for each in as_list(named) if each != "null"] if as_list(named) else [named]
    if set(map(str, names)) == {"integer", "number"}:
        return "number"
    return names[0] if len(names) == 1 and isinstance(names[0], str) else ""


def words(value: object, limit: int) -> str:
    """Give a text for people on one line, cut at a word; empty for what is no text."""
    if not isinstance(value, str):
        return ""
    # No character that could turn the page's own words around.
    line = "".join(c if c.isprintable() else " " for c in value[: 20 * limit])
    line = " ".join(line.split())
    if len(line) <= limit:
        return line
    return re.sub(r"\s\S*$", "", line[: limit - 1]) + "\u2026"


def finite(value: object) -> float | None:
    """Give a number that both a page and SQLite can hold; ``None`` for all else."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    return value if abs(value) < 2**63 else None  # so is neither infinity nor not-a-number


def as_object(value: object) -> Json:
    """Give a JSON object; an empty one for all else."""
    return cast("Json", value) if isinstance(value, Mapping) else {}


def as_list(value: object) -> list[Any]:
    """Give a JSON list; an empty one for all else."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def _is_nothing(schema: Json) -> bool:
    return schema.get("type") == "null" or values_of(schema) == [None]
