"""Fixtures: one emulator process for the test session, as good as new for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

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
