"""People: someone walking, someone dancing. Dark figures with an edge of light."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from llmkit_jupyter.providers.preview.palette import mix, rgb
from llmkit_jupyter.providers.preview.planes import Cutout, Floats, Planes
from llmkit_jupyter.providers.preview.shapes import Point, Sketch, glow, pose, poses, rimmed
from llmkit_jupyter.providers.preview.stage import Draw, Stage

_Figure = Callable[[Sketch, Floats, Point], None]


def person(stage: Stage) -> Draw:
    """Let someone walk across the land."""
    rng = stage.rng("person")
    way = 1.0 if rng.random() < 0.5 else -1.0
    cycle = _cycle(stage, "person", 20, 0.95, lambda phase: _walker(phase, way))
    shadow = glow(42 * stage.unit, rgb("#000000"), 0.45)
    foot = stage.foot(0.38)
    start = 0.5 - way * 0.14

    def draw(frame: Planes, t: float) -> None:
        x = stage.width * start + way * 44 * stage.unit * t + stage.pan(t, 0.6)
        x = (x + 100) % (stage.width + 200) - 100
        shadow.centred(frame, x, foot - 2 * stage.unit)
        shown = pose(cycle, t * 0.95)
        shown.over(frame, x - shown.width / 2, foot - shown.height)

    return draw


def dancer(stage: Stage) -> Draw:
    """Let someone dance: turning, arms raised, the skirt flying."""
    cycle = _cycle(stage, "dancer", 24, 1.25, _dancing)
    shadow = glow(64 * stage.unit, rgb("#000000"), 0.45)
    foot = stage.foot(0.38)
    side = 1.0 if stage.light[0] < stage.width / 2 else -1.0

    def draw(frame: Planes, t: float) -> None:
        x = stage.width * (0.5 + side * 0.05) + math.sin(t * 0.8) * 60 * stage.unit
        hop = abs(math.sin(t * math.pi * 0.9)) ** 1.5 * 13 * stage.unit
        shadow.centred(frame, x, foot - 2 * stage.unit)
        shown = pose(cycle, t * 0.45)
        shown.over(frame, x - shown.width / 2, foot - shown.height - hop)

    return draw


def _cycle(
    stage: Stage, name: str, count: int, size: float, figure: Callable[[float], _Figure]
) -> list[Cutout]:
    own = stage.tint(name, "")
    ink = (
        rgb(own) * stage.palette.colour("shade")
        if own
        else mix(stage.palette.colour("near"), rgb("#15131c"), 0.65)
    )
    light = mix(stage.palette.colour("light"), stage.palette.colour("horizon"), 0.35)
    side = -1.0 if stage.light[0] < stage.width / 2 else 1.0
    scale = size * stage.unit
    return poses(count, lambda p: rimmed(figure(p), (220, 250), scale, (ink, light), side))


def _limb(root: Point, upper: float, lower: float, lengths: Point) -> list[Point]:
    """Return root, joint and end of an arm or a leg; angles from straight down, in radians."""
    joint = (root[0] + math.sin(upper) * lengths[0], root[1] + math.cos(upper) * lengths[0])
    end = (joint[0] + math.sin(lower) * lengths[1], joint[1] + math.cos(lower) * lengths[1])
    return [root, joint, end]


def _walker(phase: float, way: float) -> _Figure:
    def draw(sketch: Sketch, ink: Floats, offset: Point) -> None:
        bob = 2.5 * math.cos(2 * phase)
        x, y = 110 + offset[0], 128 + bob + offset[1]
        for turn in (0.0, math.pi):
            swing = math.sin(phase + turn)
            knee = swing * 0.5 - 0.12 - 0.65 * max(0.0, math.cos(phase + turn))
            leg = _limb((x, y), way * swing * 0.5, way * knee, (58, 58))
            sketch.stroke(leg, [19, 14, 9], ink)
            sketch.stroke([leg[2], (leg[2][0] + way * 13, leg[2][1] + 2)], [8, 6], ink)
            arm = _limb((x, y - 66), -way * swing * 0.5, -way * (swing * 0.5 - 0.3), (40, 36))
            sketch.stroke(arm, [11, 9, 7], ink)
        sketch.stroke([(x, y), (x + way * 2, y - 36), (x + way * 3, y - 68)], [25, 28, 31], ink)
        sketch.stroke([(x + way * 3, y - 70), (x + way * 5, y - 88)], [11, 10], ink)
        sketch.ellipse((x + way * 6, y - 100), (15, 17.5), ink)

    return draw


def _dancing(phase: float) -> _Figure:
    def draw(sketch: Sketch, ink: Floats, offset: Point) -> None:
        turn = math.sin(phase)
        x, y = 110 + 7 * turn + offset[0], 130 + offset[1]
        lean = 0.16 * math.sin(phase + 0.6)
        shoulder = (x + math.sin(lean) * 66, y - 66)
        stand = _limb((x - 3, y), -0.06 * turn, 0.02, (58, 58))
        lift = 0.35 + 0.5 * math.cos(phase)
        free = _limb((x + 3, y), lift * (1 if turn >= 0 else -1) * 0.9, lift * 0.2 * turn, (56, 56))
        for leg in (stand, free):
            sketch.stroke(leg, [17, 12, 7], ink)
            sketch.stroke([leg[2], (leg[2][0] + 6 * turn, leg[2][1] + 4)], [7, 4], ink)
        for side in (-1, 1):
            raised = 2.2 + 0.6 * math.sin(phase * (1 if side > 0 else 2) + side * 0.8)
            bent = raised + 0.5 * math.cos(phase + side)
            arm = _limb(
                (shoulder[0] + side * 11, shoulder[1] + 4), side * raised, side * bent, (40, 38)
            )
            sketch.stroke(arm, [10, 8, 5], ink)
        flare = 34 + 15 * abs(math.cos(phase))
        swirl = 13 * math.sin(phase * 2)
        hem = y + 44 - 9 * abs(math.cos(phase))
        points: list[Point] = [(x - 12, y - 18)]
        for step in range(9):
            share = step / 8
            wave = 5 * math.sin(share * 9 + phase * 2)
            points.append(
                (x - flare + 2 * flare * share + swirl, hem + wave + 6 * math.sin(share * math.pi))
            )
        points.append((x + 12, y - 18))
        sketch.polygon(points, ink)
        sketch.stroke([(x, y - 4), (x + lean * 30, y - 34), shoulder], [27, 21, 28], ink)
        head = (shoulder[0] + lean * 26, shoulder[1] - 30)
        sketch.stroke([shoulder, head], [10, 9], ink)
        sketch.ellipse(head, (14, 16.5), ink)
        sketch.ellipse((head[0] - 10 * turn, head[1] - 12), (7.5, 7.5), ink * np.float32(1))

    return draw
