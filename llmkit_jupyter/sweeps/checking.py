"""What is wrong with the rows of a sweep, and what they cost, before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence

from llmkit_jupyter.client import LLMKitClient
from llmkit_jupyter.errors import InvalidRequestError, LLMKitError
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.sweeps import plan


def check_all(client: LLMKitClient, requests: Sequence[VideoGenerationRequest]) -> None:
    """Check every request against what its model takes; sends nothing.

    Raises:
        InvalidSweepError: names every row that cannot be made.
    """
    problems: list[tuple[int, LLMKitError]] = [
        (number, error)
        for number, error in enumerate(client.check_each(requests))
        if error is not None
    ]
    if problems:
        raise plan.invalid(problems, len(requests))


def prices_of(
    client: LLMKitClient, requests: Sequence[VideoGenerationRequest], *, reuse: bool | None
) -> list[float | None]:
    """Give the price of each row; what only the live limits of a model tell comes up here.

    Raises:
        InvalidSweepError: names every row that cannot be made.
    """
    try:
        return client.prices(requests, reuse=reuse)
    except InvalidRequestError:
        problems = [
            (number, error)
            for number, request in enumerate(requests)
            if (error := _fault(client, request, reuse)) is not None
        ]
        if not problems:
            raise
        raise plan.invalid(problems, len(requests)) from None


def _fault(
    client: LLMKitClient, request: VideoGenerationRequest, reuse: bool | None
) -> LLMKitError | None:
    try:
        client.prices([request], reuse=reuse)
    except InvalidRequestError as error:
        return error
    return None
