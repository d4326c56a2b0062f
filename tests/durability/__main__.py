"""``python -m tests.durability``: the long run, whose report stands in this folder's README."""

from __future__ import annotations

import argparse
import secrets
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from tests.durability import crowd
from tests.durability.controls import CONTROLS
from tests.durability.kernels import kill_kernels
from tests.durability.points import POINTS
from tests.durability.rounds import Report, Story
from tests.emulator.process import Emulator

COLUMNS = ("what", "kills", "jobs", "lost", "double", "not recorded", "partial", "damaged",
           "unfinished or left over")  # fmt: skip


def main() -> int:
    """Run all parts, print a table, and tell by the exit code whether all is well."""
    parser = argparse.ArgumentParser(prog="python -m tests.durability")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**31))
    parser.add_argument("--random", type=int, default=1000, help="kills at random")
    parser.add_argument("--per-point", type=int, default=20, help="kills at each point")
    parser.add_argument("--kernels", type=int, default=50, help="real kernels that are killed")
    parser.add_argument("--jobs", type=int, default=600, help="of four processes together")
    parser.add_argument("--control", type=int, default=200, help="kills with each wrong engine")
    parser.add_argument("--only-kills", action="store_true", help="neither kernels nor controls")
    given = parser.parse_args()
    started = time.monotonic()
    print(f"seed {given.seed}, SQLite {sqlite3.sqlite_version}, Python {sys.version.split()[0]}\n")
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        good = _run(Path(name), given)
    print(
        f"\n{(time.monotonic() - started) / 60:.0f} minutes; {'all well' if good else 'NOT WELL'}"
    )
    return 0 if good else 1


def _run(folder: Path, given: argparse.Namespace) -> bool:
    with Emulator(folder, seconds=0.0) as emulator:
        reports: list[Report] = []

        def story(name: str, control: str = "") -> Story:
            return Story(folder / name, emulator, given.seed + len(reports), control=control)

        reports.append(story("random").kill_at_random(given.random))
        landed = ", ".join(f"{phase} {n}" for phase, n in sorted(reports[0].landed.items()))
        _show(f"at any moment (jobs that were left: {landed})", reports[0])
        for point in POINTS if given.per_point else ():
            reports.append(story(point).kill_at(point, given.per_point))
            _show(f"at `{point}`", reports[-1])
        if given.only_kills:
            return not any(report.wrong for report in reports)
        reports.append(kill_kernels(folder / "kernels", emulator, given.seed, given.kernels))
        _show("real kernels", reports[-1])
        emulator.reset()
        many = crowd.run(folder / "crowd", emulator, given.seed, jobs=given.jobs)
        together = Report(given.seed, kills=many.kills, jobs=many.jobs, after=many.findings)
        _show(f"four processes ({many.adopted} jobs adopted, {many.shared} shared)", together)
        good = not any(report.wrong for report in (*reports, together)) and not many.shared
        for control in CONTROLS:
            report = story(control, control).kill_at_random(given.control)
            _show(f"wrong on purpose: {control}", report)
            good = good and bool(report.wrong)
        return good


def _show(what: str, report: Report) -> None:
    found = report.before + report.after
    counts = (report.kills, report.jobs, found.lost, found.double, found.unrecorded, found.partial,
              found.damaged, found.unfinished + found.strays)  # fmt: skip
    print(f"| {what} | {' | '.join(map(str, counts))} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
