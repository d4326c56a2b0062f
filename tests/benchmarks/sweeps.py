"""Sweeps on the emulated service: requests that they need, and how close they keep to a limit."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.emulator.process import Emulator
from tests.processes import told_by

MODEL = "runway:1@2"
PATIENCE = 300  # seconds for a whole run


@dataclass(frozen=True)
class Measured:
    """A sweep from both sides. ``ideal`` is what a perfect one would have taken."""

    rows: int
    completed: int
    wall: float
    ideal: float
    submissions: int
    """HTTP requests that hand jobs over."""
    polls: int
    charged: int
    """Jobs that the service has accepted."""
    frame_seconds: float

    @property
    def ratio(self) -> float:
        """How long it took, in ideal times."""
        return self.wall / self.ideal


def run(folder: Path, rows: int, at_once: int, seconds: float) -> Measured:
    """Make a sweep of jobs that all take so long, in a process of its own."""
    with Emulator(folder / "emulator", seconds=[seconds, seconds], file_size=50_000) as emulator:
        bare = {k: v for k, v in os.environ.items() if not k.startswith(("LLMKIT", "RUNWARE"))}
        ours = {"LLMKIT_HOME": str(folder / "home"), "LLMKIT_VIDEO_PROVIDER": "runware"}
        told = told_by(
            [sys.executable, "-m", "tests.benchmarks.sweeps", str(rows), str(at_once)],
            environment={**bare, **emulator.environment, **ours},
            seconds=PATIENCE,
        )
        requests = emulator.stats()["requests"]
        return Measured(
            rows=rows,
            ideal=seconds * -(-rows // at_once),
            submissions=requests["submit"],
            polls=requests["poll"],
            charged=len(emulator.ledger()),
            **told,
        )


def _measure(rows: int, at_once: int) -> dict[str, float]:
    from llmkit_jupyter import LLMKitClient, VideoGenerationRequest, sweep

    client = LLMKitClient()
    # The connection, the schema and the imports are not what is measured.
    client.estimate(VideoGenerationRequest("A cat", model=MODEL))
    prompts = [f"Cat number {number}" for number in range(rows)]
    started = time.perf_counter()
    found = sweep(prompts, models=MODEL, client=client, concurrency=at_once, confirm=True)
    wall = time.perf_counter() - started
    started = time.perf_counter()
    found.to_frame()
    return {
        "completed": len(found.completed),
        "wall": wall,
        "frame_seconds": time.perf_counter() - started,
    }


def show() -> None:
    """Print what a large sweep needs; about a minute."""
    with tempfile.TemporaryDirectory() as place:
        whole = run(Path(place) / "whole", 500, 500, 3.0)
        limited = run(Path(place) / "limited", 500, 50, 3.0)
    print("sweep of 500 rows whose jobs take 3 s")
    for name, found in (("limit 500", whole), ("limit 50", limited)):
        figures = {key: round(value, 2) for key, value in asdict(found).items()}
        print(f"  {name}: {found.ratio:.2f} of the ideal time, {figures}")


if __name__ == "__main__":
    print(json.dumps(_measure(int(sys.argv[1]), int(sys.argv[2]))))
