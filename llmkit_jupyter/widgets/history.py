"""All jobs as a gallery: found by words, model, status, date and rating; shown, used again."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from llmkit_jupyter import rendering
from llmkit_jupyter.client import LLMKitClient, default_client
from llmkit_jupyter.errors import InvalidRequestError, LLMKitError
from llmkit_jupyter.job import VideoJob
from llmkit_jupyter.notebook import display
from llmkit_jupyter.notebook.gallery import gallery
from llmkit_jupyter.notebook.surfaces import Output, new_output
from llmkit_jupyter.rendering import MimeBundle
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.widgets import hosts
from llmkit_jupyter.widgets.base import in_background, in_turn, synced
from llmkit_jupyter.widgets.bundles import bundle
from llmkit_jupyter.widgets.finding import FILTERS, JobFinder
from llmkit_jupyter.widgets.latest import Latest, Newest
from llmkit_jupyter.widgets.pieces import send_piece
from llmkit_jupyter.widgets.signature import name_fields
from llmkit_jupyter.widgets.tiles import OpenedState, opened_state, repeatable

if TYPE_CHECKING:
    from llmkit_jupyter.widgets.studio import VideoStudio

_Trait: Any = traitlets

SETTLED = 1.0  # seconds after which what a notebook keeps follows what is shown


class JobHistory(JobFinder):
    """All jobs of this home, newest first, as a gallery: to look through and to use again.

    ======================  ======================================================================
    ``text``                words that all have to occur in the prompt
    ``model``               as it was asked for, or as it ran
    ``status``              ``"processing"``, ``"completed"`` or ``"failed"``; empty for all
    ``rating``              at least so many stars, or ``"unrated"``
    ``since``, ``until``    when it was made, in seconds since the epoch
    ``page``                from 1
    ``jobs``, ``job``       the jobs of the page, and the one that is open
    ``request``             the request that was last taken for use again
    ``refresh()``           looks again, and waits for it
    ======================  ======================================================================

    Args:
        client: whose jobs; the one of the settings by default.
        studio: a ``VideoStudio`` whose form gets the settings that are to be used again.
        page_size: jobs of a page, 1 to 200.
        **fields: filters to begin with, by their names above.

    Raises:
        InvalidRequestError: an argument that cannot be.
        TypeError: an unknown keyword argument.
    """

    KINDS: ClassVar[frozenset[str]] = JobFinder.KINDS | {
        "show", "save", "forget", "rate", "reuse", "fetch", "cancel",
    }  # fmt: skip
    OFFERED: ClassVar[frozenset[str]] = JobFinder.OFFERED | {"job", "request"}

    _esm = bundle("history.js")
    _css = bundle("history.css")

    opened = synced(_Trait.Dict(read_only=True))
    """The job that is looked at; see ``OpenedState``."""

    request = _Trait.Instance(VideoGenerationRequest, allow_none=True, read_only=True)
    """What was last taken for use again; ``client.generate_video(history.request)`` makes it."""

    def __init__(
        self,
        client: LLMKitClient | None = None,
        *,
        studio: VideoStudio | None = None,
        page_size: int = 24,
        **fields: Any,
    ) -> None:
        self.check_names(fields)
        if client is not None and not isinstance(client, LLMKitClient):  # pyright: ignore[reportUnnecessaryIsInstance]
            hint = "; words to search for go by name: JobHistory(text=...)"
            allowed = "an LLMKitClient" + (hint if isinstance(client, str) else "")
            raise InvalidRequestError("client", client, allowed)
        if studio is not None and not hasattr(studio, "use"):
            raise InvalidRequestError("studio", studio, "a VideoStudio")
        self._named = client is not None
        self._studio = studio
        self._open: VideoJob | None = None
        self._opening = 0
        self._outputs: list[Output] = []
        self._keep = Latest(self._draw, settled=SETTLED)
        super().__init__(client or default_client(), page_size, fields)

    @_Trait.default("opened")
    def _first_opened(self) -> object:
        return asdict(OpenedState())

    @property
    def job(self) -> VideoJob | None:
        """The job that is open."""
        return self._open

    def _found_anew(self, jobs: Sequence[VideoJob]) -> None:
        if self._open is not None and self._open not in jobs:
            self._opening += 1
            self._open = None
            self.put("opened", asdict(OpenedState()))

    def _changed(self, job: VideoJob | None = None) -> None:
        if job is not None and job == self._open:
            self.put("opened", self._opened_state(job))
        if job is None or job.done():
            self._keep()

    # -- the one that is open

    def _on_show(self, message: dict[str, Any]) -> None:
        with self._lock:
            self._opening += 1
            number = self._opening
        in_background(self._show, message["task_id"], number)

    def _show(self, task_id: str, number: int) -> None:
        state, job = asdict(OpenedState()), None
        if task_id:
            try:
                # One whose file was removed is fetched again, where that can be done.
                job = self._client.job(self._shelf.get(task_id).task_id)
                state = self._opened_state(job)
            except LLMKitError as error:
                state = asdict(OpenedState(task_id=task_id, problem=str(error)))
        with self._lock:
            if number != self._opening:
                return
            self._open = job
            self.put("opened", state)
        if job is not None and not job.done():
            self._shelf.follow()

    def _opened_state(self, job: VideoJob) -> dict[str, Any]:
        # Code that is to make the same must never mean a provider that costs more.
        default = not self._named and job.provider == self._client.provider
        return opened_state(
            job, provider=None if default else job.provider, has_form=self._studio is not None
        )

    # -- what is done with a job

    def _on_rate(self, message: dict[str, Any]) -> None:
        def rate() -> None:
            try:
                job = self._shelf.get(message["task_id"])
                job.rate(message["rating"])
            except LLMKitError as error:
                self.refuse(message["task_id"], str(error))
            else:
                self._shelf.look_at(job)

        in_background(rate)

    def _on_save(self, message: dict[str, Any]) -> None:
        def save(job: VideoJob) -> str:
            path = job.response.save()
            return f"Saved as {path.name} in {path.absolute().parent}"

        self._do(message, save)

    def _on_forget(self, message: dict[str, Any]) -> None:
        def forget(job: VideoJob) -> str:
            if not job.done():
                raise LLMKitError("It is still running: cancel it first, then it can be forgotten.")
            self._client.forget([job.task_id])
            self._search()
            return "Forgotten."

        self._do(message, forget)

    def _do(self, message: dict[str, Any], deed: Callable[[VideoJob], str]) -> None:
        def work() -> None:
            words = "It failed inside; the server's log has the details."
            kind = "refused"
            try:
                words, kind = deed(self._shelf.get(message["task_id"])), "done"
            except (LLMKitError, OSError) as error:
                words = str(error)
            finally:
                if kind == "done":
                    self.send({"kind": "done", "id": message["id"], "message": words})
                else:
                    self.refuse(message["id"], words)

        in_background(work)

    def _on_reuse(self, message: dict[str, Any]) -> None:
        in_background(self._reuse, message["task_id"], message["vary"])

    def _reuse(self, task_id: str, vary: bool) -> None:
        request = repeatable(self._shelf.get(task_id))
        if vary:
            request = request.with_seed(secrets.randbelow(2**31))
        self.put("request", request)
        if self._studio is not None:
            self._studio.use(request)

    def _on_cancel(self, message: dict[str, Any]) -> None:
        in_background(lambda: self._shelf.get(message["task_id"]).cancel())

    def _on_fetch(self, message: dict[str, Any]) -> None:
        job = self._shelf.known(message["task_id"])
        in_turn(send_piece, self, message, job.response if job else None)

    # -- in the cell

    def plain(self) -> MimeBundle:
        """Say how the gallery comes back; in a terminal give the page itself."""
        if not rendering.in_notebook():
            return gallery(self.jobs, self.found["total"])
        return display.render_note(
            "The history of jobs needs its kernel: run this cell to open it again."
        )

    def show(self) -> None:
        """Show the gallery in the cell that is running, and the page as it is for later readers."""
        super().show()
        output = new_output()
        output.send(self._kept())
        self._outputs.append(output)

    def _kept(self) -> MimeBundle:
        return hosts.covered(self.slot, gallery(self.jobs, self.found["total"]))

    def _draw(self, _newest: Newest) -> None:
        if self._outputs:
            kept = self._kept()
            for output in self._outputs:
                output.send(kept)

    def __repr__(self) -> str:
        return f"JobHistory({self.found['total']} jobs, page {self.page})"


name_fields(
    JobHistory,
    ("studio", "page_size", *FILTERS, "page"),
    {"page_size": 24, "page": 1, **dict.fromkeys(("text", "model", "status"), "")},
)
