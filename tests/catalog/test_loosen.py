from __future__ import annotations

import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from llmkit_jupyter.catalog.facts import ModelFacts
from llmkit_jupyter.catalog.loosen import usable
from llmkit_jupyter.catalog.schema import check_task
from llmkit_jupyter.errors import InvalidRequestError


def facts_with(schema):
    made = usable(schema)
    assert made is not None
    return ModelFacts("a:b@1", "a-b", "A B", True, frozenset(), frozenset(), schema=made)


DRAFT_7 = "http://json-schema.org/draft-07/schema#"
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
    "a keyword that later drafts do not have": (
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "dependencies": {"a": ["b"]}},
        {"a": 1},
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
    "fields that need others": ({"dependencies": {"a": ["b"]}}, {"a": 1}),
    "fields that need more": ({"dependencies": {"a": {"required": ["b"]}}}, {"a": 1}),
    "these beside an allOf": (
        {"$schema": DRAFT_7, "allOf": [{}], "dependencies": {"a": ["b"], "c": {"not": {}}}},
        {"c": 1},
    ),
    "by a reference to a field": (
        {"properties": {"a": {"type": "string"}, "b": {"$ref": "#/properties/a"}}},
        {"b": 1},
    ),
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


LONG = {"enum": [f"v{i}" for i in range(20_000)]}
NOT_USABLE = {
    "another server where nothing leads": {"$defs": {"a": {"$ref": "https://example.com/x"}}},
    "what is no schema": {"properties": {"a": {"$ref": "#/const"}}, "const": {"type": "string"}},
    "one place for us and another for the library": {
        "properties": {"a": {"$ref": "#/$defs/%62"}},
        "$defs": {"%62": {}, "b": {"$ref": "#/properties/a"}},
    },
    "a long list many times": {
        "properties": {"a": {"anyOf": [{"$ref": "#/$defs/e"}] * 50}},
        "$defs": {"e": LONG},
    },
    "thousands of fields that must be there": {"required": [f"f{i}" for i in range(6000)]},
    "thousands that others need": {"dependencies": {"a": [f"f{i}" for i in range(6000)]}},
    "many rules for each of many": {"propertyNames": {"allOf": [{"maxLength": 1}] * 4000}},
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


ELSEWHERE = {"$ref": "http://elsewhere.test/x"}
UNREAD = {
    "contents": {"contentMediaType": "application/json", "contentSchema": ELSEWHERE},
    "contents of a draft": {"contentSchema": {"$schema": "http://elsewhere.test/x"}},
    "contents with a name": {"contentSchema": {"$id": "http://elsewhere.test/", "$ref": "x"}},
    "a word that nobody knows": {"extends": ELSEWHERE, "x-links": [ELSEWHERE]},
    "more of a list": {"additionalItems": ELSEWHERE},
    "examples": {"examples": [ELSEWHERE], "default": ELSEWHERE},
}


@pytest.mark.parametrize("inside", UNREAD.values(), ids=UNREAD)
def test_only_keywords_that_are_known_come_through(inside):
    made = usable({"properties": {"a": {"type": "string", **inside}}})
    assert made == {"properties": {"a": {"type": "string"}}}


def test_a_value_that_looks_like_a_reference_is_a_value():
    facts = facts_with({"properties": {"a": {"enum": [ELSEWHERE, 1], "not": {"const": ELSEWHERE}}}})
    check_task(facts, {"a": 1})


def test_no_schema_makes_the_check_fetch_anything():
    asked: list[str] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/x"
        # As if the first check had let them pass.
        for schema in ({"$ref": address}, {"contentSchema": {"$ref": address}}):
            check_task(replace(facts_with({}), schema=schema), {"a": 1})
        server.shutdown()
    assert asked == []


def test_a_long_list_is_used_once():
    facts = facts_with({"properties": {"a": LONG}})
    check_task(facts, {"a": "v19999"})
    with pytest.raises(InvalidRequestError):
        check_task(facts, {"a": "cat"})


def test_references_inside_the_document_are_followed():
    assert usable(_bomb(5)) is not None
