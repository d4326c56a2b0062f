"""``%llmkit config``: the settings, and what they lead to."""

from __future__ import annotations

from dataclasses import fields

from llmkit_jupyter import settings as settings_module
from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.notebook.tables import Table, show
from llmkit_jupyter.settings import Secret

# Shown whether they are set or not; the rest where it was set.
_USUAL = ("provider", "model", "api_key", "budget", "confirm_above", "timeout", "home")


def show_settings(*, every: bool) -> None:
    """Show a table of settings: those that matter, or all."""
    settings = settings_module.load()
    names = [field.name for field in fields(settings) if field.name != "sources"]
    secret = {field.name for field in fields(settings) if "Secret" in str(field.type)}
    chosen = [
        *_USUAL,
        *(name for name in names if name not in _USUAL and (every or name in settings.sources)),
    ]
    rows = [
        (
            name,
            _in_words(getattr(settings, name), secret=name in secret),
            settings.sources.get(name, "default"),
        )
        for name in chosen
    ]
    hidden = len(names) - len(chosen)
    more = f" %llmkit config all shows {hidden} more settings." if hidden else ""
    caption = f"{_provider()} Argument > environment > config.toml in home > default.{more}"
    show(Table(("setting", "value", "from"), rows, caption=caption, wide=1))


def _in_words(value: object, *, secret: bool) -> str:
    if value is None or value == {}:
        return "not set"
    if secret or isinstance(value, Secret):
        return "set"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _provider() -> str:
    from llmkit_jupyter.client import default_client
    from llmkit_jupyter.notebook import spending

    try:
        client = default_client()
        return f"Videos are made by: {client.provider}.{spending.balance(client)}"
    except LLMKitError as error:
        # What is wrong is part of the answer; the table says where it comes from.
        return f"No provider can be used: {str(error).rstrip('.')}."
