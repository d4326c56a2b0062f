"""Colours: names a prompt may use, and what the world looks like at each time of day."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from llmkit_jupyter.providers.preview.planes import Floats

COLOURS: dict[str, str] = {
    "red": "#d8342c",
    "orange": "#f08a24",
    "gold": "#f2bf45",
    "yellow": "#f6d743",
    "green": "#3f9b54",
    "turquoise": "#2fb7ac",
    "blue": "#2f74d0",
    "purple": "#8148c2",
    "pink": "#f08bb4",
    "brown": "#8a5a35",
    "white": "#f4f3ee",
    "grey": "#8d949c",
    "black": "#1c1d22",
}


def rgb(code: str) -> Floats:
    """Turn "#rrggbb" into three numbers between 0 and 1."""
    return np.array([int(code[at : at + 2], 16) for at in (1, 3, 5)], np.float32) / np.float32(255)


def mix(first: Floats, second: Floats, share: float | Floats) -> Floats:
    """Blend two colours; `share` of the second, between 0 and 1."""
    return (first + (second - first) * share).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Palette:
    """The light of one time of day, as "#rrggbb" codes."""

    zenith: str
    middle: str
    horizon: str
    light: str  # the sun or the moon, and what it touches
    haze: str  # what far things fade into
    far: str  # distant land
    near: str  # land at the viewer's feet
    leaf: str  # grass and leaves
    water: str  # deep water
    shade: str  # multiplied with the colour of any object
    glow: float  # how far the light spreads, 0 to 1

    def colour(self, name: str) -> Floats:
        """Return one of the palette's colours as RGB between 0 and 1."""
        return rgb(str(getattr(self, name)))

    def shaded(self, code: str) -> Floats:
        """Return the colour an object of this colour has in this light."""
        return rgb(code) * self.colour("shade")


_TIMES: dict[str, Palette] = {
    "dawn": Palette(
        "#5577b4", "#c3a3bb", "#ffd9a0", "#fff0c9", "#f7d3b4", "#a596b4", "#2c3b48",
        "#5f7f55", "#3f5f80", "#fff0e4", 0.8,
    ),
    "day": Palette(
        "#2668bd", "#6faae3", "#d3e9f6", "#fffbe9", "#cbe0f0", "#8fabc9", "#29502f",
        "#5d9a45", "#14527e", "#ffffff", 0.35,
    ),
    "sunset": Palette(
        "#2c2a63", "#b04a6e", "#ffb45c", "#ffe3a0", "#f59a66", "#8b4a6b", "#1d1328",
        "#4b4a30", "#3a2a55", "#ffd9bd", 1.0,
    ),
    "dusk": Palette(
        "#141a48", "#48488c", "#e69a9c", "#ffe6d2", "#8a7299", "#4a4880", "#0d0f26",
        "#273a3c", "#1a2350", "#a8a0c8", 0.6,
    ),
    "night": Palette(
        "#040817", "#0c1a3e", "#274372", "#e9efff", "#22385f", "#1b2c50", "#050912",
        "#12261f", "#081633", "#5f6f9c", 0.4,
    ),
    "storm": Palette(
        "#20272f", "#46525e", "#8e989f", "#dfe6ea", "#7d8890", "#55626d", "#12181c",
        "#3d4f3c", "#22343f", "#aab4ba", 0.15,
    ),
    "space": Palette(
        "#020208", "#05050f", "#070818", "#fff6e0", "#0a0c1e", "#1a1c30", "#050509",
        "#12261f", "#050a18", "#ffffff", 0.2,
    ),
}  # fmt: skip

TIMES = tuple(_TIMES)


def palette(time: str, mood: str = "") -> Palette:
    """Return the palette of a time of day, leaning towards a colour if one sets the mood."""
    found = _TIMES[time]
    if not mood:
        return found
    lean = rgb(COLOURS[mood])
    shares = {"zenith": 0.45, "middle": 0.6, "horizon": 0.45, "haze": 0.5, "far": 0.4, "water": 0.4}
    return replace(
        found, **{name: _lean(found.colour(name), lean, s) for name, s in shares.items()}
    )


def _lean(base: Floats, towards: Floats, share: float) -> str:
    # The brightness stays near that of the time of day: a red night is still a night.
    weight = np.array([0.3, 0.55, 0.15], np.float32)
    level = float(base @ weight) / max(0.08, float(towards @ weight))
    target = np.clip(towards * min(1.8, level), 0, 1)
    red, green, blue = (round(float(part) * 255) for part in mix(base, target, share))
    return f"#{red:02x}{green:02x}{blue:02x}"
