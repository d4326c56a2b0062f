"""The form and the validation: what one offers the other accepts, and the other way round."""

from __future__ import annotations

import asyncio
import json
import warnings
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from llmkit_jupyter.catalog.controls import of_facts, of_model, of_unknown
from llmkit_jupyter.catalog.derive import facts_from
from llmkit_jupyter.catalog.facts import bundled, snapshot
from llmkit_jupyter.catalog.limits import COMMON, options_of
from llmkit_jupyter.catalog.live import LiveSchemas
from llmkit_jupyter.catalog.models import Model
from llmkit_jupyter.catalog.schema import check_task
from llmkit_jupyter.catalog.sizes import PRESETS
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.providers.preview.provider import PreviewProvider
from llmkit_jupyter.providers.runware.provider import RunwareProvider
from llmkit_jupyter.providers.runware.tasks import video_task
from llmkit_jupyter.request import VideoGenerationRequest
from tests.emulator import catalogue, schemas

MODELS = sorted(snapshot())
IMAGE = "https://example.com/first.png"
KNOWN_ONLY_BY_CODE = {"inputs"}  # other media than a first picture


async def _emulated(url, _headers):
    air = url.rpartition("/")[2].replace("%3A", ":").replace("%40", "@")
    return 200, {}, {"requestSchema": schemas.request_schema(catalogue.load()[air])}


@pytest.fixture(scope="module", params=["bundled", "live"])
def provider(request):
    """Runware as the snapshot knows it, and with a live schema of every model."""
    provider = RunwareProvider("a key")
    if request.param == "live":
        provider._schemas = LiveSchemas("http://s", None, _emulated)

        async def look():
            for air in MODELS:
                assert (await provider._schemas.facts(air)).source == "live"

        asyncio.run(look())
    return provider


def plainest(provider, model):
    """The request that gives the model what it cannot do without, and nothing else."""
    controls = provider.controls(model)
    low, high = controls.prompt_limits or (1, 100)
    request = VideoGenerationRequest("A cat on the roof of a house"[:high].ljust(low), model=model)
    if controls.needs_image:
        request = request.with_image(IMAGE)
    for field in controls.options:
        if field.help.endswith("The model needs it."):
            request = request.with_option(field.name, {"x": 1})
    return request


def accepted(provider, request):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sent = provider.validate(request)
    facts = provider._schemas.known(sent.model)
    # As it is before it is sent.
    check_task(facts, video_task("0b9cbb51-7a3c-4f51-9a5b-3f7c2f4f2d11", sent, facts, ttl=60))
    return sent


def sized(request, size):
    return request.with_width(size[0]).with_height(size[1])


def seconds(controls):
    """All durations that are offered; the first minute, where nothing is known."""
    low, high = controls.duration_range or (1, 60)
    return controls.durations or range(low, high + 1)


def values(field):
    """All that a field offers, or the ends of it."""
    ends = [each for each in (field.low, field.high) if each is not None]
    return {
        "choice": field.choices,
        "switch": (True, False),
        "whole": ends or [7],
        "number": ends or [0.5],
        "text": ("words",),
        "json": ({"x": 1},) if field.name in ("settings", "safety", "inputs") else (),
    }[field.kind]


def offered(controls, plain):
    """Each choice of the form by itself."""
    presets = [(each.width, each.height) for each in controls.presets]
    sizes = {*controls.sizes, *presets} if controls.takes_size else ()
    rates = controls.fps_choices or (24, 60)
    return [
        plain,
        *(plain.with_duration(each) for each in seconds(controls) if controls.takes_duration),
        *(sized(plain, each) for each in sizes),
        *([plain.with_seed(7)] if controls.takes_seed else ()),
        *([plain.with_negative_prompt("rain")] if controls.takes_negative_prompt else ()),
        *([plain.with_image(IMAGE)] if controls.takes_image else ()),
        *(plain.with_fps(each) for each in rates if controls.takes_fps),
        *(plain.with_option(o.name, value) for o in controls.options for value in values(o)),
    ]


def not_offered(controls, plain):
    """What the form does not let a person choose, and the field that is wrong with it."""
    limited = controls.durations or controls.duration_range
    beside = {*range(max(1, min(seconds(controls)) - 1), max(seconds(controls)) + 2)}
    lengths = beside - {*seconds(controls)} if limited else ()
    lengths = lengths if controls.takes_duration else (1, 5, 10)
    others = {(each.width, each.height) for each in PRESETS} - {*controls.sizes}
    sizes = others if controls.sizes or not controls.takes_size else ()
    any_rate = controls.takes_fps and not controls.fps_choices
    low, high = controls.prompt_limits or (1, 0)
    prompts = ["x" * (low - 1)] * (low > 1) + ["x" * (high + 1)] * bool(high)
    bare = VideoGenerationRequest(plain.prompt, model=plain.model)
    return [
        *(("duration", plain.with_duration(each)) for each in lengths),
        *(("size", sized(plain, each)) for each in sizes),
        *([] if controls.takes_seed else [("seed", plain.with_seed(7))]),
        *(
            []
            if controls.takes_negative_prompt
            else [("negative_prompt", plain.with_negative_prompt("rain"))]
        ),
        *([] if controls.takes_image else [("image", plain.with_image(IMAGE))]),
        *([("image", bare)] if controls.needs_image else []),
        *([] if any_rate else [("fps", plain.with_fps(23))]),
        *(("prompt", replace(plain, prompt=each)) for each in prompts),
        *(
            (f"option {o.name}", plain.with_option(o.name, "no such"))
            for o in controls.options
            if o.kind in ("choice", "switch", "whole", "number")
        ),
        *(
            (f"option {o.name}", plain.with_option(o.name, o.low - 1))
            for o in controls.options
            if o.low is not None
        ),
    ]


@pytest.mark.parametrize("model", MODELS)
def test_whatever_is_offered_is_accepted(provider, model):
    controls = provider.controls(model)
    for request in offered(controls, plainest(provider, model)):
        sent = accepted(provider, request)
        for name, value in request.to_dict().items():
            assert getattr(sent, name) == value


@pytest.mark.parametrize("model", MODELS)
def test_whatever_is_not_offered_is_refused(provider, model):
    controls = provider.controls(model)
    for field, request in not_offered(controls, plainest(provider, model)):
        with pytest.raises(InvalidRequestError) as caught:
            accepted(provider, request)
        assert caught.value.field == field


@pytest.mark.parametrize("model", MODELS)
def test_every_option_that_is_accepted_has_a_field(provider, model):
    facts = provider._schemas.known(model)
    fields = {each.name.split(".")[0] for each in provider.controls(model).options}
    taken = set(options_of(facts))
    if facts.source == "live":
        taken &= facts.fields
    missing = taken - fields
    assert missing == (set() if facts.works_on else KNOWN_ONLY_BY_CODE & facts.fields)
    assert not fields - taken


def test_the_controls_are_json(provider):
    for model in (*MODELS, "kling-2.0", "new:model@1"):
        asked = asdict(provider.controls(model))
        json.dumps(asked, allow_nan=False).encode()
        assert asked["model"] == model


def test_a_form_has_the_names_of_its_page():
    script = (Path(__file__).parents[2] / "js/src/studio/state.ts").read_text("utf-8")
    made = asdict(of_facts(bundled("google:3@2"), "google:3@2", None))
    for interface, values in (
        ("Controls", made),
        ("Preset", made["presets"][0]),
        ("OptionField", made["options"][0]),
    ):
        body = script.partition(f"export interface {interface} {{")[2].partition("\n}")[0]
        names = [line.split(":")[0].strip() for line in body.splitlines() if ": " in line]
        assert [n for n in names if not n.startswith(("*", "/"))] == list(values)


def test_a_name_that_means_another_model_with_a_picture(provider):
    words, picture = (provider.controls("runway-gen-4", image=each) for each in (False, True))
    assert (words.durations, words.needs_image) == ((5, 8, 10), False)
    assert (picture.duration_range, picture.needs_image) == ((2, 10), True)


def test_the_preview_takes_any_size_and_every_second_up_to_its_longest():
    preview = PreviewProvider()
    for entry in preview.models():
        controls = preview.controls(entry.id.upper())
        assert controls.duration_range == (1, entry.max_duration)
        assert [(p.width, p.height) for p in controls.presets] == [
            (p.width, p.height) for p in PRESETS
        ]
        assert (controls.sizes, controls.takes_seed) == ((), True)
        request = VideoGenerationRequest("x", model=entry.id, seed=1)
        for preset in controls.presets:
            for seconds in controls.duration_range:
                preview.validate(
                    request.with_duration(seconds)
                    .with_width(preset.width)
                    .with_height(preset.height)
                )
        for field in ("negative_prompt", "image", "fps"):
            assert not getattr(controls, f"takes_{field}")


def test_of_a_model_s_entry():
    entry = Model("a", "A", "p", 10, "", durations=(10, 5), sizes=((1, 2),), image=True, text=False)
    controls = of_model(entry)
    assert (controls.durations, controls.duration_range) == ((5, 10), None)
    assert (controls.sizes, controls.presets) == (((1, 2),), ())
    assert (controls.takes_image, controls.needs_image) == (True, True)
    assert of_model(Model("a", "A", "p", 0, "")).duration_range is None


def test_nothing_known_is_nothing_refused():
    controls = of_unknown("a:b@1")
    assert controls.makes_duration(3600)
    assert controls.makes_size(3, 4000)
    assert controls.makes_fps(1)
    assert controls.takes_negative_prompt
    assert controls.takes_image


def live(properties, **more):
    body = {"requestSchema": {"properties": properties, **more}}
    return of_facts(facts_from(body, "a:b@1", None), "a:b@1", body)


PROMPT = {"positivePrompt": {"type": "string"}}


@pytest.mark.parametrize(
    ("schema", "seconds", "ends"),
    [
        ({"enum": [10, 5, "auto"]}, (5, 10), None),
        ({"minimum": 3, "maximum": 15}, (), (3, 15)),
        ({"minimum": 2.1, "maximum": 4.9}, (), (3, 4)),
        ({"minimum": 4, "maximum": 12, "multipleOf": 4}, (4, 8, 12), None),
        ({}, (), None),
    ],
)
def test_durations_of_a_live_schema(schema, seconds, ends):
    controls = live({"duration": schema})
    assert (controls.durations, controls.duration_range) == (seconds, ends)
    assert controls.takes_duration


@pytest.mark.parametrize(
    ("schema", "limits"),
    [
        ({"minLength": 2, "maxLength": 3072}, (2, 3072)),
        ({"maxLength": 100}, (1, 100)),
        ({"minLength": 0, "maxLength": 100}, (1, 100)),
        ({"minLength": 5}, None),
        ({"minLength": 9, "maxLength": 2}, None),
        ({"maxLength": "many"}, None),
        ({"maxLength": 0}, None),
        ({"$ref": "#/$defs/words"}, (3, 30)),
        ({"anyOf": [{"$ref": "#/$defs/words"}, {"type": "null"}]}, (3, 30)),
    ],
)
def test_prompt_limits_of_a_live_schema(schema, limits):
    words = {"words": {"type": "string", "minLength": 3, "maxLength": 30}}
    assert live({"positivePrompt": schema}, **{"$defs": words}).prompt_limits == limits


def test_words_that_are_not_sent_have_no_limit():
    assert live({"duration": {}}).prompt_limits is None


@pytest.mark.parametrize(
    ("rates", "takes", "choices"),
    [
        ([24, 48], True, (24, 48)),
        ([25.0, 24, 23.976], True, (24, 25)),
        ([23.976], False, ()),
        (["auto", 30], True, (30,)),
    ],
)
def test_frame_rates_of_a_live_schema(rates, takes, choices):
    controls = live({**PROMPT, "fps": {"enum": rates}})
    assert (controls.takes_fps, controls.fps_choices) == (takes, choices)
    assert live({**PROMPT, "fps": {"type": "integer"}}).takes_fps
    assert not live(PROMPT).takes_fps


def test_the_sizes_that_are_offered_first_have_a_resolution_that_the_model_makes():
    sides = {"width": {"type": "integer"}, "height": {"type": "integer"}}

    def offered(*names):
        presets = live({**PROMPT, **sides, "resolution": {"enum": list(names)}}).presets
        return [each.title for each in presets]

    assert offered("480p", "720p", "4K") == ["HD", "4K"]
    assert offered("360p") == [each.title for each in PRESETS]
    assert live(PROMPT).presets == ()
    assert "outputQuality" in COMMON
