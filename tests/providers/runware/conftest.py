"""A client of the emulated service, and short waits."""

from __future__ import annotations

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
from llmkit_jupyter.providers.runware import arrays, questions, verdict
from tests.emulator.process import Emulator
from tests.quick import shorten_waits


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits, not the rules; and learn anew what arrays the service takes."""
    shorten_waits(monkeypatch)
    monkeypatch.setattr(questions, "PROBE_SECONDS", 0.1)
    monkeypatch.setattr(verdict, "CERTAIN_SECONDS", 0.2)
    arrays._known.clear()


@pytest.fixture
def client(emulator: Emulator) -> LLMKitClient:
    return LLMKitClient()


def video(prompt: str = "A cat") -> VideoGenerationRequest:
    """A request for the model of one's own choice, so that nothing is substituted."""
    return VideoGenerationRequest(prompt, model="runway:1@2")
