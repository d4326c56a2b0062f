"""The studio: a request by hand, its jobs, its videos, and the code that makes the same."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any, ClassVar

import traitlets

from llmkit_jupyter import rendering
from llmkit_jupyter.client import LLMKitClient, default_client
from llmkit_jupyter.engine import engine as engines
from llmkit_jupyter.errors import InvalidRequestError, LLMKitError
from llmkit_jupyter.job import VideoJob
from llmkit_jupyter.notebook import display
from llmkit_jupyter.rendering import MimeBundle
from llmkit_jupyter.response import VideoGenerationResponse
from llmkit_jupyter.widgets import picking
from llmkit_jupyter.widgets.base import in_turn, synced
from llmkit_jupyter.widgets.bundles import bundle
from llmkit_jupyter.widgets.fields import FORM
from llmkit_jupyter.widgets.pieces import send_piece
from llmkit_jupyter.widgets.remains import Remains
from llmkit_jupyter.widgets.results import Cards, Results
from llmkit_jupyter.widgets.signature import name_fields
from llmkit_jupyter.widgets.submitting import SubmittingForm
from llmkit_jupyter.widgets.upload import Upload

_Trait: Any = traitlets


class _Response(_Trait.Instance):
    """A trait that is up to date when it is read, also right after a cell has waited for it."""

    def get(self, obj: Any, cls: Any = None) -> object:
        obj.tell_ends()
        above: Any = super()
        return above.get(obj, cls)


class VideoStudio(SubmittingForm):
    """A form that makes videos: its fields are traits, to read, set, ``observe`` and ``link``.

    Everything that is done here by hand can be read back as Python:

    ======================  ======================================================================
    the form's fields       ``prompt``, ``model``, ``duration``, ``width`` …; ``values()`` has all
    ``request``             what it would generate; ``None`` while something is wrong
    ``problems``            what is wrong, by field
    ``check``               besides that ``cost`` and ``time`` in words, and code that makes the
                            same: ``check["python"]``, ``check["magic"]``
    ``generate()``          what the button does; gives the job at once
    ``use(request)``        puts a request into the form
    ``job``, ``jobs``       the first job of the latest submission, and all of them
    ``response``            how the latest job to end has ended
    ``shown``               task id of the job on the stage; empty for the newest
    ======================  ======================================================================

    Args:
        client: makes the videos; by default that of the settings in force.
        **fields: to begin with, by the names of a request's fields: ``prompt``, ``model``,
            ``duration`` (seconds), ``width`` and ``height`` (pixels), ``seed``,
            ``negative_prompt``, ``image``, ``fps``, ``options``; and ``count``.

    Raises:
        TypeError: an unknown keyword argument.
        LLMKitError: the settings do not name a usable provider.
    """

    WRITABLE: ClassVar[frozenset[str]] = frozenset((*FORM, "shown"))
    KINDS: ClassVar[frozenset[str]] = SubmittingForm.KINDS | {"cancel", "fetch", "reuse", "upload"}

    OFFERED: ClassVar[frozenset[str]] = SubmittingForm.OFFERED | {
        "request",
        "problems",
        "check",
        "shown",
        "values",
        "use",
        "job",
        "jobs",
        "response",
    }

    _esm = bundle("studio.js")
    _css = bundle("studio.css")

    shown = synced(_Trait.Unicode())
    """Task id of the job that is looked at; empty for the newest."""
    batch = synced(_Trait.List(read_only=True))
    earlier = synced(_Trait.List(read_only=True))
    notice = synced(_Trait.Unicode(read_only=True))

    job = _Trait.Instance(VideoJob, allow_none=True, read_only=True)
    """The first job of the latest submission."""
    response = _Response(VideoGenerationResponse, allow_none=True, read_only=True)
    """How the latest job to end has ended."""

    def __init__(self, client: LLMKitClient | None = None, **fields: Any) -> None:
        self.check_names(fields)
        if client is not None and not isinstance(client, LLMKitClient):  # pyright: ignore[reportUnnecessaryIsInstance]
            hint = "; what it shows goes by name: VideoStudio(prompt=...)"
            allowed = "an LLMKitClient" + (hint if isinstance(client, str) else "")
            raise InvalidRequestError("client", client, allowed)
        used = client or default_client()
        used.resume_once()
        self._results = Results(self._show_cards, self._job_ended)
        # Somebody may have lost the kernel that began them, and looks for them here.
        self._results.take_up(used.resumed)
        self._upload = Upload(engines.for_settings(used.settings).home)
        self._ended: set[str] = set()
        state = {"notice": picking.notice(used), "earlier": self._results.earlier}
        super().__init__(used, named=client is not None, fields=fields, state=state)
        self._remains = Remains(self.slot)
        self._results.follow()

    @_Trait.default("earlier")
    def _first_earlier(self) -> object:
        return self._first["earlier"]

    @_Trait.default("notice")
    def _first_notice(self) -> object:
        return self._first["notice"]

    @property
    def jobs(self) -> list[VideoJob]:
        """The jobs of the latest submission."""
        found = (self._results.find(card["task_id"]) for card in self.batch)
        return [job for job in found if job is not None]

    # -- its jobs

    def _begin(self, jobs: Sequence[VideoJob]) -> None:
        with self._lock:
            # The end of one that was made before, and is asked for again, is news once more.
            self._ended -= {job.task_id for job in jobs}
        self.put("job", jobs[0])
        self.put("shown", "")
        self._results.begin(jobs)
        self._remains.draw(self.jobs)

    def _show_cards(self, batch: Cards, earlier: Cards | None) -> None:
        if earlier is not None:
            self.put("earlier", list(earlier))
        self.put("batch", batch)

    def _job_ended(self, job: VideoJob) -> None:
        self._pricing.forget()
        self._remains.draw(self.jobs)
        self._tell_end(job)

    def tell_ends(self) -> None:
        """Have ``response`` be that of the latest job to end."""
        for job in self.jobs:
            if job.done():
                self._tell_end(job)

    def _tell_end(self, job: VideoJob) -> None:
        # A notebook that may have missed an end is told of it again; an observer never missed it.
        with self._lock:
            news = job.task_id not in self._ended
            self._ended.add(job.task_id)
        if news:
            self.put("response", job.response)

    def _on_cancel(self, message: dict[str, Any]) -> None:
        job = self._results.find(message["task_id"])
        if job is not None:
            job.cancel()

    def _on_reuse(self, message: dict[str, Any]) -> None:
        job = self._results.find(message["task_id"])
        if job is None:
            return
        seed = job.seed if job.request.seed is None else job.request.seed
        if message["vary"]:
            seed = secrets.randbelow(2**31)
        self.use(job.request if seed is None else job.request.with_seed(seed))

    def _on_fetch(self, message: dict[str, Any]) -> None:
        job = self._results.find(message["task_id"])
        in_turn(send_piece, self, message, job.response if job else None)

    def _on_upload(self, message: dict[str, Any]) -> None:
        in_turn(self._take_piece, message)

    def _take_piece(self, message: dict[str, Any]) -> None:
        try:
            received, path = self._upload.add(message)
        except (LLMKitError, OSError) as error:
            self.refuse(message["id"], str(error))
            return
        if path is not None:
            self.image = str(path)
        self.send({"kind": "uploaded", "id": message["id"], "received": received})

    # -- in the cell

    def plain(self) -> MimeBundle:
        """Say how the form comes back."""
        bundle = display.render_note(
            "The video studio needs its kernel: run this cell to open it again."
        )
        if not rendering.in_notebook():
            bundle["text/plain"] = f"{self!r}: a form for notebooks; generate() works here too."
        return bundle

    def show(self) -> None:
        """Show the studio in the cell that is running, and keep a place for its videos below."""
        super().show()
        self._remains.show(self.jobs)

    def __repr__(self) -> str:
        return f"VideoStudio({self.prompt!r}, model={self.model!r})"


name_fields(VideoStudio, FORM)
