"""Smooth random fields: the raw material of ridges, clouds, waves and nebulae."""

from __future__ import annotations

import numpy as np
from PIL import Image

from llmkit_jupyter.providers.preview.planes import Floats


def enlarge(field: Floats, height: int, width: int) -> Floats:
    """Scale a small field (h, w) up smoothly."""
    image = Image.fromarray(np.ascontiguousarray(field, dtype=np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)


def clouds(
    rng: np.random.Generator,
    shape: tuple[int, int],
    cells: tuple[float, float],
    octaves: int = 4,
    gain: float = 0.5,
) -> Floats:
    """Return fractal noise between 0 and 1 that wraps around in x.

    Args:
        rng: Where the randomness comes from.
        shape: Height and width in pixels.
        cells: How many bumps of the coarsest octave fit into height and width.
        octaves: How many times finer detail is added.
        gain: How strong each finer octave is, relative to the one before.
    """
    # The mean of several octaves crowds around the middle: spread it out again.
    return np.clip((_octaves(rng, shape, cells, octaves, gain) - 0.5) * 1.8 + 0.5, 0, 1)


def _octaves(
    rng: np.random.Generator,
    shape: tuple[int, int],
    cells: tuple[float, float],
    octaves: int,
    gain: float,
) -> Floats:
    height, width = shape
    total = np.zeros(shape, np.float32)
    weight, reach = 1.0, 0.0
    for octave in range(octaves):
        rows = max(1, min(height, round(cells[0] * 2**octave)))
        columns = max(2, min(width, round(cells[1] * 2**octave)))
        grid = rng.random((rows + 1, columns), np.float32)
        # Three more columns on each side let the cubic filter see the other end.
        padded = np.take(grid, np.arange(-3, columns + 3), axis=1, mode="wrap")
        image = Image.fromarray(np.ascontiguousarray(padded))
        box = (3.0, 0.5, 3.0 + columns, 0.5 + rows)
        layer = image.resize((width, height), Image.Resampling.BICUBIC, box=box)
        total += np.asarray(layer, dtype=np.float32) * weight
        reach += weight
        weight *= gain
    return total / np.float32(reach)


def line(rng: np.random.Generator, width: int, cells: float, octaves: int, gain: float) -> Floats:
    """Return fractal noise between 0 and 1 along a line of `width` pixels."""
    values = _octaves(rng, (1, width), (1, cells), octaves, gain)[0]
    # Stretched, not cut: a cut would leave flat tops with visible corners.
    return (values - values.min()) / max(1e-6, float(np.ptp(values)))


def peaks(rng: np.random.Generator, width: int, cells: float, octaves: int = 6) -> Floats:
    """Return a mountain profile between 0 and 1: sharp tops, wide valleys."""
    total = np.zeros(width, np.float32)
    weight, reach = 1.0, 0.0
    for octave in range(octaves):
        wave = line(rng, width, cells * 2**octave, 1, 1.0)
        total += (1 - np.abs(2 * wave - 1)) * weight
        reach += weight
        weight *= 0.47
    return total / reach


def smooth(low: float, high: float, values: Floats) -> Floats:
    """Rise softly from 0 at `low` to 1 at `high`."""
    ramp = np.clip((values - low) / (high - low), 0, 1)
    return ramp * ramp * (3 - 2 * ramp)
