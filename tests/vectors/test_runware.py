"""Runware's wire format: what the TypeScript client makes of the same files is the same."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest

from llmkit_jupyter.catalog import aliases
from llmkit_jupyter.catalog.facts import bundled
from llmkit_jupyter.catalog.limits import check_ours, resolve
from llmkit_jupyter.catalog.models import DEFAULT_MODEL
from llmkit_jupyter.errors import InvalidRequestError, LLMKitError
from llmkit_jupyter.providers.base import Submission, Ticket, Update
from llmkit_jupyter.providers.runware.arrays import limits_of
from llmkit_jupyter.providers.runware.envelope import Fault
from llmkit_jupyter.providers.runware.faults import not_taken, to_error
from llmkit_jupyter.providers.runware.provider import RunwareProvider
from llmkit_jupyter.providers.runware.tasks import video_task
from llmkit_jupyter.providers.runware.verdict import is_final
from llmkit_jupyter.request import VideoGenerationRequest
from tests.transport.servers import Request, Server, whole
from tests.vectors.read import cases

Case = dict[str, Any]


def told(error: LLMKitError) -> Case:
    """Give what a vector says of an error."""
    status = error.details.status if error.details else None
    about: Case = {"class": type(error).__name__, "code": error.code}
    if isinstance(error, InvalidRequestError):
        about["field"] = error.field
    if status is not None:
        about["status"] = status
    if error.retry_after_seconds is not None:
        about["retry_after"] = error.retry_after_seconds
    return about


def body(case: Case) -> Case:
    """Give the task for a request, or the error."""
    request = VideoGenerationRequest.from_dict(case["request"])
    try:
        found = aliases.resolve(
            request.model or DEFAULT_MODEL, image=request.image is not None, registry=None
        )
        facts = bundled(found.model_id)
        if facts is None:
            check_ours(request)
            sent = request.with_model(found.model_id)
        else:
            sent = resolve(facts, request)
        task = video_task(case["task_id"], sent, facts, ttl=case.get("ttl"))
    except LLMKitError as error:
        return {"error": told(error)}
    return {"task": task, "substituted": found.substituted}


def error(case: Case) -> Case:
    """Give what a code with an HTTP status means, wherever it is told."""
    fault = Fault(case["code"], "so it said", parameters=tuple(case.get("parameters", ())))
    passing = not_taken(fault, status=case.get("status"), retry_after=None)
    return {
        "error": told(to_error(fault, status=case.get("status"))),
        "final": is_final(fault),
        "passing": passing is not None,
    }


class Service:
    """The other end of the line: it answers all questions alike, and counts them."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._server = Server(self._answer)
        self._case: Case = {}
        self.asked = 0
        runner.run(self._server.__aenter__())

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if not request.target.startswith("/v1"):
            writer.write(whole(b"", status=404))  # no schemas
            return
        self.asked += 1
        case = self._case
        text = case["text"] if "text" in case else json.dumps(case["body"])
        headers = [f"{name}: {value}" for name, value in case.get("headers", {}).items()]
        writer.write(whole(text.encode(), *headers, status=case["status"]))

    def provider(self, case: Case) -> RunwareProvider:
        """Give a provider that has learned nothing yet."""
        self._case, self.asked = case, 0
        url = f"{self._server.url}/v1"
        limits = limits_of(url, 100)
        limits.submit = limits.poll = 100
        limits.without_ttl = False
        return RunwareProvider("a-key", url=url)

    def answer(self, case: Case) -> Case:
        """Ask for a job, or look it up in the archive."""
        ticket = Ticket(case["task_id"], case["task_id"])
        provider = self.provider(case)
        try:
            if case.get("archive"):
                update = self._runner.run(provider.look_back(ticket))
            else:
                [update] = self._runner.run(provider.poll([ticket]))
        except LLMKitError as error:
            return {"error": told(error)}
        return {"update": shown(update), "requests": self.asked}

    def submit(self, case: Case) -> Case:
        """Hand jobs over."""
        request = VideoGenerationRequest("a cat").with_model("runway:1@2")
        provider = self.provider(case)
        sent = provider.validate(request)
        jobs = [Submission(task_id, sent) for task_id in case["task_ids"]]
        answers = self._runner.run(provider.submit(jobs))
        return {
            "answers": {
                task_id: {"error": told(answer)} if isinstance(answer, LLMKitError) else "ticket"
                for task_id, answer in answers.items()
            },
            "requests": self.asked,
        }

    def close(self) -> None:
        self._runner.run(self._server.__aexit__())


def shown(update: Update) -> Case:
    """Give what a vector says of an update."""
    values = {
        "state": update.state,
        "provider_status": update.provider_status,
        "video_url": update.video_url,
        "seed": update.seed,
        "cost": update.cost,
        "progress": update.progress,
        "error": told(update.error) if update.error else None,
    }
    return {name: value for name, value in values.items() if value is not None}


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with asyncio.Runner() as runner:
        service = Service(runner)
        yield service
        service.close()


def rounded(value: object) -> object:
    if isinstance(value, dict):
        return {name: rounded(each) for name, each in value.items()}
    return float(f"{value:.9g}") if isinstance(value, float) and math.isfinite(value) else value


@pytest.mark.parametrize("case", cases("runware_bodies"))
def test_a_request_becomes_a_task(case: Case):
    assert body(case) == case["expect"]


@pytest.mark.parametrize("case", cases("runware_errors"))
def test_a_code_becomes_an_error(case: Case):
    assert error(case) == case["expect"]


@pytest.mark.parametrize("case", cases("runware_answers"))
def test_an_answer_becomes_an_update(service: Service, case: Case):
    assert rounded(service.answer(case)) == rounded(case["expect"])


@pytest.mark.parametrize("case", cases("runware_submissions"))
def test_a_submission_becomes_a_ticket_or_an_error(service: Service, case: Case):
    assert service.submit(case) == case["expect"]
