from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmkit_jupyter.catalog.derive import facts_from
from llmkit_jupyter.catalog.facts import ModelFacts, bundled
from llmkit_jupyter.catalog.schema import check_task
from llmkit_jupyter.errors import InvalidRequestError


def read(schema, model="new:model@1"):
    return facts_from({"requestSchema": schema}, model, bundled(model))


def duration(schema):
    facts = read({"properties": {"duration": schema}})
    return facts.durations and tuple(facts.durations)


@pytest.mark.parametrize(
    ("schema", "seconds"),
    [
        ({"enum": [5, 10]}, (5, 10)),
        ({"enum": [5.0, 10.5]}, (5,)),
        ({"enum": [True, "auto", -1, 10**9]}, None),
        ({"const": 6}, (6,)),
        ({"minimum": 4, "maximum": 6}, (4, 5, 6)),
        ({"minimum": 2.5, "maximum": 4.9}, (3, 4)),
        ({"minimum": 3, "maximum": 8, "multipleOf": 2}, (4, 6, 8)),
        ({"minimum": 1, "maximum": 2, "multipleOf": 0.5}, (1, 2)),
        ({"minimum": 0, "maximum": 1}, (1,)),
        ({"minimum": 9, "maximum": 2}, None),
        ({"minimum": 4}, None),
        ({"anyOf": [{"minimum": 4, "maximum": 5}, {"const": "auto"}]}, (4, 5)),
        ({"anyOf": [{"const": 2}, {"minimum": 4, "maximum": 5}]}, (2, 4, 5)),
        ({"oneOf": [{"const": 5}, {"const": 8}]}, (5, 8)),
    ],
)
def test_durations(schema, seconds):
    assert duration(schema) == seconds


def size(width, height):
    return {"properties": {"width": {"const": width}, "height": {"enum": [height]}}}


PAIRS = [size(1280, 720), size(720, 1280)]


@pytest.mark.parametrize(
    ("rules", "sizes"),
    [
        ({"oneOf": PAIRS}, ((1280, 720), (720, 1280))),
        ({"anyOf": PAIRS}, ((1280, 720), (720, 1280))),
        ({"allOf": [{"oneOf": PAIRS}]}, ((1280, 720), (720, 1280))),
        ({"anyOf": [{"$ref": "#/$defs/hd"}], "$defs": {"hd": PAIRS[0]}}, ((1280, 720),)),
        ({"oneOf": [*PAIRS, {"required": ["resolution"]}]}, ((1280, 720), (720, 1280))),
        # A condition is no choice.
        ({"if": PAIRS[0], "then": {"required": ["seed"]}}, ()),
        ({"oneOf": [size(True, 720), size("1280", 720), size(0, 1)]}, ()),
    ],
)
def test_sizes(rules, sizes):
    assert read({"properties": {"width": {}, "height": {}}, **rules}).sizes == sizes


@pytest.mark.parametrize(
    ("schema", "fields", "required"),
    [
        ({"properties": {"a": {}}, "required": ["a"]}, {"a"}, {"a"}),
        (
            {"allOf": [{"properties": {"a": {}, "seed": {}}, "required": ["a"]}]},
            {"a", "seed"},
            {"a"},
        ),
        (
            {"$ref": "#/$defs/t", "$defs": {"t": {"properties": {"a": {}}, "required": ["a"]}}},
            {"a"},
            {"a"},
        ),
        (
            {"properties": {"a": {}}, "oneOf": [{"required": ["a"]}, {"required": ["a", "b"]}]},
            {"a"},
            {"a"},
        ),
        ({"properties": {"a": {}, "b": False}}, {"a"}, set()),
        ({"properties": {"a": {}}, "required": "a"}, {"a"}, set()),
    ],
)
def test_fields_wherever_they_are_declared(schema, fields, required):
    facts = read(schema)
    assert (facts.fields, facts.required) == (fields, required)


def test_a_model_that_now_needs_no_picture_takes_words_alone_and_the_other_way_round():
    words = {"properties": {"inputs": {}, "positivePrompt": {}}, "required": ["positivePrompt"]}
    assert not read(words, "runway:1@1").needs_input
    assert read({**words, "required": ["inputs"]}, "runway:1@2").needs_input


def test_what_the_schema_does_not_tell_stays_as_bundled():
    facts = read({"properties": {"duration": {}, "width": {}}}, "klingai:6@1")
    assert (tuple(facts.durations), facts.sizes[0], facts.source) == ((5, 10), (1280, 720), "live")


def test_limits_across_fields_stay_for_as_long_as_the_model_is_the_same():
    base = bundled("minimax:4@1")
    same = {"properties": {"duration": {"enum": [6, 10]}, "width": {}, "height": {}}}
    assert base.together
    assert read(same, base.air).together == base.together
    changed = {"properties": {**same["properties"], "duration": {"enum": [6, 10, 12]}}}
    assert read(changed, base.air).together == ()


def test_the_length_of_a_prompt_is_as_bundled_where_the_schema_has_none():
    base = bundled("klingai:kling-video@3.0-turbo")
    assert base.prompt == (3, 3072)
    assert read({"properties": {"positivePrompt": {}}}, base.air).prompt == base.prompt
    told = read({"properties": {"positivePrompt": {"maxLength": 5}}}, base.air)
    assert told.prompt is None


RULES = {
    "properties": {
        "positivePrompt": {"type": "string", "minLength": 2, "maxLength": 5},
        "duration": {"enum": [5, 10]},
        "fps": {"const": 25},
        "seed": {"minimum": 1},
        "settings": {"properties": {"mode": {"enum": ["a", "b"]}}, "additionalProperties": False},
        "inputs": {"required": ["frameImages"]},
        "width": {},
        "height": {},
    },
    "required": ["positivePrompt"],
    "additionalProperties": False,
    "anyOf": [size(1280, 720), {"not": {"required": ["width"]}}],
}


@pytest.mark.parametrize(
    ("task", "field", "words"),
    [
        ({}, "prompt", "cannot do without"),
        ({"positivePrompt": "a"}, "prompt", "2 characters or more"),
        ({"positivePrompt": "abcdef"}, "prompt", "5 characters or less"),
        ({"duration": 7}, "duration", "7; allowed: 5, 10"),
        ({"fps": 24}, "fps", "24; allowed: 25"),
        ({"seed": 0}, "seed", "0; allowed: 1 or more"),
        ({"negativePrompt": "x"}, "negative_prompt", "'x'; allowed: nothing"),
        ({"settings": {"mode": "c"}}, "option settings.mode", "'c'; allowed: a, b"),
        ({"settings": {"x": 1}}, "option settings.x", "1; allowed: nothing"),
        ({"inputs": {}}, "image", "cannot do without"),
        ({"width": 1, "height": 2}, "size", "'1x2'; allowed: 1280x720"),
    ],
)
def test_errors_name_our_field_the_value_and_what_is_allowed(task, field, words):
    facts = read(RULES)
    task = {"positivePrompt": "abc", **task} if task else {}
    with pytest.raises(InvalidRequestError) as caught:
        check_task(facts, task)
    assert caught.value.field == field
    assert words in str(caught.value)
    assert "new:model@1" in str(caught.value)


def test_a_good_task_passes():
    task = {"positivePrompt": "abc", "duration": 5, "width": 1280, "height": 720}
    check_task(read(RULES), task)


@pytest.mark.parametrize(
    "schema", [{"required": "ab"}, {"properties": {"a": {"type": 7}}}, {"minimum": "x"}]
)
def test_a_schema_that_is_none_refuses_nothing(schema):
    check_task(
        read({"properties": {"a": {}}, **schema}) or read({"properties": {"a": {}}}), {"a": 1}
    )


def test_a_picture_s_bytes_stand_in_no_message():
    picture = "data:image/png;base64," + "A" * 10**6
    with pytest.raises(InvalidRequestError) as caught:
        check_task(
            read({"properties": {"inputs": {"type": "string"}}}, "picture:model@1"),
            {"inputs": {"frameImages": [{"image": picture}]}},
        )
    assert len(str(caught.value)) < 1000


# Arbitrary JSON alone hardly ever looks like a schema; these names make it do so.
NAMES = st.sampled_from(
    (
        *("properties", "required", "enum", "const", "minimum", "maximum", "multipleOf", "items"),
        *("anyOf", "oneOf", "allOf", "not", "if", "then", "else", "$ref", "$defs", "type"),
        *("pattern", "patternProperties", "additionalProperties", "unevaluatedProperties"),
        *("width", "height", "duration", "fps", "resolution", "inputs", "frameImages"),
        *("positivePrompt", "minLength"),
    )
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=4),
    NAMES,
    st.sampled_from(["#", "#/$defs/a", "#/properties/width", "https://x/y", "string", "integer"]),
)
JSON = st.recursive(
    VALUES,
    lambda inside: (
        st.lists(inside, max_size=4)
        | st.dictionaries(NAMES | st.text(max_size=3), inside, max_size=5)
    ),
    max_leaves=30,
)


@given(body=JSON, task=st.dictionaries(NAMES, VALUES, max_size=5))
def test_any_json_gives_facts_or_nothing(body, task):
    for wrapped in (body, {"requestSchema": body}, {"requestSchema": {"properties": body}}):
        facts = facts_from(wrapped, "any:model@1", None)
        assert facts is None or isinstance(facts, ModelFacts)
        if facts is not None:
            facts.durations_in_words()
            facts.sizes_in_words()
            try:
                check_task(facts, task)
            except InvalidRequestError as error:
                assert str(error)  # noqa: PT017 - either way is right
