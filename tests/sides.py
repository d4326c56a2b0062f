"""The providers that can be tested alike: the preview, Runware, servers of open models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
from tests.emulator.fixtures import DIALECTS, point_at
from tests.emulator.process import Emulator

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
        emulator: the other end; none where everything happens here.
        let_end: ends all jobs now.
        seeded: it takes seeds.
        limits_known: durations and sizes that cannot be made are known before anything is sent.
        cost: US dollars of a video in ``late``.
    """

    name: str
    client: LLMKitClient
    soon: VideoGenerationRequest
    late: VideoGenerationRequest
    drawn: VideoGenerationRequest
    emulator: Emulator | None = None
    let_end: Callable[[], None] = lambda: None
    seeded: bool = True
    limits_known: bool = True
    cost: float | None = 0.0

    def sent(self) -> list[str]:
        """The prompts that arrived, in any order."""
        rows = self.emulator.ledger() if self.emulator else []
        return [row.request["positivePrompt"] for row in rows]

    def charges(self) -> list[int]:
        """How often each job was charged."""
        return [row.times_charged for row in self.emulator.ledger()] if self.emulator else []

    def charged_once(self, jobs: int) -> bool:
        """Whether each of so many jobs was charged once, where jobs cost anything."""
        return self.charges() == ([1] * jobs if self.emulator else [])


@pytest.fixture(params=["preview", "runware", *DIALECTS])
def side(request: pytest.FixtureRequest) -> Side:
    if request.param == "preview":
        small = VideoGenerationRequest("A red balloon", duration=1, width=96, height=64)
        late = small.with_duration(4).with_width(1280).with_height(720)
        return Side("preview", LLMKitClient(), small, late, small)
    if request.param == "runware":
        return _runware(request.getfixturevalue("emulator"))
    emulator = request.getfixturevalue("emulator_process")
    point_at(emulator, request.param, request.getfixturevalue("monkeypatch"))
    return videos_side(emulator, seeded=request.param != "openai")


def _runware(emulator: Emulator) -> Side:
    drawn = VideoGenerationRequest("A red balloon [emulator: render]", model="alibaba:wan@2.7")
    return Side(
        "runware",
        LLMKitClient(),
        VideoGenerationRequest("A red balloon", model="runway:1@2"),
        VideoGenerationRequest("A red balloon [emulator: seconds=60]", model="runway:1@2"),
        drawn.with_duration(1).with_width(256).with_height(256),
        emulator,
        emulator.finish,
        cost=0.25,
    )


def videos_side(emulator: Emulator, *, seeded: bool) -> Side:
    """The side of a server that speaks `/v1/videos`, with that emulator at its end."""
    soon = VideoGenerationRequest("A red balloon", duration=1, width=256, height=256)
    return Side(
        "diffusion-router",
        LLMKitClient(),
        soon,
        replace(soon, prompt="A red balloon [emulator: seconds=60]"),
        replace(soon, prompt="A red balloon [emulator: render]"),
        emulator,
        emulator.finish,
        seeded=seeded,
        limits_known=False,
        cost=None,
    )
