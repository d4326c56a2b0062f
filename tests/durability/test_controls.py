"""The harness catches engines that are wrong on purpose; else its silence would mean nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from llmkit_jupyter.engine import schema
from tests.durability.audit import Audit
from tests.durability.journals import a_job, left_behind
from tests.durability.rounds import Story
from tests.emulator.process import Emulator

TIMES = 3
SEED = 8  # another one's orders may meet a service that takes none of them, at that moment


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
    story = Story(tmp_path, emulator, SEED, control=control)
    report = story.kill_at(point, TIMES)
    print(report)
    assert report.wrong.get(found, 0) >= TIMES, report


def test_the_count_of_jobs_is_right_while_others_write(home: Path):
    left_behind(home, a_job(), a_job())
    making_another = home / f"{schema.FILE_NAME}.guard"
    making_another.mkdir()
    db = sqlite3.connect(home / schema.FILE_NAME, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    db.execute("DELETE FROM jobs")
    audit = Audit(home, home / "told")
    assert audit.jobs() == 2
    db.close()
    assert len(audit.leases()) == 2
    assert Audit(home / "nowhere", home / "told").jobs() == 0
