"""The client against the emulated service, beside the service's own SDK at its defaults."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import habit
from tests.benchmarks.crowd import MODEL, PATIENCE, Service, counted, run
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
    service: Service
    cpu: float
    """Seconds for one job."""
    peak_memory: int


def theirs(folder: Path, python: Path, jobs: int, seconds: list[float]) -> Theirs:
    """Run that many jobs at once with the SDK."""
    with Emulator(folder, seconds=seconds, file_size=100_000) as emulator:
        told = sdk.call(python, emulator, "crowd", TASK, seconds=PATIENCE, jobs=jobs)
        service = counted(emulator, told["started"], told["seen"])
    return Theirs(len(told["seen"]), service, told["cpu"] / jobs, told["peak_memory"])


class Table:
    """Rows of Markdown, printed as soon as they are measured."""

    def __init__(self) -> None:
        print("| work | llmkit-jupyter | runware-sdk | must be |")
        print("|---|---|---|---|")

    def add(
        self, what: str, ours: float, theirs: float | None, must: str, *, digits: int = 2
    ) -> None:
        beside = "-" if theirs is None else f"{theirs:.{digits}f}"
        print(f"| {what} | {ours:.{digits}f} | {beside} | {must} |", flush=True)


def thousand(table: Table, folder: Path, python: Path) -> None:
    """Many jobs at once, with and without their downloads."""
    crowd = run(folder / "ours", 1000, seconds=SHORT)
    waiting = run(folder / "waiting", 1000, seconds=SHORT, downloads=False)
    beside = theirs(folder / "sdk", python, 1000, SHORT)
    client, service, other = crowd.client, crowd.service, beside.service
    table.add("1,000 jobs of 3 to 4 s: succeeded", client.done, beside.done, "1000", digits=0)
    table.add("seen, in longest jobs", service.seen_ratio, other.seen_ratio, "<= 1.25")
    table.add("last file, in longest jobs", crowd.stored_ratio, None, "<= 2.5")
    table.add("requests per job", service.requests_per_job, other.requests_per_job, "<= 0.12")
    cpu = 1000 * waiting.client.cpu_until_seen / waiting.client.done
    table.add("processor time per job until seen, ms", cpu, 1000 * beside.cpu, "<= 1")
    table.add("the same with downloads, ms", 1000 * client.cpu / client.done, None, "<= 6")
    stall = 1000 * client.longest_stall
    table.add("longest stall of the caller's event loop, ms", stall, None, "<= 50", digits=0)
    peaks = (client.peak_memory / 1e6, beside.peak_memory / 1e6)
    table.add("peak memory, MB", *peaks, "< 120", digits=0)


def hundred(table: Table, folder: Path, python: Path) -> None:
    """As many as fit into one request."""
    ours, beside = run(folder / "ours", 100, seconds=SHORT), theirs(folder, python, 100, SHORT)
    ratios = (ours.service.seen_ratio, beside.service.seen_ratio)
    table.add("100 jobs of 3 to 4 s: seen, in longest jobs", *ratios, "<= 1.15")


def twenty(table: Table, folder: Path, python: Path) -> None:
    """A few long ones of which nothing is known."""
    ours, other = run(folder / "ours", 20, seconds=LONG), theirs(folder, python, 20, LONG).service
    service = ours.service
    what = "20 jobs of 20 to 40 s: detection delay in the middle, s"
    table.add(what, service.delay, other.delay, "< 0.35")
    table.add("requests per job", service.requests_per_job, other.requests_per_job, "<= 5")


def after_ten(table: Table, folder: Path, python: Path) -> None:
    """One whose kind is known."""
    usual = habit.run(folder / "ours", ALIKE, times=TIMES)
    other = theirs(folder, python, TIMES, [0.9 * ALIKE, 1.1 * ALIKE]).service
    what = f"one job of {ALIKE:.0f} s +-10 % after ten: delay in the middle, % of its time"
    table.add(what, 100 * usual.delay, 100 * other.delay / ALIKE, "< 2", digits=1)
    table.add("polls, at most", max(usual.polls), other.requests_per_job - 1, "<= 12", digits=0)


def show() -> None:
    """Print the table, as it stands in the README beside this file; about six minutes."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        python = sdk.make_environment(folder / "sdk")
        table = Table()
        for measure in (thousand, hundred, twenty, after_ten):
            measure(table, folder / measure.__name__, python)
