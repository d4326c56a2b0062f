"""The environment and what it means, by the vectors that the TypeScript client shares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from llmkit_jupyter.providers import registry
from llmkit_jupyter.settings import Secret, load
from llmkit_jupyter.transport.dresses import redact
from tests.vectors.making import outcome
from tests.vectors.read import cases


def told(environment: dict[str, str]) -> dict[str, Any]:
    found = load(environment)
    return {
        "provider": registry.canonical(found.provider or registry.usable(found)[0]),
        "model": found.model,
        "timeout": found.timeout,
        "runware_url": found.runware_url,
        "runware_key": found.api_key and found.api_key.reveal(),
        "router_url": found.diffusion_router_url,
        "router_key": found.diffusion_router_api_key and found.diffusion_router_api_key.reveal(),
    }


@pytest.mark.parametrize("case", cases("settings"))
def test_what_the_environment_sets(case: dict[str, Any], home: Path):
    found, message = outcome(lambda: told({**case["environment"], "LLMKIT_HOME": str(home)}))
    assert found == case["expected"]
    assert case.get("says", "") in message
    assert "hides" not in case or case["hides"] not in message


@pytest.mark.parametrize("case", cases("models"))
def test_a_model_s_provider(case: dict[str, Any]):
    assert registry.split_model(case["model"]) == (case["provider"], case["rest"])


@pytest.mark.parametrize("case", cases("redaction"))
def test_a_key_is_taken_out(case: dict[str, Any]):
    found = redact(case["said"].encode(), Secret(case["key"])).decode()
    assert found == case["hidden"]
