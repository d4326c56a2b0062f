"""Stops a job by ``DELETE``, and finds out what that did: servers mean different things by it."""

from __future__ import annotations

import asyncio

from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.providers.base import Cancellation
from llmkit_jupyter.providers.diffusion_router import complaints, records
from llmkit_jupyter.providers.diffusion_router.questions import Questions
from llmkit_jupyter.providers.diffusion_router.records import Record
from llmkit_jupyter.providers.diffusion_router.service import Service
from llmkit_jupyter.transport.answers import Answer

PAUSE = 1.0  # seconds before a server that is not ready to cancel is asked again
TRIES = 3
_BUSY = (409, 425, 429, 503)
_NO_WAY = (404, 405, 410, 501)
_GOES_ON = "The job goes on, and its video is kept."


async def cancel(name: str, service: Service, questions: Questions) -> Cancellation:
    """Ask a server to stop a job.

    Raises:
        LLMKitError: it could not be asked.
    """
    # Deleting a finished one would throw the video away.
    before = await questions.one(name)
    if isinstance(before, LLMKitError):
        raise before
    if isinstance(before, Record) and before.state != "processing":
        made = "The video is made" if before.state == "succeeded" else "The job has ended"
        return Cancellation(False, f"{made} already; it cannot be cancelled any more.")
    answer = await _delete(name, service)
    after = await questions.one(name)
    if isinstance(after, LLMKitError):
        raise after
    if after is None and answer.status < 300:
        return Cancellation(True, _dropped(answer, service))
    if isinstance(after, Record) and after.cancelled:
        return Cancellation(True, f"Cancelled at {service.url}.")
    if after is None:
        return Cancellation(
            False, f"{service.url} does not know the job (HTTP status {answer.status})."
        )
    if answer.status in _NO_WAY:
        return Cancellation(
            False,
            f"{service.url} offers no way to cancel a job (HTTP status {answer.status}). "
            f"{_GOES_ON}",
        )
    said = complaints.read(answer).message if answer.status >= 300 else "it said yes"
    return Cancellation(
        False,
        f"{service.url} was asked to cancel the job and did not stop it "
        f"(HTTP status {answer.status}: {said}). {_GOES_ON}",
    )


async def _delete(name: str, service: Service) -> Answer:
    answer = await service.delete(service.address("videos", name))
    for _ in range(TRIES - 1):
        if answer.status not in _BUSY:
            break
        await asyncio.sleep(min(answer.retry_after or PAUSE, 10.0))
        answer = await service.delete(service.address("videos", name))
    return answer


def _dropped(answer: Answer, service: Service) -> str:
    record = records.read(answer.body)
    if record is not None and record.cancelled:
        # SGLang: the record is dropped, and what has begun is computed to its end.
        return (
            f"Cancelled: {service.url} has dropped the job. It may go on computing what has "
            "begun, and nobody can have that video."
        )
    return f"Cancelled: {service.url} has stopped and deleted the job."
