"""A provider that does what a test tells it: the interface's third implementer, not a mock.

It keeps a ledger of what was submitted, as a paid service would, so that tests can count.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from llmkit_jupyter.catalog.models import Model
from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.providers.base import Provider, Sink, Submission, Ticket, Update
from llmkit_jupyter.request import VideoGenerationRequest

Answer = Ticket | LLMKitError | None


@dataclass
class ScriptedProvider(Provider):
    """Succeeds after ``polls`` polls, with ``video`` as the file, unless told otherwise."""

    name = "scripted"
    title = "Scripted"

    video: bytes = b""
    polls: int = 1
    remote: bool = True  # type: ignore[misc]
    idempotent_submit: bool = True  # type: ignore[misc]
    poll_hint: float | None = 0.01  # type: ignore[misc]
    cancellable: bool = True
    paid: bool = True  # type: ignore[misc]
    price: float | None = 0.01
    on_estimate: Callable[[VideoGenerationRequest], float | None] | None = None
    on_submit: Callable[[Submission], Answer] | None = None
    on_poll: Callable[[Ticket], Update | None] | None = None
    on_fetch: Callable[[Sink], object] | None = None
    submitted: list[str] = field(default_factory=list)
    polled: list[list[str]] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)
    fetched: int = 0
    estimated: list[VideoGenerationRequest] = field(default_factory=list)

    def validate(self, request: VideoGenerationRequest) -> VideoGenerationRequest:
        return replace(request, model=request.model or "any-model")

    async def submit(self, submissions: Sequence[Submission]) -> dict[str, Ticket | LLMKitError]:
        await asyncio.sleep(0)
        answers: dict[str, Ticket | LLMKitError] = {}
        for submission in submissions:
            self.submitted.append(submission.task_id)
            answer = (
                self.on_submit(submission)
                if self.on_submit
                else Ticket(submission.task_id, f"theirs-{submission.task_id}")
            )
            if answer is not None:
                answers[submission.task_id] = answer
        return answers

    async def poll(self, tickets: Sequence[Ticket]) -> list[Update]:
        self.polled.append([ticket.task_id for ticket in tickets])
        return [update for ticket in tickets if (update := self._look(ticket)) is not None]

    def _look(self, ticket: Ticket) -> Update | None:
        if self.on_poll is not None:
            return self.on_poll(ticket)
        count = self.seen[ticket.task_id] = self.seen.get(ticket.task_id, 0) + 1
        if count < self.polls:
            return Update(ticket=ticket, state="processing", progress=count / self.polls)
        return Update(ticket=ticket, state="succeeded", cost=0.5, video_url="https://x.test/v.mp4")

    async def fetch(self, update: Update, sink: Sink) -> None:
        self.fetched += 1
        if self.on_fetch is not None:
            result = self.on_fetch(sink)
            if asyncio.iscoroutine(result):
                await result
            return
        for start in range(0, len(self.video), 1000):
            await sink.write(self.video[start : start + 1000])

    async def cancel(self, ticket: Ticket) -> bool:
        return self.cancellable

    async def estimate(self, request: VideoGenerationRequest) -> float | None:
        self.estimated.append(request)
        return self.on_estimate(request) if self.on_estimate else self.price

    def models(self) -> list[Model]:
        return [Model("any-model", "Any", self.name, 30, "good")]
