"""What the README's table promises of jobs at the emulated service, at a tenth of the size.

Counts must hold in every run. Times are the best of a few runs, because other load on the machine
only ever adds to them; as far as they can be, they are ratios.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks import habit
from tests.benchmarks.crowd import Crowd, run

TRIES = 4


def times(crowd: Crowd) -> dict[str, float]:
    """What other load adds to."""
    return {
        "seen": crowd.service.seen_ratio,
        "stored": crowd.stored_ratio,
        "stall": crowd.client.longest_stall,
        "memory": crowd.client.peak_memory,
    }


def check(folder: Path, jobs: int, seconds: list[float], *, requests: float, **most: float) -> None:
    """Run until all times have been small enough once.

    Args:
        folder: for the runs.
        jobs: how many at once.
        seconds: the shortest and the longest time of a job.
        requests: HTTP requests per job, at most.
        most: of the figures in ``times``.
    """
    best: dict[str, float] = {}
    for attempt in range(TRIES):
        crowd = run(folder / str(attempt), jobs, seconds=seconds)
        assert crowd.client.done == jobs
        assert crowd.service.requests_per_job <= requests
        assert crowd.service.most_in_flight <= 4
        best = {name: min(value, best.get(name, value)) for name, value in times(crowd).items()}
        if all(best[name] <= bound for name, bound in most.items()):
            return
    pytest.fail(f"{ {name: best[name] for name in most} } instead of at most {most}")


def test_a_hundred_jobs_share_a_few_requests_and_are_seen_soon(tmp_path: Path):
    # A stall of 0.05 s, as in the table, holds on a machine that has nothing else to do.
    most = {"seen": 1.15, "stored": 2.5, "stall": 0.25, "memory": 120e6}
    check(tmp_path, 100, [3, 4], requests=0.12, **most)


def test_ten_jobs_are_seen_as_soon_as_a_hundred(tmp_path: Path):
    # What ten share costs each of them ten times as much.
    check(tmp_path, 10, [3, 4], requests=1.2, seen=1.15)


def test_a_job_whose_kind_is_known_is_seen_with_few_polls(tmp_path: Path):
    usual = habit.run(tmp_path, 5, times=2)
    # Without the ten before it, a job of this length is asked for eight times at the least.
    assert max(usual.polls) <= 4
    assert min(usual.delays) < 0.12
