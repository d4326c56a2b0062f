"""The harness catches engines that are wrong on purpose; else its silence would mean nothing."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from tests.durability.rounds import Story
from tests.emulator.process import Emulator

AT_A_TIME, MOST = 5, 100  # rounds


@pytest.mark.parametrize(
    ("control", "found"),
    [
        ("submit before journal", "unrecorded"),
        ("send again blindly", "double"),
        ("write in place", "partial"),
    ],
)
def test_an_engine_that_does_this_is_caught(
    control: str, found: str, tmp_path: Path, emulator: Emulator
):
    story = Story(tmp_path, emulator, secrets.randbelow(2**31), control=control)
    while found not in story.report.wrong and story.report.rounds < MOST:
        story.kill_at_random(AT_A_TIME)
    print(story.report)
    assert found in story.report.wrong, story.report
