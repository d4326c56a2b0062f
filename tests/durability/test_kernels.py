"""The same with real kernels, one after the other over one journal."""

from __future__ import annotations

import secrets
from pathlib import Path

from tests.durability.kernels import kill_kernels
from tests.emulator.process import Emulator

KERNELS = 10


def test_kernels_that_are_killed_lose_nothing(tmp_path: Path, emulator: Emulator):
    report = kill_kernels(tmp_path, emulator, secrets.randbelow(2**31), KERNELS)
    print(report)
    assert report.wrong == {}, report
    assert report.kills == KERNELS
    assert report.jobs >= KERNELS / 2
