"""Plants near the viewer: flowers in the grass and a tree in blossom."""

from __future__ import annotations

import math

import numpy as np

from llmkit_jupyter.providers.preview.palette import mix, rgb
from llmkit_jupyter.providers.preview.planes import Cutout, Floats, Planes
from llmkit_jupyter.providers.preview.shapes import Sketch
from llmkit_jupyter.providers.preview.stage import Draw, Stage

_MEADOW_COLOURS = ("#e8503f", "#f6d045", "#ffffff", "#c65bd0", "#f48fb5", "#5f7be0")


def flowers(stage: Stage) -> Draw:
    """Scatter flowers over the ground, smaller the farther; the near ones sway."""
    rng = stage.rng("flowers")
    own = stage.tint("flowers", "")
    codes = [own, own] if own else [str(code) for code in rng.permutation(_MEADOW_COLOURS)[:4]]
    heads = [[_flower(stage, code, size) for size in (3.2, 5.5, 9.0, 14.0)] for code in codes]
    rows = stage.height - stage.horizon
    on_bank = stage.scene.ground not in {"meadow", "snowfield", "dunes"}
    count = 80 if on_bank else 230
    near = np.sort(rng.random(count) ** 0.8)
    if on_bank:
        near = 0.84 + 0.16 * near
    x = rng.random(count) * (stage.width + 80 * stage.unit) - 40 * stage.unit
    y = rows * (0.06 + 0.92 * near)
    kind = rng.integers(len(heads), size=count)
    # Flowers grow in patches of one kind.
    patch = (x / stage.width * 5 + near * 2).astype(int) % len(heads)
    kind = np.where(rng.random(count) < 0.7, patch, kind)
    size = np.clip((near * 4 * rng.uniform(0.75, 1.1, count)).astype(int), 0, 3)
    phase = rng.uniform(0, 6.3, count)
    chosen = [heads[int(k)][int(s)] for k, s in zip(kind, size, strict=True)]
    far = int(np.searchsorted(near, 0.6))
    margin = stage.margin(0.6)
    carpet = _carpet(stage, [(chosen[at], x[at] + margin, y[at]) for at in range(far)])
    swaying = [flower.cutout() for flower in chosen[far:]]

    def draw(frame: Planes, t: float) -> None:
        pan = stage.pan(t, 0.6)
        carpet.over(frame, pan - margin, stage.horizon)
        sway = (1 + 5 * near) * stage.unit * np.sin(t * 1.5 + phase + x * 5 / stage.width)
        for index, flower in enumerate(swaying, start=far):
            flower.centred(frame, x[index] + pan + sway[index], stage.horizon + y[index])

    return draw


def _carpet(stage: Stage, flowers_at: list[tuple[Sketch, float, float]]) -> Cutout:
    """Put far flowers, too small to be seen swaying, into one piece of picture."""
    shape = (stage.height - stage.horizon, stage.width + 2 * stage.margin(0.6))
    colour, alpha = np.zeros((*shape, 3), np.float32), np.zeros(shape, np.float32)
    for sketch, x, y in flowers_at:
        paint, cover = sketch.image()
        left, top = round(x - cover.shape[1] / 2), round(y - cover.shape[0] / 2)
        inside = left >= 0 and top >= 0 and left + cover.shape[1] <= shape[1]
        if not inside or top + cover.shape[0] > shape[0]:
            continue
        place = np.s_[top : top + cover.shape[0], left : left + cover.shape[1]]
        colour[place] = mix(colour[place], paint, (cover > 0)[..., None].astype(np.float32))
        alpha[place] = np.maximum(alpha[place], cover)
    return Cutout.make(colour, alpha)


def _flower(stage: Stage, code: str, radius: float) -> Sketch:
    petal = stage.palette.shaded(code)
    middle = stage.palette.shaded("#f2c33c" if code != "#f6d045" else "#7a4a22")
    stem = mix(stage.palette.colour("leaf"), stage.palette.colour("near"), 0.3)
    sketch = Sketch(2.6, 5.0, max(0.6, radius * stage.unit))
    sketch.stroke([(1.3, 1.3), (1.25, 3.2), (1.35, 4.9)], [0.2, 0.2, 0.12], stem)
    sketch.ellipse((1.75, 3.7), (0.42, 0.16), stem)
    for step in range(5):
        angle = 2 * math.pi * step / 5 + 0.3
        place = (1.3 + 0.6 * math.cos(angle), 1.3 + 0.5 * math.sin(angle))
        sketch.ellipse(place, (0.5, 0.44), petal * np.float32(0.86 + 0.14 * (step % 2)))
    sketch.ellipse((1.3, 1.3), (0.34, 0.3), middle)
    return sketch


def blossom(stage: Stage) -> Draw:
    """Plant trees in blossom."""
    code = stage.tint("blossom", stage.tint("petals", "#f5a9c2"))
    return _grove(stage, stage.palette.shaded(code))


def trees(stage: Stage) -> Draw:
    """Plant leafy trees, in autumn colours when leaves fall."""
    own = stage.tint("trees", "#c9682c" if stage.has("leaves") else "")
    green = mix(stage.palette.colour("leaf"), rgb("#6fa83f") * stage.palette.colour("shade"), 0.35)
    return _grove(stage, stage.palette.shaded(own) if own else green)


def _grove(stage: Stage, crown: Floats) -> Draw:
    """Plant a tree at one side of the picture, and a smaller one behind it at the other."""
    rng = stage.rng("grove")
    side = 1.0 if stage.light[0] < stage.width / 2 else -1.0
    planted: list[tuple[Cutout, float, float, float]] = []
    for size, away, depth, down in ((0.62, 0.40, 0.45, 0.12), (1.15, 0.41, 0.8, 0.46)):
        place = 1 if size > 1 else -1
        tree = _tree(stage, rng, size, crown)
        x = stage.width * (0.5 + side * place * away)
        planted.append((tree, x, stage.foot(down), depth))

    def draw(frame: Planes, t: float) -> None:
        for tree, x, foot, depth in planted:
            at = x + stage.pan(t, depth) - tree.width / 2
            tree.over(frame, at + 1.5 * stage.unit * math.sin(t * 0.8), foot - tree.height)

    return draw


def _tree(stage: Stage, rng: np.random.Generator, size: float, crown: Floats) -> Cutout:
    bark = mix(rgb("#4a3228") * stage.palette.colour("shade"), stage.palette.colour("near"), 0.35)
    sketch = Sketch(560, 520, size * stage.unit)
    tips: list[tuple[float, float]] = []

    def grow(x: float, y: float, angle: float, length: float, width: float) -> None:
        points = [(x, y)]
        for _ in range(3):
            angle += float(rng.normal(0, 0.13))
            x += math.sin(angle) * length / 3
            y -= math.cos(angle) * length / 3
            points.append((x, y))
        sketch.stroke(points, [width, width * 0.9, width * 0.8, width * 0.68], bark)
        if length < 95:
            tips.extend(points[1:])
        if length < 56:
            return
        for turn in (-0.5, 0.02, 0.5) if length > 84 else (-0.42, 0.4):
            away = angle + turn + float(rng.normal(0, 0.12))
            grow(x, y, away, length * float(rng.uniform(0.66, 0.8)), width * 0.62)

    grow(280, 518, float(rng.normal(0, 0.08)), 128, 26)
    _crown(stage, rng, (sketch, crown), tips)
    return sketch.cutout()


def _crown(
    stage: Stage,
    rng: np.random.Generator,
    on: tuple[Sketch, Floats],
    tips: list[tuple[float, float]],
) -> None:
    """Hang leaves or blossom on the tips: shadow first, then body, then what is lit."""
    sketch, base = on
    shadow = mix(base * np.float32(0.62), stage.palette.colour("middle"), 0.2)
    lit = mix(base, stage.palette.colour("light"), 0.55)
    towards = -1.0 if stage.light[0] < stage.width / 2 else 1.0
    passes: tuple[tuple[Floats, float, float, float], ...] = (
        (shadow, 25, 9, 2), (base, 15, 0, 3), (lit, 6, -9, 4),
    )  # fmt: skip
    for colour, radius, drop, number in passes:
        for x, y in tips:
            for _ in range(int(number)):
                dx, dy = rng.normal(0, 15, 2)
                shade = colour * np.float32(rng.uniform(0.93, 1.06))
                place = (x + float(dx) - towards * drop, y + float(dy) * 0.8 + drop)
                size = radius * float(rng.uniform(0.6, 1.1))
                sketch.ellipse(place, (size, size * 0.85), shade)
