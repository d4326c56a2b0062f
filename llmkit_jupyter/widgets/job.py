"""A job that a person can watch and cancel: the last value of a cell, and ``%%video -b``."""

from __future__ import annotations

import threading
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import traitlets

from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.job import VideoJob
from llmkit_jupyter.notebook import display, live, shell
from llmkit_jupyter.notebook.card import Card
from llmkit_jupyter.rendering import MimeBundle
from llmkit_jupyter.response import VideoGenerationResponse
from llmkit_jupyter.widgets.base import LiveWidget, in_turn, synced
from llmkit_jupyter.widgets.bundles import bundle
from llmkit_jupyter.widgets.pieces import send_piece
from llmkit_jupyter.widgets.shape import card_state

if TYPE_CHECKING:
    from llmkit_jupyter.notebook.surfaces import Place

_Trait: Any = traitlets

# A page without widgets shows the plain card, which then has to move with every second.
# Known for the whole process once any page has answered.
_page_has_widgets = threading.Event()


class JobView(LiveWidget):
    """Shows where a job stands, lets it be cancelled, and plays its video.

    The plain video takes its place in the notebook when the job is done, so that it is still
    there without a kernel.

    Args:
        job: in any state.

    Raises:
        InvalidRequestError: ``job`` is not a ``VideoJob``.
    """

    KINDS: ClassVar[frozenset[str]] = frozenset({"hello", "cancel", "fetch"})

    OFFERED: ClassVar[frozenset[str]] = LiveWidget.OFFERED | {"job"}

    _esm = bundle("job.js")
    _css = bundle("job.css")

    card = synced(_Trait.Dict(read_only=True))
    """The job's card; see ``CardState``."""
    plain_end = synced(_Trait.Bool(default_value=True, read_only=True))
    """Whether the plain video is going to take this view's place on the page."""

    def __init__(self, job: VideoJob) -> None:
        if not hasattr(job, "on_change"):
            raise InvalidRequestError("job", job, "a VideoJob, such as submit_video gives")
        self._prepare(job, Card.of(job))
        live.keep_current(job, self)

    def _prepare(self, job: VideoJob, card: Card) -> None:
        self.job = job
        """What is shown."""
        self._last = card
        self._outputs: list[str] = []
        self._greeted = False
        self._first = card_state(job, card)
        super().__init__()

    @_Trait.default("card")
    def _first_card(self) -> dict[str, Any]:
        return self._first

    # -- what the thread of the cards calls

    def update(self, card: Card) -> None:
        """Show the job's present state."""
        new = card.headline != self._last.headline
        self._last = card
        self.put("card", card_state(self.job, card))
        # Below a live view it is what a notebook that is saved now will show.
        if new or not _page_has_widgets.is_set():
            self._draw(self._repr_mimebundle_())

    def finish(
        self,
        card: Card,
        response: VideoGenerationResponse,  # noqa: ARG002 - the job has it
        final: Literal["video", "line"],  # noqa: ARG002 - a view always ends as the video
    ) -> None:
        """Show the job's end, and leave it in the notebook."""
        self._last = card
        # In this order: the view is off the page before it could become a player for a moment.
        self._leave(card)
        self.put("card", card_state(self.job, card))

    def _leave(self, card: Card) -> None:
        """Have the plain end take the place of the view."""
        response = self.job.response
        if response.status == "completed":
            self._draw(display.render_response(response))
        else:
            self._draw(display.render_card(card))

    def _draw(self, bundle: MimeBundle) -> None:
        for name in self._outputs:
            shell.publish(bundle, display_id=name, update=True)

    # -- in the cell

    def plain(self) -> MimeBundle:
        """Give the job's card, or its video."""
        if self.job.done():
            return display.render_response(self.job.response)
        # What a person reads where the kernel is gone, and the card stands still.
        again = f"In another session: %llmkit job {self.job.task_id}"
        message = " ".join(part for part in (self._last.message, again) if part)
        return display.render_card(replace(self._last, message=message))

    def show(self) -> None:
        """Show the job in the cell that is running."""
        name = f"llmkit-{uuid.uuid4().hex}"
        # A done job's view stays a view: nothing is going to take its place.
        running = not self.job.done()
        if running:
            self._outputs.append(name)
        shell.publish(self._repr_mimebundle_(), display_id=name)
        if running and self.job.done():
            # It may have ended before there was an output to change.
            self._leave(Card.of(self.job))

    # -- from the page

    def _on_hello(self, _message: dict[str, Any]) -> None:
        _page_has_widgets.set()
        if self._greeted:
            # A page that was loaded anew has forgotten by which name an output can be changed.
            self.put("plain_end", False)
        self._greeted = True

    def _on_cancel(self, _message: dict[str, Any]) -> None:
        self.job.cancel()

    def _on_fetch(self, message: dict[str, Any]) -> None:
        response = self.job.response
        meant = response if message["task_id"] == response.task_id else None
        in_turn(send_piece, self, message, meant)

    def __repr__(self) -> str:
        return f"JobView({self.job!r})"


class _FollowedView(JobView):
    """A view that somebody else keeps current."""

    def __init__(self, job: VideoJob, card: Card) -> None:
        self._prepare(job, card)

    def begin(self, card: Card) -> None:  # noqa: ARG002 - it was made with it
        """Show it in the cell that is running."""
        self.show()


class JobSurface:
    """Output areas with a view in each, for jobs that nobody waits for."""

    live = True

    def place(self, card: Card, job: VideoJob) -> Place:
        """Give a view of a job, for the cell that is running."""
        return _FollowedView(job, card)
