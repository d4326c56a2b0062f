"""The vocabulary: every word is understood, and every word is seen."""

from dataclasses import replace

import pytest

from llmkit_jupyter.providers.preview.layers import ORDER
from llmkit_jupyter.providers.preview.palette import COLOURS, TIMES
from llmkit_jupyter.providers.preview.scene import read_prompt
from llmkit_jupyter.providers.preview.words import VOCABULARY, meanings

from .pictures import changed, clip, drawn_scene

THINGS = ("sky", "weather", "land", "water", "city", "space", "moving")
WORDS = [
    (g, m, w) for g, lines in VOCABULARY.items() for m, ws in lines.items() for w in ws.split()
]
MEANINGS = [(group, meaning) for group in THINGS for meaning in VOCABULARY[group]]
SMALL = clip(prompt="", width=192, height=108, duration=5, fps=4)


def test_the_vocabulary_is_large_enough_to_be_fun():
    assert len({word for _group, _meaning, word in WORDS}) >= 150


def test_every_thing_of_the_vocabulary_has_a_layer():
    names = {name for name, _layer in ORDER}
    assert {meaning for _group, meaning in MEANINGS} <= names
    assert set(VOCABULARY["time"]) <= set(TIMES)
    assert set(VOCABULARY["colour"]) == set(COLOURS)


@pytest.mark.parametrize(("group", "meaning", "word"), WORDS, ids=lambda part: part)
def test_every_word_is_understood_in_a_sentence_and_in_capitals(group, meaning, word):
    phrase = word.replace("-", " ")
    for prompt in (phrase, f"Show me {phrase}, please", phrase.upper()):
        assert (group, meaning) in {pair for found in meanings(prompt) for pair in found}


@pytest.mark.parametrize(
    ("plural", "meaning"),
    [
        ("mountains", "mountains"),
        ("cities", "city"),
        ("butterflies", "butterflies"),
        ("beaches", "sea"),
        ("leaves", "leaves"),
        ("shooting stars", "meteor"),
    ],
)
def test_plurals_are_understood(plural, meaning):
    assert meaning in {pair[1] for found in meanings(plural) for pair in found}


@pytest.mark.parametrize("word", ["catalogue", "seaside-ish", "nightmare", "carpet", "raindeer"])
def test_a_word_inside_another_word_is_not_heard(word):
    assert ("moving", "cat") not in {pair for found in meanings(word) for pair in found}
    assert ("moving", "car") not in {pair for found in meanings(word) for pair in found}
    assert not any(group == "weather" for found in meanings(word) for group, _meaning in found)


@pytest.mark.parametrize(("group", "meaning"), MEANINGS, ids=lambda part: part)
def test_every_thing_is_seen(group, meaning):
    word = VOCABULARY[group][meaning].split()[0].replace("-", " ")
    scene = read_prompt(word, 3)
    if scene.ground == meaning:
        without = replace(scene, ground="meadow", things=scene.things - {meaning})
    else:
        assert meaning in scene.things
        without = replace(scene, things=scene.things - {meaning})
    assert changed(drawn_scene(scene, SMALL), drawn_scene(without, SMALL)) > 0.0015


@pytest.mark.parametrize("time", VOCABULARY["time"])
def test_every_time_of_day_has_its_own_light(time):
    scene = read_prompt(f"mountains {VOCABULARY['time'][time].split()[0]}", 3)
    assert scene.time == time
    for other in set(TIMES) - {time}:
        short = clip(prompt="", duration=1, fps=1)
        pictures = drawn_scene(scene, short), drawn_scene(replace(scene, time=other), short)
        assert changed(*pictures) > 0.3


@pytest.mark.parametrize("colour", COLOURS)
def test_a_colour_paints_the_thing_it_stands_before(colour):
    scene = read_prompt(f"a {colour} balloon over hills", 3)
    assert scene.tint("balloon") == colour
    assert scene.mood == ""
    short = clip(prompt="", width=256, height=144, fps=1)
    assert changed(drawn_scene(scene, short), drawn_scene(replace(scene, tints=()), short)) > 0.002


@pytest.mark.parametrize("colour", COLOURS)
def test_a_colour_that_paints_nothing_sets_the_mood(colour):
    scene = read_prompt(f"mountains in {colour}", 3)
    assert scene.mood == colour
    short = clip(prompt="", fps=1)
    assert changed(drawn_scene(scene, short), drawn_scene(replace(scene, mood=""), short)) > 0.1


@pytest.mark.parametrize("motion", VOCABULARY["motion"])
def test_every_motion_word_changes_the_movement(motion):
    word = VOCABULARY["motion"][motion].split()[0].replace("-", " ")
    scene, plain = read_prompt(f"sea with clouds at noon {word}", 3), read_prompt("sea at noon", 3)
    ways = ("speed", "drift", "sway", "zoom")
    assert any(getattr(scene, way) != getattr(plain, way) for way in ways)
    calm = replace(scene, **{way: getattr(plain, way) for way in ways})
    assert changed(drawn_scene(scene, SMALL), drawn_scene(calm, SMALL)) > 0.005


def test_a_multi_colour_prompt_keeps_colours_apart():
    scene = read_prompt("a red balloon, a yellow train and a white boat on a blue lake", 3)
    assert {t: scene.tint(t) for t in ("balloon", "train", "boat", "lake")} == {
        "balloon": "red",
        "train": "yellow",
        "boat": "white",
        "lake": "blue",
    }


def test_the_page_s_garden_is_a_garden():
    scene = read_prompt(
        "A serene Japanese garden with a koi pond, cherry blossom trees, stone bridge, "
        "soft morning light, peaceful atmosphere",
        1,
    )
    assert (scene.time, scene.ground) == ("dawn", "pond")
    assert {"fish", "blossom", "bridge", "flowers"} <= scene.things


def test_the_same_prompt_and_seed_are_the_same_scene_and_others_are_not():
    assert read_prompt("sea", 1) == read_prompt("sea", 1)
    assert read_prompt("sea", 1).entropy != read_prompt("sea", 2).entropy
    assert read_prompt("sea", 1).entropy != read_prompt("sea ", 1).entropy


def test_prompts_without_a_known_word_get_pleasant_scenes_that_differ():
    prompts = [
        "abc",
        "qwerty",
        "Привет",
        "你好世界",
        "مرحبا",
        "🎈🎈",
        "",
        "xyzzy",
        "lorem",
        "ipsum",
    ]
    scenes = [read_prompt(prompt, 1) for prompt in prompts]
    assert len({(scene.time, scene.ground) for scene in scenes}) >= 4
    assert all(scene.things for scene in scenes)
