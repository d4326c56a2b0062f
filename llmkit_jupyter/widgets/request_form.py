"""The form half of the studio: controls that follow the model, a verdict that follows the form."""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import traitlets

from llmkit_jupyter.catalog.controls import Controls
from llmkit_jupyter.client import LLMKitClient
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.widgets import picking
from llmkit_jupyter.widgets.base import in_background, synced
from llmkit_jupyter.widgets.fields import FORM, RequestFields
from llmkit_jupyter.widgets.form import value_at, values_of
from llmkit_jupyter.widgets.moving import move
from llmkit_jupyter.widgets.pricing import Pricing
from llmkit_jupyter.widgets.verdict import verdict

_Trait: Any = traitlets

_ROUNDS = 10  # of observers that choose a model because a field has moved


class _Quiet(threading.local):
    """How deep a thread is inside changes that are judged when they are all made.

    Each thread for itself: what another one changes meanwhile must not go unjudged.
    """

    depth = 0

    def __enter__(self) -> None:
        self.depth += 1

    def __exit__(self, *_: object) -> None:
        self.depth -= 1


class RequestForm(RequestFields):
    """The fields of a request, and what the chosen model says to them.

    Args:
        client: knows the models, checks and prices.
        named: whether code that makes the same has to name the client's provider.
        fields: values to begin with.
        state: further traits to begin with.
    """

    models = synced(_Trait.List(read_only=True))
    controls = synced(_Trait.Dict(read_only=True))
    check = synced(_Trait.Dict(read_only=True))

    request = _Trait.Instance(VideoGenerationRequest, allow_none=True, read_only=True)
    """What the form would generate; ``None`` while something in it is wrong."""

    def __init__(
        self,
        client: LLMKitClient,
        *,
        named: bool,
        fields: Mapping[str, Any],
        state: Mapping[str, Any],
    ) -> None:
        self._lock = threading.RLock()
        self._quiet = _Quiet()
        self._client = client
        self._named = named
        self._pricing = Pricing(client, self._recheck)
        self._version = self._told_version = 0
        self._moved_to: dict[str, Any] = {}
        models = picking.entries(client, refresh=False)
        begin = fields.get("model") or picking.first(client, models)
        self._asked_for: tuple[str, bool] = (begin, bool(fields.get("image")))
        self._controls = picking.known(client, *self._asked_for)
        controls = self._controls_state({})
        self._first: dict[str, Any] = {**state, "models": models, "controls": controls}
        super().__init__(**{**picking.usual(self._controls), **fields, "model": begin})
        self.observe(self._form_changed, list(FORM))
        in_background(self._learn, self._asked_for, True)

    @_Trait.default("models")
    def _first_models(self) -> object:
        return self._first["models"]

    @_Trait.default("controls")
    def _first_controls(self) -> object:
        return self._first["controls"]

    @_Trait.default("check")
    def _first_check(self) -> object:
        check, self._first["request"] = self._judged(self.values())
        return check

    @_Trait.default("request")
    def _first_request(self) -> object:
        return self._first["request"]

    @property
    def problems(self) -> dict[str, str]:
        """What is wrong with the form, by field; empty where it can be generated."""
        return dict(self.check["problems"])

    def use(self, request: VideoGenerationRequest) -> None:
        """Put a request into the form; one video of it."""
        with self._together():
            self.count = 1
            for name, value in values_of(request).items():
                if name != "model" or value:
                    setattr(self, name, value)

    # -- changes

    def take(self, sync_data: Mapping[str, Any]) -> bool:
        """Take what the page has written, and judge it once, whole."""
        with self._together():
            return super().take(sync_data)

    @contextmanager
    def _together(self) -> Generator[None]:
        before = self.values()
        try:
            with self._quiet:
                yield
        finally:
            if not self._quiet.depth and self.values() != before:
                self._follow()

    def _form_changed(self, _change: object) -> None:
        if not self._quiet.depth:
            self._follow()

    def _follow(self) -> None:
        """See to it that everything fits the form as it stands now."""
        # More than once where an observer of the user's own chooses another model meanwhile.
        for _ in range(_ROUNDS):
            # With a picture to begin with some names mean another model.
            wanted = (self.model, bool(self.image))
            if wanted == self._asked_for:
                break
            self._asked_for = wanted
            self._take_controls(picking.known(self._client, *wanted), {})
            in_background(self._learn, wanted, False)
        stands = self._still_moved()
        if stands != self.controls["moved"]:
            self.put("controls", self._controls_state(stands))
        self._recheck()

    def _still_moved(self) -> dict[str, str]:
        """Give what was said of values that were moved, as far as they stand where they came to."""
        moved: dict[str, str] = self.controls["moved"]
        values = self.values()
        return {
            field: words
            for field, words in moved.items()
            if self._moved_to.get(field) == value_at(values, field)
        }

    # -- the model

    def _take_controls(self, controls: Controls, moved: Mapping[str, str]) -> None:
        """Have the form offer this, and move what does not fit.

        Args:
            controls: of the model that is chosen.
            moved: what was said before and still holds.
        """
        self._controls = controls
        before = self.values()
        values, sentences = move(before, controls, self._title())
        with self._quiet:
            for name, value in values.items():
                # Whatever else differs by now was written by the page in the meantime.
                if value != before[name]:
                    self.put(name, value)
        sentences = {**moved, **sentences}
        self._moved_to = {field: value_at(values, field) for field in sentences}
        self.put("controls", self._controls_state(sentences))

    def _title(self) -> str:
        titles = (entry["title"] for entry in self.models if entry["id"] == self.model)
        return next(titles, None) or picking.title(self.model)

    def _controls_state(self, moved: dict[str, str]) -> dict[str, Any]:
        return {**asdict(self._controls), "model": self._asked_for[0], "moved": moved}

    def _learn(self, wanted: tuple[str, bool], everything: bool) -> None:
        """Ask the network what the model takes now, and what there is."""
        if everything:
            models = picking.entries(self._client, refresh=True)
            if models != self.models:
                self.put("models", models)
        controls = picking.known(self._client, *wanted, refresh=True)
        if self._asked_for == wanted and controls != self._controls:
            self._take_controls(controls, self._still_moved())
            self._follow()

    # -- the verdict

    def _recheck(self) -> None:
        with self._lock:
            self._version += 1
            version = self._version
        check, request = self._judged(self.values())
        with self._lock:
            # Before a newer one that is still under way: who has changed the form reads it here.
            if version > self._told_version:
                self._told_version = version
                if request != self.request:
                    self.put("request", request)
            # One who watches the request may have changed the form, and that has been told then.
            if version == self._told_version:
                self.put("check", check)

    def _judged(
        self, values: Mapping[str, Any]
    ) -> tuple[dict[str, Any], VideoGenerationRequest | None]:
        provider = self._client.provider if self._named else None
        return verdict(values, self._client, self._pricing, provider)
