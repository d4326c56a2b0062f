"""What files and jobs are called, by the vectors that the TypeScript client shares."""

from __future__ import annotations

from typing import Any

import pytest

from llmkit_jupyter import VideoGenerationRequest, VideoGenerationResponse
from llmkit_jupyter.providers.base import Provider
from llmkit_jupyter.providers.diffusion_router.provider import DiffusionRouterProvider
from llmkit_jupyter.providers.runware.provider import RunwareProvider
from tests.vectors.making import expected, outcome
from tests.vectors.read import cases

PROVIDERS: dict[str, Provider] = {
    "runware": RunwareProvider("a-key-0123456789"),
    "diffusion-router": DiffusionRouterProvider("http://127.0.0.1:1"),
}


@pytest.mark.parametrize("case", cases("names"))
def test_a_file_s_name(case: dict[str, Any]):
    request = VideoGenerationRequest(case["prompt"]) if case["prompt"] is not None else None
    response = VideoGenerationResponse(status="processing", request=request)
    assert response.file_stem == case["stem"]


@pytest.mark.parametrize("case", cases("task_ids"))
def test_an_id_of_a_job(case: dict[str, Any]):
    found, _ = outcome(lambda: PROVIDERS[case["provider"]].known_as(case["given"]))
    assert found == expected(case, "id")
