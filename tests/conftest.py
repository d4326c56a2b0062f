"""What every test can rely on: a home of its own, no keys, and the provider that costs nothing."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
from llmkit_jupyter.engine import engine as engines
from llmkit_jupyter.engine import loop

# How long an example takes is the machine's matter as much as ours.
settings.register_profile("noisy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("noisy")

pytest_plugins = [
    "tests.noskip",
    "tests.workers",
    "tests.emulator.fixtures",
    "tests.sides",
    "tests.built",
]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Set a fresh data folder; clear everything that could reach a paid provider."""
    for name in list(os.environ):
        if name.startswith("LLMKIT_") or name == "RUNWARE_API_KEY":
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    monkeypatch.setenv("LLMKIT_HOME", str(folder))
    monkeypatch.setenv("LLMKIT_VIDEO_PROVIDER", "preview")
    # What is told once a process is told once a test.
    monkeypatch.setattr("llmkit_jupyter.engine.telling._told", set())
    yield folder
    engine = engines._engines.pop(folder, None)
    if engine is not None:
        loop.shared().wait(_abandon(engine))
        engine.journal.close()


async def _abandon(engine: engines.Engine) -> None:
    """Send and ask for nothing any more: the next test counts requests."""
    runner = engine._runner
    left = [*runner._tasks._running, *runner._delivery._tasks._running]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    for job, lane in list(runner._held.items()):
        lane.drop(job)
    runner._held.clear()
    if runner._heartbeat._task is not None:
        runner._heartbeat._task.cancel()


@pytest.fixture
def client() -> LLMKitClient:
    return LLMKitClient()


@pytest.fixture
def small() -> VideoGenerationRequest:
    """A request whose video is made in a moment."""
    return VideoGenerationRequest("A red balloon over the sea", duration=1, width=96, height=64)


@pytest.fixture
def long() -> VideoGenerationRequest:
    """A request that takes long enough to be watched, cancelled or interrupted."""
    return VideoGenerationRequest("A city at night", duration=30, width=1280, height=720)


@pytest.fixture(scope="session")
def video_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A real MP4 of one second."""
    from llmkit_jupyter.providers.preview.render import Clip, render

    path = tmp_path_factory.mktemp("video") / "clip.mp4"
    render(Clip(prompt="hills", seed=1, width=96, height=64, duration=1), path)
    return path.read_bytes()
