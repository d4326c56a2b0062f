"""One job after ten of the same kind: how soon its end is known, and how often that was asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.benchmarks.crowd import ours
from tests.emulator.process import Emulator


@dataclass(frozen=True)
class Habit:
    """What each job after the first ten needed."""

    delays: list[float]
    """Seconds from a job's end to our knowing of it, as a part of the job's own time."""
    polls: list[int]

    @property
    def delay(self) -> float:
        """The one in the middle."""
        return median(self.delays)


def run(folder: Path, seconds: float, *, times: int) -> Habit:
    """Let ten jobs teach the journal, then measure one job after the other.

    Args:
        folder: for the emulator and the client's home.
        seconds: of a job, give or take 10 %.
        times: how many jobs are measured, each in a new process.
    """
    delays: list[float] = []
    polls: list[int] = []
    spread = [0.9 * seconds, 1.1 * seconds]
    with Emulator(folder / "emulator", seconds=spread, file_size=100_000) as emulator:
        ours(emulator, folder / "home", 10)
        for _ in range(times):
            before = emulator.stats()["requests"]["poll"]
            client = ours(emulator, folder / "home", 1)
            stats = emulator.stats()
            [(task_id, seen)] = client.seen.items()
            job = stats["jobs"][task_id]
            took = job["finished_at"] - job["accepted_at"]
            delays.append((seen - job["finished_at"]) / took)
            polls.append(stats["requests"]["poll"] - before)
    return Habit(delays, polls)
