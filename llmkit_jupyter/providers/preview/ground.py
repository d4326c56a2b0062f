"""What lies at the viewer's feet when it is not water: meadow, snow, sand, a room's floor."""

from __future__ import annotations

import numpy as np

from llmkit_jupyter.providers.preview.land import strip
from llmkit_jupyter.providers.preview.noise import clouds as noise
from llmkit_jupyter.providers.preview.noise import line, smooth
from llmkit_jupyter.providers.preview.palette import mix, rgb
from llmkit_jupyter.providers.preview.planes import Cutout, Floats, Planes
from llmkit_jupyter.providers.preview.stage import Draw, Stage


def receding(
    rng: np.random.Generator, shape: tuple[int, int], across: float, along: float
) -> Floats:
    """Return noise (0 to 1) lying flat on the ground: fine at the top, coarse at the bottom.

    Args:
        rng: Where the randomness comes from.
        shape: Height and width in pixels; row 0 is at the horizon.
        across: Bumps over the width, at the bottom.
        along: Bumps towards the horizon; more makes narrower bands.
    """
    height, width = shape
    tall, wide = 256, 1024
    tile = noise(rng, (tall, wide), (32, 32), 2, 0.5)
    far = 1 / (np.arange(height, dtype=np.float32) / height + 0.06)
    v = (far * along * 8).astype(np.intp) % tall
    x = (np.arange(width, dtype=np.float32) - width / 2) / width
    u = (far[:, None] * x * across * 32).astype(np.intp) % wide
    return tile[v[:, None], u]


def _plain(
    stage: Stage, name: str, base: Floats, *, bumps: float, depth: float = 0.6
) -> tuple[Floats, Floats, int, float]:
    """Return colours, edge, first row and depth of ground that rolls gently."""
    rng = stage.rng(name)
    width = stage.width + 2 * stage.margin(depth)
    edge = stage.horizon - bumps * stage.unit * line(rng, width, 3, 3, 0.45)
    first = max(0, int(edge.min()) // 2 * 2 - 2)
    shape = (stage.height - first, width)
    rows = np.linspace(0, 1, shape[0], dtype=np.float32)[:, None, None]
    colours = stage.palette
    far = mix(base, colours.colour("haze"), 0.55)
    near = mix(base * np.float32(0.62), colours.colour("near"), 0.4)
    colour = mix(mix(far, base, smooth(0, 0.3, rows)), near, smooth(0.25, 1.0, rows))
    return np.broadcast_to(colour, (*shape, 3)), edge.astype(np.float32), first, depth


def meadow(stage: Stage) -> Draw:
    """Spread a meadow with tufts of grass, brightest below the light."""
    green = rgb(stage.tint("meadow", stage.palette.leaf))
    colour, edge, first, depth = _plain(stage, "meadow", green, bumps=26)
    rng = stage.rng("grass")
    shape = colour.shape[:2]
    tufts = receding(rng, shape, 10, 10) * 0.55 + receding(rng, shape, 30, 14) * 0.45
    patches = noise(rng, shape, (3, 5), 3)
    colour = colour * (0.72 + 0.36 * tufts + 0.22 * patches)[..., None]
    colour = _lit(stage, colour, 0.3)
    return strip(stage, colour, edge, first, depth)


def snowfield(stage: Stage) -> Draw:
    """Spread fresh snow with drifts and blue shadows."""
    white = rgb("#f1f5fb") * stage.palette.colour("shade")
    white = mix(white, stage.palette.colour("horizon"), 0.22)
    colour, edge, first, depth = _plain(stage, "snowfield", white, bumps=34)
    rng = stage.rng("drifts")
    shape = colour.shape[:2]
    drifts = noise(rng, shape, (5, 4), 4, 0.45)
    slope = np.gradient(drifts, axis=0) * shape[0] / 14
    shadow = mix(white * np.float32(0.62), stage.palette.colour("middle"), 0.35)
    colour = mix(colour, white, 0.55)
    colour = mix(colour, shadow, np.clip(0.3 + slope, 0, 0.8)[..., None])
    return strip(stage, _lit(stage, colour, 0.22), edge, first, depth)


def dunes(stage: Stage) -> Draw:
    """Pile up dunes: a lit face and a shadowed face along every crest."""
    sand = rgb(stage.tint("dunes", "#dba35f")) * stage.palette.colour("shade")
    colours = stage.palette
    side = -1.0 if stage.light[0] < stage.width / 2 else 1.0
    layers: list[Draw] = []
    span = stage.height - stage.horizon
    for index, depth in enumerate((0.15, 0.28, 0.45, 0.7)):
        rng = stage.rng(f"dunes/{index}")
        width = stage.width + 2 * stage.margin(depth)
        lift = (-0.06, 0.1, 0.3, 0.58)[index] * span
        tall = (0.1, 0.13, 0.17, 0.22)[index] * stage.height
        wave = line(rng, width, 1.6 + 0.9 * (3 - index) * 0.5, 2, 0.22)
        edge = (stage.horizon + lift - tall * (wave - 0.35)).astype(np.float32)
        first = max(0, int(edge.min()) // 2 * 2 - 2)
        shape = (stage.height - first, width)
        rows = np.arange(first, stage.height, dtype=np.float32)[:, None]
        below = (rows - edge) / stage.height
        # The crest's line wanders down the face and parts light from shadow.
        wander = line(rng, width, 3, 2, 0.5) - 0.5
        slope = np.gradient(edge) * side * 2.2 + wander * 0.3
        shadow = smooth(-0.25, 0.45, slope[None, :] - below * 0.6)
        near = index / 3
        ripple = np.sin(below * (340 - 120 * near) + 6 * noise(rng, shape, (3, 5), 3))
        lit = mix(sand, colours.colour("light"), 0.22)
        dark = mix(sand * np.float32(0.5), colours.colour("near"), 0.3)
        colour = mix(lit, dark, (shadow * 0.85)[..., None])
        colour = colour * (1 + ripple * 0.035 * near)[..., None]
        colour = mix(colour, colours.colour("haze"), 0.5 * (1 - near))
        colour = colour * (1 - 0.3 * smooth(0.0, 0.5, below))[..., None]
        layers.append(strip(stage, colour.astype(np.float32), edge, first, depth))

    def draw(frame: Planes, t: float) -> None:
        for layer in layers:
            layer(frame, t)

    return draw


def _lit(stage: Stage, colour: Floats, strength: float) -> Floats:
    """Let the light lie on the ground below the sun or the moon."""
    height, width = colour.shape[:2]
    x = np.arange(width, dtype=np.float32)[None, :] - stage.light[0]
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    pool = np.exp(-((x / (stage.width * (0.22 + 0.25 * y))) ** 2)) * (1 - y) ** 1.5
    return mix(colour, stage.palette.colour("light"), (pool * strength)[..., None])


def room(stage: Stage) -> Draw:
    """Build a warm room: wall, wooden floor, and a window through which the sky is seen."""
    rng = stage.rng("room")
    width, height, floor = stage.width, stage.height, stage.horizon
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    warm = rgb("#f3d9b4")
    glow = np.exp(-np.hypot((x - stage.light[0]) / width, (y - floor * 0.5) / height) * 2.4)
    wall = mix(rgb("#6b5058"), rgb("#f2c69a"), np.clip(glow * 1.25, 0, 1)[..., None])
    below = (y[floor:] - floor) / max(1, height - floor)
    board = np.floor((x[floor:] - width / 2) / (0.35 + below) / (70 * stage.unit + 1))
    tone = ((board * 7919) % 17 / 17)[..., None]
    grain = receding(rng, (height - floor, width), 3, 30)[..., None]
    wood = mix(rgb("#6d4028"), rgb("#b67b4b"), np.clip(tone * 0.5 + grain * 0.5, 0, 1))
    gaps = np.abs(((x[floor:] - width / 2) / (0.35 + below) / (70 * stage.unit + 1)) % 1 - 0.5)
    wood = wood * (1 - 0.4 * smooth(0.47, 0.5, gaps))[..., None]
    pool = np.exp(-(((x[floor:] - stage.light[0]) / (width * 0.22)) ** 2 + (below - 0.35) ** 2 * 9))
    wall[floor:] = mix(wood * np.float32(0.72), warm, (pool * 0.42)[..., None])
    wall[floor - max(2, round(14 * stage.unit)) : floor] *= np.float32(0.62)
    half_w, half_h = width * 0.13, floor * 0.31
    centre = floor * 0.47
    dx, dy = np.abs(x - stage.light[0]), np.abs(y - centre)
    hole = np.clip(half_w - dx, 0, 1) * np.clip(half_h - dy, 0, 1)
    frame_width = 12 * stage.unit
    casing = np.clip(half_w + frame_width - dx, 0, 1) * np.clip(half_h + frame_width - dy, 0, 1)
    bars = np.maximum(np.clip(0.4 * frame_width - dx, 0, 1), np.clip(0.4 * frame_width - dy, 0, 1))
    wall = mix(wall, rgb("#f6ead6") * np.float32(0.9), casing[..., None])
    alpha = 1 - hole * (1 - bars)
    wall = _rug(stage, wall)
    return _plate(wall, alpha)


def _rug(stage: Stage, floor: Floats) -> Floats:
    """Lay a round rug in the middle of the floor."""
    height, width = floor.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    middle = stage.horizon + (height - stage.horizon) * 0.54
    reach = (height - stage.horizon) * 0.36
    far = np.hypot((x - width / 2) / (reach * 3.2), (y - middle) / reach)
    rings = np.floor(far * 6) % 2
    weave = mix(rgb("#a8483f"), rgb("#e3b778"), (rings * 0.75)[..., None])
    weave = mix(weave, floor, 0.22)
    edge = np.clip((1 - far) * reach + 0.5, 0, 1)
    return mix(floor, weave, edge[..., None])


def _plate(colour: Floats, alpha: Floats) -> Draw:
    cutout = Cutout.make(colour, alpha)

    def draw(frame: Planes, _t: float) -> None:
        cutout.over(frame, 0, 0)

    return draw
