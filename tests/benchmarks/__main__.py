"""``python -m tests.benchmarks``: figures of this machine, printed and asserted nowhere."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

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


def main() -> None:
    """Print the table."""
    ours, theirs = importing("llmkit_jupyter"), importing("httpx")
    print(f"import llmkit_jupyter           {ours:7.1f} ms of CPU, best of 5")
    print(f"import httpx                    {theirs:7.1f} ms of CPU   ratio {ours / theirs:.2f}")
    print()
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
    print()
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        peak = peak_while_saving(Path(folder), 200)
        seconds = time.perf_counter() - started
    print(f"saving a 200 MB video adds {peak / 1e6:.1f} MB to the peak memory ({seconds:.1f} s)")


if __name__ == "__main__":
    main()
