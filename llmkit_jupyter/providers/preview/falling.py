"""Many small things in the air: petals, leaves, fireflies."""

from __future__ import annotations

import math

import numpy as np

from llmkit_jupyter.providers.preview.palette import rgb
from llmkit_jupyter.providers.preview.planes import Cutout, Floats, Planes
from llmkit_jupyter.providers.preview.shapes import Sketch, glow
from llmkit_jupyter.providers.preview.stage import Draw, Stage

_TURNS = 10


def petals(stage: Stage) -> Draw:
    """Let blossom petals float down."""
    colour = stage.tint("petals", stage.tint("blossom", "#ffc2d4"))
    shades = [stage.palette.shaded(colour) * np.float32(level) for level in (1.0, 0.93, 0.84)]
    return _fall(stage, "petals", shades, count=38, size=6.5)


def leaves(stage: Stage) -> Draw:
    """Let the wind carry leaves across."""
    own = stage.tint("leaves", "")
    codes = [own] if own else ["#d9752b", "#c9482a", "#e2a93c", "#9c6a2f"]
    shades = [stage.palette.shaded(code) for code in codes]
    return _fall(stage, "leaves", shades, count=30, size=10.0, wind=70)


def _fall(
    stage: Stage, name: str, shades: list[Floats], *, count: int, size: float, wind: float = 22
) -> Draw:
    rng = stage.rng(name)
    kinds = [_turning(shade, size * near * stage.unit) for shade in shades for near in (0.7, 1.25)]
    kind = rng.integers(len(kinds), size=count)
    start_x, start_y = rng.random(count), rng.random(count)
    near = np.where(kind % 2 == 1, 1.0, 0.6)
    sway, spin = rng.uniform(0, 6.3, count), rng.uniform(0.4, 1.1, count)
    width, height = stage.width + 60, stage.height + 60

    def draw(frame: Planes, t: float) -> None:
        down = (start_y * height + near * 62 * stage.unit * t) % height - 30
        swing = 26 * stage.unit * np.sin(t * 1.3 + sway)
        across = (start_x * width + near * wind * stage.unit * t + swing) % width - 30
        turn = ((t * spin + sway) * _TURNS).astype(int) % _TURNS
        for index in range(count):
            kinds[int(kind[index])][int(turn[index])].centred(frame, across[index], down[index])

    return draw


def _turning(colour: Floats, radius: float) -> list[Cutout]:
    """Draw a leaf as it tumbles: it turns, and it is seen from its edge now and then."""
    result: list[Cutout] = []
    for step in range(_TURNS):
        angle = 2 * math.pi * step / _TURNS
        flat = 0.3 + 0.7 * abs(math.cos(angle * 0.5))
        points: list[tuple[float, float]] = []
        for at in range(16):
            along = math.pi * at / 8
            x, y = math.cos(along), 0.55 * flat * math.sin(along) * (1 - 0.25 * math.cos(along))
            points.append(
                (
                    1.2 + x * math.cos(angle) - y * math.sin(angle),
                    1.2 + x * math.sin(angle) + y * math.cos(angle),
                )
            )
        sketch = Sketch(2.4, 2.4, max(1.2, radius))
        sketch.polygon(points, colour * np.float32(0.82 + 0.18 * flat))
        result.append(sketch.cutout(0.92))
    return result


def fireflies(stage: Stage) -> Draw:
    """Let fireflies wander near the ground, glowing and fading."""
    rng = stage.rng("fireflies")
    colour = rgb(stage.tint("fireflies", "#f4ff9a"))
    radius = max(3.0, 15 * stage.unit)
    glows = [glow(radius * size, colour, level) for size in (0.7, 1.1) for level in (0.3, 0.6, 1.0)]
    count = 42
    x, y = rng.random(count), rng.random(count) ** 1.3
    phase = rng.uniform(0, 6.3, (4, count))
    size = rng.integers(2, size=count) * 3

    def draw(frame: Planes, t: float) -> None:
        light = np.sin(t * 1.6 + phase[0]) * 2.4 + 0.9
        wander = 34 * stage.unit
        across = x * stage.width + wander * np.sin(t * 0.5 + phase[1])
        height = stage.horizon + (y - 0.35) * (stage.height - stage.horizon)
        down = height + wander * np.sin(t * 0.7 + phase[2])
        for index in np.flatnonzero(light > 0):
            level = min(2, int(light[index]))
            glows[int(size[index]) + level].centred(frame, across[index], down[index])

    return draw
