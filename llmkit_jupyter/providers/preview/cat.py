"""A cat, and the ball of yarn it plays with."""

from __future__ import annotations

import math

import numpy as np

from llmkit_jupyter.providers.preview.palette import mix, rgb
from llmkit_jupyter.providers.preview.planes import Cutout, Floats, Planes
from llmkit_jupyter.providers.preview.shapes import Point, Sketch, glow, pose, poses
from llmkit_jupyter.providers.preview.stage import Draw, Stage


def cat(stage: Stage) -> Draw:
    """Let a cat sit there, its tail swinging; with yarn it reaches for the ball."""
    playing = stage.has("yarn")
    cycle = poses(18, lambda p: _cat(p, stage, playing=playing))
    shadow = glow(120 * stage.unit, rgb("#000000"), 0.5)
    x, foot = cat_place(stage)

    def draw(frame: Planes, t: float) -> None:
        at = x + stage.pan(t, 0.6)
        shadow.centred(frame, at, foot - 6 * stage.unit)
        shown = pose(cycle, t * 0.5)
        shown.over(frame, at - shown.width / 2, foot - shown.height)

    return draw


def cat_place(stage: Stage) -> Point:
    """Return where the cat sits: x and the row of its feet, in pixels."""
    side = 1.0 if stage.light[0] < stage.width / 2 else -1.0
    foot = stage.foot(0.52)
    return stage.width * (0.5 + 0.06 * side), foot


def _cat(phase: float, stage: Stage, *, playing: bool) -> Cutout:
    own = stage.tint("cat", "")
    coats = ("#e08a3c", "#6b6f78", "#2b2a30", "#d9c3a0")
    code = own or coats[int(stage.rng("cat").integers(len(coats)))]
    light = np.maximum(stage.palette.colour("shade"), np.float32(0.55))
    fur = rgb(code) * light
    dark, pale = fur * np.float32(0.72), mix(fur, rgb("#fff6ea"), 0.62)
    sketch = Sketch(300, 290, 0.92 * stage.unit)
    swing = math.sin(phase)
    tail = [
        (196.0, 262.0),
        (238, 262),
        (262, 236),
        (262 + 12 * swing, 200),
        (244 + 26 * swing, 168),
    ]
    sketch.stroke(_curve(tail), [24, 22, 19, 16, 13], dark)
    # Body: haunch, back and chest.
    sketch.ellipse((172, 224), (58, 56), dark)
    sketch.stroke(_curve([(166, 214), (150, 160), (140, 130)]), [112, 84, 66], fur)
    sketch.ellipse((176, 230), (50, 48), fur)
    sketch.ellipse((132, 190), (27, 44), pale)
    reach = (max(0.0, math.sin(2 * phase)) if playing else 0.0) ** 0.7
    sketch.stroke([(150, 196), (148, 274)], [29, 22], fur)
    sketch.ellipse((144, 276), (19, 11), pale)
    paw = (118 - 46 * reach, 276 - 46 * reach)
    sketch.stroke(
        _curve([(124, 192), (114 - 12 * reach, 236 - 10 * reach), paw]), [30, 25, 21], fur
    )
    sketch.ellipse((paw[0] - 5, paw[1]), (19, 11), pale)
    sketch.ellipse((184, 277), (32, 11), pale)
    head = (128 - 3 * swing - 5 * reach, 96 + 4 * reach)
    _head(sketch, head, (fur, dark, pale), blink=math.cos(phase) > 0.985)
    for step in range(3):
        y = 180 + 22 * step
        sketch.stroke(_curve([(202, y), (214, y + 10), (216, y + 24)]), [5, 4, 1], dark)
    return sketch.cutout()


def _head(sketch: Sketch, at: Point, fur: tuple[Floats, Floats, Floats], *, blink: bool) -> None:
    x, y = at
    coat, dark, pale = fur
    for side in (-1, 1):
        ear: list[Point] = [
            (x + side * 16, y - 38),
            (x + side * 50, y - 78),
            (x + side * 56, y - 14),
        ]
        sketch.polygon(ear, coat)
        inner = [(x + side * 26, y - 38), (x + side * 47, y - 64), (x + side * 50, y - 24)]
        sketch.polygon(inner, mix(dark, rgb("#f0a5a0"), 0.6))
    sketch.ellipse((x, y), (61, 52), coat)
    sketch.ellipse((x - 15, y + 24), (22, 17), pale)
    sketch.ellipse((x + 15, y + 24), (22, 17), pale)
    for stripe in (-16, 0, 16):
        sketch.stroke([(x + stripe * 0.8, y - 47), (x + stripe * 0.55, y - 28)], [6, 2], dark)
    ink = rgb("#1a1514")
    for side in (-1, 1):
        eye = (x + side * 25, y - 4)
        if blink:
            sketch.stroke(
                [(eye[0] - 11, eye[1]), (eye[0], eye[1] + 4), (eye[0] + 11, eye[1])], [3], ink
            )
        else:
            sketch.ellipse(eye, (12, 13), ink)
            sketch.ellipse(eye, (10.4, 11.4), rgb("#b9d45c"))
            sketch.ellipse((eye[0] - 1, eye[1]), (5.4, 10), ink)
            sketch.ellipse((eye[0] + 3, eye[1] - 5), (3, 3), rgb("#ffffff"))
        for hair in (-1, 0, 1):
            start = (x + side * 28, y + 20 + 3 * hair)
            sketch.stroke([start, (x + side * 76, y + 16 + 11 * hair)], [1.5, 0.7], pale)
    sketch.polygon([(x - 7, y + 11), (x + 7, y + 11), (x, y + 19)], rgb("#c9645f"))
    for side in (-1, 1):
        sketch.stroke(
            _curve([(x, y + 19), (x + side * 5, y + 27), (x + side * 12, y + 26)]), [2], ink
        )


def _curve(points: list[Point], steps: int = 9) -> list[Point]:
    """Return a smooth curve through points (Catmull-Rom)."""
    padded = [points[0], *points, points[-1]]
    result: list[Point] = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for step in range(steps):
            s = step / steps
            weights = (
                -s + 2 * s**2 - s**3,
                2 - 5 * s**2 + 3 * s**3,
                s + 4 * s**2 - 3 * s**3,
                s**3 - s**2,
            )
            result.append(
                (
                    sum(w * p[0] for w, p in zip(weights, (a, b, c, d), strict=True)) / 2,
                    sum(w * p[1] for w, p in zip(weights, (a, b, c, d), strict=True)) / 2,
                )
            )
    return [*result, points[-1]]


def yarn(stage: Stage) -> Draw:
    """Roll a ball of yarn to and fro, its thread behind it."""
    paint = rgb(stage.tint("yarn", "#d0407a")) * np.maximum(
        stage.palette.colour("shade"), np.float32(0.6)
    )
    cycle = poses(20, lambda p: _ball(p, stage, paint))
    shadow = glow(52 * stage.unit, rgb("#000000"), 0.5)
    x, foot = cat_place(stage)
    radius = 38 * 0.92 * stage.unit
    middle = x - 160 * stage.unit if stage.has("cat") else x

    def draw(frame: Planes, t: float) -> None:
        way = math.sin(t * math.pi * 1.0)
        at = middle + stage.pan(t, 0.6) - (24 + 34 * way) * stage.unit
        shadow.centred(frame, at, foot + 4 * stage.unit)
        cycle[int(-way * 34 * stage.unit / radius / 6.28 * 20) % 20].centred(
            frame, at, foot - radius * 0.85
        )

    return draw


def _ball(phase: float, stage: Stage, paint: Floats) -> Cutout:
    sketch = Sketch(90, 90, 0.92 * stage.unit)
    sketch.ellipse((45, 45), (38, 38), paint * np.float32(0.72))
    sketch.ellipse((41, 41), (32, 32), paint)
    for family in range(3):
        turn = phase + family * 1.05
        for step in range(-3, 4):
            points: list[Point] = []
            for at in range(11):
                along = (at / 10 - 0.5) * 2.5
                u, v = math.sin(along) * 33, step * 8.5 * math.cos(along)
                points.append(
                    (
                        45 + u * math.cos(turn) - v * math.sin(turn),
                        45 + u * math.sin(turn) + v * math.cos(turn),
                    )
                )
            tone = 0.62 if (step + family) % 2 else 1.22
            sketch.stroke(points, [1.7], np.clip(paint * np.float32(tone), 0, 1))
    return sketch.cutout()
