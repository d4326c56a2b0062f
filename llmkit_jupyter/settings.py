"""Settings: argument > environment > ``config.toml`` in the data folder > default."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, cast
from urllib.parse import urlsplit

from llmkit_jupyter.caution import caution
from llmkit_jupyter.errors import ConfigurationError, nearest, shorten

CONFIG_FILE = "config.toml"


class Secret:
    """A key that no ``repr``, ``str``, format or pickle gives away."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the key itself: only for the header of a request to its own provider."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a key is not pickled")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force. ``sources`` says where each that is not a default came from."""

    home: Path
    provider: str | None = None
    model: str | None = None
    timeout: float = 600.0
    """Seconds that a call waits for its video; the job itself goes on after that."""
    api_key: Secret | None = None
    budget: float | None = None
    """US dollars that may be spent, over all kernels that share the journal."""
    confirm_above: float = 1.0
    """US dollars; a call that is estimated to cost more needs ``confirm=True`` or ``--yes``."""
    reuse: str = "seeded"
    """What is answered from the library instead of being made again: ``seeded``, requests that
    name a seed; ``on``, also those without; ``off``, none."""
    strict_models: bool = False
    """Refuse a model that only its successor could serve."""
    models: Mapping[str, str] = field(default_factory=dict[str, str])
    """Names of one's own for models, ``name = "provider/model"``, in ``config.toml``."""
    runware_url: str = "https://api.runware.ai/v1"
    runware_schemas_url: str | None = None
    """Where Runware's model schemas are; by default its own place, or below ``runware_url``."""
    runware_batch: int = 100
    """Jobs in one request to Runware, at most."""
    result_days: float = 7.0
    """Days that Runware is asked to keep a finished video."""
    download_limit_gb: float = 2.0
    """Largest video that is fetched, in units of 2^30 bytes."""
    diffusion_router_url: str | None = None
    """Address of a server, or of a router in front of many, that speaks ``/v1/videos``."""
    diffusion_router_api_key: Secret | None = None
    """Its key, where it wants one; sent to that address alone."""
    polling_minutes: float = 60.0
    """Minutes that a job is polled before it lies dormant until the next resume."""
    embed_clip_mb: float = 1.0
    """Largest video, in megabytes, that a notebook carries inside itself."""
    embed_session_mb: float = 10.0
    """Megabytes of video that one kernel session may put inside a notebook."""
    embed_fallback_mb: float = 8.0
    """Largest embedded video where no folder beside the notebook can be used."""
    media_folder: str = "llmkit_media"
    """Folder, below the notebook's own, for videos that are too large to embed."""
    sources: Mapping[str, str] = field(default_factory=dict[str, str])


def load(environment: Mapping[str, str] | None = None, **arguments: Any) -> Settings:
    """Read the settings.

    Args:
        environment: variables to read instead of ``os.environ``.
        **arguments: settings given in code; ``None`` means "not given".

    Raises:
        ConfigurationError: a value that cannot be used; names where it came from.
    """
    given = _given(environment)
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}

    def take(name: str, value: object, source: str, place: str = "") -> None:
        values[name] = _CHECKS[name](value, place or source)
        sources[name] = source

    for name, value in arguments.items():
        if name not in _CHECKS:
            raise ConfigurationError(f"unknown setting {name!r}; {nearest(name, list(_CHECKS))}")
        if value is not None:
            take(name, value, f"argument {name}")
    for variable, name in VARIABLES.items():
        # An empty variable is how a shell says "not set".
        if name not in values and variable in given:
            take(name, given[variable], variable)
    home: Path = values["home"] if "home" in values else default_home()
    values["home"] = home
    if "api_key" not in values and _remembered is not None:
        take("api_key", _remembered, "%llmkit login")
    for name, value in _read_config(home / CONFIG_FILE).items():
        if name not in values:
            take(name, value, str(home / CONFIG_FILE), f"{name} in {home / CONFIG_FILE}")
    return Settings(**values, sources=sources)


def _given(environment: Mapping[str, str] | None) -> dict[str, str | Secret]:
    """Give our own variables alone, keys wrapped: a traceback may show what is at hand."""
    everything = os.environ if environment is None else environment
    found = ((name, everything.get(name, "").strip()) for name in VARIABLES)
    return {name: hide(VARIABLES[name], value) for name, value in found if value}


def hide(name: str, value: Any) -> Any:
    """Wrap the value of a setting that is a key, before anything can go wrong."""
    return Secret(value.strip()) if name in SECRETS and isinstance(value, str) else value


_remembered: Secret | None = None


def remember_key(key: Secret | None) -> None:
    """Keep a key for this process; ``None`` forgets it. Environment variables go first."""
    global _remembered  # noqa: PLW0603 - one session, one key
    _remembered = key


def default_home() -> Path:
    """Give the data folder that the operating system provides for programs like this."""
    import platformdirs

    return Path(platformdirs.user_data_dir("llmkit-jupyter", appauthor=False))


def _read_config(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from error
    try:
        entries = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}") from error
    known = [name for name in _CHECKS if name not in _NOT_IN_FILE]
    for name in entries.keys() - set(known):
        if name in _NOT_IN_FILE:
            raise ConfigurationError(f"{path}: {name} does not belong in a file; {_why(name)}")
        # Perhaps from a newer version: told, but not a reason to refuse work.
        if (path, name) not in _told:
            _told.add((path, name))
            caution(f"{path}: unknown setting {name!r}; {nearest(name, known)}", UserWarning)
    return {name: value for name, value in entries.items() if name in known}


_told: set[tuple[Path, str]] = set()


def _why(name: str) -> str:
    if name == "home":
        return "set LLMKIT_HOME"
    return "set the environment variable, or use %llmkit login"


def _text(value: object, source: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"{source} is {shorten(value)}; allowed: a text")
    return value.strip()


def _secret(value: object, source: str) -> Secret:
    key = hide("api_key", value)
    # The value is never shown, not even when it is wrong.
    usable = isinstance(key, Secret) and key.reveal().isascii() and key.reveal().isprintable()
    if not isinstance(key, Secret) or not usable or not key.reveal():
        raise ConfigurationError(f"{source} is not a usable key; allowed: plain ASCII text")
    return key


def _path(value: object, source: str) -> Path:
    try:
        if isinstance(value, (str, Path)) and "\0" not in str(value):
            return Path(value).expanduser().absolute()
    except RuntimeError:
        pass  # no such user
    raise ConfigurationError(f"{source} is {shorten(value)}; allowed: a folder")


def _number(*, zero: bool, most: float = math.inf) -> Callable[[object, str], float]:
    def check(value: object, source: str) -> float:
        allowed = f"a number {'of 0 or more' if zero else 'greater than 0'}"
        if math.isfinite(most):
            allowed += f", up to {most:g}"
        try:
            number = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not (
            math.isfinite(number) and number <= most and (number > 0 or (zero and number == 0))
        ):
            raise ConfigurationError(f"{source} is {shorten(value)}; allowed: {allowed}")
        return number

    return check


def _folder_name(value: object, source: str) -> str:
    name = _text(value, source)
    # Jupyter's file server answers 404 for hidden folders, and a path could leave the notebook's.
    if name.startswith(".") or any(c in name for c in "/\\:\0"):
        raise ConfigurationError(
            f"{source} is {shorten(name)}; allowed: the name of a visible folder"
        )
    return name


def _dollars(value: object, source: str) -> float:
    return _number(zero=True)(value.removeprefix("$") if isinstance(value, str) else value, source)


def _url(example: str) -> Callable[[object, str], str]:
    def check(value: object, source: str) -> str:
        text = _text(value, source)
        shown, because = shorten(text), ""
        try:
            parts = urlsplit(text)
            good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
            # A key in an address would be shown wherever the address is.
            if "@" in parts.netloc or parts.query or parts.fragment:
                good = False
                host = parts.netloc.rpartition("@")[2]
                shown = shorten(f"{parts.scheme}://{host}{parts.path}")
                because = " with a user name, a key or a query in it, which is not shown here"
        except ValueError:
            good = False
        if not good or not text.isascii() or any(c.isspace() for c in text):
            if "://" not in text and "@" not in text:
                because = ", without http:// or https:// before it"
            if "@" in text and not because:
                shown, because = "an address", " that cannot be read"
            raise ConfigurationError(
                f"{source} is {shown}{because}; allowed: an address such as {example}"
            )
        return text.rstrip("/")

    return check


def _flag(value: object, source: str) -> bool:
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()]
    raise ConfigurationError(f"{source} is {shorten(value)}; allowed: true or false")


def _count(low: int, high: int) -> Callable[[object, str], int]:
    def check(value: object, source: str) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        raise ConfigurationError(
            f"{source} is {shorten(value)}; allowed: a whole number from {low} to {high}"
        )

    return check


def _names(value: object, source: str) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise ConfigurationError(f'{source} is {shorten(value)}; allowed: a table, name = "model"')
    items = cast("dict[object, object]", value).items()
    return {_text(name, source).lower(): _text(model, f"{source}, {name}") for name, model in items}


def _reuse(value: object, source: str) -> str:
    words = {True: "on", False: "off"}
    word = words.get(value, "") if isinstance(value, bool) else str(value).strip().lower()
    if word not in ("on", "off", "seeded"):
        raise ConfigurationError(f"{source} is {shorten(value)}; allowed: on, off or seeded")
    return word


VARIABLES = {
    "LLMKIT_HOME": "home",
    "LLMKIT_VIDEO_PROVIDER": "provider",
    "LLMKIT_VIDEO_MODEL": "model",
    "LLMKIT_VIDEO_TIMEOUT": "timeout",
    "LLMKIT_API_KEY": "api_key",
    "RUNWARE_API_KEY": "api_key",
    "LLMKIT_BUDGET": "budget",
    "LLMKIT_REUSE": "reuse",
    "LLMKIT_RUNWARE_URL": "runware_url",
    "LLMKIT_RUNWARE_SCHEMAS_URL": "runware_schemas_url",
    "LLMKIT_DIFFUSION_ROUTER_URL": "diffusion_router_url",
    "LLMKIT_DIFFUSION_ROUTER_API_KEY": "diffusion_router_api_key",
}
"""Environment variable -> setting; of two for one setting the first one counts."""

_CHECKS: dict[str, Callable[[object, str], Any]] = {
    "home": _path,
    "provider": _text,
    "model": _text,
    "timeout": _number(zero=False),
    "api_key": _secret,
    "budget": _dollars,
    "confirm_above": _dollars,
    "reuse": _reuse,
    "strict_models": _flag,
    "models": _names,
    "runware_url": _url("https://api.runware.ai/v1"),
    "runware_schemas_url": _url("https://schemas.runware.ai"),
    "runware_batch": _count(1, 1000),
    "result_days": _number(zero=False, most=3650),
    "download_limit_gb": _number(zero=False, most=1_000_000),
    "diffusion_router_url": _url("http://127.0.0.1:30000"),
    "diffusion_router_api_key": _secret,
    "polling_minutes": _number(zero=False, most=1_000_000),
    "embed_clip_mb": _number(zero=True),
    "embed_session_mb": _number(zero=True),
    "embed_fallback_mb": _number(zero=True),
    "media_folder": _folder_name,
}
SECRETS = {"api_key", "diffusion_router_api_key"}
"""Settings that are keys."""
_NOT_IN_FILE = {"home", *SECRETS}
