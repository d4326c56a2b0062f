"""The preview as a provider: its queue, its limits, and the address of what it made."""

from __future__ import annotations

import asyncio
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from llmkit_jupyter import InvalidRequestError, LLMKitClient, VideoGenerationRequest
from llmkit_jupyter.providers.base import Submission, Ticket, Update
from llmkit_jupyter.providers.preview import render, workshop
from llmkit_jupyter.providers.preview.provider import PreviewProvider
from llmkit_jupyter.providers.preview.server import address_of
from tests.processes import Child, Gate, hold_drawing

REQUEST = VideoGenerationRequest("A green hill", duration=1, width=96, height=64)


@pytest.fixture
def provider() -> Iterator[PreviewProvider]:
    provider = PreviewProvider()
    yield provider
    provider._workshop._close()


@pytest.fixture
def held(monkeypatch) -> Iterator[Gate]:
    """One worker, which draws only as many pictures as it is let."""
    monkeypatch.setattr(render, "render", render.render)
    monkeypatch.setattr(workshop.os, "cpu_count", lambda: 1)
    gate = hold_drawing()
    yield gate
    gate.open()


class Memory:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.data = b""

    async def write(self, data: bytes) -> None:
        self.data += data


def order(provider: PreviewProvider, *task_ids: str) -> list[Ticket]:
    sent = provider.validate(REQUEST)
    answers = asyncio.run(provider.submit([Submission(task_id, sent) for task_id in task_ids]))
    tickets = [answers[task_id] for task_id in task_ids]
    assert all(isinstance(ticket, Ticket) for ticket in tickets)
    return [ticket for ticket in tickets if isinstance(ticket, Ticket)]


def look(provider: PreviewProvider, *tickets: Ticket) -> list[Update]:
    return asyncio.run(provider.poll(tickets))


def until(provider: PreviewProvider, ticket: Ticket, condition) -> Update:
    deadline = time.monotonic() + 60
    while not condition(update := look(provider, ticket)[0]):
        assert time.monotonic() < deadline, update
        time.sleep(0.005)
    return update


def finished(provider: PreviewProvider, ticket: Ticket) -> Update:
    return until(provider, ticket, lambda update: update.state != "processing")


def test_who_comes_second_waits_and_progress_rises(provider: PreviewProvider, held: Gate):
    first, second = order(provider, "first", "second")
    seen = []
    for _ in range(4):
        done = len(seen) * 6 + 1
        update = until(provider, first, lambda u, done=done: (u.progress or 0) >= done / 24)
        seen.append(update.progress)
        held.let(6)
        assert (update.state, update.provider_status) == ("processing", "rendering")
        (waiting,) = look(provider, second)
        assert (waiting.state, waiting.progress) == ("processing", None)
        assert waiting.provider_status == "waiting for a free worker"
        assert (update.waiting, waiting.waiting) == (False, True)
    assert seen == sorted(set(seen))
    assert seen == [1 / 24, 7 / 24, 13 / 24, 19 / 24]
    held.open()
    update = finished(provider, second)
    assert (update.state, update.progress, update.cost) == ("succeeded", 1.0, 0.0)


def test_the_same_id_is_drawn_once(provider: PreviewProvider, held: Gate, monkeypatch):
    drawn = []
    draw = render.render
    monkeypatch.setattr(
        render, "render", lambda clip, *a, **k: (drawn.append(clip), draw(clip, *a, **k))
    )
    held.open()
    (ticket,) = order(provider, "one")
    assert order(provider, "one") == [ticket]
    finished(provider, ticket)
    order(provider, "one")
    (other,) = order(provider, "other")
    finished(provider, other)
    assert len(drawn) == 2


def test_a_clip_can_be_cancelled_while_it_waits_and_while_it_is_drawn(
    provider: PreviewProvider, held: Gate
):
    first, second, third = order(provider, "first", "second", "third")
    until(provider, first, lambda update: update.progress)
    assert asyncio.run(provider.cancel(second))
    assert asyncio.run(provider.cancel(first))
    held.open()
    assert finished(provider, third).state == "succeeded"
    assert not asyncio.run(provider.cancel(third))
    assert not asyncio.run(provider.cancel(Ticket("unheard-of", "unheard-of")))
    folder = provider._workshop._folder
    assert folder is not None
    assert [path.name for path in folder.iterdir()] == ["third.mp4"]


def test_what_was_drawn_can_be_fetched_and_read_at_its_address(provider: PreviewProvider):
    (ticket,) = order(provider, "one")
    update = finished(provider, ticket)
    sink = Memory()
    asyncio.run(provider.fetch(update, sink))
    assert update.video_url is not None
    parts = urlsplit(update.video_url)
    assert (parts.scheme, parts.hostname) == ("http", "127.0.0.1")
    with urllib.request.urlopen(update.video_url, timeout=60) as answer:
        assert answer.headers["Content-Type"] == "video/mp4"
        assert answer.read() == sink.data != b""
    assert look(provider, ticket)[0].video_url == update.video_url


@pytest.mark.parametrize("wrong", ["token", "name", "root", "up"])
def test_nothing_is_served_without_the_token(wrong: str, provider: PreviewProvider):
    (ticket,) = order(provider, "one")
    url = finished(provider, ticket).video_url
    assert url is not None
    root, token, name = url.rsplit("/", 2)
    other = {
        "token": f"{root}/{token[:-1]}-/{name}",
        "name": f"{root}/{token}/two.mp4",
        "root": f"{root}/",
        "up": f"{root}/{token}/../{token}/{name}",
    }[wrong]
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(other, timeout=60)
    assert caught.value.code == 404


def test_the_address_lasts_as_long_as_its_process():
    code = """
import gc
from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
small = VideoGenerationRequest("A green hill", duration=1, width=96, height=64)
response = LLMKitClient().generate_video(small)
print(response.video_url, response.task_id, flush=True)
del response
gc.collect()
input()
"""
    with Child(code) as child:
        url, task_id = child.line().split()
        with urllib.request.urlopen(url, timeout=60) as answer:
            served = answer.read()
        assert served == LLMKitClient().poll_video(task_id).video_bytes
        child.say()
        assert child.end()[0] == 0
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url, timeout=60)


def test_a_reader_who_hangs_up_makes_no_noise(tmp_path: Path, capfd):
    big = tmp_path / "big.mp4"
    with big.open("wb") as file:
        file.truncate(50 * 2**20)  # more than any socket holds
    url = address_of(big)
    assert url is not None
    with urllib.request.urlopen(url, timeout=60) as answer:
        answer.read(10)
    with urllib.request.urlopen(url, timeout=60) as answer:
        assert len(answer.read()) == 50 * 2**20
    assert capfd.readouterr().err == ""


def test_what_cannot_be_drawn_fails_with_its_reason(provider: PreviewProvider, monkeypatch):
    def broken(*_, **__):
        raise OSError("no room on the disk")

    monkeypatch.setattr(render, "render", broken)
    (ticket,) = order(provider, "one")
    update = finished(provider, ticket)
    assert update.state == "failed"
    assert "OSError: no room on the disk" in str(update.error)


def test_the_limits_are_those_of_each_model(provider: PreviewProvider):
    for model in provider.models():
        request = REQUEST.with_model(model.id)
        assert provider.validate(request.with_duration(1)).duration == 1
        assert provider.validate(request.with_duration(model.max_duration)).model == model.id
        with pytest.raises(InvalidRequestError, match=f"1 to {model.max_duration} seconds"):
            provider.validate(request.with_duration(model.max_duration + 1))
    notes = {model.id for model in provider.models() if "not available at Runware" in model.note}
    assert notes == {"pika-1.0", "leonardo-ultra"}


@pytest.mark.parametrize("size", [(64, 64), (3840, 2160), (2160, 3840), (1024, 576)])
def test_the_smallest_and_the_largest_sizes_are_fine(size, provider: PreviewProvider):
    width, height = size
    sent = provider.validate(VideoGenerationRequest("x", width=width, height=height))
    assert (sent.width, sent.height) == size


def test_an_id_that_it_never_saw_is_unknown(provider: PreviewProvider):
    assert look(provider, Ticket("unheard-of", "unheard-of"))[0].state == "unknown"


def test_a_file_is_kept_until_it_was_fetched_and_only_the_latest_after_that(
    client, small, monkeypatch
):
    monkeypatch.setattr("llmkit_jupyter.providers.preview.workshop.SHELF", 2)
    responses = client.generate_video(small, count=5)
    assert all(response.size for response in responses)
    kept = [requests.get(str(r.video_url), timeout=30).status_code for r in responses]
    assert sorted(kept) == [200, 200, 404, 404, 404]
