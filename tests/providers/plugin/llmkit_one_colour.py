"""The smallest provider: a video in the one colour that the prompt names."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import replace

from llmkit_jupyter import InvalidRequestError, LLMKitError, Model, VideoGenerationRequest
from llmkit_jupyter.providers.base import Provider, Sink, Submission, Ticket, Update
from llmkit_jupyter.settings import Settings

COLOURS = {"red": (255, 0, 0), "green": (0, 128, 0), "blue": (0, 0, 255)}


class OneColourProvider(Provider):
    """Makes videos on the spot, so that no job ever waits."""

    name = "one-colour"  # as the entry point has it
    title = "One colour"
    default_model = "flat"
    paid = False
    remote = False
    idempotent_submit = True
    poll_hint = 0.05

    def __init__(self) -> None:
        self._videos: dict[str, bytes] = {}

    @classmethod
    def missing(cls, settings: Settings) -> str | None:
        return None if os.environ.get("ONE_COLOUR") else "set ONE_COLOUR to anything"

    def models(self) -> list[Model]:
        return [Model("flat", "Flat", self.name, max_duration=10, advice="for walls")]

    def validate(self, request: VideoGenerationRequest) -> VideoGenerationRequest:
        self.models()[0].check_duration(request.duration or 1)
        if self._colour(request) is None:
            raise InvalidRequestError("prompt", request.prompt, f"one of {', '.join(COLOURS)}")
        return replace(request, model="flat", duration=request.duration or 1)

    async def submit(self, submissions: Sequence[Submission]) -> dict[str, Ticket | LLMKitError]:
        for each in submissions:
            self._videos[each.task_id] = self._draw(each.request)
        return {each.task_id: Ticket(each.task_id, each.task_id) for each in submissions}

    async def poll(self, tickets: Sequence[Ticket]) -> list[Update]:
        states = {ticket: ticket.task_id in self._videos for ticket in tickets}
        return [
            Update(ticket=ticket, state="succeeded" if there else "unknown")
            for ticket, there in states.items()
        ]

    async def fetch(self, update: Update, sink: Sink) -> None:
        await sink.write(self._videos.pop(update.ticket.task_id))

    async def cancel(self, ticket: Ticket) -> bool:
        return self._videos.pop(ticket.task_id, None) is not None

    async def estimate(self, request: VideoGenerationRequest) -> float | None:
        return 0.0

    def _colour(self, request: VideoGenerationRequest) -> tuple[int, int, int] | None:
        return next((rgb for word, rgb in COLOURS.items() if word in request.prompt.lower()), None)

    def _draw(self, request: VideoGenerationRequest) -> bytes:
        import av
        import numpy as np

        out = io.BytesIO()
        frame = np.full((64, 96, 3), self._colour(request), np.uint8)
        with av.open(out, "w", format="mp4") as file:
            stream = file.add_stream("libx264", rate=8)
            stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
            for _ in range(8 * (request.duration or 1)):
                file.mux(stream.encode(av.VideoFrame.from_ndarray(frame)))
            file.mux(stream.encode())
        return out.getvalue()
