"""Rows of a comparison that a test sets by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.failure import VideoError
from tests.notebook.fakes import a_response

if TYPE_CHECKING:
    from llmkit_jupyter.response import VideoGenerationResponse


@dataclass
class FakeRow:
    """Has what ``SweepRow`` has."""

    place: int = 0
    prompt: str = "A garden"
    model: str | None = "kling-2.0"
    seed: int | None = 1
    duration: float | None = 5
    size: tuple[int, int] | None = (640, 360)
    status: str = "pending"
    response: VideoGenerationResponse | None = None
    error: VideoError | None = None
    rating: int | None = None
    job: Any = None
    refusal: str = ""
    given: list[int | None] = field(default_factory=list)

    def rate(self, stars: int | None, /) -> None:
        if self.refusal:
            raise LLMKitError(self.refusal)
        self.given.append(stars)
        self.rating = stars


def grid_of(*models: str, prompts: tuple[str, ...] = ("A garden",), **values: Any) -> list[FakeRow]:
    """Every model with every prompt, prompt by prompt."""
    pairs = [(prompt, model) for prompt in prompts for model in models]
    return [
        FakeRow(place, prompt=prompt, model=model, **values)
        for place, (prompt, model) in enumerate(pairs)
    ]


def failed(place: int, words: str, code: str = "content", **values: Any) -> FakeRow:
    error = VideoError(code, words)
    response = a_response(status="failed", phase="done", task_id=f"task-{place}", error=error)
    return FakeRow(place, status="failed", error=error, response=response, **values)
