"""Where cards are shown: a notebook's output area, or one line of a terminal."""

from __future__ import annotations

import sys
import threading
import uuid
from typing import TYPE_CHECKING, Literal, Protocol, TextIO

from llmkit_jupyter import rendering
from llmkit_jupyter.notebook import shell
from llmkit_jupyter.notebook.card import Card, as_line, as_text
from llmkit_jupyter.rendering import MimeBundle
from llmkit_jupyter.response import VideoGenerationResponse

if TYPE_CHECKING:
    from llmkit_jupyter.job import VideoJob


class Shown(Protocol):
    """A card's place in the notebook."""

    def update(self, card: Card) -> None:
        """Draw it anew."""
        ...

    def finish(
        self, card: Card, response: VideoGenerationResponse, final: Literal["video", "line"]
    ) -> None:
        """Put the video, or the card of the failure, in its place."""
        ...


class Place(Shown, Protocol):
    """One in which nothing stands yet. An interrupt may come as soon as something does."""

    def begin(self, card: Card) -> None:
        """Draw it for the first time."""
        ...


class Surface(Protocol):
    """Where cards are shown. ``live``: it can change them after they were shown."""

    live: bool

    def place(self, card: Card, job: VideoJob) -> Place:
        """Give the place of a job's card, which is drawn later."""
        ...


def surface(*, waiting: bool) -> Surface:
    """Give the place for cards in this process.

    Args:
        waiting: the caller waits for the jobs. A terminal has a progress line only then, because
            otherwise the line belongs to whoever types there.
    """
    if not rendering.in_notebook():
        return TerminalSurface(waiting=waiting)
    # A cell that waits cannot hear a click.
    clickable: Surface | None = None if waiting else rendering.clickable_surface()
    return clickable or NotebookSurface()


class NotebookSurface:
    """Output areas of cells, updated by display id."""

    live = True

    def place(self, card: Card, job: VideoJob) -> Output:  # noqa: ARG002 - any is like another
        """Give a place in the cell that is running."""
        return new_output()


def new_output() -> Output:
    """Give a place in the cell that is running."""
    return Output(f"llmkit-{uuid.uuid4().hex}")


class Output:
    """An output area of the cell that is running, which can be changed ever after."""

    def __init__(self, display_id: str) -> None:
        self._id = display_id
        self._begun = False

    def send(self, bundle: MimeBundle) -> None:
        """Put this into it, in place of what is there."""
        # Where an interrupt came before the first word, the second is the first.
        shell.publish(bundle, display_id=self._id, update=self._begun)
        self._begun = True

    def begin(self, card: Card) -> None:
        """Draw a card for the first time."""
        self.update(card)

    def update(self, card: Card) -> None:
        """Draw a card anew."""
        from llmkit_jupyter.notebook.display import render_card

        self.send(render_card(card))

    def finish(
        self, card: Card, response: VideoGenerationResponse, final: Literal["video", "line"]
    ) -> None:
        """Put a job's end into it."""
        from llmkit_jupyter.notebook import display

        if response.status != "completed":
            self.send(display.render_card(card))
        elif final == "video":
            self.send(display.render_response(response, note=card.message))
        else:
            self.send(display.render_note(display.done_line(response)))


class TerminalSurface:
    """A progress line on standard error, where that is a terminal; results go to the output."""

    def __init__(
        self, *, waiting: bool, stream: TextIO | None = None, out: TextIO | None = None
    ) -> None:
        self._waiting = waiting
        self._stream = stream or sys.stderr
        self._out = out or sys.stdout
        self.live = waiting and self._stream.isatty()

    def place(self, card: Card, job: VideoJob) -> Line:  # noqa: ARG002 - any is like another
        """Give a progress line."""
        return Line(self._stream, self._out, live=self.live, waiting=self._waiting)


_terminal = threading.Lock()


class Line:
    """A terminal's progress line, and the output that results go to."""

    def __init__(self, stream: TextIO, out: TextIO, *, live: bool, waiting: bool) -> None:
        self._stream, self._out, self._live, self._waiting = stream, out, live, waiting

    def draw(self, text: str) -> None:
        """Have the line say this, where there is one; nothing wipes it."""
        import shutil

        if self._live:
            room = shutil.get_terminal_size().columns - 1
            # Back to the first column, the text, and the rest of the line erased.
            with _terminal:
                self._stream.write(f"\r{text[:room]}\x1b[K")
                self._stream.flush()

    def say(self, text: str) -> None:
        """Write a text to the output."""
        with _terminal:
            self._out.write(f"{text}\n")
            self._out.flush()

    def begin(self, card: Card) -> None:
        """Draw a card for the first time."""
        if self._waiting:
            self.update(card)
        elif card.state in ("waiting", "running"):
            # Said once: the line belongs to whoever types there.
            self.say(as_text(card))

    def update(self, card: Card) -> None:
        """Draw a card anew."""
        self.draw(as_line(card))

    def finish(
        self, card: Card, response: VideoGenerationResponse, final: Literal["video", "line"]
    ) -> None:
        """Wipe the line, and write a job's end where that is wanted."""
        from llmkit_jupyter.notebook import display

        self.draw("")
        if final == "video":
            done = response.status == "completed"
            gone = display.missing(response, card.message)
            self.say(gone or (display.summary(response) if done else as_line(card)))
