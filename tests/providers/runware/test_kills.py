"""A process that dies at any moment: its job is found, finished, and paid for once."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient
from tests.emulator.process import Emulator
from tests.engine.waiting import until
from tests.processes import Child

SUBMITS = (
    "from llmkit_jupyter import LLMKitClient, VideoGenerationRequest\n"
    "job = LLMKitClient().submit_video(VideoGenerationRequest('A cat', model='runway:1@2'))\n"
    "print(job.task_id, flush=True)\ninput()"
)


def asked(emulator: Emulator, kind: str) -> bool:
    return emulator.stats()["requests"].get(kind, 0) > 0


STAGES: dict[str, tuple[str, str, Callable[[Emulator], bool]]] = {
    "sent, and not taken": ("submit", "timeout", lambda e: asked(e, "submit")),
    "taken, and nobody was told": ("submit", "lost:timeout", lambda e: bool(e.ledger())),
    "asking": ("poll", "timeout", lambda e: asked(e, "poll")),
    "fetching": ("file", "slow", lambda e: asked(e, "file")),
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_process_that_is_killed_while(stage: str, emulator: Emulator, home: Path):
    kind, what, reached = STAGES[stage]
    emulator.fault(kind, what, times=-1)
    with Child(SUBMITS) as child:
        task_id = child.line()
        until(lambda: reached(emulator))
        child.kill()
    assert not list((home / "library").glob("*.mp4"))
    emulator.calm()
    response = LLMKitClient().job(task_id).result()
    assert response.status == "completed"
    assert response.duration == 1.0
    [row] = emulator.ledger()
    assert (row.task_id, row.times_charged) == (task_id, 1)
    assert [path.name for path in (home / "library").rglob("*.*")] == [f"{task_id}.mp4"]


def test_a_job_of_another_key_is_left_to_it(emulator: Emulator, monkeypatch: pytest.MonkeyPatch):
    emulator.set(seconds=60)
    with Child(SUBMITS) as child:
        task_id = child.line()
        until(emulator.ledger)
        child.kill()
    polls = emulator.stats()["requests"].get("poll", 0)
    monkeypatch.setenv("LLMKIT_API_KEY", "somebody-else")
    other = LLMKitClient()
    assert other.resume() == []
    emulator.finish()
    time.sleep(0.7)
    assert emulator.stats()["requests"].get("poll", 0) == polls
    monkeypatch.setenv("LLMKIT_API_KEY", "emulator")
    assert LLMKitClient().job(task_id).result().status == "completed"
