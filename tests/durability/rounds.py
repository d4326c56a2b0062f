"""Rounds of order, kill, look, recover, look again."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.durability.audit import VIDEO_BYTES, Audit, Findings
from tests.durability.life import LONGEST, Life, environment_of, live, tell
from tests.emulator.process import Emulator

ROUNDS_A_HOME = 25  # then the next rounds begin with an empty one
AFTERWARDS = 1.5  # times as long as until a process has told the user its jobs' ids, and from then
# What a service may do at any time, and that none of the promises may depend on.
PEACEFUL = ("", "", "poll=503", "file=cut:0.5", "file=reset", "hidden=0.1")
FAULTS = (*PEACEFUL, "lost=reset", "lost=502", "submit=503", "submit=reset")

# Each life begins as a copy of a process that has all modules loaded: milliseconds, not a second.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([live.__module__])
# An exit code can be read once, and whoever begins a process reads those of all others.
_turn = threading.Lock()


@dataclass(slots=True)
class Report:
    """What came of a number of rounds."""

    seed: int
    rounds: int = 0
    kills: int = 0
    """Processes that died; the others had ended before."""
    jobs: int = 0
    before: Findings = field(default_factory=Findings)
    after: Findings = field(default_factory=Findings)
    landed: Counter[str] = field(default_factory=Counter[str])
    """Kills by the phases in which they left jobs; "none" is before the first or after the last."""

    @property
    def wrong(self) -> dict[str, int]:
        """What was found that must not be."""
        return (self.before + self.after).named


class Story:
    """Rounds over one home and one emulator.

    Args:
        folder: for homes and logs.
        emulator: the provider; its ledger is emptied for each home.
        seed: of prompts, faults and moments.
        control: name of an engine that is wrong on purpose.
    """

    def __init__(self, folder: Path, emulator: Emulator, seed: int, *, control: str = "") -> None:
        self._folder = folder
        self._emulator = emulator
        self._chance = random.Random(seed)
        self._control = control
        self._homes = 0
        self._orders = 0
        self._until_told = 0.2  # seconds, as measured the last time
        self.report = Report(seed)
        # At once: what fails later has no report.
        print(f"seed {seed}", file=sys.stderr)
        self._move()

    def kill_at_random(self, kills: int) -> Report:
        """Kill processes at any moment of their lives, round after round, until so many died."""
        while self.report.kills < kills:
            self._round("")
        return self.leave()

    def kill_at(self, point: str, times: int) -> Report:
        """Kill a process each time that it comes to a point.

        Raises:
            RuntimeError: it never came there.
        """
        for _ in range(times):
            self._round(point)
        return self.leave()

    def kill_and_forget(self, point: str) -> Report:
        """Kill a process at a point, and let the provider have nothing of its job any more."""
        self._kill(replace(self._life, prompts=(self._order(("",)),), point=point))
        self._emulator.forget()
        self._emulator.set(file_lifetime=0.0)
        self.recover()
        return self.leave()

    def orders(self) -> tuple[str, ...]:
        """Give prompts for a submission."""
        # They share a submission: with a fault from each of three it would be given up.
        others = [self._order(PEACEFUL) for _ in range(self._chance.randint(0, 2))]
        return (self._order(FAULTS), *others)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to live in this home."""
        return environment_of(self._life)

    def tell(self, task_ids: list[str]) -> None:
        """Note that the user knows of these jobs."""
        tell(self._life.told, task_ids)

    def look_after_a_kill(self) -> None:
        """Count what a process has left that was just killed."""
        self.report.kills += 1
        self.report.landed.update(self._audit.phases() or {"none"})
        self.report.before += self._audit.before_recovery(self._emulator.ledger())

    def recover(self) -> None:
        """Let a process finish everything, and count what is wrong then."""
        self.report.rounds += 1
        self._lives(self._life)
        self.report.after += self._audit.after_recovery(self._emulator.ledger())

    def leave(self) -> Report:
        """Give the report; the home is kept where something was wrong."""
        self.report.jobs += self._audit.jobs()
        self._moves_at, self._is_here = self.report.rounds, False
        if not self.report.wrong:
            shutil.rmtree(self._life.home.parent)
        return self.report

    def _round(self, point: str) -> None:
        report = self.report
        if report.rounds == self._moves_at:
            if self._is_here:
                self.leave()
            self._move()
        self._kill(replace(self._life, prompts=self.orders(), point=point))
        # What recovers may die as well, and the next one has both behind it.
        if not point and self._chance.random() < 0.3:
            self._kill(self._life)
        self.recover()

    def _kill(self, life: Life) -> None:
        """Let a process die: by itself where it is told a point, else at some moment."""
        if life.point:
            if self._lives(life) == 0:
                raise RuntimeError(f"No process came to {life.point!r}; see {self._log}.")
            self.look_after_a_kill()
        elif self._lives(life, self._moment()) != 0:
            self.look_after_a_kill()

    def _moment(self) -> float:
        """Choose when a process dies: on its way to its order, or some time after it."""
        if self._chance.random() < 0.5:
            return self._chance.uniform(0.0, 1.1 * self._until_told)
        # A slow machine is as slow with what comes then.
        return -self._chance.uniform(0.0, AFTERWARDS * self._until_told)

    def _order(self, faults: Sequence[str]) -> str:
        self._orders += 1
        fault = self._chance.choice(faults)
        seconds = self._chance.choice((0.0, 0.0, 0.1))
        words = f"seconds={seconds} size={VIDEO_BYTES} {fault}".strip()
        return f"Order {self._orders} of home {self._homes} [emulator: {words}]"

    def _lives(self, life: Life, seconds: float | None = None) -> int:
        """Let a process live, and give its exit code.

        Args:
            life: what it does.
            seconds: after which it is killed; less than 0 count from the moment at which it has
                told the user about its jobs. ``None`` is to its own end.

        Raises:
            RuntimeError: it failed, or came to no end.
        """
        known, started = self._told, time.monotonic()
        process = _processes.Process(target=live, args=(life,))
        with _turn:
            process.start()
        if seconds is not None and seconds < 0:
            while not _ended(process, 0.002) and self._told == known and not _is_late(started):
                pass
            if self._told != known:
                self._until_told = time.monotonic() - started
        ended = _ended(process, LONGEST if seconds is None else abs(seconds))
        late = not ended and (seconds is None or _is_late(started))
        process.kill()
        _ended(process, None)
        with _turn:
            process.join()
        if late:
            raise RuntimeError(f"A process hung; see {self._log}.")
        if process.exitcode not in (0, -signal.SIGKILL):
            complaint = self._log.read_text()[-3000:]
            raise RuntimeError(f"A process ended with {process.exitcode}: {complaint}")
        return process.exitcode

    @property
    def _told(self) -> int:
        try:
            return self._life.told.stat().st_size
        except FileNotFoundError:
            return 0

    def _move(self) -> None:
        self._homes += 1
        self._moves_at, self._is_here = self.report.rounds + ROUNDS_A_HOME, True
        folder = self._folder / f"home {self._homes}"
        folder.mkdir(parents=True)
        self._emulator.reset()
        self._log = folder / "log"
        self._life = Life(
            home=folder / "data",
            environment=self._emulator.environment,
            told=folder / "told",
            log=self._log,
            control=self._control,
        )
        self._audit = Audit(self._life.home, self._life.told)


def _is_late(started: float) -> bool:
    return time.monotonic() - started > LONGEST


def _ended(process: BaseProcess, seconds: float | None) -> bool:
    return bool(wait([process.sentinel], seconds))
