"""Whatever moment a process dies at: nothing is lost, paid for twice, or half there."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.durability.rounds import Report, Story
from tests.emulator.process import Emulator

KILLS = 100


def test_killed_at_any_moment(tmp_path: Path, emulator: Emulator):
    seed = secrets.randbelow(2**31)

    def half(number: int, provider: Emulator) -> Report:
        story = Story(tmp_path / str(number), provider, seed + number)
        return story.kill_at_random(KILLS // 2)

    # Two at a time: a round is mostly waiting.
    (tmp_path / "emulator").mkdir()
    with (
        Emulator(tmp_path / "emulator", seconds=0.0) as other,
        ThreadPoolExecutor(2) as pool,
    ):
        reports = list(pool.map(half, (0, 1), (emulator, other)))
    for report in reports:
        print(report)
        assert report.wrong == {}, report
    assert sum(report.kills for report in reports) >= KILLS
    # The moments were worth the trouble.
    landed = {phase for report in reports for phase in report.landed}
    assert {"generating", "downloading"} <= landed
