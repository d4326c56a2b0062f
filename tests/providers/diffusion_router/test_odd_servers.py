"""Servers that are another one than a moment ago, or none at all."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import socket
import threading

import pytest

from llmkit_jupyter import (
    InvalidRequestError,
    LLMKitClient,
    LLMKitError,
    UnreachableError,
    VideoGenerationRequest,
)
from llmkit_jupyter.errors import InvalidVideoError, NetworkError, WrongAddressError
from llmkit_jupyter.providers.base import Submission
from llmkit_jupyter.providers.diffusion_router import bodies, complaints, discovery
from llmkit_jupyter.providers.diffusion_router.manners import Manners
from llmkit_jupyter.providers.diffusion_router.provider import DiffusionRouterProvider
from llmkit_jupyter.providers.diffusion_router.records import Record
from llmkit_jupyter.transport.answers import Answer
from tests.providers.diffusion_router.conftest import SMALL, asked, fields, paid_once
from tests.providers.diffusion_router.test_bad_input import answering, saying, told
from tests.transport.servers import make_certificate

KINDS = ("openai", "vllm-omni", "sglang", "dynamo")


@pytest.mark.parametrize(
    ("first", "then"), [pair for pair in itertools.product(KINDS, KINDS) if pair[0] != pair[1]]
)
@pytest.mark.parametrize("asked_anew", [True, False])
def test_another_server_at_the_same_address(as_dialect, monkeypatch, first, then, asked_anew):
    server = as_dialect(first)
    if asked_anew:
        monkeypatch.setattr(discovery, "FRESH", 0.0)
    server.set(hosted=[{**_entry(first), "id": "the-model"}])
    client = LLMKitClient()
    assert client.generate_video(SMALL).status == "completed"
    # Not a word of it is told to the client.
    server.set(dialect=then, hosted=[{**_entry(then), "id": "the-model"}])
    job = client.submit_video(SMALL)
    with contextlib.suppress(LLMKitError):
        job.result()
    charged = [row.times_charged for row in server.ledger()]
    assert charged in ([1], [1, 1])  # never twice, whatever was believed of it
    if asked_anew:
        assert job.status == "completed"


def _entry(dialect: str) -> dict[str, str]:
    from tests.emulator.videos.dialects import DIALECTS

    return DIALECTS[dialect].model


def test_one_that_was_thought_to_answer_with_the_video_and_queues_it(as_dialect):
    server = as_dialect("sglang")
    server.set(hosted=[{"id": "the-model", "owned_by": "nvidia"}], seconds=0.3)
    assert LLMKitClient().generate_video(SMALL).status == "completed"
    paid_once(server)


def test_one_that_answers_with_the_video_and_was_not_thought_to(as_dialect):
    server = as_dialect("dynamo")
    server.fault("models", "503", times=-1)
    request = SMALL.with_model(_entry("dynamo")["id"])
    response = LLMKitClient().generate_video(request)
    assert (response.status, response.duration) == ("completed", 1.0)
    paid_once(server)


def test_one_that_speaks_https(tmp_path, home):
    with answering(200, b"{}", tls=make_certificate(tmp_path)) as url:
        plain = f"http{url[5:]}"
        told(plain, NetworkError, f"Perhaps it speaks https ({url})")
        assert LLMKitClient(base_url=plain).jobs() == []  # nothing was sent, so none is in doubt
    page = b"<html><h1>400 Bad Request</h1>The plain HTTP request was sent to HTTPS port</html>"
    with answering(400, page, "text/html") as url:
        told(
            url,
            WrongAddressError,
            f"speaks https: set LLMKIT_DIFFUSION_ROUTER_URL to https{url[4:]}",
        )


def test_one_that_never_answers_is_sent_nothing(home, monkeypatch):
    monkeypatch.setattr(discovery, "PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"http://127.0.0.1:{mute.getsockname()[1]}"
        told(url, UnreachableError, "may be loading its model", "Nothing was sent")
        assert LLMKitClient(base_url=url).jobs() == []


def test_one_that_says_nothing_in_http(home):
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def greet() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")

        threading.Thread(target=greet, daemon=True).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        told(url, NetworkError, "or is no server for videos")
        listening.close()


def test_of_several_names_for_one_model_the_first_is_used(as_dialect):
    server = as_dialect("vllm-omni")
    names = ["my-video", "Wan-AI/Wan2.2-T2V-A14B-Diffusers"]
    server.set(hosted=[{"id": name, "owned_by": "vllm"} for name in names])
    assert LLMKitClient().generate_video(SMALL).model == "my-video"
    assert fields(server)["model"] == "my-video"


def test_a_picture_s_address_is_told_under_the_names_of_all(home):
    request = SMALL.with_image("http://127.0.0.1:1/a.png")
    sent = bodies.build(request, Manners()).fields
    assert sent["reference_url"] == "http://127.0.0.1:1/a.png"
    assert sent["image_reference"] == '{"image_url": "http://127.0.0.1:1/a.png"}'
    assert "input_reference" not in sent


class Bytes:
    """A sink."""

    def __init__(self) -> None:
        self.data = b""

    async def write(self, data: bytes) -> None:
        self.data += data

    async def restart(self) -> None:
        self.data = b""


def test_a_video_in_base64_is_kept_until_it_is_stored():
    video = bytes(range(256)) * 5000
    encoded = base64.encodebytes(video).decode()  # with line breaks

    async def fetch(text: str) -> list[bytes]:
        synchronous = DiffusionRouterProvider("http://127.0.0.1:1")._synchronous
        submission = Submission("a", VideoGenerationRequest("A cat"))
        ticket = synchronous.keep(submission, Record(id="x", status="completed", encoded=text))
        assert synchronous.look(ticket).state == "succeeded"
        found = []
        for _ in range(2):  # the first could not be stored, say
            sink = Bytes()
            await synchronous.write(ticket, sink)
            found.append(sink.data)
        return found

    assert asyncio.run(fetch(encoded)) == [video, video]
    with pytest.raises(InvalidVideoError, match="broken base64"):
        asyncio.run(fetch("no base64 at all!"))


def test_errors_inside_errors_have_an_end():
    body: object = "deep"
    for _ in range(900):
        body = {"error": {"message": body}}
    answer = Answer(status=400, headers={}, body=body, excerpt="as it came")
    assert complaints.read(answer).message == "as it came"
    assert complaints.quoted(body) is None


def test_what_a_server_lists_without_a_status_is_asked_for(as_dialect):
    server = as_dialect("openai")
    server.fault("list", "status: ", times=-1)
    assert len(LLMKitClient().generate_video(SMALL, count=3)) == 3
    assert asked(server, "poll") >= 3


SIZES = b'{"detail":[{"type":"extra_forbidden","loc":["body","size"],"msg":"Extra inputs"}]}'
NUMBERS = (
    b'{"detail":[{"type":"int_type","loc":["body","seconds"],"msg":"Input should be an int"}]}'
)


@pytest.mark.parametrize(
    ("refuses", "answer", "sent"),
    [
        (lambda sent: "size" in sent, SIZES, {"width": 256, "height": 256, "seconds": "1"}),
        (lambda sent: isinstance(sent["seconds"], str), NUMBERS, {"seconds": 1, "size": "256x256"}),
    ],
    ids=["width and height", "a number of seconds"],
)
def test_one_that_wants_it_in_another_way(home, refuses, answer, sent):
    """The first submission finds out, and all later ones are told as it likes it."""
    seen: list[dict[str, object]] = []

    def say(path: str, body: bytes) -> tuple[int, bytes]:
        if not body:
            return (200, b'{"id":"v","status":"failed"}') if "/videos/" in path else (404, b"{}")
        seen.append(json.loads(body))
        return (422, answer) if refuses(seen[-1]) else (200, b'{"id":"v","status":"failed"}')

    with saying(say) as url:
        for _ in range(2):
            with pytest.raises(LLMKitError, match="made no video"):
                LLMKitClient(base_url=url).generate_video(SMALL)
    assert len(seen) == 3
    for body in seen[1:]:
        assert {name: body.get(name) for name in sent} == sent


def test_a_request_for_a_picture_that_is_missing_is_told_as_such(home):
    def say(_path: str, body: bytes) -> tuple[int, bytes]:
        if not body:
            return 404, b"{}"
        return 400, b'{"detail":"input_reference is required for this model"}'

    with saying(say) as url, pytest.raises(InvalidRequestError) as caught:
        LLMKitClient(base_url=url).generate_video(SMALL)
    assert caught.value.code == "invalid_request"
    assert str(caught.value).startswith("image is None")
