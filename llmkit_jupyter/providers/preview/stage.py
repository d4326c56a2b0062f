"""The stage: what every layer of a scene knows about size, light and camera."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from llmkit_jupyter.providers.preview.palette import COLOURS, Palette, palette
from llmkit_jupyter.providers.preview.planes import Planes

if TYPE_CHECKING:
    from llmkit_jupyter.providers.preview.scene import Scene

# A layer is prepared once, and the function it returns draws it at a time in seconds.
Draw = Callable[[Planes, float], None]


@dataclass(frozen=True, slots=True)
class Stage:
    """Size, light and camera of one scene.

    Attributes:
        scene: What the prompt asked for.
        width: Width of the picture in pixels.
        height: Height of the picture in pixels.
        horizon: The row where land or water meets the sky; even.
        unit: One 720th of a comfortable picture height: lengths are multiples of it.
        palette: The colours of the time of day.
        light: Place of the sun or the moon, x and y in pixels.
    """

    scene: Scene
    width: int
    height: int
    horizon: int
    unit: float
    palette: Palette
    light: tuple[float, float]

    def rng(self, name: str) -> np.random.Generator:
        """Return randomness of its own for a layer, so that layers do not disturb each other."""
        digest = hashlib.sha256(f"{self.scene.entropy}/{name}".encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:8], "big"))

    def has(self, *things: str) -> bool:
        """Tell whether any of these things is in the scene."""
        return any(thing in self.scene.things for thing in things)

    def tint(self, thing: str, default: str) -> str:
        """Return the colour the prompt gives a thing, or else the default ("#rrggbb")."""
        return COLOURS.get(self.scene.tint(thing), default)

    def foot(self, share: float) -> float:
        """Return the row where something stands: this share of the way from horizon to viewer.

        Beside wide water things stand on the near shore.
        """
        share = 0.84 if "shore" in self.scene.things else share
        return self.horizon + (self.height - self.horizon) * share

    def margin(self, depth: float) -> int:
        """Return by how many pixels something at this depth (0 far, 1 near) moves either way."""
        return math.ceil(self.scene.sway * self.width * depth / 2) * 2 + 2

    def pan(self, t: float, depth: float) -> float:
        """Return how far the camera has moved something at this depth at time t, in pixels."""
        return self.scene.sway * self.width * depth * math.sin(t * 0.33 - 0.6)


def build(scene: Scene, width: int, height: int) -> Stage:
    """Set the stage for a scene: where the horizon lies and where the light comes from."""
    digest = hashlib.sha256(f"{scene.entropy}/stage".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    share = {"sea": 0.54, "lake": 0.56, "pond": 0.42, "street": 0.7, "river": 0.55, "room": 0.66}
    level = share.get(scene.ground, 0.62) + float(rng.uniform(-0.04, 0.04))
    horizon = max(8, round(height * level / 2) * 2)
    across = float(rng.uniform(0.22, 0.4))
    if rng.random() < 0.5:
        across = 1 - across
    low = {"dawn": 0.80, "sunset": 0.84, "dusk": 0.86}
    up = low.get(scene.time, float(rng.uniform(0.26, 0.42)))
    unit = min(height, width * 0.75) / 720
    return Stage(
        scene=scene,
        width=width,
        height=height,
        horizon=horizon,
        unit=unit,
        palette=palette(scene.time, scene.mood),
        light=(width * across, horizon * up),
    )
