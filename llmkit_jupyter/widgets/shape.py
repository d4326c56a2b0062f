"""A job's card and a video as the page gets them: every number in words already.

The twin of these dictionaries is ``js/src/shared/card.ts``.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmkit_jupyter.catalog.facts import title_of
from llmkit_jupyter.catalog.models import DEFAULT_SIZE
from llmkit_jupyter.notebook import media
from llmkit_jupyter.notebook.card import REUSED, Card
from llmkit_jupyter.notebook.decoding import opened
from llmkit_jupyter.notebook.wording import (
    amount,
    dimensions,
    length,
    money,
    seconds,
    spared,
    visible,
)
from llmkit_jupyter.response import VideoGenerationResponse

if TYPE_CHECKING:
    from llmkit_jupyter.job import VideoJob

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardState:
    """A job's card."""

    task_id: str
    state: str
    headline: str
    brief: str
    facts: list[str]
    share: float | None
    word: str
    prompt: str
    model: str
    provider: str
    message: str
    can_cancel: bool
    width: int
    height: int
    small: bool
    video: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoState:
    """A finished video. Sizes in bytes and pixels, times in seconds."""

    task_id: str
    mime: str
    name: str
    size: int
    width: int
    height: int
    duration: float | None
    fps: float | None
    prompt: str
    details: list[list[str]]


def card_state(job: VideoJob, card: Card) -> dict[str, Any]:
    """Give a job's card; with the video once there is one."""
    response = job.response
    video = video_state(response) if response.status == "completed" else None
    width, height = size_of(response)
    return _as_dict(
        CardState(
            task_id=card.task_id,
            state=card.state,
            headline=card.headline,
            brief=card.brief,
            facts=card.facts,
            share=card.share,
            word=visible(card.provider_status or ""),
            prompt=card.prompt,
            model=visible(card.model),
            provider=card.provider,
            message=card.message,
            can_cancel=card.running and not job.cancelling,
            width=width,
            height=height,
            small=card.small,
            video=video,
        )
    )


def video_state(response: VideoGenerationResponse) -> dict[str, Any] | None:
    """Give a video; ``None`` where its file is not (or no longer) there."""
    if response.path is None or not response.path.is_file():
        return None
    width, height = size_of(response)
    return _as_dict(
        VideoState(
            task_id=response.task_id or "",
            mime=media.mime(response.format),
            name=f"{response.file_stem}.{response.format}",
            size=response.size,
            width=width,
            height=height,
            duration=response.duration,
            fps=_fps(response.path),
            prompt=response.request.prompt if response.request else "",
            details=_details(response),
        )
    )


def _as_dict(state: Any) -> dict[str, Any]:
    return {name: getattr(state, name) for name in state.__slots__}


def size_of(response: VideoGenerationResponse) -> tuple[int, int]:
    """Give a video's width and height in pixels: as measured, else as expected."""
    request = response.request
    width = response.width or (request.width if request else None) or DEFAULT_SIZE[0]
    height = response.height or (request.height if request else None) or DEFAULT_SIZE[1]
    return width, height


def _details(response: VideoGenerationResponse) -> list[list[str]]:
    details: list[tuple[str, str | None]] = [
        ("Model that ran", title_of(response.model) if response.model else None),
        ("Provider", response.provider),
        ("Seed", None if response.seed is None else str(response.seed)),
        (
            "Size",
            dimensions(response.width, response.height)
            if response.width and response.height
            else None,
        ),
        ("Length", length(response.duration) if response.duration else None),
        ("File", amount(response.size) if response.size else None),
        ("Cost", money(response.cost) if response.cost and not response.reused else None),
        (REUSED, spared(response.cost) if response.reused else None),
        ("Made in", None if response.elapsed is None else seconds(response.elapsed)),
        ("Task id", response.task_id),
    ]
    return [[label, visible(text)] for label, text in details if text]


@lru_cache(maxsize=256)
def _fps(path: Path) -> float | None:
    """Look up the frame rate; ``None`` where the file does not tell it."""
    try:
        with opened(path) as container:
            rate = container.streams.video[0].average_rate
            return round(float(rate), 3) if rate else None
    except Exception:  # noqa: BLE001 - decoders fail in many ways on damaged files
        _log.info("no frame rate from %s", path, exc_info=True)
        return None
