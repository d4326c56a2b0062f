"""Several processes over one journal, killed at random, until all jobs are done."""

from __future__ import annotations

import multiprocessing
import random
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.durability.audit import VIDEO_BYTES, Audit, Findings
from tests.durability.life import LONGEST, Life, live
from tests.emulator.process import Emulator

TOGETHER = 10  # jobs in a submission
ORDERS = 40  # of a process that is not killed
GAP = 0.7  # seconds between two kills, in the middle
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([live.__module__])


@dataclass(frozen=True, slots=True)
class Crowd:
    """What came of it."""

    jobs: int
    kills: int
    findings: Findings
    adopted: int
    """Jobs that were asked for by more than one process, one after the other."""
    shared: int
    """Jobs that were asked for by one process while another one did so too."""


def run(folder: Path, emulator: Emulator, seed: int, *, jobs: int, processes: int = 4) -> Crowd:
    """Let so many processes make so many jobs, and kill one after the other meanwhile.

    Args:
        folder: for the home and logs.
        emulator: the provider, with an empty ledger.
        seed: of the moments and of whose turn it is.
        jobs: at the least.
        processes: at work at the same time.
    """
    print(f"seed {seed}", file=sys.stderr)
    chance = random.Random(seed)
    folder.mkdir(parents=True)
    life = Life(
        home=folder / "data",
        environment=emulator.environment,
        told=folder / "told",
        log=folder / "log",
        polled=folder / "polled",
        together=TOGETHER,
    )
    audit = Audit(life.home, life.told)
    living: list[BaseProcess] = []
    found = Findings()
    kills = ordered = 0
    while audit.jobs() < jobs:
        while len(living) < processes:
            prompts = tuple(_order(ordered + number) for number in range(ORDERS))
            ordered += ORDERS
            living.append(_processes.Process(target=live, args=(replace(life, prompts=prompts),)))
            living[-1].start()
        time.sleep(chance.uniform(0.0, 2 * GAP))
        _check(living, life.log)
        living = [each for each in living if each.is_alive()]
        if living:
            victim = living.pop(chance.randrange(len(living)))
            victim.kill()
            victim.join()
            kills += victim.exitcode == -9
            found += audit.while_others_write(emulator.ledger())
    last = _processes.Process(target=live, args=(life,))
    last.start()
    for each in (*living, last):
        each.join(LONGEST)
    _check([*living, last], life.log)
    adopted, shared = _askers(life.polled)
    found += audit.after_recovery(emulator.ledger())
    return Crowd(audit.jobs(), kills, found, adopted, shared)


def _order(number: int) -> str:
    return f"Order {number} [emulator: seconds=0.1..1.5 size={VIDEO_BYTES}]"


def _check(processes: list[BaseProcess], log: Path) -> None:
    for each in processes:
        if each.exitcode not in (None, 0, -9):
            raise RuntimeError(f"A process failed: {log.read_text()[-3000:]}")


def _askers(polled: Path) -> tuple[int, int]:
    """Count the jobs with several askers, and those of them whose askers took turns."""
    turns: dict[str, list[str]] = defaultdict(list)
    for line in polled.read_text().splitlines():
        asker, *task_ids = line.split()
        for task_id in task_ids:
            if not turns[task_id] or turns[task_id][-1] != asker:
                turns[task_id].append(asker)
    several = [askers for askers in turns.values() if len(askers) > 1]
    return len(several), sum(len(set(askers)) < len(askers) for askers in several)
