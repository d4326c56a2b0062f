"""Killed at each named point between two steps: the same holds."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from tests.durability.points import POINTS
from tests.durability.rounds import Story
from tests.emulator.process import Emulator

TIMES = 5


@pytest.mark.parametrize("point", POINTS)
def test_killed_at(point: str, tmp_path: Path, emulator: Emulator):
    report = Story(tmp_path, emulator, secrets.randbelow(2**31)).kill_at(point, TIMES)
    print(report)
    assert report.wrong == {}, report
    assert report.kills == TIMES


def test_killed_beside_a_whole_file_that_the_provider_has_no_longer(
    tmp_path: Path, emulator: Emulator
):
    story = Story(tmp_path, emulator, secrets.randbelow(2**31))
    report = story.kill_and_forget("file:after-rename")
    assert report.wrong == {}, report
    assert report.kills == 1
