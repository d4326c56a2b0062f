"""Whatever moment a process dies at: nothing is lost, paid for twice, or half there."""

from __future__ import annotations

import secrets
from pathlib import Path

from tests.durability.rounds import Story
from tests.emulator.process import Emulator

ROUNDS = 100


def test_killed_at_any_moment(tmp_path: Path, emulator: Emulator):
    report = Story(tmp_path, emulator, secrets.randbelow(2**31)).kill_at_random(ROUNDS)
    print(report)
    assert report.wrong == {}, report
    assert report.kills >= ROUNDS / 2
    # The moments were worth the trouble.
    assert {"generating", "downloading"} <= report.landed.keys()
