"""What a form as it stands comes to: its problems, or its price, its time and its code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llmkit_jupyter.client import LLMKitClient
from llmkit_jupyter.notebook.wording import sentence
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.widgets.code import as_magic, as_python
from llmkit_jupyter.widgets.form import judge
from llmkit_jupyter.widgets.messages import as_told
from llmkit_jupyter.widgets.pricing import Pricing


def verdict(
    values: Mapping[str, Any], client: LLMKitClient, pricing: Pricing, provider: str | None
) -> tuple[dict[str, Any], VideoGenerationRequest | None]:
    """Judge a form; waits for nobody.

    Args:
        values: the form's, by name.
        client: checks the request, by what was last heard.
        pricing: knows the price, or is going to.
        provider: name that the code has to say; ``None`` for the one that is the default.

    Returns:
        What the page is told (``Check`` in ``js/src/studio/state.ts``), and the request;
        ``None`` where something is wrong with it.
    """
    request, problems = judge(values, lambda given: client.validate(given, refresh=False))
    check = dict.fromkeys(("cost", "time", "python", "magic", "no_magic"), "")
    state: dict[str, Any] = {**check, "form": _told(values), "problems": problems}
    if request is None:
        return state, None
    count = values["count"]
    estimate = pricing.of(request, count)
    if estimate.problems:
        return {**state, "problems": dict(estimate.problems)}, None
    state |= {"cost": estimate.cost, "time": estimate.time}
    try:
        state["python"] = as_python(request, count, provider)
        state["magic"] = as_magic(request, count, provider)
    except ValueError as error:
        state["no_magic"] = sentence(str(error))
    return state, request


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give the form by which a page knows whether a verdict is about what it shows."""
    told = {name: as_told(name, value) for name, value in values.items()}
    if (told["image"] or "").startswith("data:"):
        told["image"] = "data:"  # a picture inside need not travel with each verdict
    return told
