"""A process that is killed in the middle of a sweep: a later one goes on, and pays for the rest."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient, Sweep, sweep
from tests.emulator.process import Emulator
from tests.processes import Child

PROMPTS = [f"cat number {number}" for number in range(8)]
DOOMED = f"""
from llmkit_jupyter import sweep
from tests.durability import points
from tests.durability.life import hurry
hurry()
point, at = input().split()
points.arm(point, int(at))
sweep({PROMPTS!r}, name="study", concurrency=3, confirm=True)
print("it lives")
"""


def prompts_charged(emulator: Emulator) -> Counter[str]:
    rows = emulator.ledger()
    assert all(row.times_charged == 1 for row in rows)
    return Counter(row.request["positivePrompt"] for row in rows)


@pytest.mark.parametrize(
    ("point", "at"),
    [
        ("record:after-commit", 2),
        ("submission:after-send", 2),
        ("accepted:before-commit", 2),
    ],
)
def test_each_row_is_charged_once_whenever_the_first_process_dies(
    emulator: Emulator, point: str, at: int, tmp_path: Path
):
    with Child(DOOMED) as child:
        child.say(f"{point} {at}")
        assert child.process.wait(60) == -9
    assert 0 < len(emulator.ledger()) < 8
    # A later kernel knows it by its name; what was not submitted waits until that is wanted.
    found = Sweep.load("study")
    assert len(found) == 8
    pending = [row.place for row in found if row.status == "pending"]
    assert pending
    assert pending == list(range(pending[0], 8))
    found.resume(confirm=True).wait(60)
    assert [row.status for row in found] == ["completed"] * 8
    assert prompts_charged(emulator) == Counter(PROMPTS)
    assert all(row.response.path.is_file() for row in found)
    assert [row.response.request.prompt for row in found] == PROMPTS
    # And the cell that began it may just be run once more.
    again = sweep(PROMPTS, name="study", concurrency=3)
    assert len(again.completed) == 8
    assert prompts_charged(emulator) == Counter(PROMPTS)
    frame = again.to_frame()
    assert len(frame["task_id"].unique()) == 8
    assert LLMKitClient().spending().spent == pytest.approx(sum(frame["cost"]))
