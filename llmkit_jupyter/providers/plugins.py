"""Providers of other packages, found by their entry points."""

from __future__ import annotations

import logging
from importlib.metadata import EntryPoint, entry_points

from llmkit_jupyter.errors import ConfigurationError
from llmkit_jupyter.providers.base import Provider
from llmkit_jupyter.settings import Settings

GROUP = "llmkit_jupyter.providers"
_log = logging.getLogger(__name__)
_found: dict[str, EntryPoint] | None = None
_told: set[str] = set()


def find(*, again: bool = False) -> dict[str, EntryPoint]:
    """Give the entry points of the group by name, in lower case.

    Args:
        again: look anew, as a package may have been installed since.
    """
    global _found  # noqa: PLW0603 - looking through all packages takes some milliseconds
    if _found is None or again:
        _found = {point.name.strip().lower(): point for point in entry_points(group=GROUP)}
    return _found


def load(name: str) -> type[Provider]:
    """Import a provider's class.

    Raises:
        ConfigurationError: it cannot be imported, or is no provider of that name.
    """
    point = find()[name]
    whose = f"provider {name!r} of the package {_package(point)}"
    try:
        found = point.load()
    except (Exception, SystemExit) as error:
        # Some end the program when their licence is missing.
        raise ConfigurationError(
            f"{whose} cannot be loaded: {type(error).__name__}: {error}"
        ) from error
    if not (isinstance(found, type) and issubclass(found, Provider)):
        raise ConfigurationError(f"{whose} is no class of llmkit_jupyter's Provider: {point.value}")
    if getattr(found, "name", None) != name:
        # The journal finds a job's provider again by the name that its class has.
        raise ConfigurationError(f"{whose} calls itself {getattr(found, 'name', None)!r}")
    return found


def usable(settings: Settings, without: set[str]) -> list[str]:
    """List those that have what they need; what cannot be loaded is told once and left out."""
    names: list[str] = []
    for name, point in sorted(find().items()):
        if name in without:
            _tell(f"provider {name!r} of {_package(point)} is not used: that name is ours")
            continue
        try:
            if load(name).missing(settings) is None:
                names.append(name)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a provider from elsewhere may raise anything
            _tell(str(error))
    return names


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.value.partition(":")[0]


def _tell(words: str) -> None:
    if words not in _told:
        _told.add(words)
        _log.warning("%s", words)
