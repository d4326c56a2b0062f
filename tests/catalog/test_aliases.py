from __future__ import annotations

from dataclasses import replace

import pytest

from llmkit_jupyter.catalog import aliases
from llmkit_jupyter.catalog.facts import bundled, snapshot
from llmkit_jupyter.catalog.listing import runware_models
from llmkit_jupyter.catalog.models import Model, select
from llmkit_jupyter.errors import InvalidRequestError, ModelNotFoundError

TODAY = {air: facts.slug for air, facts in snapshot().items()}
KLING_2 = {"klingai:4@3": "klingai-2-0-master"}
SUBSTITUTED = ("runway-gen-4", "kling-2.0", "hailuo-mini")


@pytest.mark.parametrize(
    ("name", "asked", "model", "substituted"),
    [
        ("runway-gen-4", {}, "runway:1@2", True),
        ("runway-gen-4", {"image": True}, "runway:1@1", True),
        ("Runway-Gen-4.5", {"strict": True}, "runway:1@2", False),
        ("kling-2.0", {}, "klingai:6@1", True),
        ("kling-2.0", {"registry": TODAY}, "klingai:6@1", True),
        ("kling-2.0", {"registry": TODAY | KLING_2, "strict": True}, "klingai:4@3", False),
        ("hailuo-mini", {}, "minimax:4@1", True),
        ("klingai-video-3-0-pro", {"strict": True}, "klingai:kling-video@3-pro", False),
        ("KlingAI-Video-3-0-Pro", {}, "klingai:kling-video@3-pro", False),
        ("GOOGLE:3@2", {}, "google:3@2", False),
        ("brand:new@9.1-x", {"registry": TODAY}, "brand:new@9.1-x", False),
        ("Brand-New", {"registry": {"brand:new@9.1-x": "brand-new"}}, "brand:new@9.1-x", False),
    ],
)
def test_which_model_is_meant(name, asked, model, substituted):
    found = aliases.resolve(name, **asked)
    assert (found.model_id, found.substituted) == (model, substituted)
    assert (model in found.note) == (name.lower() in found.note) == substituted


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pika-1.0", ["pixverse-v6 (PixVerse v6, pixverse:1@8)"]),
        ("kling-3", ["klingai-video-3-0-"]),
        ("runway-gen4", ["runway-gen-4 or", "runway-gen-4-5"]),
        ("leonardo-ultra", ["bytedance:seedance@2.5", "google:3@2"]),
        ("klingai-video-3-0-por", ["klingai-video-3-0-pro"]),
        ("veo", ["google-veo-3-1"]),
        ("runway:1", ["%llmkit models"]),
        ("a:b@1 ; x", ["%llmkit models"]),
        ("nothing like it", ["%llmkit models"]),
    ],
)
def test_what_is_not_offered_names_the_nearest(name, words):
    with pytest.raises(ModelNotFoundError) as caught:
        aliases.resolve(name)
    assert all(word in str(caught.value) for word in words)
    assert sum(facts.slug in str(caught.value) for facts in snapshot().values()) <= 5


def test_what_is_suggested_can_be_had():
    for name in ("pika-2", "kling-3", "-m a", "lip sync"):
        with pytest.raises(ModelNotFoundError) as caught:
            aliases.resolve(name)
        assert "pika-1.0" not in str(caught.value)
        assert "lip-sync" not in str(caught.value)


@pytest.mark.parametrize("name", SUBSTITUTED)
def test_a_strict_setting_names_the_id_to_use(name):
    with pytest.raises(ModelNotFoundError, match="strict_models") as caught:
        aliases.resolve(name, strict=True)
    assert aliases.resolve(name).model_id in str(caught.value)


def test_the_successors_are_in_the_snapshot():
    assert all(bundled(aliases.resolve(name).model_id) for name in SUBSTITUTED)
    assert len({facts.slug for facts in snapshot().values()}) == len(snapshot()) == 97


def test_the_page_s_names_come_first_and_every_id_listed_can_be_asked_for():
    models = runware_models(None)
    assert [model.id for model in models[:3]] == list(SUBSTITUTED)
    assert len(models) == 100
    assert all(aliases.resolve(model.id).model_id == model.runs for model in models)


def without(registry: dict[str, str], air: str) -> dict[str, str]:
    return {known: slug for known, slug in registry.items() if known != air}


def test_what_the_service_dropped_is_not_listed():
    ids = {model.id for model in runware_models(without(TODAY, "pixverse:1@8"))}
    assert "pixverse-v6" not in ids
    assert "pixverse-v5" in ids


def test_kling_2_is_listed_above_all_where_the_service_still_has_it():
    models = {model.id: model for model in runware_models(TODAY | KLING_2)}
    assert (models["kling-2.0"].runs, models["kling-2.0"].note) == ("klingai:4@3", "")


def test_what_the_service_has_that_is_new_is_listed_by_its_name_there():
    models = {model.id: model for model in runware_models(TODAY | {"brand:new@9": "brand-new"})}
    assert models["brand-new"].runs == "brand:new@9"
    assert "new" in models["brand-new"].note


def test_a_list_shows_the_latest_that_is_known_of_a_model():
    facts = replace(snapshot()["pixverse:1@8"], durations=(7,))
    models = runware_models(TODAY, lambda air: facts if air == facts.air else bundled(air))
    assert next(m for m in models if m.id == "pixverse-v6").durations == (7,)


MODELS = [
    Model("any", "Any", "p", 0, ""),
    Model("short", "Short", "p", 10, "", durations=(5, 10), sizes=((1280, 720),), image=True),
    Model("long", "Long", "p", 30, "", min_duration=4, sizes=((1920, 1080),)),
    Model("frame", "Frame", "p", 8, "", text=False, image=True),
]


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ({}, "any short long frame"),
        ({"text": True}, "any short long"),
        ({"text": False}, "frame"),
        ({"image": True}, "short frame"),
        ({"duration": 5}, "any short long frame"),
        ({"duration": 7}, "any long frame"),
        ({"duration": 30}, "any long"),
        ({"size": (1280, 720)}, "any short frame"),
        ({"size": "fullhd"}, "any long frame"),
        ({"size": "1x1"}, "any frame"),
        ({"text": True, "image": True, "duration": 10}, "short"),
    ],
)
def test_choosing(wanted, ids):
    assert [model.id for model in select(MODELS, **wanted)] == ids.split()


@pytest.mark.parametrize(
    "wanted",
    [
        {"text": "yes"},
        {"image": 2},
        {"duration": "5"},
        {"duration": True},
        {"duration": 0},
        {"size": "huge"},
        {"size": 5},
        {"size": (1, 2, 3)},
        {"size": (1280, None)},
    ],
)
def test_a_wish_that_says_nothing_about_models_is_named(wanted):
    with pytest.raises(InvalidRequestError) as caught:
        select(MODELS, **wanted)
    assert caught.value.field in (*wanted, "width", "height")


@pytest.mark.parametrize(("model", "bad"), [(MODELS[1], 7), (MODELS[2], 3), (MODELS[3], 9)])
def test_a_duration_is_refused_only_where_the_limits_are_known(model, bad):
    MODELS[0].check_duration(1000)
    model.check_duration(model.max_duration)
    with pytest.raises(InvalidRequestError, match="seconds for"):
        model.check_duration(bad)
