"""The one view-model of a job's state, and its look as a line of text.

`card_html.py` draws it; the widgets get it as a dictionary (`widgets/shape.py`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from llmkit_jupyter.catalog.facts import title_of
from llmkit_jupyter.notebook.wording import excerpt, moment, money, seconds, spared, visible
from llmkit_jupyter.response import VideoGenerationResponse

if TYPE_CHECKING:
    from llmkit_jupyter.job import VideoJob

State = Literal["waiting", "running", "done", "failed", "cancelled"]

_RUNNING = {
    "queued": "Waiting in the queue",
    "submitting": "Submitting",
    "generating": "Generating",
    "downloading": "Downloading",
}


REUSED = "Reused from the library"

# Providers' words that say no more than the headline.
_SAME = ("processing", "rendering", "running", "pending", "in_progress")
_SAME_WAITING = ("queued", "pending", "waiting for a free worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A job's state in the words and numbers that people see. Times are in seconds."""

    state: State
    headline: str
    phase: str
    task_id: str
    prompt: str
    """Excerpt, one line."""
    model: str
    """By its title, where it has one."""
    provider: str
    elapsed: float
    left: float | None = None
    progress: float | None = None
    """Between 0 and 1."""
    cost: float | None = None
    """US dollars."""
    estimate: float | None = None
    """The same, before it is charged."""
    reused: bool = False
    """It was there already, or on its way, when it was asked for."""
    unpriced: bool = False
    """It is going to cost something, and nobody knows how much."""
    provider_status: str | None = None
    """The provider's own word, where it says more than the headline."""
    queue_position: int | None = None
    """Its place among those that wait for a worker, where that is told."""
    message: str = ""
    """An error, a notice, or what to do; empty most of the time."""
    at: str = ""
    """When this was so, while it may still change: a notebook keeps what it last showed."""
    small: bool = False
    """One of many, which has a line of its own and no more."""

    @classmethod
    def of(cls, job: VideoJob, *, message: str = "", small: bool = False) -> Card:
        """Look at a job as it stands now.

        Args:
            job: in any state.
            message: shown beside what the job has to say itself.
            small: draw it as one of many.
        """
        card = cls.of_response(
            job.response,
            left=job.eta,
            estimate=job.estimate,
            cancelling=job.cancelling,
            waiting=job.waiting,
            message=_joined(job.notice, message),
        )
        # What is free has a price: 0.
        unpriced = card.running and job.estimate is None and job.cost is None
        return replace(card, unpriced=unpriced, queue_position=job.queue_position, small=small)

    @classmethod
    def of_response(
        cls,
        response: VideoGenerationResponse,
        *,
        left: float | None = None,
        estimate: float | None = None,
        cancelling: bool = False,
        waiting: bool = False,
        message: str = "",
    ) -> Card:
        """Look at a job through a response, which knows all but what goes on behind it."""
        state, headline = _state(response, cancelling=cancelling, waiting=waiting)
        ended = response.status != "processing"
        word = (response.provider_status or "").strip()
        # Only a word that tells something new is worth the space.
        same = _SAME_WAITING if waiting else _SAME
        news = word.lower() not in ("", response.phase, *same)
        model = response.model or (response.request.model if response.request else None)
        progress = response.progress
        return cls(
            state=state,
            headline=headline,
            phase=response.phase or "",
            task_id=response.task_id or "",
            prompt=excerpt(response.request.prompt) if response.request else "",
            model=excerpt(title_of(model), 80) if model else "",
            provider=response.provider or "",
            elapsed=response.elapsed or 0.0,
            left=None if ended else left,
            progress=None if ended or progress is None else min(max(progress, 0.0), 1.0),
            cost=response.cost,
            reused=response.reused,
            estimate=None if ended else estimate,
            provider_status=word if news and not ended else None,
            message=_joined(_reason(response, headline), _shared(response), message),
            at="" if ended else moment(time.time()),
        )

    @property
    def running(self) -> bool:
        """Whether it may still change."""
        return self.state in ("waiting", "running")

    @property
    def share(self) -> float | None:
        """How much of a bar is filled, from 0 to 1: of the expected time where nothing is told."""
        if self.progress is not None or self.left is None or self.elapsed + self.left <= 0:
            return self.progress
        # An estimate never looks finished.
        return min(self.elapsed / (self.elapsed + self.left), 0.97)

    @property
    def brief(self) -> str:
        """The state in a word, or the percentage, where there is little room."""
        if self.running and self.progress is not None:
            return f"{self.progress:.0%}"
        return self.state.capitalize()

    @property
    def facts(self) -> list[str]:
        """The short facts beside the headline: percentage, elapsed, left, cost."""
        facts: list[str] = []
        if self.running:
            if self.progress is not None:
                facts.append(f"{self.progress:.0%}")
            if self.queue_position is not None:
                facts.append(f"place {self.queue_position} in the queue")
            facts.append(seconds(self.elapsed))
            if self.left is not None:
                facts.append(f"about {seconds(max(self.left, 1.0))} left")
        if self.reused:
            facts.append(spared(self.cost))
        elif self.cost:
            facts.append(money(self.cost))
        elif self.estimate:
            facts.append(f"about {money(self.estimate)}")
        elif self.unpriced:
            facts.append("price not known beforehand")
        return facts


def _state(
    response: VideoGenerationResponse, *, cancelling: bool, waiting: bool
) -> tuple[State, str]:
    took = "" if response.elapsed is None else seconds(response.elapsed)
    if response.status == "completed":
        made = f"Done in {took}" if took else "Done"
        return "done", REUSED if response.reused else made
    if response.status == "failed":
        if response.error and response.error.code == "cancelled":
            return "cancelled", "Cancelled"
        return "failed", f"Failed after {took}" if took else "Failed"
    if cancelling:
        return "running", "Cancelling"
    if waiting:
        return "waiting", "Waiting for a worker"
    phase = response.phase or ""
    return (
        "waiting" if phase == "queued" else "running",
        _RUNNING.get(phase, phase.capitalize() or "Working"),
    )


def _reason(response: VideoGenerationResponse, headline: str) -> str | None:
    if response.error is None or response.error.message.rstrip(".") == headline:
        return None
    return response.error.message


def _shared(response: VideoGenerationResponse) -> str | None:
    if not response.reused or response.status != "processing":
        return None
    return "The same video was being made already: this is its job."


def _joined(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


def as_line(card: Card) -> str:
    """Give the card as one line for a terminal: no colours, no control characters."""
    parts = [card.headline, *card.facts, visible(card.model)]
    if card.message:
        parts.append(visible(card.message))
    return " \u00b7 ".join(parts)


def as_text(card: Card) -> str:
    """Give the card as plain text, for ``text/plain`` and for logs."""
    at = f", as of {card.at}" if card.at else ""
    return f"{as_line(card)}\n{visible(card.prompt)}\njob {visible(card.task_id)}{at}"
