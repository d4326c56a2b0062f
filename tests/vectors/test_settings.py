"""The environment and what it means, by the vectors that the TypeScript client shares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from llmkit_jupyter import LLMKitError
from llmkit_jupyter.providers import registry
from llmkit_jupyter.settings import Secret, load
from llmkit_jupyter.transport.dresses import redact
from tests.vectors.making import said
from tests.vectors.read import cases


@pytest.mark.parametrize("case", cases("settings"))
def test_what_the_environment_sets(case: dict[str, Any], home: Path):
    hides = case.get("hides", "a text that is in no message")
    try:
        found = load({**case["environment"], "LLMKIT_HOME": str(home)})
        provider = registry.canonical(found.provider or registry.usable(found)[0])
    except LLMKitError as error:
        assert {"error": said(error)} == case["expected"]
        assert case.get("says", "") in str(error)
        assert hides not in str(error)
        return
    assert case["expected"] == {
        "provider": provider,
        "model": found.model,
        "timeout": found.timeout,
        "runware_url": found.runware_url,
        "runware_key": found.api_key and found.api_key.reveal(),
        "router_url": found.diffusion_router_url,
        "router_key": found.diffusion_router_api_key and found.diffusion_router_api_key.reveal(),
    }


@pytest.mark.parametrize("case", cases("models"))
def test_a_model_s_provider(case: dict[str, Any]):
    assert registry.split_model(case["model"]) == (case["provider"], case["rest"])


@pytest.mark.parametrize("case", cases("redaction"))
def test_a_key_is_taken_out(case: dict[str, Any]):
    found = redact(case["said"].encode(), Secret(case["key"])).decode()
    assert found == case["hidden"]
