"""The client against the emulated service, beside the service's own SDK at its defaults."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks import habit
from tests.benchmarks.crowd import LONGEST, MODEL, Crowd, run
from tests.emulator import sdk
from tests.emulator.process import Emulator

TASK = {
    "taskType": "videoInference",
    "model": MODEL,
    "positivePrompt": "Cat number",
    "duration": 5,
    "width": 1280,
    "height": 720,
    "includeCost": True,
}
SHORT, LONG, ALIKE = [3.0, 4.0], [20.0, 40.0], 20.0  # seconds of a job at the service
TIMES = 5  # jobs that are measured after the first ten


@dataclass(frozen=True)
class Theirs:
    """The same figures of the SDK."""

    done: int
    requests_per_job: float
    seen_ratio: float
    delay: float
    cpu: float
    peak_memory: int


def theirs(folder: Path, python: Path, jobs: int, seconds: list[float]) -> Theirs:
    """Run that many jobs at once with the SDK; ``cpu`` is seconds for one job."""
    with Emulator(folder, seconds=seconds, file_size=100_000) as emulator:
        told: dict[str, Any] = sdk.call(python, emulator, "crowd", TASK, seconds=LONGEST, jobs=jobs)
        stats = emulator.stats()
    known = {task_id: stats["jobs"][task_id] for task_id in told["seen"]}
    longest = max(job["finished_at"] - job["accepted_at"] for job in known.values())
    return Theirs(
        done=len(known),
        requests_per_job=(stats["requests"]["submit"] + stats["requests"]["poll"]) / jobs,
        seen_ratio=(max(told["seen"].values()) - told["started"]) / longest,
        delay=median(told["seen"][task_id] - job["finished_at"] for task_id, job in known.items()),
        cpu=told["cpu"] / jobs,
        peak_memory=told["peak_memory"],
    )


Row = tuple[str, str, str, str]


def rows(folder: Path) -> list[Row]:
    """Measure everything: what, ours, the SDK's, what it must be. Takes about six minutes."""
    python = sdk.make_environment(folder / "sdk")
    table = _thousand(folder / "thousand", python)
    few = run(folder / "hundred", 100, seconds=SHORT)
    beside = theirs(folder / "hundred-sdk", python, 100, SHORT)
    table.append(
        (
            "100 jobs of 3 to 4 s: seen, in longest jobs",
            f"{few.seen_ratio:.2f}",
            f"{beside.seen_ratio:.2f}",
            "1.15",
        )
    )
    slow = run(folder / "twenty", 20, seconds=LONG)
    beside = theirs(folder / "twenty-sdk", python, 20, LONG)
    table += [
        (
            "20 jobs of 20 to 40 s: detection delay in the middle, s",
            f"{median(slow.delays):.2f}",
            f"{beside.delay:.2f}",
            "0.35",
        ),
        (
            "  requests per job",
            f"{slow.requests_per_job:.2f}",
            f"{beside.requests_per_job:.2f}",
            "5",
        ),
    ]
    usual = habit.run(folder / "habit", ALIKE, times=TIMES)
    beside = theirs(folder / "habit-sdk", python, TIMES, [0.9 * ALIKE, 1.1 * ALIKE])
    table += [
        (
            f"one job of {ALIKE:.0f} s +-10 % after ten: delay in the middle, % of its time",
            f"{100 * usual.delay:.1f}",
            f"{100 * beside.delay / ALIKE:.1f}",
            "2",
        ),
        ("  polls, at most", f"{max(usual.polls)}", f"{beside.requests_per_job - 1:.0f}", "12"),
    ]
    return table


def _thousand(folder: Path, python: Path) -> list[Row]:
    crowd: Crowd = run(folder / "ours", 1000, seconds=SHORT)
    waiting = run(folder / "waiting", 1000, seconds=SHORT, downloads=False)
    beside = theirs(folder / "sdk", python, 1000, SHORT)
    client = crowd.client
    return [
        ("1,000 jobs of 3 to 4 s: succeeded", f"{client.done}", f"{beside.done}", "1000"),
        (
            "  seen, in longest jobs",
            f"{crowd.seen_ratio:.2f}",
            f"{beside.seen_ratio:.2f}",
            "1.25",
        ),
        ("  last file, in longest jobs", f"{crowd.stored_ratio:.2f}", "-", "2.5"),
        (
            "  requests per job",
            f"{crowd.requests_per_job:.3f}",
            f"{beside.requests_per_job:.2f}",
            "0.12",
        ),
        (
            "  processor time per job until seen, ms",
            f"{waiting.client.cpu_until_seen:.2f}",
            f"{1000 * beside.cpu:.2f}",
            "1",
        ),
        ("  the same with downloads, ms", f"{client.cpu:.2f}", "-", "6"),
        (
            "  longest stall of the caller's loop, ms",
            f"{1000 * client.longest_stall:.0f}",
            "-",
            "50",
        ),
        (
            "  peak memory, MB",
            f"{client.peak_memory / 1e6:.0f}",
            f"{beside.peak_memory / 1e6:.0f}",
            "120",
        ),
    ]


def show() -> None:
    """Print the table, as it stands in the README beside this file."""
    with tempfile.TemporaryDirectory() as folder:
        table = rows(Path(folder))
    print("| work | llmkit-jupyter | runware-sdk | at most |")
    print("|---|---|---|---|")
    for row in table:
        print("| " + " | ".join(cell.strip() if i else cell for i, cell in enumerate(row)) + " |")
