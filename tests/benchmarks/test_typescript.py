"""The TypeScript client has the figures of the Python one: the same counts and ratios."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.benchmarks.crowd import PATIENCE, Service, counted
from tests.built import unpack_client
from tests.emulator.process import Emulator
from tests.processes import told_by
from tests.typescript import at

TRIES = 4  # other load on the machine only ever adds to a time
Run = Callable[[int], tuple[int, Service]]


@pytest.fixture
def run(client_package: Path, tmp_path: Path) -> Run:
    """Hand that many jobs over at once, with the packed package; gives what both sides counted."""
    script = Path(__file__).with_name("crowd.mjs")
    unpack_client(client_package, tmp_path)
    shutil.copy(script, tmp_path)
    rounds = iter(range(TRIES))

    def run(jobs: int) -> tuple[int, Service]:
        folder = tmp_path / f"emulator {next(rounds)}"
        with Emulator(folder, seconds=[3, 4], file_size=100_000) as emulator:
            command = ["node", str(tmp_path / script.name), str(jobs)]
            told = told_by(command, environment=at(emulator.environment), seconds=PATIENCE)
            service = counted(emulator, told["started"], told["seen"])
            assert sorted(told["seen"]) == sorted(row.task_id for row in emulator.ledger())
        print(
            f"{jobs} jobs: seen {service.seen_ratio:.3f}, requests {service.requests_per_job:.3f}, "
            f"in flight {service.most_in_flight}, cpu {1000 * told['cpu'] / jobs:.2f} ms a job, "
            f"memory {told['peak_memory'] / 1e6:.0f} MB"
        )
        return told["done"], service

    return run


@pytest.mark.parametrize(("jobs", "requests"), [(100, 0.12), (10, 1.2)])
def test_jobs_share_a_few_requests_and_are_seen_soon(run: Run, jobs: int, requests: float):
    ratios: list[float] = []
    for _ in range(TRIES):
        done, service = run(jobs)
        assert done == jobs
        assert service.requests_per_job <= requests
        assert service.most_in_flight <= 4
        ratios.append(service.seen_ratio)
        if service.seen_ratio <= 1.15:
            return
    pytest.fail(f"the last was seen after {ratios} longest jobs")
