"""Sizes by name, as the page's resolution guide has them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.request import MAX_PIXELS, whole_number


@dataclass(frozen=True, slots=True)
class SizePreset:
    """A named size in pixels, and what it is good for."""

    name: str
    title: str
    width: int
    height: int
    use: str
    speed: str
    quality: str
    file: str
    """"small": how large the file gets."""


PRESETS = (
    SizePreset("576p", "576p", 1024, 576, "mobile, social media", "fast", "standard", "small"),
    SizePreset("hd", "HD", 1280, 720, "standard social media", "medium", "good", "medium"),
    SizePreset("fullhd", "Full HD", 1920, 1080, "high quality, YouTube", "slower", "high", "large"),
    SizePreset("4k", "4K", 3840, 2160, "premium content", "slowest", "highest", "largest"),
)
_BY_NAME = {p.name: (p.width, p.height) for p in PRESETS} | {
    "720p": (1280, 720),
    "1080p": (1920, 1080),
}
SIZE_NAMES = tuple(_BY_NAME)


def parse_size(text: str) -> tuple[int, int]:
    """Read ``"1280x720"`` or a name such as ``"hd"`` as (width, height) in pixels.

    Raises:
        InvalidRequestError: neither.
    """
    name = text.strip().lower().replace(" ", "")
    if name in _BY_NAME:
        return _BY_NAME[name]
    match = re.fullmatch(r"(-?\d{1,6})[x*\u00d7](-?\d{1,6})", name)
    if match is None:
        allowed = f"WIDTHxHEIGHT such as 1280x720, or one of {', '.join(SIZE_NAMES)}"
        raise InvalidRequestError("size", text, allowed)
    width, height = (
        whole_number(edge, int(digits), 1, MAX_PIXELS, "pixels")
        for edge, digits in zip(("width", "height"), match.groups(), strict=True)
    )
    return width, height
