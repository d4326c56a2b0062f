"""The view-model of a sweep's state, and its look as a line of text; `summary_html.py` draws it."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING

from llmkit_jupyter.catalog.facts import title_of
from llmkit_jupyter.notebook.card import Card, State
from llmkit_jupyter.notebook.wording import (
    dimensions,
    excerpt,
    moment,
    money,
    seconds,
    stars,
    visible,
)

if TYPE_CHECKING:
    from llmkit_jupyter.sweeps.row import SweepRow
    from llmkit_jupyter.sweeps.sweep import Sweep

SHOWN = 12  # running jobs, each on a line of its own
LISTED = 60  # rows of one that has ended
_LONGEST = 70  # characters of a prompt


@dataclass(frozen=True, slots=True)
class RunningLine:
    """A job that is under way, in the words that people see."""

    number: int
    state: State
    phase: str
    model: str
    prompt: str
    seed: int | None
    share: float | None
    """How much of a bar is filled, from 0 to 1."""
    notice: str


@dataclass(frozen=True, slots=True)
class EndedLine:
    """A row of a sweep that has ended, as texts in the order of ``Summary.headers``."""

    state: State
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A sweep's state in words and numbers. Times are in seconds, money in US dollars."""

    name: str
    total: int
    completed: int
    failed: int
    reused: int
    pending: int
    ended: bool
    share: float
    cost: float
    estimate: float | None
    """What it costs in all; ``None`` where that is not known."""
    left: float | None
    running: tuple[RunningLine, ...] = ()
    more: int = 0
    """Jobs or rows that are not shown."""
    headers: tuple[str, ...] = ()
    rows: tuple[EndedLine, ...] = ()
    stopped: str = ""
    message: str = ""
    at: str = ""
    """When this was so, while it may still change: a notebook keeps what it last showed."""

    @classmethod
    def of(cls, sweep: Sweep, *, message: str = "") -> Summary:
        """Look at a sweep as it stands now.

        Args:
            sweep: in any state, or some of its rows.
            message: what to do, or what has happened; empty most of the time.
        """
        rows = sweep.rows
        statuses = [row.status for row in rows]
        ended = sweep.done()
        settled = sum(status in ("completed", "failed") for status in statuses)
        cards = [
            (row, Card.of(job, small=True))
            for row, status in zip(rows, statuses, strict=True)
            # Looked at once: a row has no job as soon as it waits to be submitted again.
            if status == "processing" and (job := row.job) is not None and not job.reused
        ]
        headers, listed = _table(rows[:LISTED]) if ended else ((), ())
        shares = sum(card.share or 0.0 for _, card in cards)
        return cls(
            name=sweep.name,
            total=len(rows),
            completed=statuses.count("completed"),
            failed=statuses.count("failed"),
            reused=sum(row.reused for row in rows),
            pending=statuses.count("pending"),
            ended=ended,
            share=1.0 if not rows else min((settled + shares) / len(rows), 1.0),
            cost=sweep.cost,
            estimate=None if ended else sweep.estimate,
            left=None if ended else time_left(rows, sweep.concurrency),
            running=() if ended else tuple(_line(*each) for each in cards[:SHOWN]),
            more=max(0, len(rows) - LISTED if ended else len(cards) - SHOWN),
            headers=headers,
            rows=listed,
            stopped=sweep.stopped or "",
            message=message or (_next(statuses, sweep.stopped) if ended else ""),
            at="" if ended else moment(time.time()),
        )

    def after(self, before: Summary) -> Summary:
        """Give it with no bar behind where that was before.

        Of a video that takes longer than was expected it is not known how much is done.
        """
        shares = {line.number: line.share for line in before.running}
        running = tuple(
            replace(line, share=shares.get(line.number)) if line.share is None else line
            for line in self.running
        )
        return replace(self, running=running, share=max(self.share, before.share))

    @property
    def headline(self) -> str:
        """What it is called and how far it has come."""
        parts = [f"{self.completed} of {self.total} done"]
        if self.failed:
            parts.append(f"{self.failed} failed")
        if self.reused:
            parts.append(f"{self.reused} reused")
        if self.pending and self.ended:
            parts.append(f"{self.pending} not submitted")
        return f"Sweep {visible(self.name)}: {', '.join(parts)}"

    @property
    def facts(self) -> list[str]:
        """The short facts beside the headline: money and time."""
        facts: list[str] = []
        about = f"about {money(self.estimate)}" if self.estimate else ""
        if self.cost:
            facts.append(f"{money(self.cost)} of {about}" if about else money(self.cost))
        elif about:
            facts.append(about)
        if self.left is not None:
            facts.append(f"about {_roughly(self.left)} left")
        return facts

    @property
    def state(self) -> State:
        """Its colour."""
        if not self.ended:
            return "running"
        if self.pending:
            return "cancelled"
        return "failed" if self.failed and not self.completed else "done"


def _next(statuses: Sequence[str], stopped: str | None) -> str:
    """Say what can be done about rows without a video."""
    pending, failed = statuses.count("pending"), statuses.count("failed")
    hints = [".resume() submits what was not submitted"] if pending and not stopped else []
    hints += [".retry() makes again what failed"] if failed else []
    return f"{'; '.join(hints)}." if hints else ""


def time_left(rows: Sequence[SweepRow], at_once: int) -> float | None:
    """Give seconds until all rows are made, by what those before have taken; ``None`` at first."""
    jobs = [job for row in rows if (job := row.job) is not None and not job.reused]
    going = [job for job in jobs if not job.done()]
    waiting = sum(row.waits for row in rows)
    took = [job.elapsed for job in jobs if job.status == "completed"]
    known = [left for job in going if (left := job.eta) is not None]
    usual = median(took) if took else None
    if usual is None:
        if not known:
            return None
        usual = max(job.elapsed + (job.eta or 0.0) for job in going)
    now = max([*known, *(usual - job.elapsed for job in going), 0.0])
    return now + math.ceil(waiting / at_once) * usual


def as_line(summary: Summary) -> str:
    """Give a sweep's state as one line for a terminal: no colours, no control characters."""
    parts = [summary.headline, *summary.facts]
    if not summary.ended:
        parts.insert(1, f"{summary.share:.0%}")
    parts += [visible(text) for text in (summary.stopped, summary.message) if text]
    return " \u00b7 ".join(parts)


def as_text(summary: Summary) -> str:
    """Give it as plain text, for ``text/plain`` and for logs."""
    from llmkit_jupyter.notebook.tables import Table

    at = f" \u00b7 as of {summary.at}" if summary.at else ""
    lines = [as_line(summary) + at]
    if summary.rows:
        table = Table(summary.headers, [row.cells for row in summary.rows])
        lines.append(table.as_text())
    lines += [
        f"{line.number:>4}  {line.phase}  {line.model}  {line.prompt}" for line in summary.running
    ]
    if summary.more:
        lines.append(more_text(summary))
    return "\n".join(lines)


def more_text(summary: Summary) -> str:
    """Say how many jobs or rows are not shown."""
    return f"and {summary.more:,} more" + (": .to_frame() has all" if summary.ended else "")


def _line(row: SweepRow, card: Card) -> RunningLine:
    percent = "" if card.progress is None else f" {card.progress:.0%}"
    return RunningLine(
        number=row.place,
        state=card.state,
        phase=f"{card.headline}{percent}",
        model=_model(row),
        prompt=excerpt(row.prompt, _LONGEST),
        seed=row.seed,
        share=card.share,
        notice=card.message,
    )


def _table(rows: Sequence[SweepRow]) -> tuple[tuple[str, ...], tuple[EndedLine, ...]]:
    """Give the columns in which rows differ, or which say what became of them."""
    columns = {
        "row": [str(row.place) for row in rows],
        "prompt": [excerpt(row.prompt, _LONGEST) for row in rows],
        "model": [_model(row) for row in rows],
        "seed": ["" if row.seed is None else str(row.seed) for row in rows],
        "duration": ["" if row.duration is None else f"{row.duration:g} s" for row in rows],
        "size": [dimensions(*row.size) if row.size else "" for row in rows],
        "outcome": [_outcome(row) for row in rows],
        "cost": [_cost(row) for row in rows],
        "rating": [stars(row.rating) for row in rows],
    }
    always = ("row", "prompt", "model", "outcome")
    if len(rows) > 1:
        # What is the same in all rows would only take room.
        columns = {
            name: texts
            for name, texts in columns.items()
            if name in always or len({*texts}) > 1 or (name in ("cost", "seed") and any(texts))
        }
    lines = zip(*columns.values(), strict=True)
    return tuple(columns), tuple(
        EndedLine(_state(row), cells) for row, cells in zip(rows, lines, strict=True)
    )


def _model(row: SweepRow) -> str:
    return excerpt(title_of(row.model), 40) if row.model else ""


def _outcome(row: SweepRow) -> str:
    job, error = row.job, row.error
    if error is not None:
        return excerpt(f"{error.code.replace('_', ' ')}: {error.message}", 100)
    if job is None:
        return "not submitted"
    return "reused" if job.reused else f"done in {seconds(job.elapsed)}"


def _cost(row: SweepRow) -> str:
    job = row.job
    return money(job.cost) if job is not None and job.cost and not job.reused else ""


def _state(row: SweepRow) -> State:
    if row.status == "pending":
        return "waiting"
    return "failed" if row.status == "failed" else "done"


def _roughly(value: float) -> str:
    """Give a time that is only guessed, without more digits than are known."""
    if value < 10:
        return seconds(max(value, 1.0))
    if value < 90:
        return f"{10 * round(value / 10)} s"
    return f"{round(value / 60)} min" if value < 5400 else f"{value / 3600:.1f} h"
