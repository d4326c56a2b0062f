"""Requests and waiting times, by the vectors that the TypeScript client shares."""

from __future__ import annotations

from typing import Any

import pytest

from llmkit_jupyter import VideoGenerationRequest
from llmkit_jupyter.request import check_seconds
from tests.vectors.making import expected, outcome, real
from tests.vectors.read import cases


def made(case: dict[str, Any]) -> dict[str, Any]:
    fields = real(case["fields"])
    # A picture is looked at where it is set.
    image = fields.pop("image", None)
    request = VideoGenerationRequest.from_dict(fields)
    request = request if image is None else request.with_image(image)
    if case.get("complete"):
        request.check_complete()
    assert VideoGenerationRequest.from_dict(request.to_dict()) == request
    return request.to_dict()


@pytest.mark.parametrize("case", cases("requests"))
def test_what_becomes_of_fields(case: dict[str, Any]):
    found, message = outcome(lambda: made(case))
    assert found == case["expected"]
    assert case.get("says", "") in message


@pytest.mark.parametrize("case", cases("seconds"))
def test_waiting_times(case: dict[str, Any]):
    found, _ = outcome(lambda: check_seconds("timeout", real(case["value"])))
    assert found == expected(case, "seconds")
