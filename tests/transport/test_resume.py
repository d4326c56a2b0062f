from __future__ import annotations

import hashlib
import random

import pytest

from llmkit_jupyter.errors import (
    NetworkError,
)
from llmkit_jupyter.transport.download import Rules
from tests.transport.fetching import FILE, PATIENT, fetch, file_server
from tests.transport.servers import always, head, whole


@pytest.mark.parametrize("cuts", [[0], [1], [8], [100_000], [len(FILE) - 1], [10, 20_000, 2**21]])
@pytest.mark.parametrize("modified", [False, True])
def test_a_cut_file_is_resumed_where_it_broke_off(cuts: list[int], *, modified: bool):
    sink, server = fetch(file_server(cuts=cuts, modified=modified))
    assert sink.data == FILE
    assert sink.restarts == 0
    asked = [request.headers.get("range") for request in server.requests[1:]]
    assert asked == [f"bytes={cut}-" if cut else None for cut in cuts]
    if asked[0]:
        assert server.requests[1].headers["if-range"] in ('"1"', "Sun, 06 Nov 1994")


def test_new_bytes_start_the_count_of_tries_again():
    cuts = list(range(100, 2000, 100))
    sink, _ = fetch(file_server(cuts=cuts, file=FILE[:5000]), rules=Rules(pace=0, tries=3))
    assert sink.data == FILE[:5000]


def test_a_server_that_ignores_ranges_is_started_anew():
    sink, _ = fetch(file_server(cuts=[100_000, 2_000_000], ranges=False))
    assert sink.data == FILE
    assert sink.restarts == 2


def test_always_breaking_off_at_the_same_place_is_no_progress():
    _, _, server = fetch(file_server(cuts=[5000] * 100, ranges=False), error=NetworkError)
    assert len(server.requests) == PATIENT.tries


def test_everything_together_has_an_end():
    rules = Rules(pace=0, patience=0.0)
    _, _, server = fetch(file_server(cuts=list(range(1, 100))), rules=rules, error=NetworkError)
    assert len(server.requests) <= 2


@pytest.mark.parametrize("honest", [True, False])
def test_a_file_that_changed_in_between_is_started_anew(*, honest: bool):
    other = FILE[:8] + FILE[:7:-1]
    old = file_server(cuts=[100_000])
    new = file_server(file=other, etags=['"2"'], honest=honest)
    tries = 0

    async def handler(request, writer):
        nonlocal tries
        tries += 1
        await (old if tries == 1 else new)(request, writer)

    sink, _ = fetch(handler)
    assert sink.data == other
    assert sink.restarts == 1


def test_a_file_of_another_size_is_started_anew():
    handlers = [file_server(cuts=[1000]), file_server(file=FILE[:5000], etags=['"1"'])]

    async def handler(request, writer):
        await (handlers.pop(0) if len(handlers) > 1 else handlers[0])(request, writer)

    sink, _ = fetch(handler)
    assert sink.data == FILE[:5000]


@pytest.mark.parametrize("etag", ['W/"1"', None])
def test_without_a_strong_validator_nothing_is_glued_together(etag):
    first = True

    async def handler(request, writer):
        nonlocal first
        assert "range" not in request.headers
        lines = [f"ETag: {etag}"] if etag else []
        writer.write(head(200, f"Content-Length: {len(FILE)}", *lines))
        writer.write(FILE[:5000] if first else FILE)
        await writer.drain()
        if first:
            writer.close()
        first = False

    sink, _ = fetch(handler)
    assert sink.data == FILE
    assert sink.restarts == 1


@pytest.mark.parametrize(
    "line",
    [
        "Content-Range: bytes 0-4999/5000",
        "Content-Range: nonsense",
        "Content-Range: bytes */5000",
        "Content-Type: multipart/byteranges; boundary=x",
        "X: y",
    ],
)
def test_a_part_that_is_not_the_one_asked_for_is_not_used(line: str):
    async def handler(request, writer):
        if "range" in request.headers:
            writer.write(whole(FILE[:5000], line, 'ETag: "1"', status=206))
        else:
            writer.write(head(200, "Content-Length: 5000", 'ETag: "1"') + FILE[:1000])
            await writer.drain()
            writer.close()

    _, sink, _ = fetch(handler, error=NetworkError)
    assert sink.restarts >= 1
    assert sink.data == FILE[: len(sink.data)]


def test_a_refused_range_after_the_last_byte_means_that_all_is_there():
    async def handler(request, writer):
        if "range" in request.headers:
            writer.write(whole(b"", "Content-Range: bytes */5000", status=416))
        else:
            # No length, so that the end is not known; and the last chunk is missing.
            writer.write(head(200, "Transfer-Encoding: chunked", 'ETag: "1"'))
            writer.write(b"1388\r\n" + FILE[:5000] + b"\r\n")
            await writer.drain()
            writer.close()

    sink, _ = fetch(handler)
    assert sink.data == FILE[:5000]


def test_a_refused_range_otherwise_starts_anew():
    tries = 0

    async def handler(request, writer):
        nonlocal tries
        tries += 1
        if "range" in request.headers:
            writer.write(whole(b"", "Content-Range: bytes */50", status=416))
        else:
            writer.write(head(200, "Content-Length: 5000", 'ETag: "1"'))
            writer.write(FILE[: 1000 if tries == 1 else 5000])
            await writer.drain()
            writer.close()

    sink, _ = fetch(handler)
    assert sink.data == FILE[:5000]
    assert sink.restarts == 1


def test_lengths_that_lie():
    short = always(head(200, "Content-Length: 6000") + FILE[:5000], close=True)
    _, sink, _ = fetch(short, error=NetworkError)
    assert len(sink.data) <= 5000
    # More than was declared is not part of the file.
    sink, _ = fetch(always(head(200, "Content-Length: 4000") + FILE[:5000], close=True))
    assert sink.data == FILE[:4000]
    fetch(always(head(200, "Content-Length: many") + FILE[:50], close=True), error=NetworkError)


def test_random_cuts_never_make_a_wrong_file():
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    for _ in range(20):
        size = dice.randrange(1, 300_000)
        cuts = [dice.randrange(size) for _ in range(dice.randrange(4))]
        tags = [dice.choice(['"1"', '"2"', 'W/"1"']) for _ in range(4)]
        ranges, honest = dice.random() < 0.7, dice.random() < 0.7
        handler = file_server(cuts=cuts, file=FILE[:size], etags=tags, ranges=ranges, honest=honest)
        sink, _ = fetch(handler)
        assert hashlib.sha256(sink.data).digest() == hashlib.sha256(FILE[:size]).digest(), seed


def test_a_server_that_gives_the_rest_in_pieces_is_asked_until_all_is_there():
    async def handler(request, writer):
        start = request.start
        if start == 0:
            writer.write(head(200, "Content-Length: 5000", 'ETag: "1"') + FILE[:1000])
            await writer.drain()
            writer.close()
            return
        piece = FILE[start : min(start + 1500, 5000)]
        place = f"Content-Range: bytes {start}-{start + len(piece) - 1}/5000"
        writer.write(whole(piece, place, 'ETag: "1"', status=206))

    sink, _ = fetch(handler)
    assert sink.data == FILE[:5000]
    assert sink.restarts == 0
