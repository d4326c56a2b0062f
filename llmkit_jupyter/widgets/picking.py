"""What the model picker shows, and what the form's controls are for the one that is picked."""

from __future__ import annotations

import logging
from typing import Any

from llmkit_jupyter.catalog.controls import Controls, of_unknown
from llmkit_jupyter.catalog.facts import title_of
from llmkit_jupyter.catalog.models import DEFAULT_DURATION, DEFAULT_SIZE
from llmkit_jupyter.client import PREVIEW_NOTICE, LLMKitClient
from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.notebook.wording import excerpt, sentence

_log = logging.getLogger(__name__)


def entries(client: LLMKitClient, *, refresh: bool) -> list[dict[str, Any]]:
    """List the models of all providers that can be used, as ``ModelEntry`` has them.

    Who asks for the preview by its name wants nothing that costs money or asks the network.
    """
    alone = _is_preview_alone(client)
    return [
        {
            # A provider that is not the default one has to be named.
            "id": model.id if model.provider == client.provider else f"{model.provider}/{model.id}",
            # A service's own words, which may be anything.
            "title": excerpt(model.title, 80),
            "provider": model.provider,
            "advice": excerpt(model.advice),
            "note": excerpt(model.note),
            "price": excerpt(model.price, 80),
            "text": model.text,
            "image": model.image,
        }
        for model in client.models(refresh=refresh and not alone)
        if not alone or model.provider == client.provider
    ]


def _is_preview_alone(client: LLMKitClient) -> bool:
    return client.provider == client.settings.provider == "preview"


def first(client: LLMKitClient, models: list[dict[str, Any]]) -> str:
    """Give the model that a form begins with."""
    return client.default_model or (models[0]["id"] if models else "")


def known(
    client: LLMKitClient, model: str, image: bool = False, *, refresh: bool = False
) -> Controls:
    """Give the controls for a model; for one that nobody knows, those that let through anything.

    Args:
        client: knows the models.
        model: as in a request.
        image: the video begins with a picture.
        refresh: ask the network, which may take some seconds.
    """
    try:
        return client.controls(model or None, image=image, refresh=refresh)
    except LLMKitError as error:
        # The form says so beside the model; its other fields stay as they are.
        _log.info("no controls for %s: %s", model, error)
        return of_unknown(model)


def usual(controls: Controls) -> dict[str, Any]:
    """Give the values that a new form begins with: the page's defaults, or the nearest to them."""
    values: dict[str, Any] = {}
    if controls.durations:
        values["duration"] = min(controls.durations, key=lambda s: abs(s - DEFAULT_DURATION))
    elif controls.duration_range is not None:
        low, high = controls.duration_range
        values["duration"] = min(max(DEFAULT_DURATION, low), high)
    sizes = [(preset.width, preset.height) for preset in controls.presets]
    sizes += [(width, height) for width, height in controls.sizes]
    if sizes:
        wanted = DEFAULT_SIZE
        size = min(sizes, key=lambda s: abs(s[0] - wanted[0]) + abs(s[1] - wanted[1]))
        values["width"], values["height"] = size
    return values


def title(model: str) -> str:
    """Give a model's name for people."""
    return title_of(model.rpartition("/")[2]) if model else "The model"


def notice(client: LLMKitClient) -> str:
    """Say what a person should know about where the videos come from."""
    if client.provider != "preview":
        return ""
    notice = sentence(PREVIEW_NOTICE)
    if client.settings.api_key is None:
        notice += " With a key (%llmkit login, then run this cell again) real models are here."
    return notice
