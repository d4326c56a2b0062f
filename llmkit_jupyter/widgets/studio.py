"""The form: a request by hand, its jobs, its videos, and the code that makes the same."""

from __future__ import annotations

import logging
import secrets
import threading
import uuid
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, ClassVar

import traitlets

from llmkit_jupyter.caution import heard
from llmkit_jupyter.catalog.controls import Controls
from llmkit_jupyter.client import LLMKitClient, default_client
from llmkit_jupyter.engine import engine as engines
from llmkit_jupyter.errors import ConfirmationRequiredError, InvalidRequestError, LLMKitError
from llmkit_jupyter.job import VideoJob
from llmkit_jupyter.notebook import display, shell
from llmkit_jupyter.rendering import MimeBundle
from llmkit_jupyter.request import VideoGenerationRequest, several
from llmkit_jupyter.response import VideoGenerationResponse
from llmkit_jupyter.widgets import hosts, picking
from llmkit_jupyter.widgets.base import LiveWidget, in_background, synced
from llmkit_jupyter.widgets.bundles import bundle
from llmkit_jupyter.widgets.code import as_magic, as_python
from llmkit_jupyter.widgets.form import REQUEST_FIELDS, judge, values_of
from llmkit_jupyter.widgets.moving import move
from llmkit_jupyter.widgets.pieces import send_piece
from llmkit_jupyter.widgets.pricing import Pricing
from llmkit_jupyter.widgets.results import Cards, Results
from llmkit_jupyter.widgets.upload import Upload

_Trait: Any = traitlets
_log = logging.getLogger(__name__)


class VideoStudio(LiveWidget):
    """A form that makes a video: its fields are traits, to read, set, ``observe`` and ``link``.

    Everything that is done here by hand can be read back as Python.

    Args:
        client: makes the videos; by default that of the settings in force.
        **fields: to begin with, by the names of a request's fields: ``prompt``, ``model``,
            ``duration`` (seconds), ``width`` and ``height`` (pixels), ``seed``,
            ``negative_prompt``, ``image``, ``fps``, ``options``; and ``count``.

    Raises:
        TypeError: an unknown keyword argument.
        LLMKitError: the settings do not name a usable provider.
    """

    WRITABLE: ClassVar[frozenset[str]] = frozenset((*REQUEST_FIELDS, "count", "shown"))
    KINDS: ClassVar[frozenset[str]] = frozenset(
        {"hello", "cancel", "fetch", "generate", "reuse", "upload"}
    )

    _esm = bundle("studio.js")
    _css = bundle("studio.css")

    prompt = synced(_Trait.Unicode())
    model = synced(_Trait.Unicode())
    duration = synced(_Trait.Int(default_value=None, allow_none=True))
    width = synced(_Trait.Int(default_value=None, allow_none=True))
    height = synced(_Trait.Int(default_value=None, allow_none=True))
    seed = synced(_Trait.Int(default_value=None, allow_none=True))
    negative_prompt = synced(_Trait.Unicode(default_value=None, allow_none=True))
    image = synced(_Trait.Unicode(default_value=None, allow_none=True))
    fps = synced(_Trait.Int(default_value=None, allow_none=True))
    options = synced(_Trait.Dict())
    count = synced(_Trait.Int(default_value=1))
    shown = synced(_Trait.Unicode())
    """Task id of the job that is looked at; empty for the newest."""

    models = synced(_Trait.List(read_only=True))
    controls = synced(_Trait.Dict(read_only=True))
    check = synced(_Trait.Dict(read_only=True))
    answer = synced(_Trait.Dict(read_only=True))
    batch = synced(_Trait.List(read_only=True))
    earlier = synced(_Trait.List(read_only=True))
    notice = synced(_Trait.Unicode(read_only=True))

    request = _Trait.Instance(VideoGenerationRequest, allow_none=True, read_only=True)
    """What the form would generate; ``None`` while something in it is wrong."""
    job = _Trait.Instance(VideoJob, allow_none=True, read_only=True)
    """The first job of the latest submission."""
    response = _Trait.Instance(VideoGenerationResponse, allow_none=True, read_only=True)
    """How the latest job to end has ended."""

    def __init__(self, client: LLMKitClient | None = None, **fields: Any) -> None:
        self.check_names(fields)
        if client is not None and not isinstance(client, LLMKitClient):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidRequestError("client", client, "an LLMKitClient")
        self._lock = threading.RLock()
        self._still = 1  # set up in silence
        self._named = client is not None
        self._client = client or default_client()
        self._client.resume_once()
        self._results = Results(self._show_cards, self._job_ended)
        self._pricing = Pricing(self._client, self._recheck)
        self._upload = Upload(engines.for_settings(self._client.settings).home)
        self._version = 0
        self._seen: set[str] = set()
        self._submitting = False
        self._outputs: list[str] = []
        self._moved_to: dict[str, Any] = {}
        models = picking.entries(self._client, refresh=False)
        begin = fields.get("model") or picking.first(self._client, models)
        self._controls = picking.known(self._client, begin)
        self._asked_for = begin
        form = {**picking.usual(self._controls), **fields, "model": begin}
        self._begin: dict[str, Any] = {
            "models": models,
            "notice": picking.notice(self._client),
            "controls": self._controls_state({}),
            "answer": _answer(),
        }
        values = {name: form.get(name, self.traits()[name].default_value) for name in _FORM}
        values["options"] = dict(values["options"] or {})
        self._begin["check"], request = self._judged(values)
        super().__init__(**form)
        self.set_trait("request", request)
        self.observe(self._form_changed, list(_FORM))
        self._still = 0
        in_background(self._learn, begin, True)

    @_Trait.default("models")
    def _first_models(self) -> list[Any]:
        return self._begin["models"]

    @_Trait.default("controls")
    def _first_controls(self) -> dict[str, Any]:
        return self._begin["controls"]

    @_Trait.default("check")
    def _first_check(self) -> dict[str, Any]:
        return self._begin["check"]

    @_Trait.default("answer")
    def _first_answer(self) -> dict[str, Any]:
        return self._begin["answer"]

    @_Trait.default("notice")
    def _first_notice(self) -> str:
        return self._begin["notice"]

    @property
    def problems(self) -> dict[str, str]:
        """What is wrong with the form, by field; empty where it can be generated."""
        return dict(self.check["problems"])

    @property
    def jobs(self) -> list[VideoJob]:
        """The jobs of the latest submission."""
        found = (self._results.find(card["task_id"]) for card in self.batch)
        return [job for job in found if job is not None]

    # -- the form

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the page has written, and judge it once, whole."""
        with self._together():
            super().set_state(sync_data)

    def use(self, request: VideoGenerationRequest) -> None:
        """Put a request into the form."""
        with self._together():
            for name, value in values_of(request).items():
                if name != "model" or value:
                    setattr(self, name, value)

    @contextmanager
    def _together(self) -> Generator[None]:
        with self._lock:
            self._still += 1
            before = self._values()
        try:
            yield
        finally:
            with self._lock:
                self._still -= 1
                changed = self._values() != before
            if changed and not self._still:
                self._follow()

    def _form_changed(self, _change: object) -> None:
        if not self._still:
            self._follow()

    def _values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _FORM}

    def _follow(self) -> None:
        """See to it that everything fits the form as it stands now."""
        if self.model != self._asked_for:
            self._asked_for = self.model
            self._take_controls(picking.known(self._client, self.model))
            in_background(self._learn, self.model, False)
        elif self.controls["moved"]:
            moved = {
                field: sentence
                for field, sentence in self.controls["moved"].items()
                if self._stands(field)
            }
            if moved != self.controls["moved"]:
                self.set_trait("controls", self._controls_state(moved))
        self._recheck()

    def _stands(self, field: str) -> bool:
        """Tell whether a value that was moved is still as it was moved to."""
        return self._moved_to.get(field) == _value_at(self._values(), field)

    def _take_controls(self, controls: Controls) -> None:
        self._controls = controls
        values, sentences = move(self._values(), controls, picking.title(self.model))
        with self._lock:
            self._still += 1
        try:
            for name, value in values.items():
                if getattr(self, name) != value:
                    setattr(self, name, value)
        finally:
            with self._lock:
                self._still -= 1
        self._moved_to = {field: _value_at(values, field) for field in sentences}
        self.set_trait("controls", self._controls_state(sentences))

    def _controls_state(self, moved: dict[str, str]) -> dict[str, Any]:
        return {**asdict(self._controls), "model": self._asked_for, "moved": moved}

    def _learn(self, model: str, everything: bool) -> None:
        """Ask the network what the model takes now, and what there is."""
        if everything:
            models = picking.entries(self._client, refresh=True)
            if models != self.models:
                self.set_trait("models", models)
        controls = picking.known(self._client, model, refresh=True)
        if self.model == model and controls != self._controls:
            self._take_controls(controls)
            self._recheck()

    def _recheck(self) -> None:
        with self._lock:
            self._version += 1
            version = self._version
        check, request = self._judged(self._values())
        with self._lock:
            if version == self._version:
                if request != self.request:
                    self.set_trait("request", request)
                self.set_trait("check", check)

    def _judged(
        self, values: dict[str, Any]
    ) -> tuple[dict[str, Any], VideoGenerationRequest | None]:
        with heard(_log.debug):  # said when the video is made
            request, problems = judge(
                values, lambda given: self._client.validate(given, refresh=False)
            )
        check = {
            "version": self._version,
            "problems": problems,
            "cost": "",
            "time": "",
            "python": "",
            "magic": "",
            "no_magic": "",
        }
        if request is None:
            return check, None
        estimate = self._pricing.of(request, values["count"])
        if estimate.refusal:
            return {**check, "problems": {"form": estimate.refusal}}, None
        provider = self._client.provider if self._named else None
        count = values["count"]
        check |= {"cost": estimate.cost, "time": estimate.time}
        try:
            check["python"] = as_python(request, count, provider)
            check["magic"] = as_magic(request, count, provider)
        except ValueError as error:
            check["no_magic"] = str(error)
        return check, request

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
        values = self._values()
        request, problems = judge(values, self._client.validate)
        if request is None:
            field, words = next(iter(problems.items()))
            value = _value_at(values, field)
            raise InvalidRequestError(field, value, words.removeprefix("Allowed: ").rstrip("."))
        return self._submit(request, values["count"], confirm=confirm)[0]

    def _submit(
        self, request: VideoGenerationRequest, count: int, *, confirm: bool
    ) -> Sequence[VideoJob]:
        jobs = self._client.submit_videos(several(request, count), confirm=confirm)
        self._results.begin(jobs)
        self.shown = ""
        self.set_trait("job", jobs[0])
        return jobs

    def _on_generate(self, message: dict[str, Any]) -> None:
        with self._lock:
            # A click that comes twice is one click, and so are two in a moment.
            if message["id"] in self._seen or self._submitting:
                return
            self._seen.add(message["id"])
            request, count = self.request, self.count
            if request is None:
                words = "; ".join(self.problems.values())
                self.set_trait("answer", _answer(message["id"], "refused", words))
                return
            self._submitting = True
            self.set_trait("answer", _answer(message["id"], "checking"))
        in_background(self._generate, message, request, count)

    def _generate(
        self, message: dict[str, Any], request: VideoGenerationRequest, count: int
    ) -> None:
        told: list[str] = []
        state, words = "refused", "It failed inside; the server's log has the details."
        try:
            with heard(told.append):
                self._submit(request, count, confirm=message["confirm"])
            state, words = "submitted", " ".join(told)
        except ConfirmationRequiredError as error:
            state, words = "confirm", str(error).split(" Say yes with")[0]
        except LLMKitError as error:
            words = str(error)
        finally:
            with self._lock:
                self._submitting = False
                self.set_trait("answer", _answer(message["id"], state, words))

    # -- its jobs

    def _show_cards(self, batch: Cards, earlier: Cards | None) -> None:
        if earlier is not None:
            self.set_trait("earlier", list(earlier))
        self.set_trait("batch", batch)

    def _job_ended(self, job: VideoJob) -> None:
        self._pricing.forget()
        bundle = hosts.covered(self.slot, display.render_response(job.response))
        for name in self._outputs:
            shell.publish(bundle, display_id=name, update=True)
        self.set_trait("response", job.response)

    def _on_hello(self, _message: dict[str, Any]) -> None:
        """Know that somebody is there; nothing follows from it."""

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
        self.use(job.request)
        self.seed = seed

    def _on_fetch(self, message: dict[str, Any]) -> None:
        job = self._results.find(message["task_id"])
        in_background(send_piece, self, message, job.response if job else None)

    def _on_upload(self, message: dict[str, Any]) -> None:
        in_background(self._take_piece, message)

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
        return display.render_note(
            "The video studio needs its kernel: run this cell to open it again."
        )

    def show(self) -> None:
        """Show the studio in the cell that is running, and keep a place for its videos below."""
        super().show()
        name = f"llmkit-{uuid.uuid4().hex}"
        last = self.response
        bundle: MimeBundle = {"text/html": "", "text/plain": ""}
        if last is not None:
            bundle = display.render_response(last)
        shell.publish(hosts.covered(self.slot, bundle), display_id=name)
        self._outputs.append(name)

    def __repr__(self) -> str:
        return f"VideoStudio({self.prompt!r}, model={self.model!r})"


_FORM = (*REQUEST_FIELDS, "count")


def _answer(id: str = "", state: str = "none", message: str = "") -> dict[str, str]:  # noqa: A002 - the field's own name
    return {"id": id, "state": state, "message": message}


def _value_at(values: dict[str, Any], field: str) -> Any:
    if field == "size":
        return (values["width"], values["height"])
    if field.startswith("option "):
        return values["options"].get(field.removeprefix("option "))
    return values.get(field)
