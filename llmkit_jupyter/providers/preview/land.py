"""Land: mountain ranges, hills, forests and what lies at the viewer's feet."""

from __future__ import annotations

import numpy as np

from llmkit_jupyter.providers.preview.noise import clouds as noise
from llmkit_jupyter.providers.preview.noise import line, peaks, smooth
from llmkit_jupyter.providers.preview.palette import mix, rgb
from llmkit_jupyter.providers.preview.planes import Cutout, Floats, Planes
from llmkit_jupyter.providers.preview.stage import Draw, Stage


def strip(stage: Stage, colour: Floats, top: Floats, first: int, depth: float) -> Draw:
    """Make a layer of coloured land that pans with the camera.

    Args:
        stage: The stage.
        colour: Colours (height, width + 2 margins, 3); its first row is picture row `first`.
        top: For each column the row where the land begins, in picture rows.
        first: The picture row of the first row of `colour`; even.
        depth: 0 is far and hardly moves, 1 is near.
    """
    rows = np.arange(first, first + colour.shape[0], dtype=np.float32)[:, None]
    cutout = Cutout.make(colour, np.clip(rows - top + 0.5, 0, 1))
    margin = stage.margin(depth)

    def draw(frame: Planes, t: float) -> None:
        cutout.over(frame, stage.pan(t, depth) - margin, first)

    return draw


def _facets(stage: Stage, rng: np.random.Generator, top: Floats, shape: tuple[int, int]) -> Floats:
    """Return light (0 to 1) on the flanks below a ridge: lit faces, shadowed faces, gullies."""
    height, width = shape
    ratio = width / height
    slope = np.gradient(np.convolve(top, np.ones(5) / 5, "same"))
    rows = np.arange(height, dtype=np.float32)[:, None]
    below = np.maximum(rows - (top - top.min()), 0)
    warp = (noise(rng, shape, (3, 3 * ratio), 4) - 0.5) * (1.1 * below + 14 * stage.unit)
    at = np.clip(np.arange(width) + warp, 0, width - 1).astype(np.intp)
    side = 1.0 if stage.light[0] < stage.width / 2 else -1.0
    light = np.tanh(-slope[at] * side * 2.2).astype(np.float32) * 0.5 + 0.5
    rough = noise(rng, shape, (10, 7 * ratio), 4, 0.6)
    return np.clip(light * 0.75 + rough * 0.5 - 0.1, 0, 1)


def mountains(stage: Stage) -> Draw:
    """Raise three ranges behind each other, each nearer one darker and clearer."""
    colours = stage.palette
    layers: list[Draw] = []
    tint = stage.tint("mountains", "")
    cold = stage.has("snow", "aurora") or stage.scene.ground == "snowfield"
    for index, depth in enumerate((0.12, 0.22, 0.36)):
        rng = stage.rng(f"mountains/{index}")
        width = stage.width + 2 * stage.margin(depth)
        tall = stage.horizon * (0.52, 0.36, 0.2)[index] * float(rng.uniform(0.85, 1.1))
        cells = max(2.0, (2.6, 3.6, 4.6)[index] * width / (1280 * max(stage.unit, 0.3)))
        profile = peaks(rng, width, cells)
        # Some of the range stands out, the rest stays low: a skyline, not a saw.
        profile = profile * (0.55 + 0.75 * line(rng, width, max(2.0, cells / 2), 1, 1.0))
        top = (stage.horizon - tall * profile).astype(np.float32)
        first = max(0, int(top.min()) // 2 * 2 - 2)
        shape = (stage.horizon - first + 2, width)
        light = _facets(stage, rng, top, shape)[..., None]
        near = (0.0, 0.36, 0.72)[index]
        base = mix(colours.colour("far"), colours.colour("near"), near)
        if tint:
            base = mix(base, rgb(tint) * colours.colour("shade"), 0.5)
        lit = mix(base, colours.colour("light"), 0.30 - 0.2 * near)
        colour = mix(base * np.float32(0.72), lit, light)
        rows = np.arange(first, first + shape[0], dtype=np.float32)[:, None]
        if index < 2:
            colour = _snow(stage, colour, light, (rows, top, tall), cold=cold)
        # Valley mist: the foot of every range fades into the haze.
        foot = smooth(stage.horizon - tall * 0.75, stage.horizon + 4, rows)[..., None]
        colour = mix(colour, colours.colour("haze"), foot * (0.85 - 0.45 * near))
        colour = mix(colour, colours.colour("haze"), 0.35 * (1 - near))
        layers.append(strip(stage, colour, top, first, depth))

    def draw(frame: Planes, t: float) -> None:
        for layer in layers:
            layer(frame, t)

    return draw


def _snow(
    stage: Stage, colour: Floats, light: Floats, place: tuple[Floats, Floats, float], *, cold: bool
) -> Floats:
    rows, top, tall = place
    line_row = stage.horizon - tall * (0.2 if cold else 0.52)
    jagged = (light[..., 0] - 0.5) * tall * 0.34
    above = smooth(-0.06 * tall, 0.08 * tall, line_row - rows + jagged)
    # Rock shows where the flank is steep and away from the top.
    above = above * np.clip(1.15 - (rows - top) / (tall * (1.3 if cold else 0.75)), 0, 1)
    white = mix(rgb("#ffffff"), stage.palette.colour("light"), 0.5) * stage.palette.colour("shade")
    shadow = mix(white * np.float32(0.55), stage.palette.colour("middle"), 0.45)
    snow = mix(shadow, white, np.clip(light * 1.35 - 0.15, 0, 1))
    return mix(colour, snow, above[..., None] * 0.92)


def hills(stage: Stage) -> Draw:
    """Roll soft hills towards the horizon."""
    colours = stage.palette
    layers: list[Draw] = []
    green = rgb(stage.tint("hills", colours.leaf))
    if stage.scene.ground == "snowfield":
        green = rgb("#dfe8f2") * colours.colour("shade")
    for index, depth in enumerate((0.12, 0.24, 0.4)):
        rng = stage.rng(f"hills/{index}")
        width = stage.width + 2 * stage.margin(depth)
        tall = stage.horizon * (0.44, 0.31, 0.18)[index]
        cells = max(2.0, (2.2, 2.8, 3.4)[index] * width / (1280 * max(stage.unit, 0.3)))
        top = (stage.horizon - tall * (0.3 + 0.7 * line(rng, width, cells, 3, 0.3))).astype(
            np.float32
        )
        first = max(0, int(top.min()) // 2 * 2 - 2)
        shape = (stage.horizon - first + 2, width)
        near = (0.15, 0.45, 0.75)[index]
        rows = np.arange(first, first + shape[0], dtype=np.float32)[:, None]
        base = mix(mix(colours.colour("far"), green, near), colours.colour("near"), 0.22 * near)
        slope = np.gradient(top) * (1 if stage.light[0] < stage.width / 2 else -1)
        rough = noise(rng, shape, (2.5, 2 * width / shape[0]), 5, 0.55)
        light = np.clip(0.5 - slope * 2.0 + (rough - 0.5) * 0.5, 0, 1)
        rim = np.exp(-np.maximum(rows - top, 0) / (22 * stage.unit))
        colour = mix(
            base * np.float32(0.7), mix(base, colours.colour("light"), 0.28), light[..., None]
        )
        colour = mix(colour, colours.colour("light"), (rim * 0.16)[..., None])
        foot = smooth(float(top.mean()), stage.horizon + 4, rows)[..., None]
        colour = mix(colour, colours.colour("haze"), foot * (0.62 - 0.4 * near))
        layers.append(strip(stage, colour, top, first, depth))

    def draw(frame: Planes, t: float) -> None:
        for layer in layers:
            layer(frame, t)

    return draw


def forest(stage: Stage) -> Draw:
    """Plant rows of conifers; mist hangs between the rows."""
    colours = stage.palette
    layers: list[Draw] = []
    open_ground = stage.scene.ground in {"meadow", "snowfield", "dunes"}
    snowy = stage.scene.ground == "snowfield" or stage.has("snow")
    for index, depth in enumerate((0.3, 0.45, 0.62)):
        rng = stage.rng(f"forest/{index}")
        width = stage.width + 2 * stage.margin(depth)
        tall = (50, 84, 140)[index] * stage.unit
        foot = stage.horizon + (0.0, 0.012, 0.03)[index] * stage.height * (
            2.2 if open_ground else 0
        )
        ground = foot - tall * 0.35 * line(rng, width, 5, 2, 0.5)
        top, crown = _conifers(rng, ground, tall, width)
        first = max(0, int(top.min()) // 2 * 2 - 2)
        bottom = min(stage.height, round(foot / 2) * 2 + 2)
        rows = np.arange(first, bottom, dtype=np.float32)[:, None]
        near = (0.3, 0.62, 0.95)[index]
        green = mix(colours.colour("leaf"), colours.colour("near"), 0.55)
        tint = stage.tint("forest", "")
        green = rgb(tint) * colours.colour("shade") * np.float32(0.7) if tint else green
        base = mix(mix(colours.colour("haze"), colours.colour("far"), 0.5), green, near)
        shape = (rows.shape[0], width)
        fine = 7 * max(0.5, stage.unit)
        needles = noise(rng, shape, (shape[0] / fine * 1.6, width / fine), 2, 0.6)
        colour = base * (0.78 + 0.26 * needles + 0.14 * crown)[..., None]
        depth_in = np.maximum(rows - top, 0) / tall
        if snowy:
            cover = np.clip(needles * 1.5 - 0.35 + crown * 0.35 - depth_in * 0.8, 0, 0.92)
            colour = mix(colour, rgb("#eef4ff") * colours.colour("shade"), cover[..., None])
        mist = smooth(0.25, 1.4, depth_in)[..., None] * (0.75 - 0.6 * near)
        colour = mix(colour, colours.colour("haze"), mist)
        layers.append(strip(stage, colour.astype(np.float32), top, first, depth))

    def draw(frame: Planes, t: float) -> None:
        for layer in layers:
            layer(frame, t)

    return draw


def _conifers(
    rng: np.random.Generator, ground: Floats, tall: float, width: int
) -> tuple[Floats, Floats]:
    """Return the row where trees begin in each column, and how near a tree's axis it is."""
    columns = np.arange(width, dtype=np.float32)
    top = ground.astype(np.float32).copy()
    crown = np.zeros(width, np.float32)
    at = -tall * 0.3
    while at < width + tall * 0.3:
        high = tall * float(rng.uniform(0.5, 1.0))
        half = high * float(rng.uniform(0.15, 0.21))
        left, right = max(0, int(at - half)), min(width, int(at + half) + 2)
        if left < right:
            share = np.abs(columns[left:right] - at) / half
            # Branches: the outline goes down in steps.
            tiers = np.floor(share * 6) / 6
            outline = high * np.clip(1 - 0.55 * share - 0.45 * tiers, 0, 1)
            tip = ground[min(max(int(at), 0), width - 1)] - outline
            top[left:right] = np.minimum(top[left:right], tip)
            crown[left:right] = np.maximum(crown[left:right], 1 - share)
        at += half * float(rng.uniform(0.55, 1.5))
    return top, crown
