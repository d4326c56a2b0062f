from __future__ import annotations

import json
import time
from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmkit_jupyter.catalog.controls import of_facts
from llmkit_jupyter.catalog.derive import facts_from
from llmkit_jupyter.catalog.facts import ModelFacts, bundled
from llmkit_jupyter.catalog.optional import MAX_CHOICES, MAX_FIELDS, OptionField, option_fields

AIR = "a:b@1"
BARE = ModelFacts(
    air=AIR,
    slug=AIR,
    title="A",
    text_to_video=True,
    required=frozenset(),
    fields=frozenset({"settings"}),
    source="live",
)


def fields(properties, **more):
    """The fields of a live schema, by name."""
    body = {"requestSchema": {"properties": {"positivePrompt": {}, **properties}, **more}}
    facts = facts_from(body, AIR, None)
    assert facts is not None
    return {each.name: each for each in option_fields(facts, body)}


def field(schema, **more):
    [made] = fields({"x": schema}, **more).values()
    return made


WHOLE, NUMBER = {"type": "integer"}, {"type": "number"}


@pytest.mark.parametrize(
    ("schema", "made"),
    [
        ({"enum": ["low", "high"]}, {"kind": "choice", "choices": ("low", "high")}),
        ({"enum": [1, 2.5, None]}, {"kind": "choice", "choices": (1, 2.5)}),
        ({"const": "on"}, {"kind": "choice", "choices": ("on",)}),
        ({"oneOf": [{"const": "a"}, {"enum": ["b"]}]}, {"kind": "choice", "choices": ("a", "b")}),
        ({"anyOf": [{"enum": ["a"]}, {"type": "null"}]}, {"kind": "choice", "choices": ("a",)}),
        ({"enum": [True, False]}, {"kind": "switch"}),
        ({"enum": [True, "auto"]}, {"kind": "json"}),
        ({"enum": [[1], {}]}, {"kind": "json"}),
        ({"enum": []}, {"kind": "json"}),
        ({"enum": ["\ud800"]}, {"kind": "json"}),
        ({"enum": ["x" * 1000]}, {"kind": "json"}),
        ({"enum": list(range(MAX_CHOICES + 1))}, {"kind": "json"}),
        ({"type": "boolean"}, {"kind": "switch"}),
        ({"type": ["boolean", "null"]}, {"kind": "switch"}),
        ({"type": "string", "maxLength": 5}, {"kind": "text"}),
        (WHOLE, {"kind": "whole"}),
        (WHOLE | {"minimum": 0.5, "maximum": 9.5}, {"kind": "whole", "low": 1, "high": 9}),
        (WHOLE | {"minimum": 0, "multipleOf": 8}, {"kind": "whole", "low": 0, "step": 8}),
        (WHOLE | {"multipleOf": 0.5}, {"kind": "whole"}),
        (
            NUMBER | {"minimum": 0, "maximum": 1, "multipleOf": 0.1},
            {"kind": "number", "low": 0, "high": 1, "step": 0.1},
        ),
        (NUMBER | {"minimum": 5, "maximum": 1}, {"kind": "number"}),
        (NUMBER | {"minimum": "low", "multipleOf": -1}, {"kind": "number"}),
        (NUMBER | {"minimum": True, "maximum": 10**400}, {"kind": "number"}),
        ({"type": ["integer", "number"]}, {"kind": "number"}),
        ({"type": ["integer", "string"]}, {"kind": "json"}),
        ({"anyOf": [WHOLE, {"const": "auto"}]}, {"kind": "json"}),
        ({"anyOf": [WHOLE | {"minimum": 1}, {"type": "null"}]}, {"kind": "whole", "low": 1}),
        ({"$ref": "#/$defs/number"}, {"kind": "number", "high": 3}),
        ({"allOf": [{"$ref": "#/$defs/number"}]}, {"kind": "number", "high": 3}),
        ({"type": "array", "items": {"type": "string"}}, {"kind": "json"}),
        ({"type": "object"}, {"kind": "json"}),
        ({"type": 5}, {"kind": "json"}),
        ({}, {"kind": "json"}),
        (True, {"kind": "json"}),
    ],
)
def test_what_a_field_is_made_of(schema, made):
    found = field(schema, **{"$defs": {"number": NUMBER | {"maximum": 3}}})
    assert found == OptionField(name="x", title="X", **made)


@pytest.mark.parametrize(
    ("schema", "usual"),
    [
        ({"type": "boolean", "default": False}, False),
        ({"type": "string", "default": "x"}, "x"),
        ({"enum": ["a", "b"], "default": "b"}, "b"),
        ({"enum": ["a", "b"], "default": "c"}, None),
        (WHOLE | {"default": True}, None),
        (WHOLE | {"maximum": 3, "default": 4}, None),
        ({"default": {"a": [1]}}, {"a": [1]}),
        ({"default": "\ud800"}, None),
        ({"default": "x" * 1000}, None),
        ({"type": "string", "default": None}, None),
    ],
)
def test_what_is_usual_is_told_where_it_can_be(schema, usual):
    assert field(schema).usual == usual


def test_titles_and_help():
    made = fields(
        {
            "promptExtend": {"description": "  Makes\nmore of\u202e few words.  "},
            "CFGScale": {"title": "Guidance", "description": 5},
            "camera_fixed": {"title": "", "description": "word " * 200},
            "seed2": {"title": ["a"]},
        }
    )
    assert [each.title for each in made.values()] == [
        "Prompt extend",
        "Guidance",
        "Camera fixed",
        "Seed2",
    ]
    told = [each.help for each in made.values()]
    assert told[0] == "Makes more of few words."
    assert (told[1], told[3]) == ("", "")
    assert len(told[2]) <= 300
    assert told[2].endswith("word\u2026")


def test_objects_give_their_fields_two_levels_deep():
    inner = {"type": "object", "properties": {"deep": WHOLE}}
    made = fields(
        {
            "settings": {"properties": {"audio": {"type": "boolean"}, "a.b": WHOLE, " ": WHOLE}},
            "providerSettings": {
                "type": "object",
                "properties": {"google": {"properties": {"audio": WHOLE, "inner": inner}}},
            },
            "empty": {"type": "object", "properties": {"a.b": WHOLE}},
        }
    )
    assert {name: each.kind for name, each in made.items()} == {
        "settings.audio": "switch",
        "providerSettings.google.audio": "whole",
        "providerSettings.google.inner": "json",
        "empty": "json",
    }
    # Two of one name are told apart.
    assert made["settings.audio"].title == "Audio (settings.audio)"
    assert made["providerSettings.google.inner"].title == "Inner"


def test_fields_are_found_wherever_they_are_declared():
    rule = {"anyOf": [{"properties": {"steps": WHOLE}}, {"properties": {"lora": {"const": "a"}}}]}
    body = {"dependencies": {"fps": {"properties": {"turbo": {"type": "boolean"}}}}}
    assert fields({}, allOf=[rule], **body) == {
        "steps": OptionField(name="steps", title="Steps", kind="whole"),
        "lora": OptionField(name="lora", title="Lora", kind="choice", choices=("a",)),
        "turbo": OptionField(name="turbo", title="Turbo", kind="switch"),
    }


def test_what_has_a_control_of_its_own_or_is_ours_has_no_field():
    ours = "taskType taskUUID model apiKey deliveryMethod outputType includeCost webhookURL"
    builders = "positivePrompt negativePrompt width height duration seed fps frameImages ttl"
    made = fields({name: {} for name in f"{ours} {builders} inputs numberResults x".split()})
    assert list(made) == ["x"]


def test_the_common_ones_come_last_and_within_what_validation_takes():
    made = fields(
        {
            "outputFormat": {"enum": ["WEBM", "GIF", "MP4"], "default": "WEBM"},
            "outputQuality": WHOLE | {"minimum": 1, "maximum": 95, "default": 90},
            "safety": {"properties": {"mode": {"enum": ["fast", "full"]}}},
            "x": {},
        }
    )
    assert list(made) == ["x", "outputFormat", "outputQuality", "safety.mode"]
    assert made["outputFormat"].choices == ("MP4", "WEBM")
    assert made["outputFormat"].usual == "MP4"
    quality = made["outputQuality"]
    assert (quality.kind, quality.low, quality.high, quality.usual) == ("whole", 20, 95, 90)
    assert "outputFormat" not in fields({"outputFormat": {"enum": ["GIF"]}})


def test_a_resolution_says_that_it_takes_the_place_of_a_size():
    named = {"resolution": {"enum": ["720p"]}}
    assert "Takes the place of a size" in fields({**named, "width": {}})["resolution"].help
    assert fields(named)["resolution"].help == ""


def test_other_media_are_a_field_only_where_the_model_works_on_them():
    facts = bundled("bria:60@1")
    [inputs] = [each for each in option_fields(facts, None) if each.name == "inputs"]
    assert inputs.kind == "json"
    assert "works on, a video;" in inputs.help
    assert "The model needs it." in inputs.help
    live = replace(facts, source="live")
    body = {"requestSchema": {"properties": {"inputs": {"properties": {"video": {}}}}}}
    # Not the video inside it: what else it holds is not known to be all.
    assert option_fields(live, body)[0].name == "inputs"
    names = [each.name for each in option_fields(bundled("google:3@2"), None)]
    assert names == ["resolution", "providerSettings", "outputFormat", "outputQuality", "safety"]


def test_a_form_has_an_end():
    many = {f"x{number}": {} for number in range(MAX_FIELDS + 5)}
    assert len(fields(many)) == MAX_FIELDS
    assert len(fields({"settings": {"properties": many}})) == MAX_FIELDS


def test_names_that_cannot_be_shown_are_left_out():
    names = ["x" * 200, "a\u202eb", "\ud800", "ok"]
    assert list(fields({"settings": {"properties": dict.fromkeys(names, WHOLE)}})) == [
        "settings.ok"
    ]


TURNS = {
    "itself": {"$ref": "#/properties/settings"},
    "the whole": {"$ref": "#"},
    "all of itself": {"allOf": [{"$ref": "#/properties/settings"}] * 9},
    "fields of itself": {"properties": {"again": {"$ref": "#/properties/settings"}}},
    "many of itself": {"anyOf": [{"$ref": "#/properties/settings"}] * 99},
    "a pair": {"$ref": "#/$defs/one"},
    "nowhere": {"$ref": "#/nowhere"},
    "elsewhere": {"$ref": "https://example.com/"},
    "no text": {"$ref": 5},
}


@pytest.mark.parametrize("schema", TURNS.values(), ids=TURNS)
def test_a_schema_without_end_comes_to_one(schema):
    definitions = {"one": {"$ref": "#/$defs/two"}, "two": {"anyOf": [{"$ref": "#/$defs/one"}] * 50}}
    task = {"properties": {"settings": schema}, "$defs": definitions}
    started = time.process_time()
    for whole in (task, {**schema, **task}):
        made = option_fields(BARE, {"requestSchema": whole})
        assert {each.name.split(".")[0] for each in made} == {"settings"}
    assert time.process_time() - started < 5


KEYWORDS = (
    *("properties", "$defs", "allOf", "anyOf", "oneOf", "if", "then", "else", "$ref", "enum"),
    *("const", "type", "minimum", "maximum", "multipleOf", "default", "title", "description"),
    *("dependencies", "required", "requestSchema", "minLength", "maxLength"),
    *("settings", "x", "positivePrompt", "duration", "width", "fps"),
)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["object", "integer", "string", "#", "#/properties/settings", "a.b"])
    | st.text(max_size=3),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(st.sampled_from(KEYWORDS), inside, max_size=5)
    ),
    max_leaves=30,
)


@settings(deadline=5000)
@given(st.dictionaries(st.sampled_from(KEYWORDS), JSON), JSON)
def test_any_schema_gives_fields_that_a_page_can_be_told(schema, definitions):
    body = {"requestSchema": {"properties": {"settings": schema}, "$defs": definitions, **schema}}
    for each in (body, schema, definitions):
        controls = of_facts(facts_from(each, AIR, None) or BARE, AIR, each)
        assert len(controls.options) <= MAX_FIELDS
        json.dumps(asdict(controls), allow_nan=False, ensure_ascii=False).encode()
        for made in controls.options:
            assert made.usual is None or made.takes(made.usual)
            assert made.kind != "choice" or made.choices


@pytest.mark.parametrize(
    ("schema", "taken", "others"),
    [
        ({"enum": [1, "a"]}, [1, 1.0, "a"], [True, "1", None]),
        ({"type": "boolean"}, [True], [1, "true", None]),
        ({"type": "string"}, ["", "x"], [1, None]),
        (WHOLE | {"minimum": 2, "multipleOf": 3}, [3, 6.0, 3 * 10**15], [0, 4, 4.5, True, "3"]),
        (NUMBER | {"maximum": 1, "multipleOf": 0.1}, [0.3, 0, -7.7], [0.25, 1.1, float("nan")]),
        ({}, [1, [None], {}, False], [None]),
    ],
)
def test_what_a_field_takes(schema, taken, others):
    made = field(schema)
    assert all(made.takes(each) and made.nearest(each) == each for each in taken)
    assert not any(made.takes(each) for each in others)


@pytest.mark.parametrize(
    ("schema", "given_", "near"),
    [
        (WHOLE | {"minimum": 2, "maximum": 9}, 20, 9),
        (WHOLE | {"minimum": 2, "maximum": 9}, 2.6, 3),
        (WHOLE | {"minimum": 5, "maximum": 30, "multipleOf": 8}, 5, 8),
        (WHOLE | {"maximum": 30, "multipleOf": 8}, 31, 24),
        (WHOLE | {"minimum": 5, "maximum": 7, "multipleOf": 8}, 6, None),
        (NUMBER | {"minimum": 0, "maximum": 1, "multipleOf": 0.1}, 0.28, 0.3),
        (NUMBER | {"minimum": 0.5}, 0.1, 0.5),
        (WHOLE, "7", None),
        ({"enum": [1, 5]}, 4, None),
    ],
)
def test_the_nearest_value(schema, given_, near):
    assert field(schema).nearest(given_) == near
