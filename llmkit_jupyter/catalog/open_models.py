"""What is known of open-source video models by their names: rates, frame counts, what they take.

Servers tell their models' names and little else. What is not known here is left to the server.
Rates and steps are those of the models' own pipelines in Diffusers and of their model cards.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Makes = Literal["video", "image", "unknown"]

# In SGLang's words; all others make pictures or meshes, or move robots.
_VIDEO_TASKS = {"T2V", "I2V", "TI2V", "V2V", "F2V"}
_FROM_WORDS = {"T2V", "TI2V"}
_FROM_PICTURE = {"I2V", "TI2V", "F2V"}
_IMAGE_MODELS = re.compile(
    r"qwen-image|flux[.-]?[12]|stable-diffusion-(?:3|xl)|sdxl|z-image|hidream|"
    r"hunyuan-?image|glm-image|sana(?!-video)|pixart|ovis-image|longcat-image",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Family:
    """Models of one kind. ``fps`` is the rate that they were trained for."""

    pattern: re.Pattern[str]
    fps: int
    step: int
    """A clip has a multiple of so many frames, and one more."""

    def frames(self, seconds: int, fps: int | None = None) -> int:
        """Give how many frames a clip of that length has, as near as the model can make it."""
        wanted = seconds * (fps or self.fps)
        return max(1, round(wanted / self.step)) * self.step + 1


def _family(pattern: str, fps: int, step: int) -> Family:
    return Family(re.compile(pattern, re.IGNORECASE), fps, step)


# The first that fits counts.
FAMILIES = (
    _family(r"wan-?2\.2-ti2v-5b|fastwan-?2\.2-ti2v-5b", 24, 4),
    _family(r"wan-?2\.?[12]|fastwan|wan-?video", 16, 4),
    _family(r"hunyuan-?video|fasthunyuan", 24, 4),
    _family(r"ltx", 24, 8),
    _family(r"cogvideox", 8, 4),
    _family(r"mochi", 30, 6),
)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a model makes, and of what."""

    makes: Makes
    text: bool = True
    """Whether it makes videos of words alone."""
    image: bool = True
    """Whether a video can begin with a picture."""


# The first that fits counts.
_BY_NAME = (
    (re.compile(r"ti2v", re.IGNORECASE), Kind("video")),
    (re.compile(r"i2v|image-?to-?video|img2vid", re.IGNORECASE), Kind("video", text=False)),
    (re.compile(r"t2v|text-?to-?video", re.IGNORECASE), Kind("video", image=False)),
    (_IMAGE_MODELS, Kind("image", text=False, image=False)),
)


def family_of(model: str) -> Family | None:
    """Give the family of a model by its name; ``None`` for one that is not known."""
    return next((each for each in FAMILIES if each.pattern.search(model)), None)


def kind_of(model: str, tasks: frozenset[str] = frozenset()) -> Kind:
    """Tell what a model makes.

    Args:
        model: its name.
        tasks: what the server says that it does, in SGLang's words; empty where it does not.
    """
    known = {task.upper() for task in tasks}
    videos = known & _VIDEO_TASKS
    if videos:
        return Kind("video", bool(videos & _FROM_WORDS), bool(videos & _FROM_PICTURE))
    if known:
        return Kind("image", text=False, image=False)
    said = next((kind for pattern, kind in _BY_NAME if pattern.search(model)), None)
    return said or Kind("video" if family_of(model) else "unknown")
