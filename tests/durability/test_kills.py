"""Whatever moment a process dies at: nothing is lost, paid for twice, or half there."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from tests.durability.points import POINTS
from tests.durability.rounds import Report, Story
from tests.emulator.process import Emulator

ROUNDS = 100
TIMES_A_POINT = 5


def check(report: Report) -> None:
    print(report)
    assert report.wrong == {}, report


@pytest.fixture
def story(tmp_path: Path, emulator: Emulator) -> Story:
    return Story(tmp_path, emulator, secrets.randbelow(2**31))


def test_killed_at_any_moment(story: Story):
    report = story.kill_at_random(ROUNDS)
    check(report)
    assert report.kills >= ROUNDS / 2
    # The moments were worth the trouble.
    assert {"generating", "downloading"} <= report.landed.keys()


@pytest.mark.parametrize("point", POINTS)
def test_killed_at(story: Story, point: str):
    report = story.kill_at(point, TIMES_A_POINT)
    check(report)
    assert report.kills == TIMES_A_POINT
