"""What flies: birds, butterflies, a balloon, a rocket, fireworks."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from llmkit_jupyter.providers.preview.palette import mix, rgb
from llmkit_jupyter.providers.preview.planes import Cutout, Floats, Planes
from llmkit_jupyter.providers.preview.shapes import Sketch, glow, pose, poses
from llmkit_jupyter.providers.preview.stage import Draw, Stage


def birds(stage: Stage) -> Draw:
    """Let a loose flock of birds cross the sky."""
    rng = stage.rng("birds")
    ink = rgb(stage.tint("birds", "#20232b"))
    if not stage.scene.tint("birds"):
        ink = mix(stage.palette.colour("near") * np.float32(0.5), stage.palette.colour("far"), 0.2)
        if stage.scene.time == "night":
            ink = stage.palette.colour("haze")
    flocks = [poses(10, partial(_bird, scale=size * stage.unit, ink=ink)) for size in (0.55, 0.8)]
    count = 11
    kind = rng.integers(2, size=count)
    ahead = rng.uniform(-1, 1, (2, count)) * np.array([[240.0], [72.0]])
    phase, beat = rng.random(count), rng.uniform(1.5, 2.1, count)
    way = 1.0 if rng.random() < 0.5 else -1.0
    row = stage.horizon * float(rng.uniform(0.3, 0.48))
    length = stage.width + 760 * stage.unit

    def draw(frame: Planes, t: float) -> None:
        run = (0.42 * length + 62 * stage.unit * t) % length - 380 * stage.unit
        lead = run if way > 0 else stage.width - run
        for index in range(count):
            x = lead + ahead[0, index] * stage.unit
            bob = math.sin(t * 0.9 + phase[index] * 6) * 9
            y = row + (ahead[1, index] + bob) * stage.unit
            bird = pose(flocks[int(kind[index])], phase[index] + t * beat[index])
            bird.centred(frame, x, y)

    return draw


def _bird(phase: float, scale: float, ink: Floats) -> Cutout:
    sketch = Sketch(60, 40, scale)
    lift = math.sin(phase)
    tip, bend = 20 - 15 * lift, 20 - 9 * lift - 3
    for side in (-1, 1):
        wing = [(30, 20), (30 + side * 13, bend), (30 + side * 28, tip)]
        sketch.stroke(wing, [6.5, 4.2, 0.9], ink)
    sketch.ellipse((30, 21), (4.4, 3.4), ink)
    return sketch.cutout()


def butterflies(stage: Stage) -> Draw:
    """Let butterflies flutter over the ground."""
    rng = stage.rng("butterflies")
    own = stage.tint("butterflies", "")
    codes = [own] if own else ["#f08a2c", "#5f8fe8", "#f3d04c"]
    kinds = [
        poses(8, partial(_butterfly, scale=stage.unit * 0.95, paint=stage.palette.shaded(code)))
        for code in codes
    ]
    count = 8
    phase = rng.uniform(0, 6.3, (5, count))
    x, y = rng.random(count), rng.random(count)

    def draw(frame: Planes, t: float) -> None:
        wander = np.sin(t * 0.5 + phase[0]) * 110 + np.sin(t * 1.3 + phase[1]) * 34
        across = x * stage.width + wander * stage.unit
        lift = np.sin(t * 0.7 + phase[2]) * 42 + np.sin(t * 4.1 + phase[3]) * 7
        down = stage.horizon + (y * 0.8 - 0.12) * (stage.height - stage.horizon)
        for index in range(count):
            wings = pose(kinds[index % len(kinds)], t * 3.1 + phase[4, index])
            wings.centred(frame, across[index], down[index] + lift[index] * stage.unit)

    return draw


def _butterfly(phase: float, scale: float, paint: Floats) -> Cutout:
    sketch = Sketch(52, 44, scale)
    spread = 0.25 + 0.75 * abs(math.cos(phase / 2))
    edge = paint * np.float32(0.35)
    for side in (-1, 1):

        def at(x: float, y: float, side: float = side) -> tuple[float, float]:
            return (26 + side * x * spread, y)

        sketch.polygon([at(1, 20), at(8, 6), at(20, 3), at(24, 12), at(16, 22), at(2, 24)], edge)
        sketch.polygon([at(2, 20), at(9, 9), at(18, 6), at(20, 12), at(14, 20)], paint)
        sketch.polygon([at(1, 23), at(13, 23), at(17, 32), at(10, 40), at(3, 32)], edge)
        sketch.polygon([at(3, 25), at(11, 25), at(13, 32), at(9, 36)], paint * np.float32(0.9))
    sketch.stroke([(26, 12), (26, 34)], [3, 2], rgb("#221a18"))
    return sketch.cutout()


def balloon(stage: Stage) -> Draw:
    """Let a striped hot-air balloon drift by, and a second one far away."""
    rng = stage.rng("balloon")
    own = stage.tint("balloon", "")
    codes = (
        (own, "#f4efe2")
        if own
        else (("#d8433a", "#f3c64f"), ("#2f74b8", "#f6efe0"))[int(rng.integers(2))]
    )
    near = _balloon(stage, codes, 1.3)
    far = _balloon(stage, (codes[1], codes[0]) if not own else codes, 0.42)
    side = 1.0 if stage.light[0] < stage.width / 2 else -1.0
    x = stage.width * (0.5 + side * float(rng.uniform(0.08, 0.18)))
    y = stage.horizon * float(rng.uniform(0.42, 0.5))

    def draw(frame: Planes, t: float) -> None:
        drift = 13 * stage.unit * t * side
        far.centred(
            frame,
            stage.width * 0.5 - side * stage.width * 0.22 + drift * 0.4,
            stage.horizon * 0.52 - 2.5 * stage.unit * t,
        )
        near.centred(frame, x + drift, y - (4 * t + 9 * math.sin(t * 0.7)) * stage.unit)

    return draw


def _balloon(stage: Stage, codes: tuple[str, str], size: float) -> Cutout:
    scale = max(3.0, 66 * size * stage.unit)
    half, height = math.ceil(scale * 1.1), math.ceil(scale * 2.9)
    y, x = np.mgrid[0:height, 0 : 2 * half].astype(np.float32)
    u, v = (x - half + 0.5) / scale, (y + 0.5) / scale - 1.08
    # The envelope is round above and tapers to the mouth below.
    lower = np.clip(np.cos(v * 1.16), 0, 1) * (v <= 1.12)
    radius = lower * (v >= 0) + np.sqrt(np.clip(1 - v * v, 0, 1)) * (v < 0)
    alpha = np.clip((radius - np.abs(u)) * scale + 0.5, 0, 1)
    turn = np.arcsin(np.clip(u / np.maximum(radius, 1e-3), -1, 1))
    gores = np.floor(turn / math.pi * 10 + 0.5) % 2
    first, second = (stage.palette.shaded(code) for code in codes)
    colour = mix(first, second, (gores * 0.85)[..., None])
    seam = np.abs((turn / math.pi * 10) % 1 - 0.5)
    colour = colour * (1 - 0.16 * np.clip(1 - seam * 14, 0, 1))[..., None]
    side = -1.0 if stage.light[0] < stage.width / 2 else 1.0
    shade = 0.74 + 0.34 * np.sin(turn) * side - 0.24 * np.clip(v, -0.6, 1) + 0.12 * np.cos(turn)
    colour = colour * shade[..., None]
    shine = np.exp(-((u - side * 0.38) ** 2 + (v + 0.42) ** 2) / 0.09)
    colour = mix(colour, stage.palette.colour("light"), (shine * 0.45)[..., None])
    wicker = rgb("#6b4526") * stage.palette.colour("shade")
    basket = np.clip(0.19 - np.abs(u), 0, 1 / scale) * scale * ((v > 1.5) & (v < 1.76))
    rope = np.clip(1.2 - np.abs(np.abs(u) - (0.36 - (v - 1.05) * 0.4)) * scale, 0, 1)
    rope = rope * ((v > 1.1) & (v < 1.52)) * 0.75
    below = np.maximum(basket, rope)
    colour = mix(colour, wicker, (below > 0)[..., None].astype(np.float32))
    return Cutout.make(
        mix(colour, stage.palette.colour("haze"), 0.5 * (size < 1)), np.maximum(alpha, below)
    )


def rocket(stage: Stage) -> Draw:
    """Let a rocket rise on a column of fire and smoke."""
    rng = stage.rng("rocket")
    paint = stage.palette.shaded(stage.tint("rocket", "#e9ecf0"))
    scale = 1.25 * stage.unit
    sketch = Sketch(70, 170, scale)
    sketch.polygon([(16, 130), (2, 162), (24, 152)], rgb("#c23b34"))
    sketch.polygon([(54, 130), (68, 162), (46, 152)], rgb("#c23b34"))
    hull = [
        (35, 2),
        (47, 26),
        (53, 60),
        (53, 120),
        (47, 156),
        (23, 156),
        (17, 120),
        (17, 60),
        (23, 26),
    ]
    sketch.polygon(hull, paint)
    sketch.polygon([(35, 2), (47, 26), (53, 60), (53, 120), (47, 156), (37, 156)], paint * 0.78)
    sketch.polygon([(35, 2), (47, 26), (49, 36), (21, 36), (23, 26)], rgb("#c23b34"))
    sketch.ellipse((35, 64), (9, 9), rgb("#31404f"))
    sketch.ellipse((35, 64), (6.5, 6.5), rgb("#8fd0f0"))
    body = sketch.cutout()
    fire = [
        glow((52 - 9 * step) * stage.unit, rgb(code), 1.0)
        for step, code in enumerate(("#ff7a2a", "#ffb347", "#fff4c4"))
    ]
    white = mix(rgb("#f0ece8"), stage.palette.colour("horizon"), 0.25)
    puffs = [glow((34 + 7 * step) * stage.unit, white, 0.95 - 0.05 * step) for step in range(14)]
    x = stage.width * float(rng.uniform(0.36, 0.64))
    jitter = rng.uniform(-1, 1, 64)

    def draw(frame: Planes, t: float) -> None:
        rise = (stage.height * 0.3 + 55 * t * stage.unit + 18 * t * t * stage.unit) % (
            stage.height * 1.5
        )
        top = stage.height * 0.92 - rise
        foot = top + body.height
        spread = 26 * stage.unit
        for step in range(len(puffs) * 2 - 1, -1, -1):
            puff = puffs[min(step // 2 + step // 4, len(puffs) - 1)]
            sway = jitter[(step + int(t * 12)) % 64] * spread * (0.2 + step * 0.05)
            puff.centred(frame, x + sway, foot + (22 + step * 21) * stage.unit)
        for index, flame in enumerate(fire):
            wobble = math.sin(t * 37 + index) * 3 * stage.unit
            flame.centred(frame, x + wobble * 0.3, foot + (20 - 7 * index) * stage.unit + wobble)
        body.over(frame, x - body.width / 2, top)

    return draw
