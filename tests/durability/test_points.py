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
