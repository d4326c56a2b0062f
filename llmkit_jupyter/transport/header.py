"""What a video file says of itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Header:
    """What the file says of itself. Duration in seconds, width and height in pixels."""

    format: str
    duration: float | None
    width: int | None
    height: int | None
