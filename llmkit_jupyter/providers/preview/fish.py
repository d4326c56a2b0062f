"""Fish: koi seen from above, swimming in slow curves."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from llmkit_jupyter.providers.preview.palette import mix, rgb
from llmkit_jupyter.providers.preview.planes import Cutout, Floats, Planes
from llmkit_jupyter.providers.preview.shapes import Point, Sketch, pose, poses
from llmkit_jupyter.providers.preview.stage import Draw, Stage

_KOI = (("#f2762e", "#fff4e6"), ("#fbf3e8", "#e0452b"), ("#f0b23c", "#fff0d0"))


def fish(stage: Stage) -> Draw:
    """Let koi swim below the surface, in slow curves."""
    rng = stage.rng("fish")
    own = stage.tint("fish", "")
    coats = [(own, "#fff4e6")] if own else list(_KOI)
    deep = stage.palette.colour("water")
    shoals = [
        [poses(10, partial(_koi, stage=stage, coat=(coat, deep), way=way)) for way in (1.0, -1.0)]
        for coat in coats
    ]
    count = 7
    rows = stage.height - stage.horizon
    y = stage.horizon + rows * (0.3 + 0.42 * (np.arange(count) + rng.random(count)) / count)
    x, phase = rng.random(count), rng.uniform(0, 6.3, count)
    # A wide circle seen from the side: there and back again.
    reach = rng.uniform(0.06, 0.15, count) * stage.width
    pace = rng.uniform(0.2, 0.34, count)

    def draw(frame: Planes, t: float) -> None:
        for index in range(count):
            angle = phase[index] + pace[index] * t
            across = stage.width * (0.34 + 0.32 * x[index]) + reach[index] * math.sin(angle)
            down = y[index] + 0.05 * rows * math.cos(angle)
            way = 0 if math.cos(angle) >= 0 else 1
            swimmer = pose(shoals[index % len(shoals)][way], t * 1.3 + phase[index])
            swimmer.centred(frame, across, down)

    return draw


def _koi(phase: float, stage: Stage, coat: tuple[tuple[str, str], Floats], way: float) -> Cutout:
    (main_code, patch_code), deep = coat
    light = np.maximum(stage.palette.colour("shade"), np.float32(0.45))
    main, patch = (mix(rgb(c) * light, deep, 0.12) for c in (main_code, patch_code))
    sketch = Sketch(130, 60, 0.92 * stage.unit)

    def spine(s: float) -> Point:
        # The tail swings most, the head hardly.
        bend = 9 * s**1.6 * math.sin(phase - s * 2.6)
        return (65 + way * (46 - 84 * s), 30 + bend)

    def side(s: float, half: float) -> tuple[Point, Point]:
        x, y = spine(s)
        return (x, y - half), (x, y + half)

    shadow = deep * np.float32(0.5)
    sketch.stroke(
        [(spine(s / 8)[0], spine(s / 8)[1] + 9) for s in range(9)], [9, 18, 15, 6], shadow
    )
    fin = mix(main, rgb("#ffffff"), 0.35)
    for turn in (-1, 1):
        root = spine(0.3)
        tip = (root[0] - way * 16, root[1] + turn * (17 + 2 * math.sin(phase)))
        sketch.polygon([root, (root[0] - way * 3, root[1] + turn * 14), tip], fin, 0.75)
    tail = spine(0.96)
    sway = 8 * math.sin(phase - 3.2)
    sketch.polygon(
        [
            tail,
            (tail[0] - way * 24, tail[1] - 11 + sway),
            (tail[0] - way * 15, tail[1] + sway),
            (tail[0] - way * 24, tail[1] + 11 + sway),
        ],
        fin,
        0.85,
    )
    widths = [0.3, 0.75, 0.98, 1.0, 0.9, 0.7, 0.48, 0.3, 0.18]
    edges = [side(s / 8, 10.5 * widths[s]) for s in range(9)]
    sketch.polygon([p for p, _ in edges] + [p for _, p in reversed(edges)], main)
    for s, size in ((0.2, 6.5), (0.45, 7.5), (0.68, 4.5)):
        x, y = spine(s)
        sketch.ellipse((x, y - 1), (size * 1.15, size * 0.78), patch)
    back = [spine(s / 8) for s in range(1, 8)]
    sketch.stroke([(x, y - 3) for x, y in back], [1.6], mix(main, rgb("#ffffff"), 0.55))
    for turn in (-1, 1):
        x, y = spine(0.06)
        sketch.ellipse((x, y + turn * 4.4), (1.5, 1.5), rgb("#1b1512"))
    return sketch.cutout(0.9)
