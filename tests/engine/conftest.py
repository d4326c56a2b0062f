"""A scripted provider, a client of it, a journal, and short waits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient
from llmkit_jupyter.engine import downloads, runner
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.transport import retry
from tests.scripted import ScriptedProvider


@pytest.fixture
def provider(video_bytes: bytes) -> ScriptedProvider:
    return ScriptedProvider(video=video_bytes)


@pytest.fixture
def client(provider: ScriptedProvider) -> LLMKitClient:
    return LLMKitClient(provider)


@pytest.fixture
def folder(home: Path) -> Path:
    """A home that is there."""
    home.mkdir()
    return home


@pytest.fixture
def journal(folder: Path) -> Iterator[Journal]:
    """An empty journal in it."""
    made = Journal(folder)
    yield made
    made.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits between tries, not the rules."""
    monkeypatch.setattr(retry, "FIRST", 0.01)
    monkeypatch.setattr(retry, "CAP", 0.02)
    monkeypatch.setattr(runner, "JOURNAL_RETRY_SECONDS", 0.05)
    monkeypatch.setattr(downloads, "PARKED_SECONDS", 0.05)
