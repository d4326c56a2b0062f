"""What a preview costs: drawing and encoding measured apart, in processor time."""

from __future__ import annotations

import copy
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from llmkit_jupyter.providers.preview import encode
from llmkit_jupyter.providers.preview.planes import Planes
from llmkit_jupyter.providers.preview.render import Clip, frames, render

SCENES = (
    "A serene landscape with mountains",
    "A sailing boat on the ocean in a storm at night",
    "A city at night in the rain, fireworks over a bridge",
)


@dataclass(frozen=True)
class Cost:
    """Milliseconds of processor time per frame."""

    draw: float
    encode: float

    @property
    def ratio(self) -> float:
        return self.draw / self.encode


def measure_scene(prompt: str, *, width: int, height: int, duration: int) -> Cost:
    """Draw a clip without encoding, then encode the same pictures without drawing."""
    clip = Clip(prompt=prompt, seed=1, width=width, height=height, duration=duration)
    started = time.process_time()
    for _ in frames(clip):
        pass
    draw = time.process_time() - started
    # Copies, because one picture is used again and again; made before the clock starts.
    pictures = [copy.deepcopy(picture) for picture in frames(clip)]
    with tempfile.TemporaryDirectory() as folder:
        started = time.process_time()
        encode.write(_each(pictures), Path(folder) / "clip.mp4", width, height, clip.fps)
        encoding = time.process_time() - started
    return Cost(1000 * draw / clip.total, 1000 * encoding / clip.total)


def wall_seconds(prompt: str, *, width: int, height: int, duration: int) -> float:
    """Render a clip to a file, all in all."""
    clip = Clip(prompt=prompt, seed=1, width=width, height=height, duration=duration)
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        render(clip, Path(folder) / "clip.mp4")
        return time.perf_counter() - started


def _each(pictures: list[Planes]) -> Iterator[Planes]:
    yield from pictures
