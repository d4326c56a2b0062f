"""Killed at each named point between two steps: the same holds."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.durability.points import POINTS
from tests.durability.rounds import Report, Story
from tests.emulator.process import Emulator

TIMES = 5


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """A second provider: two stories at a time, because a round is mostly waiting."""
    with Emulator(tmp_path_factory.mktemp("another"), seconds=0.0) as made:
        yield made


@pytest.mark.parametrize("point", POINTS)
def test_killed_at(point: str, tmp_path: Path, emulator: Emulator, another: Emulator):
    seed = secrets.randbelow(2**31)

    def part(times: int, provider: Emulator) -> Report:
        return Story(tmp_path / str(times), provider, seed + times).kill_at(point, times)

    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(part, (TIMES // 2, TIMES - TIMES // 2), (emulator, another)))
    for report in reports:
        print(report)
        assert report.wrong == {}, report
    assert sum(report.kills for report in reports) == TIMES


def test_killed_beside_a_whole_file_that_the_provider_has_no_longer(
    tmp_path: Path, emulator: Emulator
):
    story = Story(tmp_path, emulator, secrets.randbelow(2**31))
    report = story.kill_and_forget("file:after-rename")
    assert report.wrong == {}, report
    assert report.kills == 1
