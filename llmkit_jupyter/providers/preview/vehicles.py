"""What travels on water and on rails: a sailing boat and a train."""

from __future__ import annotations

import math

import numpy as np

from llmkit_jupyter.providers.preview.palette import mix, rgb
from llmkit_jupyter.providers.preview.planes import Cutout, Floats, Planes
from llmkit_jupyter.providers.preview.shapes import Point, Sketch, glow
from llmkit_jupyter.providers.preview.stage import Draw, Stage

_TILTS = 13


def boat(stage: Stage) -> Draw:
    """Let a sailing boat cross the water; it rolls with the waves and has its image below."""
    rng = stage.rng("boat")
    rough = stage.has("lightning") or stage.scene.time == "storm"
    swing = 0.17 if rough else 0.05
    way = 1.0 if rng.random() < 0.5 else -1.0
    tilts = [(2 * step / (_TILTS - 1) - 1) * swing for step in range(_TILTS)]
    boats = [_boat(stage, tilt, way) for tilt in tilts]
    row = stage.horizon + (stage.height - stage.horizon) * 0.24
    start = stage.width * (0.5 - way * float(rng.uniform(0.1, 0.22)))
    heave = (17 if rough else 3.5) * stage.unit

    def draw(frame: Planes, t: float) -> None:
        roll = math.sin(t * (1.9 if rough else 1.1)) * 0.7 + math.sin(t * 2.7 + 1) * 0.3
        x = start + way * 15 * stage.unit * t
        y = row + heave * math.sin(t * (1.6 if rough else 1.0) + 0.6)
        shown = boats[round((roll + 1) / 2 * (_TILTS - 1))]
        shown.over(frame, x - shown.width / 2, y - shown.height * 0.7)

    return draw


def _boat(stage: Stage, tilt: float, way: float) -> Cutout:
    shade = stage.palette.colour("shade")
    own = stage.tint("boat", "")
    hull = rgb(own or "#5f3826") * shade
    cloth = rgb("#f7efdf") * shade
    if own == "#f4f3ee":
        hull = rgb(own) * shade
    deep = stage.palette.colour("water")
    sketch = Sketch(260, 330, 0.95 * stage.unit)
    water_row = 231.0

    def at(x: float, y: float) -> Point:
        dx, dy = way * (x - 130), y - water_row
        return (
            130 + dx * math.cos(tilt) - dy * math.sin(tilt),
            water_row + dx * math.sin(tilt) + dy * math.cos(tilt),
        )

    def down(point: Point) -> Point:
        return (point[0], water_row + (water_row - point[1]) * 0.42)

    mast = [at(134, 206), at(134, 22)]
    main: list[Point] = [at(139, 30), at(168, 92), at(193, 186), at(139, 192)]
    jib: list[Point] = [at(129, 48), at(112, 110), at(66, 196), at(129, 190)]
    body: list[Point] = [at(50, 203), at(214, 203), at(190, 238), at(80, 238)]
    for shape, paint in ((main, cloth), (jib, cloth), (body, hull)):
        sketch.polygon([down(p) for p in shape], mix(paint, deep, 0.6), 0.4)
    sketch.polygon(jib, cloth * np.float32(0.9))
    sketch.polygon(main, cloth)
    sketch.polygon([at(139, 30), at(150, 54), at(152, 191), at(139, 192)], cloth * np.float32(0.84))
    sketch.stroke(mast, [4.5, 3], hull * np.float32(0.7))
    sketch.polygon(body, hull)
    sketch.polygon(
        [at(54, 210), at(210, 210), at(214, 203), at(50, 203)],
        mix(hull, stage.palette.colour("light"), 0.4),
    )
    sketch.polygon([at(136, 10), at(136, 22), at(112, 15)], rgb("#d0453a") * shade)
    # The hull sits in the water, not on it.
    foam = mix(stage.palette.colour("horizon"), rgb("#ffffff"), 0.4)
    sketch.ellipse((130, water_row + 7), (66, 3.2), foam, 0.55)
    return sketch.cutout()


def train(stage: Stage) -> Draw:
    """Let a train pass along the land, its windows lit, on an embankment."""
    rng = stage.rng("train")
    paint = stage.palette.shaded(stage.tint("train", "#a5312d"))
    way = 1.0 if rng.random() < 0.5 else -1.0
    scale = 0.8 * stage.unit
    engine, wagon = _wagon(stage, paint, scale, nose=way), _wagon(stage, paint, scale, nose=0)
    water = stage.scene.ground in {"sea", "lake", "pond", "river", "street"}
    row = stage.horizon + (4 * stage.unit if water else (stage.height - stage.horizon) * 0.16)
    bank = _bank(stage)
    lamp = glow(58 * stage.unit, rgb("#fff0c0"), 0.85)
    count = 6
    length = stage.width + count * engine.width

    def draw(frame: Planes, t: float) -> None:
        bank.over(frame, 0, row - 3 * stage.unit)
        run = (0.45 * length + 150 * stage.unit * t) % length
        head = run if way > 0 else stage.width - run
        for index in range(count):
            part = wagon if index else engine
            x = head - way * index * (engine.width - 1)
            part.over(frame, x - (part.width if way > 0 else 0), row - part.height)
        lamp.centred(frame, head, row - engine.height * 0.4)

    return draw


def _wagon(stage: Stage, paint: Floats, scale: float, *, nose: float) -> Cutout:
    sketch = Sketch(180, 60, scale)
    dark = stage.scene.time in {"night", "dusk", "storm", "sunset"}
    pane = rgb("#ffe2a0") if dark else mix(rgb("#2d3b49"), stage.palette.colour("horizon"), 0.4)
    left, right = (4.0, 176.0)
    body: list[Point] = [(left, 8), (right, 8), (right, 50), (left, 50)]
    if nose > 0:
        body = [(left, 8), (142, 8), (165, 22), (178, 44), (176, 50), (left, 50)]
    elif nose < 0:
        body = [(38, 8), (right, 8), (right, 50), (4, 50), (2, 44), (15, 22)]
    sketch.polygon([(0, 44), (180, 44), (180, 48), (0, 48)], paint * np.float32(0.3))
    sketch.polygon(body, paint)
    sketch.polygon(
        [(left + 26, 8), (right - 26, 8), (right - 26, 11), (left + 26, 11)],
        mix(paint, stage.palette.colour("light"), 0.5),
    )
    sketch.polygon(
        [(left + 6, 38), (right - 6, 38), (right - 6, 41), (left + 6, 41)],
        rgb("#f0e6d2") * stage.palette.colour("shade"),
    )
    for step in range(6):
        x = 34 + step * 19
        sketch.polygon([(x, 17), (x + 13, 17), (x + 13, 31), (x, 31)], pane)
    for x in (28, 46, 134, 152):
        sketch.ellipse((x, 52), (7, 7), rgb("#15161a"))
    return sketch.cutout()


def _bank(stage: Stage) -> Cutout:
    height = max(4, round(26 * stage.unit / 2) * 2)
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    alpha = np.broadcast_to(np.clip((1 - rows) * 2.2, 0, 1), (height, stage.width))
    stone = mix(stage.palette.colour("near"), rgb("#6b635c") * stage.palette.colour("shade"), 0.5)
    rail = np.where(rows < 0.14, 1.5, 0.85)[..., None]
    colour = np.broadcast_to(stone * rail, (height, stage.width, 3))
    return Cutout.make(colour, alpha)
