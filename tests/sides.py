"""The two providers that can be tested as they are: the offline preview, and the paid service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest

PROMPTS = [
    "She said \"it's\" \\ and 'why' `now`",
    "{prompt} {{0}} %s %(x)s ${HOME} $PATH $$",
    "<script>alert(1)</script> &amp; <b>",
    "A \U0001f98a on a \U0001f3f3\ufe0f\u200d\U0001f308 \u732b",
    "\u05d7\u05ea\u05d5\u05dc \u202e\u0642\u0637\u0629\u202c in the sun",
    "  two lines\r\nand\ta tab, with blanks around  ",
    ("words and \u00fcmlauts " * 300)[:3000],
]


@dataclass
class Side:
    """One provider, a client of it, and what a test needs to know of the other end.

    Attributes:
        soon: a request whose job ends at once.
        late: one whose job goes on until ``let_end``.
        drawn: one whose video is drawn by its words and its seed.
        sent: the prompts that were charged, in any order; none where nothing is.
        charges: how often each job was charged.
    """

    name: str
    client: LLMKitClient
    soon: VideoGenerationRequest
    late: VideoGenerationRequest
    drawn: VideoGenerationRequest
    sent: Callable[[], list[str]]
    charges: Callable[[], list[int]]
    let_end: Callable[[], None]

    def charged_once(self, jobs: int) -> bool:
        """Whether each of so many jobs was charged once, where jobs cost anything."""
        return self.charges() == ([1] * jobs if self.name == "runware" else [])


@pytest.fixture(params=["preview", "runware"])
def side(request: pytest.FixtureRequest) -> Side:
    if request.param == "preview":
        small = VideoGenerationRequest("A red balloon", duration=1, width=96, height=64)
        late = small.with_duration(4).with_width(1280).with_height(720)
        return Side("preview", LLMKitClient(), small, late, small, list, list, lambda: None)
    emulator = request.getfixturevalue("emulator")
    drawn = VideoGenerationRequest("A red balloon [emulator: render]", model="alibaba:wan@2.7")
    return Side(
        "runware",
        LLMKitClient(),
        VideoGenerationRequest("A red balloon", model="runway:1@2"),
        VideoGenerationRequest("A red balloon [emulator: seconds=60]", model="runway:1@2"),
        drawn.with_duration(1).with_width(256).with_height(256),
        lambda: [row.request["positivePrompt"] for row in emulator.ledger()],
        lambda: [row.times_charged for row in emulator.ledger()],
        emulator.finish,
    )
