"""A process that stands still for longer than its lease, and goes on: a laptop that slept, say."""

from __future__ import annotations

import multiprocessing
import os
import signal
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from tests.durability.audit import VIDEO_BYTES, Audit
from tests.durability.life import LONGEST, Life, live
from tests.emulator.process import Emulator
from tests.engine.waiting import until

LEASE = 1.5  # seconds
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([live.__module__])


@pytest.mark.parametrize(
    "point",
    ["intent:after-commit", "submission:after-answer", "file:mid-body", "file:after-rename"],
)
def test_another_one_takes_its_jobs_and_it_changes_nothing_any_more(
    point: str, emulator: Emulator, tmp_path: Path
):
    life = Life(
        home=tmp_path / "data",
        environment=emulator.environment,
        told=tmp_path / "told",
        log=tmp_path / "log",
        lease=LEASE,
    )
    order = f"Order [emulator: size={VIDEO_BYTES}]"
    still = started(replace(life, prompts=(order,), point=point, how=signal.SIGSTOP))
    until(lambda: stands_still(still))
    assert joined(started(life)) == 0  # the other one has made all there is
    audit = Audit(life.home, life.told)
    assert audit.after_recovery(emulator.ledger()).named.keys() <= {"strays"}
    [before] = audit.leases()
    assert still.pid is not None
    os.kill(still.pid, signal.SIGCONT)
    assert joined(still) == 0, life.log.read_text()
    assert audit.after_recovery(emulator.ledger()).named == {}
    assert audit.leases() == [before]
    # What it had not sent before it stood still, it has not sent afterwards.
    most = 1 if point == "intent:after-commit" else 2
    assert [row.times_submitted <= most for row in emulator.ledger()] == [True]


def started(life: Life) -> BaseProcess:
    process = _processes.Process(target=live, args=(life,))
    process.start()
    return process


def joined(process: BaseProcess) -> int | None:
    process.join(LONGEST)
    return process.exitcode


def stands_still(process: BaseProcess) -> bool:
    stat = Path(f"/proc/{process.pid}/stat").read_text()
    return stat.rpartition(")")[2].split()[0] == "T"
