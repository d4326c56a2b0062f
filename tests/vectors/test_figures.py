"""What a cell shows is the same in both languages: cards, videos, and the words in them."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import Any

import pytest

from llmkit_jupyter import VideoGenerationRequest, VideoGenerationResponse
from llmkit_jupyter.notebook import display, media, wording
from llmkit_jupyter.notebook.card import Card, as_text
from llmkit_jupyter.notebook.card_html import as_html, note_html
from llmkit_jupyter.response import VideoError
from tests.vectors.read import cases

LIMITS = media.Limits(1_000_000, 10_000_000, 8_000_000)
WORDS = {
    "amount": wording.amount,
    "excerpt": wording.excerpt,
    "length": wording.length,
    "money": wording.money,
    "seconds": wording.seconds,
    "visible": wording.visible,
}


class Measured(VideoGenerationResponse):
    """A response whose file has a size that the case tells."""

    __slots__ = ("bytes_told",)

    @property
    def size(self) -> int:
        return self.bytes_told


def response_of(fields: dict[str, Any]) -> VideoGenerationResponse:
    told = dict(fields)
    size = told.pop("size", 0)
    if "request" in told:
        told["request"] = VideoGenerationRequest(**told["request"])
    if "error" in told:
        told["error"] = VideoError(**told["error"])
    response = Measured(**told)
    object.__setattr__(response, "bytes_told", size)
    return response


def without_time(text: str) -> str:
    return re.sub(r"as of \d+ \w+, \d\d:\d\d", "as of NOW", text)


def shown(case: dict[str, Any]) -> dict[str, str]:
    response = response_of(case["response"])
    if case["kind"] == "figure":
        picture = base64.b64decode(case["poster"]) if "poster" in case else None
        source = display._Source(case.get("url"), case.get("remark", ""))
        html = display._figure(response, source, picture)
        return {"html": html, "text": display.summary(response)}
    if case["kind"] == "line":
        text = display.done_line(response)
        return {"html": note_html(text), "text": text}
    beside = case.get("beside", {})
    card = Card.of_response(
        response,
        left=beside.get("eta"),
        waiting=beside.get("waiting", False),
        message=" ".join(filter(None, [beside.get("notice"), case.get("message")])),
    )
    place = beside.get("queuePosition")
    card = replace(card, small=case.get("small", False), queue_position=place)
    return {"html": without_time(as_html(card)), "text": without_time(as_text(card))}


@pytest.mark.parametrize("case", cases("figures"))
def test_a_cell_s_output(case: dict[str, Any]):
    assert shown(case) == {"html": case["html"], "text": case["text"]}


@pytest.mark.parametrize("case", cases("words"))
def test_numbers_and_texts(case: dict[str, Any]):
    for given, expected in case["words"]:
        assert WORDS[case["name"]](given) == expected, given


@pytest.mark.parametrize("case", cases("placing"))
def test_where_a_video_goes(case: dict[str, Any]):
    host = media.detect_host(case["environment"])
    where = media.decide(case["size"], case["inside"], LIMITS, host=host, folder_writable=True)
    assert where == case["delivery"]
