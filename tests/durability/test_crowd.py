"""Four processes over one journal, killed at random: every job is done, once, by one at a time."""

from __future__ import annotations

import secrets
from pathlib import Path

from tests.durability import crowd
from tests.emulator.process import Emulator

JOBS = 600


def test_processes_that_share_a_journal(tmp_path: Path, emulator: Emulator):
    found = crowd.run(tmp_path / "crowd", emulator, secrets.randbelow(2**31), jobs=JOBS)
    print(found)
    assert found.findings.named == {}, found
    assert found.jobs >= JOBS
    assert found.kills > 0
    # Jobs of the dead went on with the living, and no two ever asked for one in turns.
    assert found.adopted > 0
    assert found.shared == 0
