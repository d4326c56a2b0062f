"""A job's place in a widget that draws all of its jobs itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from llmkit_jupyter.notebook.card import Card
from llmkit_jupyter.response import VideoGenerationResponse


class Following:
    """Tells of a job's changes, for the thread that keeps cards current.

    Args:
        changed: is given the job's card.
        ended: the same, once.
    """

    def __init__(self, changed: Callable[[Card], None], ended: Callable[[Card], None]) -> None:
        self._changed = changed
        self._ended = ended

    def update(self, card: Card) -> None:
        """Tell of a change."""
        self._changed(card)

    def finish(
        self,
        card: Card,
        response: VideoGenerationResponse,  # noqa: ARG002 - the job has it
        final: Literal["video", "line"],  # noqa: ARG002 - the widget shows what it shows
    ) -> None:
        """Tell of the end."""
        self._ended(card)
