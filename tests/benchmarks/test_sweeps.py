"""What is promised of sweeps: counts must hold in every run; of times, the best of a few."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmkit_jupyter import sweep
from tests.benchmarks import sweeps
from tests.emulator.process import Emulator
from tests.engine.waiting import until

TRIES = 3


def test_five_hundred_rows_are_handed_over_in_at_most_ten_requests(emulator: Emulator):
    prompts = [f"Cat number {number}" for number in range(500)]
    found = sweep(prompts, models=sweeps.MODEL, concurrency=500, confirm=True, wait=False)
    until(lambda: sum(row.job is not None and row.job.phase != "queued" for row in found) == 500)
    until(lambda: len(emulator.ledger()) == 500)
    assert emulator.stats()["requests"]["submit"] <= 10
    assert {row.times_submitted for row in emulator.ledger()} == {1}


def test_a_limit_costs_little_more_than_the_ideal_time(tmp_path: Path):
    best = 100.0
    for attempt in range(TRIES):
        found = sweeps.run(tmp_path / str(attempt), 60, 20, 3.0)
        assert found.completed == found.charged == 60
        # Places that come free together are filled together.
        assert found.submissions <= 15
        best = min(best, found.ratio)
        if best <= 1.4:
            return
    pytest.fail(f"it took {best:.2f} times as long as at best")
