"""Single buildings in the landscape: a bridge, a house, a lighthouse."""

from __future__ import annotations

import math

import numpy as np

from llmkit_jupyter.providers.preview.noise import clouds as noise
from llmkit_jupyter.providers.preview.palette import mix, rgb
from llmkit_jupyter.providers.preview.planes import Cutout, Floats, Planes
from llmkit_jupyter.providers.preview.shapes import Sketch, glow
from llmkit_jupyter.providers.preview.stage import Draw, Stage


def bridge(stage: Stage) -> Draw:
    """Span a bridge over the water: of cables near a city, of stone elsewhere."""
    steel = stage.has("city", "fireworks", "car", "train") or stage.scene.ground == "sea"
    cutout, foot = _cables(stage) if steel else _arch(stage)
    depth = 0.4

    def draw(frame: Planes, t: float) -> None:
        middle = stage.width / 2 + stage.pan(t, depth)
        cutout.over(frame, middle - cutout.width / 2, foot - cutout.height)

    return draw


def _arch(stage: Stage) -> tuple[Cutout, float]:
    """Draw an old stone bridge and its image in the water."""
    rng = stage.rng("bridge")
    wide, rise = round(620 * stage.unit / 2) * 2, round(170 * stage.unit / 2) * 2
    y, x = np.mgrid[0:rise, 0:wide].astype(np.float32)
    u = (x / wide - 0.5) * 2
    deck = rise * (0.24 + 0.55 * np.abs(u) ** 1.8)
    rail = deck - 0.13 * rise
    opening = np.hypot(u / 0.56, (1 - y / rise) / 0.56)
    solid = np.clip(y - rail + 0.5, 0, 1) * np.clip((opening - 1) * rise * 0.5 + 0.5, 0, 1)
    posts = ((np.abs(u) * 14) % 1 < 0.72) & (y > rail + 0.035 * rise) & (y < deck - 0.02 * rise)
    solid = solid * (1 - 0.88 * posts)
    stone = rgb(stage.tint("bridge", "#9a9186")) * stage.palette.colour("shade")
    course = np.floor(y / (0.075 * rise))
    brick = np.sin((x / (0.17 * rise) + course * 0.5) * 2 * math.pi) > 0.93
    joints = (np.abs(y / (0.075 * rise) % 1 - 0.5) > 0.43) | brick
    rough = noise(rng, (rise, wide), (12, 44), 3, 0.6)
    side = -1 if stage.light[0] < stage.width / 2 else 1
    light = np.clip(0.62 + rough * 0.5 - joints * 0.16 + side * u * 0.14, 0, 1.3)
    ring = np.clip(1 - np.abs(opening - 1.07) / 0.07, 0, 1)
    light = light * (1 + 0.22 * ring) * np.where(y < deck, 1.1, 1 - 0.3 * (y / rise))
    colour = mix(stone * light[..., None], stage.palette.colour("haze"), 0.1)
    sunk = stage.palette.colour("water")
    mirrored = mix(colour[::-1], sunk, 0.5)
    fade = np.linspace(0.62, 0.0, rise, dtype=np.float32)[:, None]
    whole = np.concatenate([colour, mirrored])
    alpha = np.concatenate([solid, solid[::-1] * fade])
    bottom = stage.horizon + (stage.height - stage.horizon) * 0.14
    return Cutout.make(whole, alpha), bottom + rise


def _cables(stage: Stage) -> tuple[Cutout, float]:
    """Draw a suspension bridge from edge to edge, its lamps lit."""
    wide = stage.width + 2 * stage.margin(0.4)
    units, high = wide / stage.unit, 330.0
    sketch = Sketch(units, high, stage.unit)
    ink = rgb(stage.tint("bridge", "#2b2f3a"))
    ink = mix(ink * stage.palette.colour("shade"), stage.palette.colour("haze"), 0.2)
    deck, top = 268.0, 30.0
    sketch.polygon([(0, deck), (units, deck), (units, deck + 13), (0, deck + 13)], ink)
    towers = (units * 0.27, units * 0.73)
    for tower in towers:
        for leg in (-11, 11):
            sketch.stroke([(tower + leg, high), (tower + leg * 0.8, top)], [9, 7], ink)
        for beam in (top + 12, top + 80, top + 160):
            sketch.stroke([(tower - 10, beam), (tower + 10, beam)], [7], ink)
    spans = ((-units * 0.19, towers[0]), towers, (towers[1], units * 1.19))
    for start, end in spans:
        points = [(start + (end - start) * s / 40, 0.0) for s in range(41)]
        curve = [
            (x, top + 8 + (deck - top - 28) * (1 - (2 * s / 40 - 1) ** 2))
            for s, (x, _y) in enumerate(points)
        ]
        sketch.stroke(curve, [4], ink)
        for x, y in curve[1:-1]:
            sketch.stroke([(x, y), (x, deck)], [1.3], ink)
    warm = rgb("#ffdf9e")
    if stage.scene.time in {"night", "dusk", "sunset", "storm"}:
        for x in np.arange(14, units, 34):
            sketch.ellipse((float(x), deck - 5), (2.6, 2.6), warm)
    return sketch.cutout(), stage.horizon + 44 * stage.unit


def house(stage: Stage) -> Draw:
    """Put a small house on the land, with light behind its windows and smoke above it."""
    rng = stage.rng("house")
    shade = stage.palette.colour("shade")
    scale = 1.15 * stage.unit
    wall = rgb(stage.tint("house", "#d8c4a4")) * shade
    roof, wood = rgb("#8a4636") * shade, rgb("#5b3d2b") * shade
    dark = stage.scene.time in {"night", "dusk", "storm", "sunset"}
    pane = rgb("#ffd27c") if dark else rgb("#9fb9cf") * shade
    sketch = Sketch(170, 120, scale)
    if stage.scene.ground in {"sea", "lake"}:  # an islet to stand on
        islet = mix(stage.palette.colour("leaf"), stage.palette.colour("near"), 0.4)
        sketch.ellipse((85, 119), (85, 7), islet)
    sketch.polygon([(112, 12), (126, 12), (126, 44), (112, 36)], wood)
    sketch.polygon([(22, 56), (148, 56), (148, 118), (22, 118)], wall)
    sketch.polygon([(88, 56), (148, 56), (148, 118), (88, 118)], wall * np.float32(0.84))
    sketch.polygon([(10, 60), (46, 18), (126, 18), (160, 60)], roof)
    sketch.polygon([(10, 60), (46, 18), (88, 60)], roof * np.float32(0.84))
    sketch.polygon([(26, 60), (46, 36), (70, 60)], wall)
    sketch.polygon([(108, 84), (126, 84), (126, 118), (108, 118)], wood)
    for x, y in ((36, 76), (62, 76), (90, 76), (130, 76)):
        sketch.polygon([(x, y), (x + 15, y), (x + 15, y + 17), (x, y + 17)], pane)
        sketch.stroke([(x + 7.5, y), (x + 7.5, y + 17)], [1.4], wood)
    cutout = sketch.cutout()
    halo = glow(74 * stage.unit, rgb("#ffcf80"), 0.45) if dark else None
    smoke = [
        glow((11 + 3.5 * step) * stage.unit, rgb("#e9e6e4") * shade, 0.34 - 0.03 * step)
        for step in range(8)
    ]
    x = stage.width * float(rng.uniform(0.58, 0.74))
    x = x if stage.light[0] < stage.width / 2 else stage.width - x
    foot = stage.horizon + (stage.height - stage.horizon) * 0.13
    depth = 0.5

    def draw(frame: Planes, t: float) -> None:
        left = x + stage.pan(t, depth) - cutout.width / 2
        for step, puff in enumerate(smoke):
            rise = step + (t * 0.9) % 1
            sway = math.sin(rise * 0.8 - t * 0.9) * 5 * rise
            puff.centred(
                frame,
                left + (119 + 1.6 * rise * rise * 0.6 + sway * 0.4) * scale,
                foot - cutout.height + (10 - 15 * rise) * scale,
            )
        cutout.over(frame, left, foot - cutout.height)
        if halo:
            halo.centred(frame, left + 60 * scale, foot - 34 * scale)

    return draw


def lighthouse(stage: Stage) -> Draw:
    """Put a lighthouse on a rock; its beam sweeps around."""
    rng = stage.rng("lighthouse")
    shade = stage.palette.colour("shade")
    white, red = rgb("#f3efe6") * shade, rgb(stage.tint("lighthouse", "#c23b34")) * shade
    rock = mix(stage.palette.colour("near"), rgb("#5d5a58") * shade, 0.5)
    sketch = Sketch(320, 330, stage.unit)
    sketch.polygon(
        [
            (0, 330),
            (24, 296),
            (70, 274),
            (120, 252),
            (196, 250),
            (240, 268),
            (292, 290),
            (320, 330),
        ],
        rock,
    )
    sketch.polygon(
        [(120, 252), (196, 250), (240, 268), (200, 300), (150, 330), (96, 330)],
        rock * np.float32(0.75),
    )
    for step in range(6):
        low, high = 254 - 28 * step, 254 - 28 * (step + 1)
        a, b = 25 - 2 * step, 25 - 2 * (step + 1)
        paint = red if step % 2 else white
        sketch.polygon([(160 - a, low), (160 + a, low), (160 + b, high), (160 - b, high)], paint)
        sketch.polygon(
            [(160, low), (160 + a, low), (160 + b, high), (160, high)], paint * np.float32(0.8)
        )
    sketch.polygon([(140, 86), (180, 86), (178, 80), (142, 80)], rock)
    sketch.polygon([(149, 80), (171, 80), (171, 58), (149, 58)], rgb("#ffe9a8"))
    sketch.polygon([(144, 58), (160, 42), (176, 58)], red)
    cutout = sketch.cutout()
    x = stage.width * float(rng.uniform(0.66, 0.82))
    x = x if stage.light[0] < stage.width / 2 else stage.width - x
    foot = stage.horizon + 42 * stage.unit
    strong = 0.5 if stage.scene.time in {"night", "dusk", "storm", "sunset"} else 0.16
    beams = [_beam(stage, turn / 16, strong) for turn in range(9)]
    lamp = glow(50 * stage.unit, rgb("#fff3c4"), min(1.0, strong * 1.8))

    def draw(frame: Planes, t: float) -> None:
        middle = x + stage.pan(t, 0.3)
        lamp_row = foot - cutout.height + 69 * stage.unit
        facing = math.cos(t * 1.5)
        beam, sign = beams[round(abs(facing) * 8)], 1 if facing >= 0 else -1
        beam_left = middle if sign > 0 else middle - beam[0].width
        beam[0 if sign > 0 else 1].over(frame, beam_left, lamp_row - beam[0].height / 2)
        cutout.over(frame, middle - cutout.width / 2, foot - cutout.height)
        lamp.centred(frame, middle, lamp_row)

    return draw


def _beam(stage: Stage, turn: float, strength: float) -> tuple[Cutout, Cutout]:
    """Return a cone of light to the right and one to the left; `turn` is 0 to 0.5."""
    length = max(8, round(stage.width * 1.0 * turn * 2))
    half = max(2, round(46 * stage.unit))
    x = np.linspace(0, 1, length, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, 2 * half, dtype=np.float32)[:, None]
    spread = 0.05 + 0.95 * x
    alpha = np.clip(1 - np.abs(y) / spread, 0, 1) ** 1.4 * (1 - x) ** 1.3 * strength
    light: Floats = rgb("#fff3cf")
    return Cutout.make(light, alpha), Cutout.make(light, alpha[:, ::-1])
