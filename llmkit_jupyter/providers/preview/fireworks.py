"""Fireworks: rings of sparks that burst, spread, sink and go out."""

from __future__ import annotations

import math

import numpy as np

from llmkit_jupyter.providers.preview.palette import mix, rgb
from llmkit_jupyter.providers.preview.planes import Floats, Planes, to_yuv
from llmkit_jupyter.providers.preview.shapes import glow
from llmkit_jupyter.providers.preview.stage import Draw, Stage


def fireworks(stage: Stage) -> Draw:
    """Send up fireworks: each bursts, spreads, sinks and goes out."""
    rng = stage.rng("fireworks")
    own = stage.tint("fireworks", "")
    codes = [own] if own else ["#ff5a4d", "#ffd257", "#6fd3ff", "#c78bff", "#7dff9b", "#fff1d6"]
    shells, sparks = 24, 110
    birth = np.arange(shells) * 0.55 - 1.4
    period = shells * 0.55
    x, y = rng.uniform(0.15, 0.85, shells), rng.uniform(0.14, 0.5, shells)
    angle = rng.uniform(0, 2 * math.pi, (shells, sparks))
    # Even over a sphere, seen from the side: dense at the rim.
    radius = np.sqrt(1 - rng.uniform(-1, 1, (shells, sparks)) ** 2) * rng.uniform(
        0.9, 1, (shells, sparks)
    )
    size = rng.uniform(125, 235, shells) * stage.unit
    tone = [_spark_colour(str(codes[int(i)])) for i in rng.integers(len(codes), size=shells)]
    dot = max(1, round(3 * stage.unit))
    flashes = [glow(size[0] * 1.6, rgb(code), 0.55) for code in codes[:1]]

    def draw(frame: Planes, t: float) -> None:
        age = (t - birth) % period
        for shell in np.flatnonzero(age < 2.3):
            if age[shell] < 0.14:
                flashes[0].centred(frame, x[shell] * stage.width, y[shell] * stage.horizon)
            for lag in range(7):
                since = age[shell] - lag * 0.045
                if since <= 0:
                    continue
                out = size[shell] * (1 - math.exp(-2.6 * since)) * radius[shell]
                drop = 26 * stage.unit * since * since
                px = x[shell] * stage.width + np.cos(angle[shell]) * out
                py = y[shell] * stage.horizon + np.sin(angle[shell]) * out + drop
                light = max(0.0, 1 - age[shell] / 2.3) ** 0.8 * (1 - lag / 8)
                _dots(frame, px, py, light, (tone[shell], dot if lag < 2 else max(1, dot - 1)))

    return draw


def _spark_colour(code: str) -> tuple[int, int, int]:
    """Return Y, U and V of a glowing spark of this colour."""
    y, u, v = (round(float(part)) for part in to_yuv(mix(rgb(code), rgb("#ffffff"), 0.15)))
    return y, u, v


def _dots(
    frame: Planes, x: Floats, y: Floats, light: float, ink: tuple[tuple[int, int, int], int]
) -> None:
    (luma, u, v), size = ink
    height, width = frame.y.shape
    column, row = x.astype(int), y.astype(int)
    keep = (column >= 0) & (column < width - size) & (row >= 0) & (row < height - size)
    column, row = column[keep], row[keep]
    level = np.uint8(16 + (luma - 16) * light)
    for dy in range(size):
        for dx in range(size):
            at = (row + dy, column + dx)
            frame.y[at] = np.maximum(frame.y[at], level)
    at = (row // 2, column // 2)
    for plane, value in ((frame.u, u), (frame.v, v)):
        plane[at] = (plane[at] * (1 - light) + value * light).astype(np.uint8)
