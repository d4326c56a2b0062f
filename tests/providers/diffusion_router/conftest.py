"""Clients of an emulated server of open models, and short waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
from llmkit_jupyter.engine import polling
from llmkit_jupyter.providers.diffusion_router import cancelling, manners
from tests.emulator.fixtures import point_at
from tests.emulator.process import Emulator
from tests.quick import shorten_waits

SMALL = VideoGenerationRequest("A cat on a wall", duration=1, width=256, height=256)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits, not the rules; and learn anew what servers take."""
    shorten_waits(monkeypatch)
    monkeypatch.setattr(polling, "GRACE", 0.4)
    monkeypatch.setattr(cancelling, "PAUSE", 0.05)
    manners.forget()


@pytest.fixture
def as_dialect(emulator_process: Emulator, home, monkeypatch) -> Callable[[str], Emulator]:
    """Make the server one of a certain kind."""

    def make(dialect: str) -> Emulator:
        point_at(emulator_process, dialect, monkeypatch)
        return emulator_process

    return make


@pytest.fixture
def client(server: Emulator) -> LLMKitClient:
    return LLMKitClient()


def fields(server: Emulator) -> dict[str, Any]:
    """What the only job was ordered with."""
    [row] = server.ledger()
    return row.request["fields"]


def paid_once(server: Emulator, number: int = 1) -> None:
    rows = server.ledger()
    assert len(rows) == number
    assert all(row.times_charged == row.times_submitted == 1 for row in rows)


def asked(server: Emulator, kind: str) -> int:
    """How many requests of a kind there were."""
    return server.stats()["requests"].get(kind, 0)


def run(work: Any) -> Any:
    return asyncio.run(work)
