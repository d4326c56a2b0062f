"""Runs every example of ours in each of the places where people run such code."""

from __future__ import annotations

import asyncio
import importlib
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
from llmkit_jupyter.transport.container import read_header

HERE = Path(__file__).parent
URL = r"http://127\.0\.0\.1:\d+/\S+\.mp4"
TASK_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"

SAYS = {
    "quick_start": rf"Video URL: {URL}\nTask ID: {TASK_ID}\nStatus: completed\n",
    "builder": (
        r"Draft: VideoGenerationRequest\('A person dancing', model='runway-gen-4'\)\n"
        r"Request: VideoGenerationRequest\('A person dancing', model='runway-gen-4', duration=1, "
        r"width=320, height=180\)\nVideo: 320x180, 1\.0 s\n"
    ),
    "response_properties": (
        rf"Video URL: {URL}\nFormat: mp4\nDuration: 2\.0s\nResolution: 320x180\n"
        rf"File size: [1-9]\d{{3,}} bytes\nTask ID: {TASK_ID}\nStatus: completed\n"
    ),
    "polling": rf"(Status: processing, waiting\.\.\.\n)+Video ready: {URL}\n",
    "data_by_url": r"[1-9]\d{3,} bytes in video\.mp4\n",
    "data_by_bytes": r"[1-9]\d{3,} bytes in video\.mp4\n",
    "generate_and_save": "\u2713 Video saved to cat_video\\.mp4\n",
    "error_handling": (
        r"Video generation failed: Model not found at preview: 'runway-gen-40'; did you mean "
        r"runway-gen-4\?.*\nStatus: completed\n"
        r"Video generation failed: duration is 31; allowed: 1 to 30 seconds for runway-gen-4\n"
    ),
    "rate_limited": (
        r"A sunrise over the sea: completed\nNoon in the desert: completed\n"
        r"A starry night over a lake: completed\n"
    ),
}
WRITES = {
    "data_by_url": "video.mp4",
    "data_by_bytes": "video.mp4",
    "generate_and_save": "cat_video.mp4",
}


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the examples an empty folder to write to."""
    folder = tmp_path / "desk"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def check(name: str, said: str, desk: Path) -> None:
    assert re.fullmatch(SAYS[name], said), said
    assert [path.name for path in desk.iterdir()] == ([WRITES[name]] if name in WRITES else [])
    for path in desk.iterdir():
        header = read_header(path)
        assert (header.format, header.width, header.height) == ("mp4", 320, 180)


def program(name: str) -> Callable[[], None]:
    return importlib.import_module(f"tests.page.{name}").main


def test_every_program_here_is_run():
    there = {path.stem for path in HERE.glob("*.py") if not path.stem.startswith(("__", "test_"))}
    assert there == set(SAYS)


@pytest.mark.parametrize("name", SAYS)
def test_as_a_script(name: str, desk: Path):
    done = subprocess.run(
        [sys.executable, HERE / f"{name}.py"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    check(name, done.stdout, desk)


@pytest.mark.parametrize("name", SAYS)
def test_in_a_cell_where_an_event_loop_is_running(name: str, desk: Path, capsys):
    async def cell() -> None:
        assert asyncio.get_running_loop().is_running()
        program(name)()

    asyncio.run(cell())
    check(name, capsys.readouterr().out, desk)


@pytest.mark.parametrize("name", SAYS)
def test_in_a_thread(name: str, desk: Path, capsys):
    thread = threading.Thread(target=program(name))
    thread.start()
    thread.join()
    check(name, capsys.readouterr().out, desk)


def test_under_await_while_the_caller_s_own_loop_goes_on():
    request = VideoGenerationRequest("A kite in the wind", duration=2, width=320, height=180)

    async def cell() -> tuple[list[str], int]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0)

        ticking = asyncio.create_task(tick())
        jobs = LLMKitClient.from_env().submit_videos([request, request.with_duration(1)])

        async def wait(job) -> str:
            return (await job).status

        statuses = await asyncio.gather(*(wait(job) for job in jobs))
        ticking.cancel()
        return statuses, ticks

    statuses, ticks = asyncio.run(cell())
    assert statuses == ["completed", "completed"]
    assert ticks > 10
