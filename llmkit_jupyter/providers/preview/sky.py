"""The sky: its gradient, sun and moon, stars, clouds and northern lights."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from llmkit_jupyter.providers.preview.noise import clouds as noise
from llmkit_jupyter.providers.preview.noise import enlarge, smooth
from llmkit_jupyter.providers.preview.palette import mix, rgb
from llmkit_jupyter.providers.preview.planes import (
    U8,
    Cutout,
    Floats,
    Ints,
    Planes,
    lighten,
    picture,
)
from llmkit_jupyter.providers.preview.stage import Draw, Stage


def backdrop(stage: Stage) -> Draw:
    """Fill the picture with the sky's gradient and the glow of the light."""
    colours = stage.palette
    rows = np.arange(stage.height, dtype=np.float32) / stage.horizon
    stops = np.array([0, 0.55, 0.9, 1.0, 3.0], np.float32)
    low = mix(colours.colour("middle"), colours.colour("horizon"), 0.75)
    codes = [colours.colour("zenith"), colours.colour("middle"), low]
    codes += [colours.colour("horizon"), colours.colour("haze")]
    column = np.stack(
        [np.interp(rows, stops, [float(code[part]) for code in codes]) for part in range(3)], axis=1
    ).astype(np.float32)
    rgb_picture = np.repeat(column[:, None, :], stage.width, axis=1)
    if stage.has("sun", "moon"):
        # The halo is soft: a quarter of the size is enough to compute it.
        distance = _distance(stage, 4)
        reach = (0.16 + 0.5 * colours.glow) * 720 * stage.unit
        halo = 0.55 * np.exp(-distance / (0.22 * reach)) + 0.45 * np.exp(-distance / reach)
        halo = enlarge(halo * (0.35 + 0.5 * colours.glow), stage.height, stage.width)[..., None]
        glow = mix(colours.colour("light"), colours.colour("horizon"), 0.35)
        rgb_picture = mix(rgb_picture, glow, np.clip(halo, 0, 0.9))
    plate = picture(rgb_picture, stage.rng("dither"))

    def draw(frame: Planes, _t: float) -> None:
        frame.take(plate)

    return draw


def _distance(stage: Stage, step: int) -> Floats:
    y, x = np.mgrid[0 : stage.height : step, 0 : stage.width : step].astype(np.float32)
    return np.hypot(x - stage.light[0], y - stage.light[1])


def _disc(radius: float, size: int) -> tuple[Floats, Floats, Floats]:
    """Return opacity and the coordinates (-1 to 1 inside) of a disc in a square of `size`."""
    y, x = (np.mgrid[0:size, 0:size].astype(np.float32) - (size - 1) / 2) / radius
    alpha = np.clip((1 - np.hypot(x, y)) * radius + 0.5, 0, 1)
    return alpha, x, y


def sun(stage: Stage) -> Draw:
    """Hang the sun in the sky, larger the lower it stands."""
    low = stage.scene.time in {"dawn", "sunset", "dusk"}
    radius = max(3.0, (44 if low else 30) * stage.unit)
    size = 2 * math.ceil(radius) + 4
    alpha, _x, y = _disc(radius, size)
    light = stage.palette.colour("light")
    bottom = mix(light, stage.palette.colour("horizon"), 0.45) if low else light
    tint = stage.tint("sun", "")
    if tint:
        light, bottom = rgb(tint), rgb(tint) * np.float32(0.85)
    colour = mix(light, bottom, np.clip(y * 0.5 + 0.5, 0, 1)[..., None])
    disc = Cutout.make(colour, alpha)

    def draw(frame: Planes, _t: float) -> None:
        disc.centred(frame, *stage.light)

    return draw


def moon(stage: Stage) -> Draw:
    """Hang the moon in the sky with its seas and, on some nights, only a part of it lit."""
    rng = stage.rng("moon")
    radius = max(3.0, 40 * stage.unit)
    size = 2 * math.ceil(radius) + 4
    alpha, x, y = _disc(radius, size)
    seas = smooth(0.45, 0.75, noise(rng, (size, size), (3, 3), 4, 0.55))
    base = rgb(stage.tint("moon", "#f4f1e2"))
    colour = mix(base, base * np.float32(0.72), seas[..., None])
    colour = colour * (1 - 0.25 * np.clip(np.hypot(x, y), 0, 1) ** 4)[..., None]
    phase = float(rng.uniform(-0.9, 1.6))
    if phase < 0.35:  # a crescent: the shadow is a disc pushed aside
        inside = np.hypot(x - 0.55 - 0.3 * phase, y + 0.15)
        alpha = alpha * smooth(0.86, 1.0, inside)
    disc = Cutout.make(colour, alpha)

    def draw(frame: Planes, _t: float) -> None:
        disc.centred(frame, *stage.light)

    return draw


def stars(stage: Stage) -> Draw:
    """Scatter stars: many faint ones that stay, some bright ones that twinkle."""
    rng = stage.rng("stars")
    floor = stage.height if stage.scene.ground == "space" else stage.horizon
    count = round(min(2400, 260 + stage.width * floor / 900))
    x = rng.integers(1, stage.width - 1, count)
    crowd = 1.0 if floor == stage.height else 1.35  # more of them higher up, over land
    y = (rng.random(count) ** crowd * (floor - 2)).astype(np.int64)
    # Brightness falls off as in a real sky: a few bright, many faint.
    light = np.minimum(190, 26 / (rng.random(count) + 0.1) ** 1.15)
    fade = 1 - 0.75 * (y / floor) if floor != stage.height else 1.0
    light = (light * fade * (1.5 if floor == stage.height else 1.0)).clip(0, 200).astype(np.float32)
    y = np.maximum(y, 1)
    big = np.flatnonzero(light > np.quantile(light, 0.86))
    speed, start = rng.uniform(1.5, 4.5, big.size), rng.uniform(0, 6.3, big.size)
    fixed = np.zeros((floor, stage.width), np.float32)
    np.maximum.at(fixed, (y, x), light)
    fixed_u8 = fixed.astype(np.uint8)
    wide = stage.unit > 0.55

    def draw(frame: Planes, t: float) -> None:
        lighten(frame.y[:floor], fixed_u8)
        level = light[big] * (0.62 + 0.38 * np.sin(speed * t + start))
        _sparkle(frame, x[big], y[big], level, wide=wide)

    return draw


def _sparkle(frame: Planes, x: Ints, y: Ints, level: Floats, *, wide: bool) -> None:
    arms = ((0, 0, 0.9), (1, 0, 0.5), (-1, 0, 0.5), (0, 1, 0.5), (0, -1, 0.5))
    for dx, dy, share in arms if wide else arms[:1]:
        row = np.minimum(y + dy, frame.y.shape[0] - 1)
        here = frame.y[row, x + dx].astype(np.float32) + level * share
        frame.y[row, x + dx] = np.minimum(here, 235).astype(np.uint8)


def clouds(stage: Stage) -> Draw:
    """Let clouds drift over the sky, lit from where the light stands."""
    rng = stage.rng("clouds")
    colours = stage.palette
    heavy = stage.has("rain", "lightning", "storm", "snow") or stage.scene.time == "storm"
    height = round(stage.horizon * 0.92 / 2) * 2
    period = round(stage.width * 1.4 / 2) * 2
    # Soft shapes: half the size for the form, brought to full size at the end.
    shape = (max(4, height // 2), max(8, period // 2))
    ratio = period / max(1, height)
    form = noise(rng, shape, (2.6, 2.2 * ratio), 6, 0.52)
    y = np.linspace(0, 1, shape[0], dtype=np.float32)[:, None]
    edge = 0.2 if heavy else float(rng.uniform(0.55, 0.62))
    cover = smooth(edge, edge + 0.3, form) * smooth(1.0, 0.55, y)
    cover *= 0.95 if heavy else 0.9
    # The difference to the form nearer to the light tells lit edges from shadowed bellies.
    step = max(1, shape[0] // 16)
    above = np.concatenate([np.repeat(form[:1], step, axis=0), form[:-step]])
    lit = np.clip(0.55 + (form - above) * 1.7 - (form - edge) * 0.5, 0, 1)
    white = mix(colours.colour("light"), colours.colour("horizon"), 0.35)
    grey = mix(colours.colour("zenith"), colours.colour("haze"), 0.55)
    if heavy:
        # Rain clouds take little of the sky's colour.
        white = mix(white, np.full(3, white.mean()), 0.65) * np.float32(0.72)
        grey = mix(grey, np.full(3, grey.mean()), 0.65) * np.float32(0.55)
    tint = stage.tint("clouds", "")
    if tint:
        white = mix(white, rgb(tint), 0.7)
    if stage.scene.time == "day" and not heavy:
        white, grey = rgb("#ffffff") if not tint else white, rgb("#b9c9dc")
    wrap = stage.width + 2
    full = (height, period)
    shade = np.pad(enlarge(lit, *full), ((0, 0), (0, wrap)), mode="wrap")[..., None]
    alpha = np.pad(enlarge(cover, *full), ((0, 0), (0, wrap)), mode="wrap")
    strip = Cutout.make(mix(grey, white, shade), alpha)
    speed = (26 if heavy else 13) * stage.unit * stage.scene.drift

    def draw(frame: Planes, t: float) -> None:
        strip.over(frame, -(int(speed * t - stage.pan(t, 0.1)) % period), 0)

    return draw


def aurora(stage: Stage) -> Draw:
    """Hang curtains of northern light that ripple slowly."""
    rng = stage.rng("aurora")
    height = round(stage.horizon * 0.95 / 2) * 2
    small_h, small_w = max(8, height // 8), max(16, stage.width // 8)
    x = np.linspace(0, 1, small_w, dtype=np.float32)
    y = np.linspace(0, 1, small_h, dtype=np.float32)[:, None]
    curtains = [tuple(float(part) for part in rng.uniform(0, 6.3, 4)) for _ in range(3)]
    colour = rgb(stage.tint("aurora", "#38f0a0"))
    high = rgb("#b04cff")

    def draw(frame: Planes, t: float) -> None:
        glow = np.zeros((small_h, small_w), np.float32)
        upper = np.zeros_like(glow)
        for at, (a, b, c, d) in enumerate(curtains):
            foot = 0.60 + 0.1 * at + 0.11 * np.sin(x * (3 + at) + a + t * 0.16)
            foot = foot + 0.035 * np.sin(x * 11 + b - t * 0.4)
            rays = 0.5 + 0.28 * np.sin(x * 38 + c + 3 * np.sin(x * 5 + t * 0.5))
            rays = rays + 0.22 * np.sin(x * 71 - d - t * 1.1)
            rays = rays * (0.45 + 0.55 * np.sin(x * (2.4 + at) + d + t * 0.3) ** 2)
            up = foot - y
            veil = np.where(up > 0, np.exp(-up * (4.6 + at)), np.exp(up * 34)) * rays
            glow += veil
            upper += veil * np.clip(up * 3.2, 0, 1)
        share = np.clip(upper / (glow + 1e-3), 0, 1)
        light = np.clip(glow, 0, 1.2)
        _shine(frame, light, share, (colour, high), height)

    return draw


def _shine(
    frame: Planes, light: Floats, share: Floats, ends: tuple[Floats, Floats], height: int
) -> None:
    """Add coloured light, given at low resolution, to the top `height` rows."""
    lighten(frame.y[:height], _wide(light * 96, (height, frame.y.shape[1])))
    weights = np.array([[-0.115, -0.386, 0.5], [0.5, -0.454, -0.046]], np.float32)
    for plane, weight in zip((frame.u, frame.v), weights, strict=True):
        first, second = (float(weight @ end) * 105 for end in ends)
        piece = plane[: height // 2]
        moved = piece.astype(np.int16)
        moved += _wide(light * (first + (second - first) * share) + 128, piece.shape)
        moved -= 128
        np.clip(moved, 16, 240, out=moved)
        piece[...] = moved


def _wide(field: Floats, shape: tuple[int, ...]) -> U8:
    """Scale a small field of numbers from 0 to 255 up, fast."""
    image = Image.fromarray(np.clip(field, 0, 255).astype(np.uint8))
    wide = image.resize((shape[1], shape[0]), Image.Resampling.BILINEAR)
    return np.asarray(wide, dtype=np.uint8)
