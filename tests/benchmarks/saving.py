"""How much memory saving a large video takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_CODE = """
import resource, sys
from pathlib import Path
from llmkit_jupyter.response import VideoGenerationResponse
source, target = map(Path, sys.argv[1:])
response = VideoGenerationResponse(status="completed", task_id="t", path=source)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
response.save(target)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
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
    )
    assert target.stat().st_size == megabytes * 2**20
    return int(done.stdout)
