from __future__ import annotations

import asyncio
import gzip
import logging

import pytest

from llmkit_jupyter.errors import (
    AuthenticationError,
    InvalidVideoError,
    NetworkError,
    RateLimitError,
    ResultExpiredError,
    ServerError,
)
from llmkit_jupyter.transport.download import BLOCK, Rules, download
from tests.transport.fetching import CANARY, FILE, Memory, fetch, file_server
from tests.transport.servers import Server, always, head, whole


def test_a_file_comes_whole_in_large_blocks():
    sink, server = fetch(file_server())
    assert sink.data == FILE
    assert len(sink.writes) <= len(FILE) // BLOCK + 1
    (request,) = server.requests
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["authorization"] == f"Bearer {CANARY}"


def test_one_connection_serves_many_files():
    async def main():
        async with Server(always(whole(FILE[:1000]))) as server:
            for _ in range(5):
                await download(server.url, Memory(), own_origin=server.url)
            return server.connections

    assert asyncio.run(main()) == 1


def test_a_file_beyond_the_limit_is_refused_before_and_while_it_comes():
    rules = Rules(size_limit=2 * BLOCK, pace=0)
    error, sink, server = fetch(always(whole(FILE)), rules=rules, error=InvalidVideoError)
    assert "larger" in str(error)
    assert not sink.data
    assert len(server.requests) == 1

    async def endless(_request, writer):
        writer.write(head(200, "Transfer-Encoding: chunked"))
        while True:
            writer.write(b"1000\r\n" + b"\0" * 0x1000 + b"\r\n")
            await writer.drain()

    _, sink, _ = fetch(endless, rules=rules, error=InvalidVideoError)
    assert len(sink.data) <= 2 * BLOCK


def test_a_compressed_file_is_never_unpacked():
    bomb = gzip.compress(b"\0" * 50_000_000)
    for encoding in ("gzip", "deflate, gzip", "br"):
        answer = always(whole(bomb, f"Content-Encoding: {encoding}", "Content-Type: video/mp4"))
        error, sink, _ = fetch(answer, error=InvalidVideoError)
        assert "compressed" in str(error)
        assert not sink.data
    sink, _ = fetch(always(whole(FILE[:900], "Content-Encoding: identity")))
    assert sink.data == FILE[:900]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html>Please log in " + CANARY.encode(), "text/html; charset=utf-8"),
        (b'{"error": "no such job"}', "application/json"),
        (b'{"error": 1}', "application/problem+json"),
        (b"<!DOCTYPE html><title>Sorry</title>", "video/mp4"),
        (b'  {"error": "expired"}', "application/octet-stream"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Error/>", "video/mp4"),
        (b"<" + b"x" * 100_000, "video/mp4"),
        (b"Sorry, no such file here", "text/plain"),
        (b"ftyp ftyp", "text/plain"),
    ],
)
def test_a_page_in_place_of_a_video_is_named(body: bytes, kind: str):
    error, sink, _ = fetch(always(whole(body, f"Content-Type: {kind}")), error=InvalidVideoError)
    assert "127.0.0.1" in str(error)
    assert body[10:16].decode() in str(error)
    assert not sink.data


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "text/html; charset=utf-8"])
@pytest.mark.parametrize("file", [FILE, b"\x1a\x45\xdf\xa3" + FILE[4:]], ids=["mp4", "webm"])
def test_how_a_file_begins_outweighs_its_type(kind: str, file: bytes):
    sink, _ = fetch(always(whole(file, f"Content-Type: {kind}")))
    assert sink.data == file


def test_a_file_of_a_wrong_type_is_resumed_as_well():
    async def handler(request, writer):
        kind = "Content-Type: text/plain"
        start = request.start
        if start:
            place = f"Content-Range: bytes {start}-4999/5000"
            writer.write(whole(FILE[start:5000], kind, place, 'ETag: "1"', status=206))
        else:
            # A few bytes at a time, so that its beginning comes in pieces.
            writer.write(head(200, kind, "Content-Length: 5000", 'ETag: "1"') + FILE[:3])
            await writer.drain()
            await asyncio.sleep(0.05)
            writer.write(FILE[3:1000])
            await writer.drain()
            writer.close()

    sink, server = fetch(handler)
    assert sink.data == FILE[:5000]
    assert sink.restarts == 0
    assert server.requests[1].start == 1000


def test_a_text_in_place_of_the_rest_is_refused_and_what_came_is_kept():
    answers = [head(200, "Content-Length: 5000", 'ETag: "1"') + FILE[:1000]]

    async def handler(_request, writer):
        sorry = whole(b"Sorry, no such file here", "Content-Type: text/plain")
        writer.write(answers.pop() if answers else sorry)
        await writer.drain()
        writer.close()

    error, sink, _ = fetch(handler, error=InvalidVideoError)
    assert "Sorry" in str(error)
    assert sink.data == FILE[:1000]


@pytest.mark.parametrize(
    ("status", "lines", "error", "tries"),
    [
        (403, [], InvalidVideoError, 1),
        (404, [], ResultExpiredError, 1),
        (410, [], ResultExpiredError, 1),
        (401, [], AuthenticationError, 1),
        (400, [], InvalidVideoError, 1),
        (204, [], InvalidVideoError, 1),
        (304, [], InvalidVideoError, 1),
        (408, [], ServerError, 5),
        (500, [], ServerError, 5),
        (503, [], ServerError, 5),
        (501, [], ServerError, 1),
        (429, [], RateLimitError, 5),
        (429, ["Retry-After: 0.5"], RateLimitError, 5),
        (503, ["Retry-After: 0.5"], RateLimitError, 5),
    ],
)
def test_statuses(status: int, lines: list[str], error: type[Exception], tries: int):
    body = b"" if status in (204, 304) else f"Denied {CANARY}".encode()
    caught, _, server = fetch(always(whole(body, *lines, status=status)), error=error)
    assert len(server.requests) == tries
    assert not body or "Denied [key]" in str(caught)
    if lines:
        assert caught.retry_after_seconds == 0.5


def test_without_a_key_401_is_about_the_address_and_does_not_say_that_the_file_is_gone():
    fetch(always(whole(b"", status=401)), auth=None, error=InvalidVideoError)


def test_a_fault_that_passes_is_not_noticed():
    answers = [whole(b"", status=503), b"", whole(b"", "Retry-After: 0.01", status=429)]

    async def handler(_request, writer):
        writer.write(answers.pop(0) if answers else whole(FILE[:5000]))
        await writer.drain()
        if answers:
            writer.close()

    sink, _ = fetch(handler)
    assert sink.data == FILE[:5000]


def test_a_trickle_counts_as_cut_before_and_within_the_file():
    async def body(_request, writer):
        writer.write(head(200, "Content-Length: 100000", 'ETag: "1"') + b"\0\0")
        while True:
            writer.write(b"\0")
            await writer.drain()
            await asyncio.sleep(0.01)

    async def headers(_request, writer):
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X: y\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    # The body's first bytes are to come within the window.
    rules = Rules(window=1.5, pace=0, tries=2, patience=0)
    error, _, _ = fetch(body, rules=rules, error=NetworkError)
    assert "too slowly" in str(error)
    rules = Rules(window=0.2, pace=0, tries=2, patience=0)
    error, _, _ = fetch(headers, rules=rules, error=NetworkError)
    assert "in time" in str(error)


def test_a_slow_disk_is_no_slow_server():
    class Slow(Memory):
        async def write(self, data: bytes) -> None:
            if not self.data:
                await asyncio.sleep(2)
            await super().write(data)

    async def main():
        sink = Slow()
        async with Server(file_server()) as server:
            rules = Rules(window=1.5, minimum_rate=10**8, tries=1)
            await download(server.url, sink, own_origin=server.url, rules=rules)
        return sink

    assert asyncio.run(main()).data == FILE


def test_what_the_sink_raises_goes_through_at_once():
    class Full(Memory):
        async def write(self, data: bytes) -> None:
            raise OSError(28, "No space left on device")

    async def main():
        async with Server(file_server()) as server:
            with pytest.raises(OSError, match="No space"):
                await download(server.url, Full(), own_origin=server.url)
            return len(server.requests)

    assert asyncio.run(main()) == 1


# ---------------------------------------------------------------- redirects and other origins


def test_no_key_in_any_log(caplog):
    caplog.set_level(logging.DEBUG)
    fetch(always(whole(FILE[:500])))
    fetch(always(whole(CANARY.encode(), status=403)), error=InvalidVideoError)
    assert caplog.records
    assert "canary" not in caplog.text
