"""Requests and waiting times, by the vectors that the TypeScript client shares."""

from __future__ import annotations

from typing import Any

import pytest

from llmkit_jupyter import LLMKitError, VideoGenerationRequest
from llmkit_jupyter.request import check_seconds
from tests.vectors.making import real, said
from tests.vectors.read import cases


@pytest.mark.parametrize("case", cases("requests"))
def test_what_becomes_of_fields(case: dict[str, Any]):
    fields = real(case["fields"])
    # A picture is looked at where it is set.
    image = fields.pop("image", None)
    try:
        request = VideoGenerationRequest.from_dict(fields)
        request = request if image is None else request.with_image(image)
        if case.get("complete"):
            request.check_complete()
    except LLMKitError as error:
        assert {"error": said(error)} == case["expected"]
        assert case.get("says", "") in str(error)
    else:
        assert request.to_dict() == case["expected"]
        assert VideoGenerationRequest.from_dict(request.to_dict()) == request


@pytest.mark.parametrize("case", cases("seconds"))
def test_waiting_times(case: dict[str, Any]):
    try:
        seconds = check_seconds("timeout", real(case["value"]))
    except LLMKitError as error:
        assert said(error) == case["error"]
    else:
        assert seconds == real(case["seconds"])
