"""Weather: rain, snow, fog and lightning."""

from __future__ import annotations

import math

import numpy as np

from llmkit_jupyter.providers.preview.noise import clouds as noise
from llmkit_jupyter.providers.preview.noise import enlarge, smooth
from llmkit_jupyter.providers.preview.palette import mix, rgb
from llmkit_jupyter.providers.preview.planes import U8, Cutout, Planes, lighten
from llmkit_jupyter.providers.preview.shapes import Sketch
from llmkit_jupyter.providers.preview.stage import Draw, Stage


class _Curtain:
    """A sheet of light specks that falls past without end."""

    def __init__(self, tile: U8, width: int, height: int) -> None:
        """Repeat `tile` (which wraps around both ways) so that any part can be cut out."""
        self._rows, self._columns = tile.shape
        self._size = (height, width)
        self._sheet = np.pad(tile, ((0, height), (0, width)), mode="wrap")

    def over(self, frame: Planes, x: float, y: float) -> None:
        """Add the sheet to the luma, moved right by x and down by y pixels."""
        top, left = int(-y) % self._rows, int(-x) % self._columns
        height, width = self._size
        lighten(frame.y, self._sheet[top : top + height, left : left + width])


def rain(stage: Stage) -> Draw:
    """Let rain fall in two sheets, a fine one far away and a coarse one near."""
    rng = stage.rng("rain")
    slant = 0.22 if stage.has("lightning", "leaves") else 0.08
    curtains: list[tuple[_Curtain, float]] = []
    for length, count, light, speed in ((26, 700, 17, 900), (64, 190, 34, 1600)):
        rows, columns = max(64, round(620 * stage.unit)), max(64, round(900 * stage.unit))
        tile = np.zeros((rows, columns), np.float32)
        tail = max(4, round(length * stage.unit))
        drops = max(12, round(count * 0.5))
        x, y = rng.integers(0, columns, drops), rng.integers(0, rows, drops)
        for step in range(tail):
            fade = light * math.sin(math.pi * (step + 0.5) / tail)
            at = ((y + step) % rows, (x - np.int64(step * slant)) % columns)
            tile[at] = np.maximum(tile[at], fade)
        curtains.append((_Curtain(tile.astype(np.uint8), stage.width, stage.height), speed))

    def draw(frame: Planes, t: float) -> None:
        for curtain, speed in curtains:
            fallen = speed * stage.unit * t
            curtain.over(frame, -fallen * slant, fallen)

    return draw


def snow(stage: Stage) -> Draw:
    """Let snow fall in three sheets that sway, larger and faster the nearer."""
    rng = stage.rng("snow")
    curtains: list[tuple[_Curtain, float, float]] = []
    for radius, count, speed in ((1.1, 300, 42), (2.0, 140, 80), (3.6, 46, 135)):
        rows, columns = max(48, round(560 * stage.unit)), max(48, round(820 * stage.unit))
        size = max(0.7, radius * stage.unit)
        tile = np.zeros((rows, columns), np.float32)
        reach = math.ceil(size * 1.6)
        x, y = rng.uniform(0, columns, count), rng.uniform(0, rows, count)
        light = rng.uniform(90, 190, count)
        for dy in range(-reach, reach + 1):
            for dx in range(-reach, reach + 1):
                row, column = np.floor(y).astype(int) + dy, np.floor(x).astype(int) + dx
                distance = np.hypot(row + 0.5 - y, column + 0.5 - x)
                level = light * np.clip(1.35 - distance / size, 0, 1)
                at = (row % rows, column % columns)
                tile[at] = np.maximum(tile[at], level)
        curtain = _Curtain(tile.astype(np.uint8), stage.width, stage.height)
        curtains.append((curtain, speed * stage.unit, float(rng.uniform(0, 6))))

    def draw(frame: Planes, t: float) -> None:
        for curtain, speed, start in curtains:
            curtain.over(
                frame, speed * 0.32 * math.sin(t * 0.9 + start) + speed * 0.2 * t, speed * t
            )

    return draw


def fog(stage: Stage) -> Draw:
    """Draw veils of fog across the land, drifting against each other."""
    rng = stage.rng("fog")
    colour = mix(stage.palette.colour("haze"), stage.palette.colour("light"), 0.25)
    veils: list[tuple[Cutout, int, int, float]] = []
    span = round(stage.height * 0.36 / 2) * 2
    for lift, strength, speed in ((0.24, 0.8, 9), (0.08, 0.75, -15)):
        period = round(stage.width * 1.3 / 2) * 2
        small = noise(rng, (max(4, span // 4), max(8, period // 4)), (2, 5), 4)
        veil = enlarge(small, span, period)
        rows = np.linspace(0, 1, span, dtype=np.float32)[:, None]
        veil = smooth(0.1, 0.8, veil) * np.sin(math.pi * rows).clip(0, 1) ** 1.5 * strength
        wide = np.pad(veil, ((0, 0), (0, stage.width)), mode="wrap")
        top = stage.horizon - round(lift * stage.height)
        veils.append((Cutout.make(colour, wide), period, top, speed * stage.unit))

    def draw(frame: Planes, t: float) -> None:
        for veil, period, top, speed in veils:
            veil.over(frame, -(int(speed * stage.scene.drift * t) % period), top)

    return draw


def lightning(stage: Stage) -> Draw:
    """Let lightning strike now and then: a forked bolt, and a flash over everything."""
    rng = stage.rng("lightning")
    bolts = [_bolt(stage, rng) for _ in range(3)]
    places = rng.uniform(0.12, 0.88, 16) * stage.width
    starts = np.cumsum(rng.uniform(1.5, 3.6, 16)) - 1.2
    period = float(starts[-1]) + 2

    def draw(frame: Planes, t: float) -> None:
        since = t % period - starts
        index = int(np.searchsorted(-since, 0.0)) - 1
        if not 0 <= index < starts.size:
            return
        age = float(since[index])
        # Real lightning flickers: it strikes again along the same channel.
        power = math.exp(-age * 9) + (0.8 * math.exp(-(age - 0.16) * 11) if age > 0.16 else 0)
        if power < 0.04:
            return
        lighten(frame.y, round(min(1.0, power) * 62))
        if power > 0.25:
            bolt = bolts[index % len(bolts)]
            bolt.over(frame, places[index] - bolt.width / 2, 0)

    return draw


def _bolt(stage: Stage, rng: np.random.Generator) -> Cutout:
    height = stage.horizon / stage.unit
    sketch = Sketch(360, height, stage.unit)
    glow, core = rgb("#8fb4ff"), rgb("#fbfdff")

    def fork(x: float, y: float, width: float, length: float) -> None:
        points = [(x, y)]
        end = y + length
        while y < end:
            y += float(rng.uniform(12, 30))
            x = min(340.0, max(20.0, x + float(rng.normal(0, 15))))
            points.append((x, y))
            if width > 2 and rng.random() < 0.2:
                fork(x, y, width * 0.5, length * 0.28)
        sketch.stroke(points, [width * 2.2, width], glow)
        sketch.stroke(points, [width, width * 0.5], core)

    fork(180, -10, 3.4, height)
    return sketch.cutout(0.95)
