"""The harness catches engines that are wrong on purpose; else its silence would mean nothing."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from tests.durability.rounds import Story
from tests.emulator.process import Emulator

TIMES = 3


@pytest.mark.parametrize(
    ("control", "point", "found"),
    [
        ("submit before journal", "submission:after-answer", "unrecorded"),
        ("send again blindly", "submission:after-send", "double"),
        ("write in place", "file:mid-body", "partial"),
    ],
)
def test_an_engine_that_does_this_is_caught(
    control: str, point: str, found: str, tmp_path: Path, emulator: Emulator
):
    story = Story(tmp_path, emulator, secrets.randbelow(2**31), control=control)
    report = story.kill_at(point, TIMES)
    print(report)
    assert report.wrong.get(found, 0) >= TIMES, report
