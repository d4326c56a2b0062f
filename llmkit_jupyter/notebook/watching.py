"""A sweep's place in the notebook: one output, or one line of a terminal, that is kept current."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

from llmkit_jupyter import rendering
from llmkit_jupyter.errors import VideoTimeoutError
from llmkit_jupyter.notebook import live, surfaces
from llmkit_jupyter.notebook.arrangement import sides
from llmkit_jupyter.notebook.contact_sheet import contact_sheet
from llmkit_jupyter.notebook.summary import Summary, as_line, as_text
from llmkit_jupyter.notebook.summary_html import as_html
from llmkit_jupyter.rendering import MimeBundle

if TYPE_CHECKING:
    from llmkit_jupyter.sweeps.row import SweepRow
    from llmkit_jupyter.sweeps.sweep import Sweep

_PICTURES = 5.0  # seconds for small pictures of the videos, when somebody waits for the end
_SHARE = 9  # times as long as a look takes, nobody looks
_LATEST = 5.0  # seconds
_HINT = "Interrupt the kernel to stop; what is under way goes on, and nothing is lost."


class Place(Protocol):
    """Where a summary is shown. ``live``: it can be changed after it was shown."""

    live: bool

    def draw(self, summary: Summary) -> None:
        """Show it in place of what is there."""
        ...


class NotebookPlace:
    """An output of the cell that is running."""

    live = True

    def __init__(self, sweep: Sweep) -> None:
        self._sweep = sweep
        self._output = surfaces.new_output()

    def draw(self, summary: Summary) -> None:
        """Show a summary in it, and at the end the videos."""
        self._output.send(bundle_of(summary, self._sweep.rows))


class TerminalPlace:
    """A progress line on standard error, where that is a terminal; its end goes to the output."""

    def __init__(self, stream: TextIO | None = None, out: TextIO | None = None) -> None:
        shown: TextIO = stream or sys.stderr
        self.live = shown.isatty()
        self._line = surfaces.Line(shown, out or sys.stdout, live=self.live, waiting=True)

    def draw(self, summary: Summary) -> None:
        """Have the line say it; at its end there is no line any more."""
        self._line.draw("" if summary.ended else as_line(summary))


class LiveSummary:
    """A sweep's summary, kept current by the thread of the cards."""

    def __init__(self, sweep: Sweep, place: Place, *, message: str = "") -> None:
        self.sweep = sweep
        self.message = message
        self.urgent = False
        self.ended = False
        self.unseen = False
        self.sent_at = time.monotonic()
        self._place = place
        self._before: Summary | None = None
        self._lock = threading.RLock()
        self._seen = (sweep.done(), sweep.stopped)
        self._unsubscribe = sweep.on_change(self._on_change)

    def _on_change(self, sweep: Sweep) -> None:
        # Of hundreds of jobs one or another changes all the time: only an end is news at once.
        state = (sweep.done(), sweep.stopped)
        if state != self._seen:
            self._seen = state
            self.urgent = True
            live.cards.wake()

    def done(self) -> bool:
        """Whether its next word is the last one."""
        return self.sweep.done()

    def say(self, message: str) -> None:
        """Change what it says beside the sweep's own state, and send it now."""
        self.message = message
        self.send()

    def send(self, *, again: bool = False) -> None:
        """Send it as the sweep stands now."""
        with self._lock:
            if self.ended and not again:
                return
            self.urgent = False
            began = time.monotonic()
            summary = Summary.of(self.sweep, message="" if self.done() else self.message)
            if summary.ended:
                self.leave()
            elif self._before is not None:
                summary = summary.after(self._before)
            self._before = summary
            self._place.draw(summary)
            # A look at ten thousand rows takes a while: the later is the next one.
            now = time.monotonic()
            self.sent_at = now + min(_SHARE * (now - began), _LATEST)

    def leave(self) -> None:
        """Follow the sweep no more."""
        if not self.ended:
            self.ended = True
            self._unsubscribe()


def bundle_of(summary: Summary, rows: Sequence[SweepRow]) -> MimeBundle:
    """Give the bundle of a summary; of a sweep that has ended, with a picture of each video."""
    text = as_text(summary)
    if not summary.ended or not summary.completed:
        return {"text/html": as_html(summary), "text/plain": text}
    down, across = sides(rows)
    sheet = contact_sheet(rows, by_row=down, by_column=across, patience=_PICTURES)
    return {
        **sheet,
        "text/html": as_html(summary, below=sheet["text/html"]),
        "text/plain": text,
    }


def render(sweep: Sweep) -> MimeBundle:
    """Give the bundle of a sweep as it stands now."""
    message = "" if sweep.done() else "Run the cell again to see how it stands now."
    return bundle_of(Summary.of(sweep, message=message), sweep.rows)


def follow(sweep: Sweep) -> LiveSummary:
    """Show a sweep in the cell, and keep it current until it has ended."""
    shown = LiveSummary(sweep, NotebookPlace(sweep))
    shown.send()
    if not shown.ended:
        live.cards.add(shown)
    return shown


@contextmanager
def watching(sweep: Sweep, place: Place | None = None) -> Generator[LiveSummary]:
    """Show a sweep while the caller waits for it in this thread.

    At the normal end it has its last word before this returns. When the waiting is given up, it
    says so and goes on in the background.
    """
    place = place or (NotebookPlace(sweep) if rendering.in_notebook() else TerminalPlace())
    shown = LiveSummary(sweep, place, message=_HINT)
    try:
        shown.send()
        if place.live and not shown.ended:
            live.cards.add(shown)
        yield shown
    except KeyboardInterrupt:
        shown.say("Stopped waiting; what is under way goes on.")
        raise
    except VideoTimeoutError:
        shown.say("The wait ran out; the sweep goes on.")
        raise
    if sweep.done():
        shown.send()
        _ended_here[:] = [(sweep, _cell())]


_ended_here: list[tuple[Sweep, object]] = []


def shows(sweep: Sweep) -> bool:
    """Show a sweep as what a cell gives; ``False`` where its bundle is all there is to show."""
    if any(sweep is known and cell == _cell() for known, cell in _ended_here):
        return True  # right above, where this cell has waited for it
    if sweep.done():
        return False
    follow(sweep)
    return True


def _cell() -> object:
    """Name the cell that runs."""
    return getattr(rendering.current_shell(), "execution_count", None)
