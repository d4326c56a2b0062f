"""The studio: a request by hand, its jobs, its videos, and the code that makes the same."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from typing import Any, ClassVar

import traitlets

from llmkit_jupyter.caution import heard
from llmkit_jupyter.client import LLMKitClient, default_client
from llmkit_jupyter.engine import engine as engines
from llmkit_jupyter.errors import ConfirmationRequiredError, InvalidRequestError, LLMKitError
from llmkit_jupyter.job import VideoJob
from llmkit_jupyter.notebook import display, shell
from llmkit_jupyter.rendering import MimeBundle
from llmkit_jupyter.request import MAX_COUNT, VideoGenerationRequest, several, whole_number
from llmkit_jupyter.response import VideoGenerationResponse
from llmkit_jupyter.widgets import picking
from llmkit_jupyter.widgets.base import in_background, in_turn, synced
from llmkit_jupyter.widgets.bundles import bundle
from llmkit_jupyter.widgets.fields import FORM, RequestForm
from llmkit_jupyter.widgets.form import request_of
from llmkit_jupyter.widgets.pieces import send_piece
from llmkit_jupyter.widgets.remains import Remains
from llmkit_jupyter.widgets.results import Cards, Results
from llmkit_jupyter.widgets.signature import name_fields
from llmkit_jupyter.widgets.upload import Upload

_Trait: Any = traitlets
_log = logging.getLogger(__name__)
_BROKEN = "It failed inside; the server's log has the details."


class _Response(_Trait.Instance):
    """A trait that is up to date when it is read, also right after a cell has waited for it."""

    def get(self, obj: Any, cls: Any = None) -> object:
        obj.tell_ends()
        above: Any = super()
        return above.get(obj, cls)


class VideoStudio(RequestForm):
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
    KINDS: ClassVar[frozenset[str]] = frozenset({"cancel", "fetch", "generate", "reuse", "upload"})

    OFFERED: ClassVar[frozenset[str]] = RequestForm.OFFERED | {
        "request",
        "problems",
        "check",
        "shown",
        "values",
        "use",
        "generate",
        "job",
        "jobs",
        "response",
    }

    _esm = bundle("studio.js")
    _css = bundle("studio.css")

    shown = synced(_Trait.Unicode())
    """Task id of the job that is looked at; empty for the newest."""
    answer = synced(_Trait.Dict(read_only=True))
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
        self._seen: set[str] = set()
        self._ended: set[str] = set()
        self._submitting = False
        self._question: tuple[VideoGenerationRequest, int, str] | None = None
        state = {
            "notice": picking.notice(used),
            "answer": _answer(),
            "earlier": self._results.earlier,
        }
        super().__init__(used, named=client is not None, fields=fields, state=state)
        self._remains = Remains(self.slot)
        self._results.follow()

    @_Trait.default("answer")
    def _first_answer(self) -> object:
        return self._first["answer"]

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

    # -- generating

    def generate(self, *, confirm: bool = False) -> VideoJob:
        """Submit what the form says, as its button does; waits for the hand-over alone.

        Args:
            confirm: ``True`` agrees to a price above ``confirm_above``.

        Returns:
            The job, the first of them where ``count`` is more than one; ``jobs`` has all.

        Raises:
            InvalidRequestError: before anything was sent.
            LLMKitError: as ``LLMKitClient.submit_videos``.
        """
        values = self.values()
        count = whole_number("count", values["count"], 1, MAX_COUNT)
        requests = several(request_of(values), count)
        jobs = self._client.submit_videos(requests, confirm=confirm)
        self._begin(jobs)
        return jobs[0]

    def _begin(self, jobs: Sequence[VideoJob]) -> None:
        self.put("job", jobs[0])
        self.put("shown", "")
        self._results.begin(jobs)
        self._remains.draw(self.jobs)

    def _on_generate(self, message: dict[str, Any]) -> None:
        with self._lock:
            if message["id"] in self._seen:
                return  # a click that comes twice is one click
            self._seen.add(message["id"])
            if self._submitting:
                self.refuse(message["id"], "Another request is just being handed over.")
                return
            self._submitting = True
        request, count, words = None, 1, _BROKEN
        try:
            # What is still on its way as a change of a field comes along: a page holds changes
            # back while the kernel is busy, and messages not.
            if self.take(message["form"]):
                # Judged here: the trait may still wait for what another thread is judging.
                values = self.values()
                check, request = self._judged(values)
                count, words = values["count"], " ".join(check["problems"].values())
            else:
                words = "The form cannot be read."
        except Exception:  # noqa: BLE001 - a provider from elsewhere may raise anything
            _log.exception("a click could not be judged")
        if request is None:
            self._answer_click(message, "refused", words)
            return
        self.put("answer", _answer(message["id"], "checking"))
        in_background(self._generate, message, request, count)

    def _generate(
        self, message: dict[str, Any], request: VideoGenerationRequest, count: int
    ) -> None:
        told: list[str] = []
        state, words = "refused", _BROKEN
        try:
            with heard(told.append):
                requests = several(request, count)
                try:
                    jobs = self._client.submit_videos(requests, confirm=False)
                except ConfirmationRequiredError as error:
                    # A yes is to the question that was asked: since then the form may have come
                    # to hold something else, and the price may have changed.
                    asked, self._question = self._question, (request, count, str(error))
                    if not message["confirm"] or asked != self._question:
                        raise
                    told.clear()  # all of it is said again
                    jobs = self._client.submit_videos(requests, confirm=True)
            self._question = None
            # From here on it will be paid for, whatever goes wrong with telling so.
            state, words = "submitted", " ".join(told)
            self._begin(jobs)
        except ConfirmationRequiredError as error:
            # Here the yes is a button.
            state, words = "confirm", str(error).partition(" Say yes with")[0]
        except LLMKitError as error:
            words = str(error)
        finally:
            self._answer_click(message, state, words)

    def _answer_click(self, message: dict[str, Any], state: str, words: str) -> None:
        with self._lock:
            self._submitting = False
            self.put("answer", _answer(message["id"], state, words))

    # -- its jobs

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
        if not shell.in_notebook():
            bundle["text/plain"] = f"{self!r}: a form for notebooks; generate() works here too."
        return bundle

    def show(self) -> None:
        """Show the studio in the cell that is running, and keep a place for its videos below."""
        super().show()
        self._remains.show(self.jobs)

    def __repr__(self) -> str:
        return f"VideoStudio({self.prompt!r}, model={self.model!r})"


def _answer(click: str = "", state: str = "none", message: str = "") -> dict[str, str]:
    return {"id": click, "state": state, "message": message}


name_fields(VideoStudio, FORM)
