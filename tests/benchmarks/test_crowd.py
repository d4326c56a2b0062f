"""The figures of many jobs at once that hold on any machine, at a tenth of the size."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.crowd import run


def test_a_hundred_jobs_share_a_few_requests_and_are_seen_soon(tmp_path: Path):
    crowd = run(tmp_path, 100, seconds=[3, 4])
    assert crowd.client.done == 100
    assert crowd.requests_per_job <= 0.25
    assert crowd.most_in_flight <= 4
    # Ratios of wall time: other load on the machine only ever adds, so one more try is fair.
    if crowd.seen_ratio > 1.15 or crowd.stored_ratio > 2.5:
        crowd = run(tmp_path / "again", 100, seconds=[3, 4])
    assert crowd.seen_ratio <= 1.25
    assert crowd.stored_ratio <= 2.5
