"""A video to look at closely: frame by frame, slowly, again and again."""

from __future__ import annotations

from typing import Any, ClassVar

import traitlets

from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.job import VideoJob
from llmkit_jupyter.notebook import display
from llmkit_jupyter.rendering import MimeBundle
from llmkit_jupyter.response import VideoGenerationResponse
from llmkit_jupyter.widgets.base import LiveWidget, in_turn, synced
from llmkit_jupyter.widgets.bundles import bundle
from llmkit_jupyter.widgets.pieces import send_piece
from llmkit_jupyter.widgets.shape import video_state

SPEEDS = (0.0625, 16.0)
"""Slowest and fastest that browsers play."""

_Trait: Any = traitlets


class VideoPlayer(LiveWidget):
    """Plays a finished video, with speed, single frames, loop, download and details.

    Args:
        response: a completed response, or a job that is done.
        loop: begin again at the end.
        speed: 1 is the usual one, from 0.0625 to 16.

    Raises:
        InvalidRequestError: there is no video to play; says why. Or a speed that browsers refuse.
        TypeError: an unknown keyword argument.
    """

    WRITABLE: ClassVar[frozenset[str]] = frozenset({"loop", "speed"})
    KINDS: ClassVar[frozenset[str]] = frozenset({"fetch"})

    OFFERED: ClassVar[frozenset[str]] = LiveWidget.OFFERED | {"response"}

    _esm = bundle("player.js")
    _css = bundle("player.css")

    video = synced(_Trait.Dict(read_only=True))
    """The video; see ``VideoState``."""
    loop = synced(_Trait.Bool(default_value=False))
    speed = synced(_Trait.Float(default_value=1.0))

    def __init__(self, response: VideoGenerationResponse | VideoJob, **fields: Any) -> None:
        self.check_names(fields)
        found = response.response if isinstance(response, VideoJob) else response
        if not isinstance(found, VideoGenerationResponse):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidRequestError("response", response, "a response, or a job that is done")
        self.response = found
        """What is played."""
        state = video_state(found)
        if state is None:
            because = f"its status is {found.status}"
            if found.status == "completed":
                because = "its file was removed from the library"
            raise InvalidRequestError(
                "response", found, "a response with a video to play", because=because
            )
        self._first = state
        super().__init__(**fields)

    @_Trait.default("video")
    def _first_video(self) -> dict[str, Any]:
        return self._first

    @_Trait.validate("speed")
    def _check_speed(self, proposal: Any) -> float:
        slowest, fastest = SPEEDS
        if not slowest <= proposal["value"] <= fastest:
            raise InvalidRequestError("speed", proposal["value"], f"{slowest} to {fastest:g}")
        return proposal["value"]

    def plain(self) -> MimeBundle:
        """Give the video as any response shows it."""
        return display.render_response(self.response)

    def _on_fetch(self, message: dict[str, Any]) -> None:
        meant = self.response if message["task_id"] == self.response.task_id else None
        in_turn(send_piece, self, message, meant)

    def __repr__(self) -> str:
        return f"VideoPlayer({self.response!r})"
