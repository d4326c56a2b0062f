"""Which providers there are, what each needs, and which one is meant."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from llmkit_jupyter.errors import (
    AuthenticationError,
    ConfigurationError,
    ProviderNotFoundError,
    nearest,
)
from llmkit_jupyter.providers import plugins
from llmkit_jupyter.providers.base import Provider
from llmkit_jupyter.settings import Secret, Settings


@dataclass(frozen=True, slots=True)
class Entry:
    """A provider of ours by name. ``path`` is ``module:class``."""

    name: str
    path: str
    key: str | None = None
    """The setting that holds its key."""
    url: str | None = None
    """The setting that holds its address."""
    needs: str | None = None
    """The one of them without which it cannot be used."""
    how: str = ""
    """How to give that setting, in words."""


# In the order in which one is chosen when none was named.
_ENTRIES = (
    Entry(
        "runware",
        "llmkit_jupyter.providers.runware.provider:RunwareProvider",
        key="api_key",
        url="runware_url",
        needs="api_key",
        how="set LLMKIT_API_KEY or RUNWARE_API_KEY, or %llmkit login",
    ),
    Entry(
        "diffusion-router",
        "llmkit_jupyter.providers.diffusion_router.provider:DiffusionRouterProvider",
        key="diffusion_router_api_key",
        url="diffusion_router_url",
        needs="diffusion_router_url",
        how="the address of a server that speaks /v1/videos; set LLMKIT_DIFFUSION_ROUTER_URL, "
        "e.g. to http://127.0.0.1:30000, or give base_url=",
    ),
    Entry("preview", "llmkit_jupyter.providers.preview.provider:PreviewProvider"),
)
_BY_NAME = {entry.name: entry for entry in _ENTRIES}
_SPELLINGS = {"diffusionrouter": "diffusion-router"}


def names() -> list[str]:
    """List all providers: ours, then those of other packages."""
    return list(dict.fromkeys([*_BY_NAME, *sorted(plugins.find())]))


def canonical(name: str) -> str:
    """Give a provider's own spelling of its name.

    Raises:
        ProviderNotFoundError: names the nearest ones.
    """
    found = _known(name) or _known(name, again=True)
    if found is None:
        raise ProviderNotFoundError(
            f"provider {name!r} not found; {nearest(name.strip().lower(), names())}"
        )
    return found


def _known(name: str, *, again: bool = False) -> str | None:
    wanted = name.strip().lower()
    wanted = _SPELLINGS.get(wanted, wanted)
    known = {*_BY_NAME, *plugins.find(again=again)}
    # As in code, or as on a page.
    spelled = (wanted, wanted.replace("_", "-"), wanted.replace("-", "_"))
    return next((each for each in spelled if each in known), None)


def split_model(model: str) -> tuple[str | None, str]:
    """Split ``provider/model``; ``(None, model)`` where the first part is no provider."""
    first, slash, rest = model.partition("/")
    name = _known(first) if slash and rest else None
    return (name, rest) if name else (None, model)


def usable(settings: Settings) -> list[str]:
    """List the providers that have what they need, the preferred one first.

    Those of other packages come last: installing one does not make it the one that is paid.
    """
    ours = [each.name for each in _ENTRIES if not each.needs or getattr(settings, each.needs)]
    return [*ours, *plugins.usable(settings, set(_BY_NAME))]


def access(
    name: str | None, *, api_key: Secret | str | None, base_url: str | None
) -> dict[str, Any]:
    """Give the settings that a key and an address are for, when they are given in code.

    Args:
        name: the provider that was named; an address without one is DiffusionRouter's.
        api_key: for Runware where nothing else is said.
        base_url: where the provider is.

    Raises:
        ProviderNotFoundError: no provider has that name.
        ConfigurationError: that provider has no address to set, or takes its key itself.
    """
    if name is None:
        name = "diffusion-router" if base_url is not None else "runware"
        given: dict[str, Any] = {"provider": name} if base_url is not None else {}
    else:
        given = {}
    entry = _BY_NAME.get(canonical(name))
    if base_url is not None:
        if entry is None or entry.url is None:
            raise ConfigurationError(f"base_url is given, and provider {name!r} has no address")
        given[entry.url] = base_url
    if api_key is not None:
        if entry is None:
            raise ConfigurationError(
                f"api_key is given, and provider {name!r} of another package reads its own"
            )
        given[entry.key or "api_key"] = api_key
    return given


def create(name: str, settings: Settings) -> Provider:
    """Make a provider that was named.

    Raises:
        ProviderNotFoundError: no provider has that name.
        AuthenticationError: its key is missing.
        ConfigurationError: another setting that it needs is missing, or it cannot be loaded.
    """
    name = canonical(name)
    entry = _BY_NAME.get(name)
    if entry is None:
        found = plugins.load(name)
        missing = found.missing(settings)
        if missing is not None:
            raise ConfigurationError(f"provider {name!r} cannot be used: {missing}", provider=name)
        return found.from_settings(settings)
    if entry.needs and not getattr(settings, entry.needs):
        error = AuthenticationError if entry.needs.endswith("key") else ConfigurationError
        raise error(
            f"provider {entry.name!r} needs {entry.needs}: {entry.how}", provider=entry.name
        )
    module, _, cls = entry.path.partition(":")
    provider: type[Provider] = getattr(importlib.import_module(module), cls)
    return provider.from_settings(settings)
