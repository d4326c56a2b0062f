"""``%llmkit login``: a key without a trace in the notebook, its history or its output."""

from __future__ import annotations

from typing import Any

from llmkit_jupyter import settings
from llmkit_jupyter.errors import ConfigurationError, LLMKitError
from llmkit_jupyter.notebook.flags import UsageError
from llmkit_jupyter.settings import Secret

SERVICE = "llmkit-jupyter"
ACCOUNT = "api_key"


def login(words: list[str]) -> str:
    """Ask for a key and remember it; gives the sentence that says what was done.

    Args:
        words: nothing, or one of ``--keyring`` and ``--forget``.

    Raises:
        UsageError: something else; it may be a key and is not repeated.
        ConfigurationError: no key was typed, or there is no keyring.
    """
    if not words:
        settings.remember_key(_ask())
        return "The key is kept in memory until the kernel stops."
    if words == ["--keyring"]:
        return _login_with_keyring()
    if words == ["--forget"]:
        return _forget()
    raise UsageError(
        "%llmkit login takes --keyring or --forget. Do not type a key into the cell: it would "
        "stand in the notebook and in the history. Run %llmkit login alone and type it into the "
        "field that appears; if it was a real key, delete the line and replace the key."
    )


def restore_from_keyring() -> bool:
    """Take up the key that an earlier session stored in the keyring, if there is one."""
    keyring = _keyring()
    stored = _guarded(keyring.get_password)
    if not stored:
        return False
    settings.remember_key(Secret(stored))
    return True


def _login_with_keyring() -> str:
    keyring = _keyring()
    if restore_from_keyring():
        return (
            "The key from the system's keyring is in use. To type in another one: "
            "%llmkit login --forget, then this again."
        )
    key = _ask()
    _guarded(keyring.set_password, key.reveal())
    settings.remember_key(key)
    return (
        "The key is in use and kept in the system's keyring; in a new session "
        "%llmkit login --keyring takes it up again."
    )


def _forget() -> str:
    settings.remember_key(None)
    try:
        keyring = _keyring()
        if not _guarded(keyring.get_password):
            return "The key is forgotten."
        _guarded(keyring.delete_password)
    except ConfigurationError:
        # Without a keyring there is nothing in it.
        return "The key is forgotten."
    return "The key is forgotten, and taken out of the system's keyring."


def _ask() -> Secret:
    from getpass import getpass

    try:
        typed = getpass("Key (it is not shown): ")
    except EOFError:
        typed = ""
    except Exception as error:
        if type(error).__name__ != "StdinNotImplementedError":
            raise
        raise ConfigurationError(
            "This kernel cannot ask for a key (it runs without a person); set LLMKIT_API_KEY."
        ) from None
    key = typed.strip()
    if not key or not key.isascii() or any(c.isspace() or not c.isprintable() for c in key):
        raise ConfigurationError(
            "That is not a usable key; allowed: plain ASCII text without spaces. "
            "Nothing was changed."
        )
    return Secret(key)


def _keyring() -> Any:
    try:
        import keyring
    except ImportError:
        raise ConfigurationError(
            "The system's keyring needs a package of its own: "
            "pip install 'llmkit-jupyter[keyring]'. %llmkit login alone keeps the key in memory."
        ) from None
    return keyring


def _guarded(function: Any, *arguments: str) -> Any:
    """Call the keyring, whose backends fail in ways of their own."""
    try:
        return function(SERVICE, ACCOUNT, *arguments)
    except LLMKitError:
        raise
    except Exception as error:  # noqa: BLE001 - any backend, any error
        # Only the kind of failure: its text may come from a backend that was given the key.
        raise ConfigurationError(
            f"The system's keyring cannot be used here ({type(error).__name__}). "
            "%llmkit login alone keeps the key in memory."
        ) from None
