"""Which provider makes a request's video, and the request as that provider will get it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from llmkit_jupyter import settings as settings_module
from llmkit_jupyter.catalog.controls import Controls
from llmkit_jupyter.caution import unsaid
from llmkit_jupyter.engine import loop
from llmkit_jupyter.errors import (
    ConfigurationError,
    InvalidRequestError,
    LLMKitError,
    ProviderNotFoundError,
    shorten,
)
from llmkit_jupyter.providers import registry
from llmkit_jupyter.providers.base import Provider
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.settings import Secret, Settings

_log = logging.getLogger(__name__)

Checked = tuple[Provider, VideoGenerationRequest]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A job that another program submitted: by the provider's id, and what a person says of it."""

    provider: Provider
    name: str
    request: VideoGenerationRequest | None
    sent: VideoGenerationRequest | None
    """The same with every default filled in, where that can be told."""


class Providers:
    """The providers of one client, each made when it is first meant.

    Raises:
        ProviderNotFoundError: no provider has that name.
        AuthenticationError: the named provider's key is missing.
    """

    def __init__(self, provider: str | Provider | None, settings: Settings) -> None:
        self._settings = settings
        self._made: dict[str, Provider] = {}
        if isinstance(provider, Provider):
            self.default = provider.name
            self._made[provider.name] = provider
        else:
            self.default = registry.canonical(settings.provider or registry.usable(settings)[0])
            self[self.default]  # a missing key is told now

    def __getitem__(self, name: str) -> Provider:
        if name not in self._made:
            self._made[name] = registry.create(name, self._settings)
        return self._made[name]

    def names(self) -> list[str]:
        """List those that can be used, the default one first."""
        return list(
            dict.fromkeys([self.default, *self._made, *registry.usable(self._settings)]),
        )

    def all(self) -> list[Provider]:
        """Give all that can be used, the default one first."""
        found: list[Provider] = []
        for name in self.names():
            try:
                found.append(self[name])
            except Exception:  # noqa: BLE001 - a provider from elsewhere may raise anything
                # Nobody named it here; who does is told.
                _log.warning("provider %s cannot be used", name, exc_info=True)
        return found

    def checked(self, requests: Sequence[VideoGenerationRequest]) -> list[Checked]:
        """Choose a provider for each request, and fill in every default.

        Raises:
            InvalidRequestError: names the field, the value and what is allowed.
        """
        assigned = [self._assigned(request) for request in requests]
        self._prepare(assigned)
        return [(provider, provider.validate(request)) for provider, request in assigned]

    def check_each(self, requests: Sequence[VideoGenerationRequest]) -> list[LLMKitError | None]:
        """Tell what is wrong with each request, where anything is; the network may be asked."""
        found: list[Checked | LLMKitError] = []
        for request in requests:
            try:
                found.append(self._assigned(request))
            except LLMKitError as error:
                found.append(error)
        self._prepare([each for each in found if not isinstance(each, LLMKitError)])
        with unsaid():
            return [_fault(each) for each in found]

    def _prepare(self, assigned: Sequence[Checked]) -> None:
        for provider in {id(provider): provider for provider, _ in assigned}.values():
            if _prepares(provider):
                theirs = [request for owner, request in assigned if owner is provider]
                loop.shared().wait(_prepare(provider, theirs))

    def _assigned(self, request: VideoGenerationRequest) -> Checked:
        if not isinstance(request, VideoGenerationRequest):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidRequestError("request", request, "a VideoGenerationRequest")
        request.check_complete()
        model = request.model or self._settings.model
        name: str | None = None
        # A name of the user's own stands for one model; what it stands for is no such name.
        meant = model or self[self.default].default_model
        model = self._settings.models.get(meant.lower(), model)
        if model is not None:
            name, model = registry.split_model(model)
            request = request.with_model(model)
        return self[name or self.default], request

    def judged(self, request: VideoGenerationRequest) -> Checked:
        """Do the same for one request by what is known already; says nothing and asks nobody.

        Raises:
            InvalidRequestError: names the field, the value and what is allowed.
        """
        provider, request = self._assigned(request)
        with unsaid():
            return provider, provider.validate(request)

    def elsewhere(
        self, task_id: str, request: VideoGenerationRequest | None, provider: str | None
    ) -> Elsewhere:
        """Tell where a job of another program is, and what it was probably sent as.

        Raises:
            InvalidRequestError: no request, or no job there has such an id.
            NotSupportedError: that provider's jobs are all this program's own.
            ProviderNotFoundError, AuthenticationError, ConfigurationError: as for a request.
        """
        check_kind(provider)
        owner = self[provider or self.default]
        sent: VideoGenerationRequest | None = None
        if request is not None:
            meant = self._assigned(request)[0]
            owner = owner if provider else meant
            try:
                found, sent = self.judged(request)
                # A seed that is chosen here is not the one that was sent.
                sent = replace(sent, seed=request.seed) if found is owner else None
            except LLMKitError:
                sent = None  # it was taken all the same
        return Elsewhere(owner, owner.known_as(task_id), request, sent)

    def controls(self, model: str | None, *, image: bool, refresh: bool) -> Controls:
        """Give what a form for a model's videos offers. See ``LLMKitClient.controls``."""
        # A picture counts as being there; nobody looks at it.
        wanted = VideoGenerationRequest("-", model=model, image="-" if image else None)
        provider, found = self._assigned(wanted)
        if refresh and _prepares(provider):
            loop.shared().wait(_prepare(provider, [found]))
        with unsaid():
            controls = provider.controls(found.model or "", image=image)
        # By the name that the form knows it by, so that the form can tell whose they are.
        default = self._settings.model or self[self.default].default_model
        return replace(controls, model=model or default or controls.model)

    def look_around(self) -> None:
        """Have the providers learn from the network what they list; waits a few seconds."""
        for provider in self.all():
            if _prepares(provider):
                loop.shared().wait(_prepare(provider, []))


def _fault(found: Checked | LLMKitError) -> LLMKitError | None:
    if isinstance(found, LLMKitError):
        return found
    provider, request = found
    try:
        provider.validate(request)
    except LLMKitError as error:
        return error
    return None


def given_in_code(
    provider: str | Provider | None,
    *,
    api_key: Secret | str | None,
    base_url: str | None,
    home: str | Path | None,
) -> dict[str, Any]:
    """Give the settings that a client's arguments stand for.

    Raises:
        ProviderNotFoundError: no provider has that name.
        ConfigurationError: the provider has no address, or brings its own.
    """
    if isinstance(provider, Provider):
        if base_url is not None:
            raise ConfigurationError("base_url is given, and the provider object has its own")
        return {"api_key": api_key}
    named = provider
    if named is None and base_url is None and api_key is not None:
        # The key is for the provider that other settings name.
        named = settings_module.load(home=home).provider
    found = registry.access(named, api_key=api_key, base_url=base_url)
    return found if provider is None else {**found, "provider": provider}


def check_kind(provider: object) -> None:
    """Refuse what is neither a provider nor a name: the default instead could mean paying.

    Raises:
        ProviderNotFoundError: says what is allowed.
    """
    if not isinstance(provider, (str, Provider, type(None))):
        raise ProviderNotFoundError(
            f"provider is {shorten(provider)}; allowed: a name or a Provider object"
        )


def _prepares(provider: Provider) -> bool:
    return type(provider).prepare is not Provider.prepare


async def _prepare(provider: Provider, requests: Sequence[VideoGenerationRequest]) -> None:
    try:
        await provider.prepare(requests)
    except Exception:  # noqa: BLE001 - a provider from elsewhere may raise anything
        # What could not be learned is judged offline.
        _log.warning("%s could not prepare", provider.name, exc_info=True)
