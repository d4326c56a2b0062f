"""Pictures as the encoder wants them: YUV 4:2:0 planes, and pieces to lay over them.

Everything that can be known before the first frame is turned from RGB into YUV once, here.
Per frame there are only integer operations on the planes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
U16 = npt.NDArray[np.uint16]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.floating[Any]]

WHITE = 235  # the brightest luma of limited-range video; no layer goes above it
_BAND = 48  # rows blended at a time, so that the 16-bit intermediate stays in the cache

# Rows are Y, U and V of BT.709, limited range, for R, G and B between 0 and 1.
_TO_YUV = np.array(
    [
        [219 * 0.2126, 219 * 0.7152, 219 * 0.0722],
        [-224 * 0.2126 / 1.8556, -224 * 0.7152 / 1.8556, 224 * 0.5],
        [224 * 0.5, -224 * 0.7152 / 1.5748, -224 * 0.0722 / 1.5748],
    ],
    dtype=np.float32,
)
_OFFSET = np.array([16, 128, 128], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Planes:
    """One picture: luma `y` (height x width), chroma `u` and `v` (half of both)."""

    y: U8
    u: U8
    v: U8

    @classmethod
    def blank(cls, width: int, height: int) -> Planes:
        """Return a black picture; width and height in pixels, both even."""
        chroma = (height // 2, width // 2)
        return cls(
            np.full((height, width), 16, np.uint8),
            np.full(chroma, 128, np.uint8),
            np.full(chroma, 128, np.uint8),
        )

    def take(self, other: Planes) -> None:
        """Copy another picture of the same size into this one."""
        self.y[...] = other.y
        self.u[...] = other.u
        self.v[...] = other.v


def to_yuv(rgb: Floats) -> Floats:
    """Convert RGB (..., 3) between 0 and 1 to limited-range YUV (..., 3)."""
    return np.clip(rgb, 0, 1) @ _TO_YUV.T + _OFFSET


def halve(values: Floats) -> Floats:
    """Average every 2 x 2 block; both leading sides must be even."""
    return (values[0::2, 0::2] + values[1::2, 0::2] + values[0::2, 1::2] + values[1::2, 1::2]) / 4


def picture(rgb: Floats, rng: np.random.Generator) -> Planes:
    """Turn an RGB picture (height, width, 3) into planes, dithered so that no bands show."""
    yuv = to_yuv(rgb)
    small = halve(yuv[..., 1:])
    luma = yuv[..., 0] + rng.random(yuv.shape[:2], np.float32) * 1.4 - 0.2
    small += rng.random(small.shape, np.float32)
    return Planes(
        np.clip(luma, 16, WHITE).astype(np.uint8),
        small[..., 0].astype(np.uint8),
        small[..., 1].astype(np.uint8),
    )


def lighten(plane: U8, amount: U8 | int) -> None:
    """Add light to a piece of luma in place and stop at white."""
    room = np.subtract(WHITE, plane, dtype=np.uint8)
    np.minimum(room, amount, out=room)
    plane += room


@dataclass(frozen=True, slots=True)
class _Layer:
    """One plane of a cutout: what is kept of the ground (of 256), what is added to it."""

    keep: U16
    add: U16
    solid: U8

    def over(self, plane: U8, x: int, y: int, solid_from: int) -> None:
        """Lay this over `plane` with its corner at (x, y), cut at the edges."""
        height, width = self.keep.shape
        top, bottom = max(0, y), min(plane.shape[0], y + height)
        left, right = max(0, x), min(plane.shape[1], x + width)
        if top >= bottom or left >= right:
            return
        here = slice(left - x, right - x)
        # Below this row nothing of the ground shows through, so copying is enough.
        edge = min(max(y + solid_from, top), bottom)
        for row in range(top, edge, _BAND):
            end = min(row + _BAND, edge)
            ground = plane[row:end, left:right]
            mixed = ground * self.keep[row - y : end - y, here]
            mixed += self.add[row - y : end - y, here]
            mixed >>= 8
            ground[...] = mixed
        if edge < bottom:
            start = y + solid_from
            plane[edge:bottom, left:right] = self.solid[edge - start : bottom - start, here]


@dataclass(frozen=True, slots=True)
class Cutout:
    """A piece of picture with soft edges that can be laid over planes at any place."""

    width: int
    height: int
    layers: tuple[_Layer, _Layer, _Layer]
    solid_from: int

    @classmethod
    def make(cls, rgb: Floats, alpha: Floats) -> Cutout:
        """Build a cutout from colour (height, width, 3) or (3,) and opacity (height, width)."""
        height, width = alpha.shape
        rgb = np.broadcast_to(rgb, (height, width, 3))
        if height % 2 or width % 2:
            pad = ((0, height % 2), (0, width % 2))
            alpha = np.pad(alpha, pad)
            rgb = np.pad(rgb, (*pad, (0, 0)), mode="edge")
        alpha = np.clip(alpha, 0, 1)
        opaque = np.flatnonzero(np.any(alpha < 1, axis=1))
        solid_from = (int(opaque[-1]) + 2) // 2 * 2 if opaque.size else 0
        yuv = to_yuv(rgb)
        luma = _layer(yuv[..., 0] * alpha, alpha, solid_from)
        alpha_half = halve(alpha)
        chroma = halve(yuv[..., 1:] * alpha[..., None])
        u = _layer(chroma[..., 0], alpha_half, solid_from // 2)
        v = _layer(chroma[..., 1], alpha_half, solid_from // 2)
        return cls(alpha.shape[1], alpha.shape[0], (luma, u, v), solid_from)

    def over(self, frame: Planes, x: float, y: float) -> None:
        """Lay the cutout over a frame, its top left corner at (x, y) in pixels."""
        left, top = round(x), round(y)
        luma, u, v = self.layers
        luma.over(frame.y, left, top, self.solid_from)
        u.over(frame.u, left // 2, top // 2, self.solid_from // 2)
        v.over(frame.v, left // 2, top // 2, self.solid_from // 2)

    def centred(self, frame: Planes, x: float, y: float) -> None:
        """Lay the cutout over a frame with its middle at (x, y) in pixels."""
        self.over(frame, x - self.width / 2, y - self.height / 2)


def _layer(premultiplied: Floats, alpha: Floats, solid_from: int) -> _Layer:
    keep = np.rint((1 - alpha) * 256).astype(np.uint16)
    add = np.rint(premultiplied * 256).astype(np.uint16)
    # Half a step is added so that the shift by 8 rounds instead of cutting off.
    add += np.where(keep < 256, 127, 0).astype(np.uint16)
    solid = (add[solid_from:] >> 8).astype(np.uint8)
    return _Layer(keep, add, solid)
