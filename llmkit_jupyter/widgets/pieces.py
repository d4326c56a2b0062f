"""Answers a page that asks for a video's bytes, piece by piece."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, Protocol

from llmkit_jupyter.notebook import media
from llmkit_jupyter.notebook.poster import poster
from llmkit_jupyter.response import VideoGenerationResponse

PIECE = 2 * 2**20  # bytes, so that neither side ever holds much more than what is under way


class Teller(Protocol):
    """A widget that can answer."""

    def send(self, content: Any, buffers: Any = None) -> None:
        """Send a message to the page."""
        ...

    def refuse(self, request: str | None, message: str) -> None:
        """Say that there is no answer."""
        ...


def send_piece(
    teller: Teller, message: dict[str, Any], response: VideoGenerationResponse | None
) -> None:
    """Answer one question for bytes; waits for the disk, and for a poster to be drawn.

    Args:
        teller: the widget that was asked.
        message: of the kind "fetch".
        response: the video that is meant, if the widget shows it.
    """
    request: str = message["request"]
    path = response.path if response is not None else None
    if response is None or path is None or not path.is_file():
        teller.refuse(request, "The video's file is not in the library any more.")
        return
    if message["part"] == "poster":
        picture = poster(response.task_id or str(path), path)
        if picture is None:
            teller.refuse(request, "There is no picture of this video.")
            return
        total, mime, data = len(picture), "image/jpeg", picture[message["start"] :]
    else:
        total, data = _read(path, message["start"])
        mime = media.mime(response.format)
    told = {
        "kind": "piece",
        "request": request,
        "start": message["start"],
        "total": total,
        "mime": mime,
        "data": base64.b64encode(data).decode("ascii") if message["text"] else None,
    }
    teller.send(told, None if message["text"] else [data])


def _read(path: Path, start: int) -> tuple[int, bytes]:
    with path.open("rb") as file:
        total = file.seek(0, 2)
        file.seek(min(start, total))
        return total, file.read(PIECE)
