"""The one view-model of a job's state, and its look as HTML and as a line of text.

The plain outputs draw it as HTML; the widget takes the same fields as traits.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal

from llmkit_jupyter.catalog.facts import title_of
from llmkit_jupyter.notebook.wording import excerpt, money, seconds, visible
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
    provider_status: str | None = None
    """The provider's own word, where it says more than the headline."""
    message: str = ""
    """An error, a notice, or what to do; empty most of the time."""

    @classmethod
    def of(cls, job: VideoJob, *, message: str = "") -> Card:
        """Look at a job as it stands now.

        Args:
            job: in any state.
            message: shown beside what the job has to say itself.
        """
        return cls.of_response(
            job.response,
            left=job.eta,
            estimate=job.estimate,
            cancelling=job.cancelling,
            message=_joined(job.notice, message),
        )

    @classmethod
    def of_response(
        cls,
        response: VideoGenerationResponse,
        *,
        left: float | None = None,
        estimate: float | None = None,
        cancelling: bool = False,
        message: str = "",
    ) -> Card:
        """Look at a job through a response, which knows all but what goes on behind it."""
        state, headline = _state(response, cancelling=cancelling)
        ended = response.status != "processing"
        word = (response.provider_status or "").strip()
        # Only a word that tells something new is worth the space.
        news = word.lower() not in ("", response.phase, "processing", "running", "pending")
        model = response.model or (response.request.model if response.request else None)
        progress = response.progress
        return cls(
            state=state,
            headline=headline,
            phase=response.phase or "",
            task_id=response.task_id or "",
            prompt=excerpt(response.request.prompt) if response.request else "",
            model=title_of(model) if model else "",
            provider=response.provider or "",
            elapsed=response.elapsed or 0.0,
            left=None if ended else left,
            progress=None if ended or progress is None else min(max(progress, 0.0), 1.0),
            cost=response.cost,
            estimate=None if ended else estimate,
            provider_status=word if news and not ended else None,
            message=_joined(response.error.message if response.error else None, message),
        )

    @property
    def facts(self) -> list[str]:
        """The short facts beside the headline: percentage, elapsed, left, cost."""
        facts: list[str] = []
        if self.state in ("waiting", "running"):
            if self.progress is not None:
                facts.append(f"{self.progress:.0%}")
            facts.append(seconds(self.elapsed))
            if self.left is not None:
                facts.append(f"about {seconds(max(self.left, 1.0))} left")
        if self.cost:
            facts.append(money(self.cost))
        elif self.estimate:
            facts.append(f"about {money(self.estimate)}")
        return facts


def _state(response: VideoGenerationResponse, *, cancelling: bool) -> tuple[State, str]:
    took = "" if response.elapsed is None else seconds(response.elapsed)
    if response.status == "completed":
        return "done", f"Done in {took}" if took else "Done"
    if response.status == "failed":
        if response.error and response.error.code == "cancelled":
            return "cancelled", "Cancelled"
        return "failed", f"Failed after {took}" if took else "Failed"
    if cancelling:
        return "running", "Cancelling"
    phase = response.phase or ""
    return (
        "waiting" if phase == "queued" else "running",
        _RUNNING.get(phase, phase.capitalize() or "Working"),
    )


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
    return f"{as_line(card)}\n{visible(card.prompt)}\njob {visible(card.task_id)}"


# JupyterLab's theme variables, each with a value that suits a page without them (a light one).
_INK = "var(--jp-content-font-color1,rgba(0,0,0,.87))"
_QUIET = "var(--jp-content-font-color2,rgba(0,0,0,.6))"
_LINE = "var(--jp-border-color2,#e0e0e0)"
_PANEL = "var(--jp-layout-color1,#fff)"
_CHIP = "var(--jp-layout-color2,#f0f0f0)"
_ACCENT: dict[State, str] = {
    "waiting": "var(--jp-brand-color1,#1976d2)",
    "running": "var(--jp-brand-color1,#1976d2)",
    "done": "var(--jp-success-color1,#388e3c)",
    "failed": "var(--jp-error-color1,#d32f2f)",
    "cancelled": "var(--jp-border-color1,#9e9e9e)",
}
_SANS = "var(--jp-ui-font-family,system-ui,sans-serif)"
_MONO = "var(--jp-code-font-family,ui-monospace,monospace)"


def as_html(card: Card) -> str:
    """Give the card as HTML.

    Styles are inline and built on JupyterLab's theme variables. An untrusted notebook loses
    most of them and keeps text, order and the progress element, which is why the card reads
    well without any.
    """
    live = card.state in ("waiting", "running")
    accent = _ACCENT[card.state]
    facts = " \u00b7 ".join(escape(fact) for fact in card.facts)
    # An update replaces the element, so "status" is announced politely at each phase only:
    # the label holds the phase and not the seconds.
    return (
        f'<div class="llmkit-card llmkit-{card.state}" role="group" '
        f'aria-label="{escape(f"Video job: {card.headline}")}" '
        f'style="box-sizing:border-box;max-width:640px;margin:4px 0;padding:10px 14px 10px;'
        f"border:1px solid {_LINE};border-left:3px solid {accent};border-radius:6px;"
        f'background:{_PANEL};color:{_INK};font:13px/1.5 {_SANS}">'
        f'<div style="display:flex;flex-wrap:wrap;align-items:baseline;gap:0 10px">'
        f'<strong role="status" style="font-weight:600">{escape(card.headline)}</strong>'
        f"{_word(card)}"
        f'<span style="margin-left:auto;color:{_QUIET};font-variant-numeric:tabular-nums;'
        f'white-space:nowrap"> {facts}</span></div>'
        f"{_bar(card, accent) if live else ''}"
        f'<div dir="auto" style="margin-top:6px;overflow-wrap:anywhere">{escape(card.prompt)}</div>'
        f"{_message(card)}"
        f'<div style="display:flex;flex-wrap:wrap;align-items:center;gap:2px 8px;margin-top:6px;'
        f'font-size:11px;color:{_QUIET}">'
        f'<span style="padding:0 7px;border-radius:9px;background:{_CHIP};color:{_INK};'
        f'overflow-wrap:anywhere">{escape(card.model)}</span>'
        f" <span>{escape(card.provider)}</span>"
        f' <span style="margin-left:auto;font-family:{_MONO};font-size:10px;opacity:.75;'
        f'overflow-wrap:anywhere">{escape(card.task_id)}</span></div></div>'
    )


def note_html(text: str) -> str:
    """Give one quiet line as HTML, for what a card shrinks to and for short remarks."""
    return (
        f'<div class="llmkit-note" style="color:{_QUIET};font:12px/1.5 {_SANS};'
        f'overflow-wrap:anywhere">{escape(text)}</div>'
    )


def _word(card: Card) -> str:
    if not card.provider_status:
        return ""
    word = escape(excerpt(card.provider_status, 40))
    return f' <span style="color:{_QUIET}">\u201c{word}\u201d</span>'


def _message(card: Card) -> str:
    if not card.message:
        return ""
    color = _ACCENT["failed"] if card.state == "failed" else _QUIET
    role = ' role="alert"' if card.state == "failed" else ""
    return (
        f'<div{role} dir="auto" style="margin-top:4px;color:{color};white-space:pre-wrap;'
        f'overflow-wrap:anywhere">{escape(card.message)}</div>'
    )


def _bar(card: Card, accent: str) -> str:
    """Draw a thin bar; with nothing known it holds the share of the expected time, if any."""
    share = card.progress
    if share is None and card.left is not None and card.elapsed + card.left > 0:
        # An estimate never looks finished.
        share = min(card.elapsed / (card.elapsed + card.left), 0.97)
    value = "" if share is None else f' value="{share:.3f}"'
    text = "" if share is None else f"{share:.0%}"
    # The browser's own bar in the theme's colour: with a background or a border of ours it would
    # fall back to one of its own colours, which no inline style reaches.
    return (
        f'<progress max="1"{value} aria-label="Progress of the video" '
        f'style="display:block;width:100%;height:6px;margin:6px 0 0;accent-color:{accent}">'
        f"{text}</progress>"
    )
