"""Fixtures: one emulator process for the test session, as good as new for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from llmkit_jupyter.providers.diffusion_router import manners
from tests.emulator.process import Emulator


@pytest.fixture(scope="session")
def emulator_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Jobs take no time unless a test or a prompt says so."""
    with Emulator(tmp_path_factory.mktemp("emulator"), seconds=0.0) as emulator:
        yield emulator


@pytest.fixture
def emulator(emulator_process: Emulator, home: Path, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """The Runware that this test's clients find in their environment."""
    emulator_process.reset()
    for name, value in emulator_process.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LLMKIT_VIDEO_PROVIDER", "runware")
    return emulator_process


DIALECTS = ("openai", "vllm-omni", "sglang")


def point_at(emulator: Emulator, dialect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this test's clients find a server of that kind in their environment."""
    emulator.reset()
    emulator.set(dialect=dialect)
    manners.forget()
    for name, value in emulator.videos_environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("LLMKIT_VIDEO_PROVIDER", "diffusion-router")


@pytest.fixture(params=DIALECTS)
def server(
    request: pytest.FixtureRequest,
    emulator_process: Emulator,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Emulator:
    """A server that speaks `/v1/videos`, in each of the ways in which they do."""
    point_at(emulator_process, request.param, monkeypatch)
    return emulator_process
