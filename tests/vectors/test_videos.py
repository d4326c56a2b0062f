"""The vectors of ``/v1/videos``: what is sent, what records say, and what refusals become."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from email import message_from_bytes
from typing import Any

import pytest

from llmkit_jupyter import LLMKitError, VideoGenerationRequest
from llmkit_jupyter.providers.base import Submission, Ticket
from llmkit_jupyter.providers.diffusion_router import bodies, manners, records
from llmkit_jupyter.providers.diffusion_router.manners import Manners
from llmkit_jupyter.providers.diffusion_router.provider import DiffusionRouterProvider
from tests.providers.diffusion_router.test_bad_input import saying
from tests.vectors.read import cases


def body_of(case: dict[str, Any]) -> dict[str, Any]:
    """Build a case's body; gives its fields, or the error."""
    wants = Manners()
    for name, value in case.get("manners", {}).items():
        setattr(wants, name, {value} if name == "refused" else value)
    try:
        request = VideoGenerationRequest(**case["request"])
        bodies.check_options(request)
        if wants.strict:
            bodies.check_strict(request, "http://gpu:1", seeded=True)
        body = bodies.build(request, wants)
    except LLMKitError as error:
        return told(error)
    if body.form == "json":
        return {"form": body.form, "fields": json.loads(body.content)}
    head = f"Content-Type: {body.kind}\r\n\r\n".encode()
    fields: dict[str, Any] = {}
    for part in message_from_bytes(head + body.content).get_payload():
        assert not isinstance(part, str)
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        name = part.get_param("name", header="content-disposition")
        file = part.get_filename()
        fields[str(name)] = (
            f"{file}, {part.get_content_type()}, {len(data)} bytes" if file else data.decode()
        )
    return {"form": body.form, "fields": fields}


def told(error: LLMKitError) -> dict[str, Any]:
    values: dict[str, Any] = {"class": type(error).__name__, "code": error.code}
    field = getattr(error, "field", None)
    return {"error": {**values, "field": field} if field else values}


def record_of(case: dict[str, Any]) -> dict[str, Any] | None:
    """Read a case's record; gives what both languages keep of it."""
    record = records.read(case["body"])
    if record is None:
        return None
    values = {
        "id": record.id,
        "status": record.status,
        "state": record.state,
        "waiting": record.waiting,
        "cancelled": record.cancelled,
        "progress": record.progress,
        "queuePosition": record.queue_position,
        "url": record.url,
        "encoded": record.encoded,
        "error": record.error,
        "errorCode": record.error_code,
    }
    return {name: value for name, value in values.items() if value is not None}


class Answering:
    """A server that answers every request with what is set."""

    def __init__(self) -> None:
        self.answer: tuple[int, bytes] = (200, b"")

    def say(self, _path: str, _body: bytes) -> tuple[int, bytes]:
        return self.answer

    def submit(self, url: str, case: dict[str, Any]) -> dict[str, Any]:
        """Submit a case's request; gives the ticket's id, or the error."""
        manners.forget()
        provider = DiffusionRouterProvider(url, case.get("key"))
        values: dict[str, Any] = {
            "prompt": "A cat",
            "model": "wan",
            "duration": 1,
            **case.get("request", {}),
        }
        submission = Submission("ours", VideoGenerationRequest(**values))

        async def submit() -> Ticket | LLMKitError:
            if case.get("proven"):
                self.answer = (200, b'{"id":"first","status":"queued"}')
                await provider.submit([submission])
            content = case["text"] if "text" in case else json.dumps(case["body"])
            self.answer = (case["status"], content.encode())
            return (await provider.submit([submission]))["ours"]

        answer = asyncio.run(submit())
        return told(answer) if isinstance(answer, LLMKitError) else {"id": answer.provider_task_id}


@pytest.fixture(scope="module")
def answering() -> Iterator[tuple[Answering, str]]:
    server = Answering()
    with saying(server.say) as url:
        yield server, url


@pytest.mark.parametrize("case", cases("videos_bodies"))
def test_bodies(case: dict[str, Any]):
    assert body_of(case) == case["expected"]


@pytest.mark.parametrize("case", cases("videos_records"))
def test_records(case: dict[str, Any]):
    found, expected = record_of(case), case["expected"]
    if expected is not None:
        assert found is not None
        assert found.pop("progress", None) == pytest.approx(expected.get("progress"))
        expected = {name: value for name, value in expected.items() if name != "progress"}
    assert found == expected


@pytest.mark.parametrize("case", cases("videos_errors"))
def test_errors(answering: tuple[Answering, str], case: dict[str, Any]):
    server, url = answering
    assert server.submit(url, case) == case["expected"]
