"""What is tried again, and when, by the vectors that the TypeScript client shares."""

from __future__ import annotations

from typing import Any

import pytest

from llmkit_jupyter.providers.base import may_have_arrived
from llmkit_jupyter.transport import retry
from tests.vectors.making import make
from tests.vectors.read import cases


def decided(case: dict[str, Any]) -> object:
    if "parse" in case:
        return retry.parse_retry_after(case["parse"], case["now"])
    if "headers" in case:
        return retry.retry_after(case["headers"], case["now"])
    if "status" in case:
        return retry.is_transient(case["status"])
    if "arrived" in case:
        return may_have_arrived(make(case["arrived"]) if case["arrived"] else None)
    if "error" in case:
        call = {name: case[name] for name in ("reads", "idempotent", "jitter")}
        return retry.decide(make(case["error"]), case["attempt"], **call)
    return retry.delay(case["attempt"], retry_after=case["retry_after"], jitter=case["jitter"])


@pytest.mark.parametrize("case", cases("retry"))
def test_what_is_decided(case: dict[str, Any]):
    expected = next(case[name] for name in ("seconds", "passes", "perhaps") if name in case)
    if isinstance(expected, float | int) and not isinstance(expected, bool):
        expected = pytest.approx(expected)
    assert decided(case) == expected
