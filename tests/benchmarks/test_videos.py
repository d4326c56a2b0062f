"""What the README's table promises of 200 jobs at a server of open models."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.videos import JOBS, run

TRIES = 3  # other load on the machine only ever adds to a time


@pytest.mark.parametrize(
    ("listing", "requests", "seen"),
    # Alone on a machine the last is seen after 1.35 and 1.45 longest jobs.
    [(True, 1.3, 1.8), (False, 8, 2.0)],
    ids=["with a list", "without"],
)
def test_two_hundred_jobs_at_once(tmp_path: Path, home, monkeypatch, listing, requests, seen):
    monkeypatch.delenv("LLMKIT_VIDEO_PROVIDER")
    ratios: list[float] = []
    for attempt in range(TRIES):
        found = run(tmp_path / str(attempt), "sglang", listing=listing)
        assert found.done == JOBS
        assert found.requests_per_job <= requests
        assert found.connections <= 8
        ratios.append(found.seen_ratio)
        if found.seen_ratio <= seen:
            return
    pytest.fail(f"the last was seen after {ratios} longest jobs")
