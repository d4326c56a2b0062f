"""The preview as a provider: the same interface as the paid ones, on this machine alone."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import replace

from llmkit_jupyter.catalog.aliases import is_air
from llmkit_jupyter.catalog.facts import bundled
from llmkit_jupyter.catalog.models import (
    DEFAULT_DURATION,
    DEFAULT_MODEL,
    DEFAULT_SIZE,
    PAGE_MODELS,
    Model,
    find_model,
)
from llmkit_jupyter.errors import (
    GenerationFailedError,
    InvalidRequestError,
    LLMKitError,
    ModelNotFoundError,
)
from llmkit_jupyter.providers.base import Provider, Sink, Submission, Ticket, Update
from llmkit_jupyter.providers.preview.workshop import Workshop
from llmkit_jupyter.request import VideoGenerationRequest

MIN_EDGE = 64  # pixels
MAX_EDGES = (3840, 2160)  # pixels, long and short
CHUNK = 2**20  # bytes
_NOT_AT_RUNWARE = {"pika-1.0", "leonardo-ultra"}


class PreviewProvider(Provider):
    """Draws videos on this machine. Free, offline, and not a generative model."""

    name = "preview"
    title = "Preview"
    default_model = DEFAULT_MODEL
    remote = False
    paid = False
    idempotent_submit = True
    poll_hint = 0.1

    def __init__(self) -> None:
        self._workshop = Workshop()

    def validate(self, request: VideoGenerationRequest) -> VideoGenerationRequest:
        """Apply the page's limits, and choose a seed where none is given."""
        model = self._find(request.model or self.default_model)
        duration = DEFAULT_DURATION if request.duration is None else request.duration
        model.check_duration(duration)
        width, height = DEFAULT_SIZE
        if request.width is not None and request.height is not None:
            width, height = request.width, request.height
            _check_size(width, height)
        return replace(
            request,
            model=model.id,
            duration=duration,
            width=width,
            height=height,
            seed=secrets.randbelow(2**31) if request.seed is None else request.seed,
        )

    def _find(self, name: str) -> Model:
        try:
            return find_model(name, self.models(), provider=self.name)
        except ModelNotFoundError:
            facts = bundled(name)
            if facts is None and not is_air(name):
                raise
            title = f" ({facts.title})" if facts else ""
            allowed = (
                f"it is one of Runware's models{title}: set LLMKIT_API_KEY or %llmkit login, and "
                f"name the provider runware or none. At preview: "
                f"{', '.join(model.id for model in self.models())}"
            )
            raise ModelNotFoundError(name, allowed, provider=self.name) from None

    async def submit(self, submissions: Sequence[Submission]) -> dict[str, Ticket | LLMKitError]:
        """Queue the clips for drawing."""
        tickets: dict[str, Ticket | LLMKitError] = {}
        for submission in submissions:
            self._workshop.order(submission.task_id, submission.request)
            tickets[submission.task_id] = Ticket(submission.task_id, submission.task_id)
        return tickets

    async def poll(self, tickets: Sequence[Ticket]) -> list[Update]:
        """Look at the workers' progress; costs nothing."""
        return [self._look(ticket) for ticket in tickets]

    def _look(self, ticket: Ticket) -> Update:
        piece = self._workshop.find(ticket.task_id)
        if piece is None:
            return Update(ticket=ticket, state="unknown")
        if piece.state == "failed":
            error = GenerationFailedError(f"The preview could not be drawn: {piece.problem}")
            return Update(ticket=ticket, state="failed", error=error)
        if piece.state == "finished":
            return Update(
                ticket=ticket,
                state="succeeded",
                provider_status="rendered",
                progress=1.0,
                video_url=self._workshop.address(piece),
                seed=piece.seed,
                cost=0.0,
            )
        waiting = piece.state == "waiting"
        return Update(
            ticket=ticket,
            state="processing",
            provider_status="waiting for a free worker" if waiting else "rendering",
            progress=None if waiting else piece.progress,
            waiting=waiting,
        )

    async def fetch(self, update: Update, sink: Sink) -> None:
        """Copy the drawn file, a piece at a time."""
        piece = self._workshop.find(update.ticket.task_id)
        if piece is None or piece.state != "finished":
            raise LLMKitError("The preview's file is gone.", code="file_gone")
        with piece.path.open("rb") as file:
            while data := await asyncio.to_thread(file.read, CHUNK):
                await sink.write(data)
        self._workshop.fetched(piece)

    async def cancel(self, ticket: Ticket) -> bool:
        """Stop drawing; always possible before the end."""
        return self._workshop.stop(ticket.task_id)

    async def estimate(self, request: VideoGenerationRequest) -> float | None:  # noqa: ARG002
        """Nothing, always."""
        return 0.0

    def models(self) -> list[Model]:
        """The page's five models with the page's limits, so that every lesson runs offline."""
        return [
            Model(
                id=model.id,
                title=model.title,
                provider=self.name,
                max_duration=model.max_duration,
                advice=model.advice,
                note="not available at Runware" if model.id in _NOT_AT_RUNWARE else "",
            )
            for model in PAGE_MODELS
        ]


def _check_size(width: int, height: int) -> None:
    long, short = MAX_EDGES
    allowed = f"even numbers from {MIN_EDGE}x{MIN_EDGE} up to {long}x{short} or {short}x{long}"
    if min(width, height) < MIN_EDGE or max(width, height) > long or min(width, height) > short:
        raise InvalidRequestError("size", f"{width}x{height}", allowed, provider="preview")
    if width % 2 or height % 2:
        # The picture's colour planes have half its size.
        raise InvalidRequestError(
            "size", f"{width}x{height}", allowed, because="odd number", provider="preview"
        )
