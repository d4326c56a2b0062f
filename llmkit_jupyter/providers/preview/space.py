"""Beyond the sky: nebulae and planets; and what crosses it: meteors, rainbows."""

from __future__ import annotations

import math

import numpy as np

from llmkit_jupyter.providers.preview.noise import clouds as noise
from llmkit_jupyter.providers.preview.noise import enlarge, smooth
from llmkit_jupyter.providers.preview.palette import mix, rgb
from llmkit_jupyter.providers.preview.planes import Cutout, Floats, Planes, picture
from llmkit_jupyter.providers.preview.shapes import Sketch
from llmkit_jupyter.providers.preview.stage import Draw, Stage

_CLOUD_COLOURS = (
    ("#6a2fb8", "#e0518f", "#5fd0e8"),
    ("#1f5fc0", "#35c9c0", "#c86bff"),
    ("#a03a2c", "#f0a04a", "#5b7cff"),
)


def nebula(stage: Stage) -> Draw:
    """Paint clouds of glowing gas, dark lanes and the dust of far stars."""
    rng = stage.rng("nebula")
    height, width = stage.height, stage.width
    small = (max(8, height // 3), max(8, width // 3))
    ratio = width / height
    form = noise(rng, small, (2.2, 2.2 * ratio), 6, 0.56)
    lanes = noise(rng, small, (3.0, 3.0 * ratio), 6, 0.58)
    hue = noise(rng, small, (1.6, 1.6 * ratio), 3)
    y, x = np.mgrid[0 : small[0], 0 : small[1]].astype(np.float32)
    tilt = float(rng.uniform(-0.6, 0.6))
    band = (y / small[0] - 0.5) - tilt * (x / small[1] - 0.5)
    body = smooth(0.35, 0.95, form) * np.exp(-((band / 0.30) ** 2))
    body *= 1 - 0.75 * smooth(0.5, 0.72, lanes)
    own = stage.tint("nebula", "")
    choice = _CLOUD_COLOURS[int(rng.integers(len(_CLOUD_COLOURS)))]
    first, second, third = (rgb(own or code) for code in choice)
    colour = mix(
        mix(first, second, smooth(0.3, 0.6, hue)[..., None]),
        third,
        smooth(0.62, 0.9, hue)[..., None],
    )
    light = (body * 0.95)[..., None] * colour + (smooth(0.55, 1.0, body) ** 2)[..., None] * 0.5
    base = stage.palette.colour("zenith")
    whole = np.stack([enlarge(light[..., part], height, width) for part in range(3)], axis=-1)
    plate = picture(np.clip(base + whole, 0, 1), rng)
    rows = height if stage.scene.ground == "space" else stage.horizon

    def draw(frame: Planes, _t: float) -> None:
        frame.y[:rows] = plate.y[:rows]
        frame.u[: rows // 2] = plate.u[: rows // 2]
        frame.v[: rows // 2] = plate.v[: rows // 2]

    return draw


def planet(stage: Stage) -> Draw:
    """Hang a banded planet in space that turns slowly, with rings around it."""
    rng = stage.rng("planet")
    radius = max(8.0, 150 * stage.unit)
    open_space = stage.scene.ground == "space"
    if not open_space:
        radius *= 0.6
    size = 2 * math.ceil(radius) + 2
    y, x = (np.mgrid[0:size, 0:size].astype(np.float32) - (size - 1) / 2) / radius
    inside = np.hypot(x, y)
    alpha = np.clip((1 - inside) * radius + 0.5, 0, 1)
    z = np.sqrt(np.clip(1 - inside**2, 0, 1))
    axis = 0.42
    latitude = y * math.cos(axis) - x * math.sin(axis)
    side = 1.0 if rng.random() < 0.5 else -1.0
    sunlit = np.clip(0.1 + 1.05 * (0.72 * z - 0.55 * side * x - 0.4 * y), 0.03, 1.15)
    skins = (("#e8c48d", "#b5734a"), ("#8fb8e8", "#3c5fae"), ("#e3a58e", "#8d3f55"))
    chosen = skins[int(rng.integers(len(skins)))]
    own = stage.tint("planet", "")
    bright, dark = (rgb(own), rgb(own) * 0.55) if own else (rgb(chosen[0]), rgb(chosen[1]))
    turns = 40
    bands = noise(rng, (256, 512), (9, 2.0), 5, 0.55)
    storms = noise(rng, (256, 512), (10, 12), 4, 0.55)
    faces: list[Cutout] = []
    row = np.clip((latitude * 0.5 + 0.5) * 255, 0, 255).astype(np.intp)
    along = np.arcsin(
        np.clip(x / np.maximum(np.sqrt(1 - np.clip(latitude, -1, 1) ** 2), 0.05), -1, 1)
    )
    for turn in range(turns):
        column = ((along / math.pi * 256) + turn * 2).astype(np.intp) % 512
        skin = np.clip(bands[row, column] * 0.75 + storms[row, column] * 0.4 - 0.08, 0, 1)
        colour = mix(dark, bright, skin[..., None]) * sunlit[..., None]
        rim = np.clip(inside**6, 0, 1)[..., None] * 0.35 * sunlit[..., None]
        faces.append(Cutout.make(mix(colour, rgb("#cfe4ff"), rim), alpha))
        if radius * turns > 6000:  # large pictures: fewer faces, the same memory
            break
    back, front = _rings(radius, axis, mix(bright, rgb("#fff3dc"), 0.4), side)
    place = (stage.width * (0.5 - side * 0.1), stage.height * 0.45)
    if not open_space:
        place = (stage.width - stage.light[0], stage.horizon * 0.36)

    def draw(frame: Planes, t: float) -> None:
        at = (place[0] - 6 * stage.unit * t * side, place[1] + 1.5 * stage.unit * t)
        back.centred(frame, *at)
        phase = abs((t * 3) % (2 * turns) - turns)
        faces[min(len(faces) - 1, int(phase))].centred(frame, *at)
        front.centred(frame, *at)

    return draw


def _rings(radius: float, axis: float, colour: Floats, side: float) -> tuple[Cutout, Cutout]:
    """Return the half of the rings behind a planet and the half in front of it."""
    half_w, half_h = math.ceil(radius * 2.3), math.ceil(radius * 1.3)
    y, x = np.mgrid[-half_h:half_h, -half_w:half_w].astype(np.float32) / radius
    along = x * math.cos(axis) + y * math.sin(axis)
    across = (y * math.cos(axis) - x * math.sin(axis)) / 0.3
    distance = np.hypot(along, across)
    edge = 0.03
    ring = smooth(1.28, 1.28 + edge, distance) * smooth(2.2, 2.2 - edge, distance)
    gap = 1 - 0.85 * smooth(0.06, 0.03, np.abs(distance - 1.82))
    grooves = 0.72 + 0.2 * np.sin(distance * 46) + 0.08 * np.sin(distance * 131)
    # The planet throws its shadow on the part of the rings behind it.
    shadow = np.where((across < 0) & (np.abs(along - side * 0.5) < 0.8), 0.35, 1.0)
    alpha = ring * gap * grooves * 0.82
    rgb_rings = colour * (shadow * (0.7 + 0.3 * grooves))[..., None]
    return (
        Cutout.make(rgb_rings, alpha * (across < 0)),
        Cutout.make(rgb_rings, alpha * (across >= 0)),
    )


def meteor(stage: Stage) -> Draw:
    """Let shooting stars cross the sky, one every two seconds or so."""
    rng = stage.rng("meteor")
    length = 210
    sketch = Sketch(length, length * 0.5, stage.unit)
    steps = 60
    for step in range(steps):
        share = (step + 1) / steps
        place = (length * (0.03 + 0.92 * share), length * (0.03 + 0.42 * share))
        sketch.ellipse(
            place, (0.4 + 2.2 * share**3, 0.4 + 2.2 * share**3), rgb("#f4f8ff"), share**2
        )
    trail = sketch.cutout()
    x, y = rng.uniform(-0.05, 0.7, 24), rng.uniform(0.02, 0.4, 24)

    def draw(frame: Planes, t: float) -> None:
        index, age = divmod(t + 1.3, 1.9)
        if age > 0.8:
            return
        at = int(index) % 24
        way = 620 * stage.unit * age
        trail.over(frame, x[at] * stage.width + way, y[at] * stage.horizon + way * 0.46)

    return draw


def rainbow(stage: Stage) -> Draw:
    """Span a rainbow over the land."""
    height, width = stage.horizon, stage.width
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    outer = min(height * 0.92, width * 0.48)
    middle = width - stage.light[0] * 0.9 - width * 0.05
    distance = np.hypot(x - middle, y - height) / outer
    share = np.clip((1 - distance) / 0.13, 0, 1)
    stops = ["#e0433a", "#f08a30", "#f6dc45", "#52b758", "#3a86d8", "#6a45b8"]
    places = np.linspace(0, 1, len(stops))
    codes = np.stack([rgb(code) for code in stops]).astype(np.float64)
    parts: list[Floats] = [np.interp(share, places, codes[:, part]) for part in range(3)]
    colour = np.stack(parts, axis=-1)
    alpha = np.sin(math.pi * share).clip(0, 1) ** 0.8 * 0.55 * (0.55 + 0.45 * y / height)
    arch = Cutout.make(colour, alpha)

    def draw(frame: Planes, _t: float) -> None:
        arch.over(frame, 0, 0)

    return draw
