"""Small things drawn once with Pillow, with smooth edges, and then laid over many pictures."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from llmkit_jupyter.providers.preview.planes import Cutout, Floats

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Point = tuple[float, float]


class Sketch:
    """A drawing in units of its own: (0, 0) is the top left, colours are RGB between 0 and 1."""

    def __init__(self, width: float, height: float, scale: float) -> None:
        """Open a sketch of width x height units; `scale` is pixels per unit."""
        self._size = (max(2, math.ceil(width * scale)), max(2, math.ceil(height * scale)))
        # Drawn larger than shown, for smooth edges; large sketches need less of it.
        self._finer = 4 if max(self._size) < 130 else 3 if max(self._size) < 320 else 2
        self._scale = scale * self._finer
        size = (self._size[0] * self._finer, self._size[1] * self._finer)
        self._image = Image.new("RGBA", size)
        self._pen = ImageDraw.Draw(self._image)

    def polygon(self, points: Sequence[Point], colour: Floats, opacity: float = 1.0) -> None:
        """Fill a polygon."""
        self._pen.polygon([self._at(point) for point in points], fill=_ink(colour, opacity))

    def ellipse(self, middle: Point, radii: Point, colour: Floats, opacity: float = 1.0) -> None:
        """Fill an ellipse, given its middle and its two radii."""
        (x, y), (rx, ry) = middle, radii
        box = (*self._at((x - rx, y - ry)), *self._at((x + rx, y + ry)))
        self._pen.ellipse(box, fill=_ink(colour, opacity))

    def stroke(self, points: Sequence[Point], widths: Sequence[float], colour: Floats) -> None:
        """Draw a thick line with round joints whose width changes from point to point."""
        for at, (start, end) in enumerate(pairwise(points)):
            first = widths[min(at, len(widths) - 1)]
            last = widths[min(at + 1, len(widths) - 1)]
            steps = max(2, round(math.dist(start, end) * self._scale / (2.5 * self._finer)))
            for step in range(steps + 1):
                share = step / steps
                radius = (first + (last - first) * share) / 2
                x = start[0] + (end[0] - start[0]) * share
                y = start[1] + (end[1] - start[1]) * share
                self.ellipse((x, y), (radius, radius), colour)

    def image(self) -> tuple[Floats, Floats]:
        """Return colour (height, width, 3) and opacity (height, width), between 0 and 1."""
        small = self._image.resize(self._size, Image.Resampling.BOX)
        pixels = np.asarray(small, dtype=np.float32) / 255
        return pixels[..., :3], pixels[..., 3]

    def cutout(self, opacity: float = 1.0) -> Cutout:
        """Return the sketch as a cutout."""
        colour, alpha = self.image()
        return Cutout.make(colour, alpha * opacity)

    def _at(self, point: Point) -> Point:
        return point[0] * self._scale, point[1] * self._scale


def _ink(colour: Floats, opacity: float) -> tuple[int, int, int, int]:
    red, green, blue = (round(min(1.0, max(0.0, float(part))) * 255) for part in colour)
    return red, green, blue, round(opacity * 255)


def poses(count: int, draw: Callable[[float], Cutout]) -> list[Cutout]:
    """Draw a cyclic movement `count` times; `draw` is given the phase, 0 to 2 pi."""
    return [draw(2 * math.pi * index / count) for index in range(count)]


def pose(cycle: list[Cutout], turns: float) -> Cutout:
    """Return the pose of a cycle after this many turns."""
    return cycle[int(turns * len(cycle)) % len(cycle)]


def glow(radius: float, colour: Floats, strength: float) -> Cutout:
    """Return a soft round light; radius in pixels."""
    half = max(2, math.ceil(radius))
    y, x = np.mgrid[-half:half, -half:half].astype(np.float32) + 0.5
    distance = np.hypot(x, y) / half
    alpha = np.clip(1 - distance, 0, 1) ** 2 * (0.35 + 0.65 * np.exp(-distance * 6)) * strength
    return Cutout.make(colour, alpha)


def rimmed(
    draw: Callable[[Sketch, Floats, Point], None],
    size: Point,
    scale: float,
    ink: tuple[Floats, Floats],
    side: float,
) -> Cutout:
    """Draw a dark figure with a thin edge of light on the side the light comes from.

    Args:
        draw: Draws the figure into a sketch in a colour, moved by an offset.
        size: Width and height in units.
        scale: Pixels per unit.
        ink: The figure's colour and the light's colour.
        side: -1 if the light stands to the left, 1 if to the right.
    """
    sketch = Sketch(*size, scale)
    edge = max(1.0, 2.6 / max(scale, 0.1))
    draw(sketch, ink[1], (side * edge * 0.5, -edge * 0.35))
    draw(sketch, ink[0], (-side * edge * 0.5, edge * 0.35))
    return sketch.cutout()
