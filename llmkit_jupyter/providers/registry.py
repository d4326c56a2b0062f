"""Which providers there are, what each needs, and which one is meant."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from llmkit_jupyter.errors import (
    AuthenticationError,
    ConfigurationError,
    NotSupportedError,
    ProviderNotFoundError,
    nearest,
)
from llmkit_jupyter.providers.base import Provider
from llmkit_jupyter.settings import Settings


@dataclass(frozen=True, slots=True)
class Entry:
    """A provider by name. ``path`` is ``module:class``; ``None`` where a later version has it."""

    name: str
    path: str | None
    needs: str | None = None
    """The setting without which it cannot be used."""
    how: str = ""
    """How to give that setting, in words."""


# In the order in which one is chosen when none was named.
_ENTRIES = (
    Entry(
        "runware",
        "llmkit_jupyter.providers.runware.provider:RunwareProvider",
        "api_key",
        "set LLMKIT_API_KEY or RUNWARE_API_KEY, or %llmkit login",
    ),
    Entry(
        "diffusion-router",
        None,
        "diffusion_router_url",
        "set LLMKIT_DIFFUSION_ROUTER_URL, e.g. to http://127.0.0.1:30000",
    ),
    Entry("preview", "llmkit_jupyter.providers.preview.provider:PreviewProvider"),
)
_BY_NAME = {entry.name: entry for entry in _ENTRIES}
_SPELLINGS = {"diffusion_router": "diffusion-router", "diffusionrouter": "diffusion-router"}


def names() -> list[str]:
    """List the providers of this version."""
    return [entry.name for entry in _ENTRIES if entry.path is not None]


def canonical(name: str) -> str:
    """Give a provider's own spelling of its name.

    Raises:
        ProviderNotFoundError: names the nearest ones.
    """
    wanted = name.strip().lower()
    wanted = _SPELLINGS.get(wanted, wanted)
    if wanted not in _BY_NAME:
        raise ProviderNotFoundError(f"provider {name!r} not found; {nearest(wanted, names())}")
    return wanted


def split_model(model: str) -> tuple[str | None, str]:
    """Split ``provider/model``; ``(None, model)`` where the first part is no provider."""
    first, slash, rest = model.partition("/")
    name = _SPELLINGS.get(first.lower(), first.lower())
    return (name, rest) if slash and rest and name in _BY_NAME else (None, model)


def usable(settings: Settings) -> list[str]:
    """List the providers of this version that have what they need, the preferred one first."""
    return [
        entry.name
        for entry in _ENTRIES
        if entry.path is not None and (not entry.needs or getattr(settings, entry.needs))
    ]


def create(name: str, settings: Settings) -> Provider:
    """Make a provider that was named.

    Raises:
        ProviderNotFoundError: no provider has that name.
        AuthenticationError: its key is missing.
        ConfigurationError: another setting that it needs is missing.
        NotSupportedError: this version does not have it yet.
    """
    entry = _BY_NAME[canonical(name)]
    if entry.needs and not getattr(settings, entry.needs):
        error = AuthenticationError if entry.needs.endswith("key") else ConfigurationError
        raise error(
            f"provider {entry.name!r} needs {entry.needs}: {entry.how}", provider=entry.name
        )
    if entry.path is None:
        raise NotSupportedError(
            f"provider {entry.name!r} is not part of this version; there is: {', '.join(names())}",
            provider=entry.name,
        )
    module, _, cls = entry.path.partition(":")
    provider: type[Provider] = getattr(importlib.import_module(module), cls)
    return provider.from_settings(settings)
