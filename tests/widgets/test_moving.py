from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmkit_jupyter.catalog.controls import Controls
from llmkit_jupyter.catalog.facts import snapshot
from llmkit_jupyter.catalog.optional import OptionField
from llmkit_jupyter.providers.preview.provider import PreviewProvider
from llmkit_jupyter.providers.runware.provider import RunwareProvider
from llmkit_jupyter.widgets.moving import move

EMPTY = {
    "prompt": "A cat",
    "model": "m",
    "duration": None,
    "width": None,
    "height": None,
    "seed": None,
    "negative_prompt": None,
    "image": None,
    "fps": None,
    "options": {},
    "count": 1,
}
LANDSCAPE, PORTRAIT = (1280, 720), (720, 1280)


def moved(controls, **values):
    """The values that have changed, and what is said."""
    before = EMPTY | values
    after, told = move(before, Controls(model="m", **controls), "Kling 2.0")
    return {name: value for name, value in after.items() if value != before[name]}, told


@pytest.mark.parametrize(
    ("controls", "seconds", "near", "words"),
    [
        ({"duration_range": (1, 10)}, 20, 10, "makes 1 to 10 seconds, so 20 became 10."),
        ({"duration_range": (4, 10)}, 1, 4, "makes 4 to 10 seconds, so 1 became 4."),
        ({"durations": (5, 8, 10)}, 7, 8, "makes 5, 8 or 10 seconds, so 7 became 8."),
        ({"durations": (5, 9)}, 7, 5, "makes 5 or 9 seconds, so 7 became 5."),
        ({"durations": (6,)}, 5, 6, "makes 6 seconds, so 5 became 6."),
        ({"takes_duration": False}, 5, None, "sets the length itself, so 5 seconds was left out."),
    ],
)
def test_a_duration_goes_to_the_nearest(controls, seconds, near, words):
    told = {"duration": f"Kling 2.0 {words}"}
    assert moved(controls, duration=seconds) == ({"duration": near}, told)


@pytest.mark.parametrize(
    ("wanted", "sizes", "near"),
    [
        ((1920, 1080), (LANDSCAPE, PORTRAIT, (960, 960)), LANDSCAPE),
        ((1080, 1920), (LANDSCAPE, PORTRAIT, (960, 960)), PORTRAIT),
        ((1280, 720), ((1366, 768), (1920, 1080)), (1366, 768)),
        ((1900, 1000), ((1366, 768), (1920, 1080)), (1920, 1080)),
        ((1280, 720), ((1280, 1280), (640, 360)), (640, 360)),
        ((1000, 1000), ((1104, 832), (832, 1104)), (832, 1104)),
        ((0, 5), (LANDSCAPE, PORTRAIT), PORTRAIT),
    ],
)
def test_a_size_goes_to_the_nearest_shape_and_then_area(wanted, sizes, near):
    width, height = wanted
    changed, told = moved({"sizes": sizes}, width=width, height=height)
    assert (changed["width"], changed.get("height", height)) == near
    words = f"does not make {width}\u00d7{height}, so it became {near[0]}\u00d7{near[1]}."
    assert told == {"size": f"Kling 2.0 {words}"}


def test_half_a_size_waits_for_its_other_half():
    assert moved({"sizes": (LANDSCAPE,)}, width=5) == ({}, {})
    changed, told = moved({"takes_size": False}, width=5)
    assert changed == {"width": None}
    assert told == {"size": "Kling 2.0 sets the size itself, so 5\u00d7? was left out."}


@pytest.mark.parametrize(
    ("controls", "near", "words"),
    [
        ({}, None, "sets the frame rate itself, so 30 was left out."),
        (
            {"takes_fps": True, "fps_choices": (24, 25, 50)},
            25,
            "makes 24, 25 or 50 frames per second, so 30 became 25.",
        ),
    ],
)
def test_a_frame_rate_goes_to_the_nearest(controls, near, words):
    assert moved(controls, fps=30) == ({"fps": near}, {"fps": f"Kling 2.0 {words}"})


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("seed", 0, "seed"),
        ("negative_prompt", "rain", "negative prompt"),
        ("image", "data:image/png;base64,AAAA", "picture to begin with"),
    ],
)
def test_what_is_not_taken_goes_away(field, value, words):
    taken = {f"takes_{field}": False}
    sentence = f"Kling 2.0 takes no {words}, so it was left out."
    assert moved(taken, **{field: value}) == ({field: None}, {field: sentence})
    assert moved({f"takes_{field}": True}, **{field: value}) == ({}, {})


OPTIONS = (
    OptionField(name="steps", title="Steps", kind="whole", low=1, high=50, step=5),
    OptionField(name="mode", title="Mode", kind="choice", choices=("fast", "full")),
    OptionField(name="settings.audio", title="Audio", kind="switch"),
    OptionField(name="rest", title="Rest", kind="json"),
)


def test_options_go_to_what_they_can():
    given_ = {"steps": 73, "mode": "slow", "settings.audio": True, "rest": {}, "old": 1, "x": None}
    changed, told = moved({"options": OPTIONS}, options=given_)
    kept = {"steps": 50, "settings.audio": True, "rest": {}, "x": None}
    assert changed == {"options": kept}
    assert told == {
        "option steps": "Kling 2.0 does not take 73, so it became 50.",
        "option mode": "Kling 2.0 does not take 'slow', so it was left out.",
        "option old": "Kling 2.0 has no option old, so it was left out.",
    }


def test_long_values_are_not_told_in_full():
    long = "x" * 1000
    _, told = moved({"options": OPTIONS}, options={"mode": long, long: 1})
    assert all(len(sentence) < 120 for sentence in told.values())


WHOLE = st.integers(1, 60)
EDGES = st.integers(1, 4000)
PAIRS = st.tuples(EDGES, EDGES)
VALUES = st.fixed_dictionaries(
    {
        "prompt": st.text(max_size=5000),
        "model": st.just("m"),
        "duration": st.none() | WHOLE,
        "seed": st.none() | WHOLE,
        "negative_prompt": st.none() | st.text(max_size=5),
        "image": st.none() | st.text(max_size=5),
        "fps": st.none() | WHOLE,
        "options": st.dictionaries(
            st.sampled_from(["steps", "mode", "settings.audio", "rest", "other"]),
            st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(["fast"]),
        ),
        "count": WHOLE,
    }
)
SIZES = st.fixed_dictionaries({"width": EDGES, "height": EDGES}) | st.just(
    {"width": None, "height": None}
)
CONTROLS = st.builds(
    Controls,
    model=st.just("m"),
    prompt_limits=st.none() | st.just((2, 10)),
    durations=st.lists(WHOLE, max_size=4).map(lambda each: tuple(sorted(each))),
    duration_range=st.none() | st.tuples(WHOLE, WHOLE).map(lambda ends: tuple(sorted(ends))),
    takes_duration=st.booleans(),
    sizes=st.lists(PAIRS, max_size=5).map(tuple),
    takes_size=st.booleans(),
    takes_seed=st.booleans(),
    takes_negative_prompt=st.booleans(),
    takes_image=st.booleans(),
    takes_fps=st.booleans(),
    fps_choices=st.lists(WHOLE, max_size=4).map(tuple),
    options=st.lists(st.sampled_from(OPTIONS), unique_by=lambda each: each.name).map(tuple),
)


def refused(values, controls):
    """The fields that the controls do not offer, told in another way than the code tells them."""
    wrong = set()
    seconds, size, fps = (values["duration"], (values["width"], values["height"]), values["fps"])
    low, high = controls.duration_range or (0, 10**9)
    lengths = controls.durations or range(low, high + 1)
    if seconds is not None and not (controls.takes_duration and seconds in lengths):
        wrong.add("duration")
    if size[0] is not None and not (controls.takes_size and size in (controls.sizes or [size])):
        wrong.add("size")
    if fps is not None and not (controls.takes_fps and fps in (controls.fps_choices or [fps])):
        wrong.add("fps")
    for field in ("seed", "negative_prompt", "image"):
        if values[field] is not None and not getattr(controls, f"takes_{field}"):
            wrong.add(field)
    fields = {field.name: field for field in controls.options}
    for name, value in values["options"].items():
        if name not in fields or not fields[name].takes(value):
            wrong.add(f"option {name}")
    return wrong


def check(values, controls):
    before = copy.deepcopy(values)
    after, told = move(values, controls, "M")
    assert values == before
    assert refused(after, controls) == set()
    assert told.keys() == refused(values, controls)
    for field, value in values.items():
        name = "size" if field in ("width", "height") else field
        if field == "options":
            stay = {k: v for k, v in value.items() if f"option {k}" not in told}
            assert stay.items() <= after["options"].items()
        elif name not in told:
            assert after[field] == value
    assert all(word.startswith("M ") and word.endswith(".") for word in told.values())
    assert move(after, controls, "M") == (after, {})


@given(VALUES, SIZES, CONTROLS)
def test_whatever_the_form_holds_the_model_takes_it_afterwards(values, size, controls):
    check(values | size, controls)


@given(VALUES, SIZES, st.sampled_from(sorted(snapshot())))
def test_from_any_form_to_any_model(values, size, model):
    check(values | size, RunwareProvider("key").controls(model))
    check(values | size, PreviewProvider().controls("pika-1.0"))
