from __future__ import annotations

import pytest

from llmkit_jupyter.catalog.models import PAGE_MODELS, find_model
from llmkit_jupyter.catalog.sizes import PRESETS, parse_size
from llmkit_jupyter.errors import InvalidRequestError, ModelNotFoundError
from llmkit_jupyter.providers.preview.provider import PreviewProvider


def test_the_page_s_resolution_guide():
    assert {p.name: (p.width, p.height) for p in PRESETS} == {
        "576p": (1024, 576),
        "hd": (1280, 720),
        "fullhd": (1920, 1080),
        "4k": (3840, 2160),
    }


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("hd", (1280, 720)),
        ("4K", (3840, 2160)),
        ("Full HD", (1920, 1080)),
        ("1080p", (1920, 1080)),
        ("640x360", (640, 360)),
        ("640X360", (640, 360)),
        ("640\u00d7360", (640, 360)),
    ],
)
def test_sizes_by_name_and_by_number(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "big", "640", "640x", "x360", "6.5x3", "640x360x2", "9" * 5000 + "x5"]
)
def test_a_text_that_is_no_size_is_named(text):
    with pytest.raises(InvalidRequestError, match="WIDTHxHEIGHT") as caught:
        parse_size(text)
    assert caught.value.field == "size"


@pytest.mark.parametrize("text", ["0x10", "10x-5", "99999x10"])
def test_a_size_out_of_any_range_names_the_edge(text):
    with pytest.raises(InvalidRequestError, match="a whole number from 1 to 16384 pixels"):
        parse_size(text)


def test_the_page_s_duration_limits():
    assert {m.id: m.max_duration for m in PAGE_MODELS} == {
        "runway-gen-4": 30,
        "kling-2.0": 10,
        "pika-1.0": 10,
        "hailuo-mini": 10,
        "leonardo-ultra": 15,
    }


def test_a_model_is_found_whatever_its_case_and_a_typo_gets_the_nearest():
    models = PreviewProvider().models()
    assert find_model("Kling-2.0", models, provider="preview").id == "kling-2.0"
    with pytest.raises(ModelNotFoundError, match=r"Model not found.*did you mean kling-2\.0"):
        find_model("klng-2.0", models, provider="preview")
