from __future__ import annotations

import pytest

from llmkit_jupyter.catalog.facts import ModelFacts
from llmkit_jupyter.catalog.loosen import usable
from llmkit_jupyter.catalog.schema import check_task
from llmkit_jupyter.errors import InvalidRequestError


def facts_with(schema):
    made = usable(schema)
    assert made is not None
    return ModelFacts("a:b@1", "a-b", "A B", True, frozenset(), frozenset(), schema=made)


URL, UUID = {"pattern": "^https?://"}, {"format": "uuid"}
ACCEPTED = {
    "one of three spellings": ({"properties": {"i": {"oneOf": [UUID, URL]}}}, {"i": "https://x"}),
    "by reference": (
        {"properties": {"i": {"oneOf": [{"$ref": "#/$defs/u"}, URL]}}, "$defs": {"u": UUID}},
        {"i": "https://x"},
    ),
    "not blank": ({"properties": {"p": {"not": {"pattern": r"^\s*$"}}}}, {"p": "a cat"}),
    "a condition": ({"if": {"properties": {"a": URL}}, "then": {"required": ["b"]}}, {"a": "q"}),
    "contains": ({"properties": {"a": {"contains": URL, "maxContains": 1}}}, {"a": ["q", "r"]}),
    "names by pattern": (
        {"patternProperties": {"^x-": {}}, "additionalProperties": False},
        {"x-a": 1},
    ),
    "a field called pattern": (
        {"properties": {"pattern": {}, "format": {}}, "additionalProperties": False},
        {"pattern": "a", "format": "b"},
    ),
    "a value called pattern": (
        {"properties": {"a": {"const": {"pattern": 1}}}},
        {"a": {"pattern": 1}},
    ),
    "beside another anyOf": (
        {"oneOf": [{"properties": {"a": URL}}, {"properties": {"a": UUID}}], "anyOf": [{}]},
        {"a": "https://x"},
    ),
}


@pytest.mark.parametrize(("schema", "task"), ACCEPTED.values(), ids=ACCEPTED)
def test_what_a_dropped_pattern_was_about_is_never_refused(schema, task):
    check_task(facts_with(schema), task)


REFUSED = {
    "oneOf without patterns": (
        {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {"a": 1, "b": 1},
    ),
    "not without patterns": ({"not": {"required": ["a"]}}, {"a": 1}),
    "a condition without": (
        {"if": {"properties": {"a": {"const": 1}}}, "then": {"required": ["b"]}},
        {"a": 1},
    ),
    "type beside a pattern": ({"properties": {"a": {"type": "string", **URL}}}, {"a": 1}),
    "all of a loosened oneOf": (
        {"properties": {"a": {"oneOf": [{"type": "string", **URL}, {"type": "null"}]}}},
        {"a": 1},
    ),
}


@pytest.mark.parametrize(("schema", "task"), REFUSED.values(), ids=REFUSED)
def test_what_can_still_be_told_is_told(schema, task):
    with pytest.raises(InvalidRequestError):
        check_task(facts_with(schema), task)


def _bomb(levels):
    below = {f"d{i}": {"anyOf": [{"$ref": f"#/$defs/d{i + 1}"}] * 2} for i in range(levels)}
    return {"properties": {"a": {"$ref": "#/$defs/d0"}}, "$defs": {**below, f"d{levels}": {}}}


def _deep(levels):
    schema: dict = {}
    for _ in range(levels):
        schema = {"allOf": [schema]}
    return schema


NOT_USABLE = {
    "a list": [],
    "a text": "schema",
    "another server": {"$ref": "https://example.com/schema.json"},
    "another server inside": {"properties": {"a": {"items": {"$ref": "file:///etc/passwd"}}}},
    "nowhere": {"$ref": "#/$defs/none"},
    "an anchor": {"$ref": "#name"},
    "itself": {"properties": {"a": {"$ref": "#"}}},
    "a reference that moves": {"$dynamicRef": "#x"},
    "millions of checks": _bomb(30),
    "too deep": _deep(80),
    "far too deep": _deep(100_000),
    "too large": {"title": "x" * 600_000},
    "infinite": {"minimum": float("inf")},
    "no fields": {"properties": []},
}


@pytest.mark.parametrize("schema", NOT_USABLE.values(), ids=NOT_USABLE)
def test_what_is_not_safe_is_not_used(schema):
    assert usable(schema) is None


def test_references_inside_the_document_are_followed():
    assert usable(_bomb(5)) is not None
