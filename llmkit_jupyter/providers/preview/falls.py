"""A waterfall between rocks."""

from __future__ import annotations

import math

import numpy as np

from llmkit_jupyter.providers.preview.noise import clouds as noise
from llmkit_jupyter.providers.preview.noise import line, smooth
from llmkit_jupyter.providers.preview.palette import mix, rgb
from llmkit_jupyter.providers.preview.planes import Cutout, Planes, lighten
from llmkit_jupyter.providers.preview.shapes import glow
from llmkit_jupyter.providers.preview.stage import Draw, Stage


def waterfall(stage: Stage) -> Draw:
    """Let water fall down a cliff into a cloud of spray."""
    rng = stage.rng("waterfall")
    shade = stage.palette.colour("shade")
    wide, tall = round(900 * stage.unit / 2) * 2, round(stage.horizon * 0.72 / 2) * 2
    top = stage.horizon - tall + round(26 * stage.unit)
    y, x = np.mgrid[0:tall, 0:wide].astype(np.float32)
    u = np.abs(x / wide - 0.5) * 2
    profile = line(rng, wide, 7, 4, 0.55)[None, :]
    notch = 1 - smooth(0.1, 0.24, u)
    edge = tall * (0.06 + 0.14 * notch + 0.8 * smooth(0.45, 1.0, u) + 0.16 * (profile - 0.5))
    alpha = np.clip(y - edge, 0, 1)
    grain = 110 * stage.unit  # pixels between the bands of the rock
    layers = noise(rng, (tall, wide), (tall / grain * 4, wide / grain), 4, 0.6)
    cracks = noise(rng, (tall, wide), (tall / grain, wide / grain * 2), 4, 0.6)
    rock = mix(rgb("#5f5a55") * shade, stage.palette.colour("near"), 0.3)
    light = 0.5 + 0.65 * layers + 0.4 * (cracks - 0.5)
    moss = smooth(0.62, 0.8, cracks) * smooth(0.9, 0.2, y / tall)
    colour = mix(rock * light[..., None], stage.palette.colour("leaf"), (moss * 0.7)[..., None])
    colour = mix(colour, stage.palette.colour("haze"), 0.16)
    cliff = Cutout.make(colour, alpha)
    span = round(wide * 0.16 / 2) * 2
    left = (wide - span) // 4 * 2
    body = np.clip(np.minimum(np.arange(span), span - 1 - np.arange(span)) / (0.12 * span), 0, 1)
    start = max(0, int(edge[:, left : left + span].min()))
    white = mix(rgb("#dcebf5") * shade, stage.palette.colour("horizon"), 0.25)
    sheet = Cutout.make(white * np.float32(0.78), np.broadcast_to(body * 0.9, (tall - start, span)))
    # Noise wraps around in x only; turned on its side it falls without a seam.
    strands = max(6, span / (9 * stage.unit))
    threads = noise(rng, (span, 512), (strands, 7), 3, 0.6).T
    threads = np.pad(
        (smooth(0.42, 0.95, threads) * body * 70).astype(np.uint8), ((0, tall), (0, 0)), mode="wrap"
    )
    spray = glow(120 * stage.unit, white, 0.75)
    middle = stage.width - stage.light[0] if stage.width > stage.height else stage.width / 2
    phase = rng.uniform(0, 6.3, 5)

    def draw(frame: Planes, t: float) -> None:
        at = round(middle + stage.pan(t, 0.36) - wide / 2)
        cliff.over(frame, at, top)
        sheet.over(frame, at + left, top + start)
        first, last = max(0, at + left), min(stage.width, at + left + span)
        rows = slice(max(0, top + start), min(stage.height, top + tall))
        fallen = 512 - 1 - int(t * 430 * stage.unit) % 512
        if first < last:
            piece = threads[
                fallen : fallen + rows.stop - rows.start, first - at - left : last - at - left
            ]
            lighten(frame.y[rows, first:last], piece)
        for index in range(5):
            drift = math.sin(t * 1.1 + phase[index]) * 16 + (index - 2) * 42
            rise = math.sin(t * 0.9 + phase[index] * 2) * 8
            spray.centred(frame, at + wide / 2 + drift * stage.unit, top + tall + rise * stage.unit)

    return draw
