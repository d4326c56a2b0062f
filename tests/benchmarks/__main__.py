"""``python -m tests.benchmarks``: figures of this machine, printed and asserted nowhere.

All of them, or those that are named: imports, preview, saving, journal, widgets, runware,
sweeps, videos.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks import journal, runware, sweeps, videos, widgets
from tests.benchmarks.preview import SCENES, measure_scene, wall_seconds
from tests.benchmarks.saving import peak_while_saving


def importing(name: str) -> float:
    """Milliseconds of processor time that an import takes, the best of five."""
    code = f"import time; t = time.process_time(); import {name}; print(time.process_time() - t)"
    times = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
        for _ in range(5)
    ]
    return 1000 * min(times)


def imports() -> None:
    """What it costs to import the package, beside the HTTP library alone."""
    ours, theirs = importing("llmkit_jupyter"), importing("httpx")
    print(f"import llmkit_jupyter           {ours:7.1f} ms of CPU, best of 5")
    print(f"import httpx                    {theirs:7.1f} ms of CPU   ratio {ours / theirs:.2f}")


def preview() -> None:
    """What a preview costs, in processor time and in waiting."""
    print("preview, 5 s at 1280x720, 24 fps   CPU ms per frame     ratio   wall s in all")
    for prompt in SCENES:
        cost = measure_scene(prompt, width=1280, height=720, duration=5)
        wall = wall_seconds(prompt, width=1280, height=720, duration=5)
        print(
            f"  {prompt[:32]:32} draw {cost.draw:5.1f} encode {cost.encode:5.1f}"
            f"   {cost.ratio:5.2f}   {wall:5.2f}"
        )
    small = min(wall_seconds(SCENES[0], width=320, height=180, duration=2) for _ in range(3))
    print(f"  2 s at 320x180, best of 3: {small:.2f} s wall")


def saving() -> None:
    """What a large file adds to the memory."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        peak = peak_while_saving(Path(folder), 200)
        seconds = time.perf_counter() - started
    print(f"saving a 200 MB video adds {peak / 1e6:.1f} MB to the peak memory ({seconds:.1f} s)")


PARTS = {
    "imports": imports,
    "preview": preview,
    "saving": saving,
    "journal": journal.show,
    "widgets": widgets.show,
    "runware": runware.show,
    "sweeps": sweeps.show,
    "videos": videos.show,
}


def main(arguments: Sequence[str]) -> None:
    """Print the figures that are named, or all."""
    for name in arguments:
        if name not in PARTS:
            sys.exit(f"No figures named {name!r}; there are {', '.join(PARTS)}.")
    for name in arguments or PARTS:
        PARTS[name]()
        print()


if __name__ == "__main__":
    main(sys.argv[1:])
