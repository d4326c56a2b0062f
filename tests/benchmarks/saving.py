"""How much memory saving a large video takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.processes import ROOT

_CODE = """
import sys
from pathlib import Path
from llmkit_jupyter.response import VideoGenerationResponse
from tests.memory import peak_memory
source, target = map(Path, sys.argv[1:])
response = VideoGenerationResponse(status="completed", task_id="t", path=source)
before = peak_memory()
response.save(target)
print(peak_memory() - before)
"""


def peak_while_saving(folder: Path, megabytes: int) -> int:
    """Give the bytes that saving adds to the peak memory of a process of its own."""
    source = folder / "source.mp4"
    chunk = bytes(range(256)) * 4096
    with source.open("wb") as file:
        for _ in range(megabytes):
            file.write(chunk)
    target = folder / "target.mp4"
    done = subprocess.run(
        [sys.executable, "-c", _CODE, str(source), str(target)],
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    assert target.stat().st_size == megabytes * 2**20
    return int(done.stdout)
