from __future__ import annotations

import asyncio
import gzip
import json
import logging
import tracemalloc
from typing import Any
from urllib.parse import quote

import pytest

from llmkit_jupyter.errors import (
    ConfigurationError,
    NetworkError,
    ServerError,
    UntrustedServerError,
)
from llmkit_jupyter.settings import Secret
from llmkit_jupyter.transport import http
from llmkit_jupyter.transport.answers import unpack
from llmkit_jupyter.transport.http import BearerAuth, get_json, post_json
from tests.security.canary import places, told_by
from tests.transport.servers import Server, always, head, whole

CANARY = "canary-4f/9a+7c=secret"
AUTH = BearerAuth(Secret(CANARY))


def ask(handler, call=get_json, /, *, tls=None, **how) -> Any:
    """Give the answer, or the error, of one call to a server, and the server."""

    async def main():
        async with Server(handler, tls) as server:
            try:
                if call is post_json:
                    return await call(server.url + "/v1?q=signed", {"é": [1]}, **how), server
                return await call(server.url + "/v1?q=signed", **how), server
            except Exception as error:  # noqa: BLE001 - the test looks at it
                return error, server

    return asyncio.run(main())


def test_json_goes_and_comes():
    answer, server = ask(always(whole(b'{"data": [1]}', "Retry-After: 3")), post_json, auth=AUTH)
    assert (answer.status, answer.body, answer.problem, answer.ok) == (
        200,
        {"data": [1]},
        None,
        True,
    )
    assert answer.excerpt == '{"data": [1]}'
    assert answer.retry_after == 3
    assert answer.headers["Content-Length"] == "13"
    (request,) = server.requests
    assert json.loads(request.body) == {"é": [1]}
    assert request.headers["authorization"] == f"Bearer {CANARY}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["user-agent"].startswith("llmkit-jupyter/")
    assert "cookie" not in request.headers


def test_bytes_go_as_they_are_with_a_type_of_their_own():
    async def main():
        async with Server(always(whole(b"1"))) as server:
            await post_json(server.url, b"\x00\xff", headers={"Content-Type": "video/mp4"})
            return server.requests[0]

    request = asyncio.run(main())
    assert request.body == b"\x00\xff"
    assert request.headers["content-type"] == "video/mp4"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"<html>Bad gateway</html>", "no JSON"),
        (b'{"a": ', "no JSON"),
        (b"[" + b"9" * 5000, "no JSON"),
        (b'"\xff\xfe"', "no JSON"),
        (b"[" * 200_000, "nested too deeply"),
        (b"[" * 300_000 + b"]" * 300_000, "nested too deeply"),
        (b'"' + b"a" * 2000 + b'"', "too large"),
    ],
)
def test_what_is_no_json_is_named(body: bytes, problem: str):
    limit = 1000 if problem == "too large" else http.MAX_BODY
    answer, _ = ask(always(whole(body)), limit=limit)
    assert answer.problem == problem
    assert answer.body is None
    assert not answer.ok
    assert len(answer.excerpt) <= 300


def test_a_number_without_bounds_makes_nothing_else_unreadable():
    long = "9" * 5000
    body = f"[1, 2.5, NaN, Infinity, -Infinity, 1e999, -1e999, {long}, -{long}, 7]"
    answer, _ = ask(always(whole(body.encode())))
    assert answer.ok
    assert answer.body == [1, 2.5, *[None] * 7, 7]


def test_a_body_without_end_is_left_at_the_limit():
    sent = 0

    async def endless(_request, writer):
        nonlocal sent
        writer.write(head(200, "Transfer-Encoding: chunked"))
        while True:
            writer.write(b"10000\r\n" + b"7" * 0x10000 + b"\r\n")
            await writer.drain()
            sent += 1

    answer, _ = ask(endless, limit=2**20)
    assert answer.problem == "too large"
    assert sent < 400  # what socket buffers hold may come on top


def test_compression_that_nobody_asked_for_is_undone_within_the_limit():
    body = gzip.compress(b'{"a": 1}')
    assert ask(always(whole(body, "Content-Encoding: gzip")))[0].body == {"a": 1}
    bomb = gzip.compress(b" " * 50_000_000)
    answer, _ = ask(always(whole(bomb, "Content-Encoding: gzip")), limit=100_000)
    assert answer.problem == "too large"
    answer, _ = ask(always(whole(b"abc", "Content-Encoding: gzip")))
    assert answer.problem == "not compressed as it says"
    answer, _ = ask(always(whole(b"abc", "Content-Encoding: br")))
    assert answer.problem == "encoded in an unknown way"


def test_unpacking_takes_no_more_memory_than_the_limit():
    bomb = gzip.compress(b" " * 50_000_000)
    tracemalloc.start()
    try:
        assert unpack(bomb, "gzip", 100_000) == (b"", "too large")
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_long_body_and_half_characters_are_read():
    body = json.dumps({"pad": "x" * 300_000, "half": "\ud800!", "pair": "\U0001f600"}).encode()
    answer, _ = ask(always(whole(body)))
    assert (answer.body["half"], answer.body["pair"]) == ("?!", "\U0001f600")
    json.dumps(answer.body, ensure_ascii=False).encode()


def test_an_excerpt_is_one_printable_line_without_the_key():
    text = f"No:\n\x1b[31m\u202e {CANARY} {'x' * 9000}"
    answer, _ = ask(always(whole(text.encode(), status=500)), auth=AUTH)
    assert answer.status == 500
    assert answer.excerpt.isprintable()
    assert answer.excerpt.startswith("No: [31m [key] xxx")
    assert len(answer.excerpt) == 300
    cut = " " * (4096 - 10) + CANARY
    answer, _ = ask(always(whole(cut.encode())), auth=AUTH)
    assert "canary" not in answer.excerpt


def test_a_redirect_is_not_followed():
    async def main():
        async with Server(always(whole(b"{}"))) as other:
            to_other = head(307, f"Location: {other.url}/x?signed=1", "Content-Length: 0")
            async with Server(always(to_other)) as server:
                with pytest.raises(ServerError, match=r"redirects to 127\.0\.0\.1:") as caught:
                    await post_json(server.url, {}, auth=AUTH)
                assert caught.value.status == 307
                assert "signed" not in str(caught.value)
            assert other.requests == []

    asyncio.run(main())
    error, _ = ask(always(head(302, "Location: http://[", "Content-Length: 0")))
    assert isinstance(error, ServerError)


def test_what_has_not_changed_is_no_redirect():
    answer, _ = ask(always(head(304, 'ETag: "1"')), headers={"If-None-Match": '"1"'})
    assert (answer.status, answer.headers["etag"]) == (304, '"1"')


def test_a_trickle_ends_at_the_deadline():
    async def trickle(_request, writer):
        writer.write(head(200, "Content-Length: 100000"))
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    async def no_end_of_headers(_request, writer):
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X: y\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    for handler in (trickle, no_end_of_headers):
        error, _ = ask(handler, deadline=0.3)
        assert isinstance(error, NetworkError)
        assert "in time" in str(error)


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{}", b"not http " + CANARY.encode()],
)
def test_an_answer_that_breaks_off_is_a_network_error(answer: bytes):
    error, _ = ask(always(answer + b"\r\n" if b"not" in answer else answer, close=True))
    assert isinstance(error, NetworkError)
    assert "127.0.0.1" in str(error)
    assert "broke off" in str(error)
    assert "signed" not in str(error)
    assert "canary" not in str(error)


def test_who_is_not_there_is_told_in_plain_words():
    async def call(url: str) -> str:
        with pytest.raises(NetworkError) as caught:
            await get_json(url)
        assert caught.value.__context__ is None
        return str(caught.value)

    async def free_port() -> int:
        async with Server(always(b"")) as server:
            return server.port

    port = asyncio.run(free_port())
    assert "refused" in asyncio.run(call(f"http://127.0.0.1:{port}/"))
    assert "DNS" in asyncio.run(call("http://nowhere.invalid/"))
    assert "not" in asyncio.run(call("http://[broken/"))
    assert "could not be reached" in asyncio.run(call("file:///etc/passwd"))


def test_a_certificate_is_verified_and_the_environment_may_name_another(
    tls, certificate, monkeypatch
):
    error, server = ask(always(whole(b"{}")), tls=tls)
    assert isinstance(error, UntrustedServerError)
    assert "self-signed" in str(error)
    assert server.requests == []
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    answer, _ = ask(always(whole(b"{}")), tls=tls)
    assert answer.ok


def test_tls_with_a_server_that_has_none_is_told():
    async def plain(_reader, writer):
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async def main():
        server = await asyncio.start_server(plain, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            await get_json(f"https://127.0.0.1:{port}/")

    with pytest.raises(NetworkError, match=r"TLS"):
        asyncio.run(main())


def test_a_key_that_a_server_repeats_in_its_headers_is_in_no_log(caplog):
    caplog.set_level(logging.DEBUG)
    echo = [f"X-Echo: Bearer {CANARY}", f"X-Again: {quote(CANARY, safe='').lower()}"]
    for status in (200, 302):
        answer = whole(b"{}", *echo, f"Location: /?key={CANARY}", status=status)
        ask(always(answer, close=True), post_json, auth=AUTH)
    assert "X-Echo', b'Bearer [key]'" in caplog.text
    assert "canary" not in caplog.text.lower()


def test_what_else_the_http_libraries_log_stays_as_it_is(caplog):
    caplog.set_level(logging.DEBUG)
    ask(always(whole(b"{}")), auth=AUTH)
    logger = logging.getLogger("httpcore.http11")
    logger.debug("%s of %d", "one", 2)
    assert caplog.records[-1].args == ("one", 2)
    logger.debug("100 % of one")
    assert caplog.messages[-1] == "100 % of one"


@pytest.mark.parametrize("when", ["send_request_headers.started", "receive_response_body.complete"])
def test_what_else_is_raised_on_the_way_is_an_error_of_the_network(when: str):
    # It may have left: were it called a bug, a paid job would be given up.
    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if when in record.getMessage():
                raise RuntimeError("the log is full")

    logger, handler = logging.getLogger("httpcore.http11"), Broken()
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        error, _ = ask(always(whole(b"{}")), post_json, auth=AUTH)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    assert type(error) is NetworkError
    assert "the connection failed (RuntimeError)" in str(error)
    assert places("\n".join(told_by(error)), CANARY) == []


def test_the_key_is_in_no_error_no_repr_and_no_log(caplog):
    caplog.set_level(logging.DEBUG)
    shown = [repr(AUTH), str(AUTH), f"{AUTH}"]
    for answer in (whole(CANARY.encode(), status=401), b"", head(302, "Location: /x"), b"x\r\n"):
        result, _ = ask(always(answer, close=True), post_json, auth=AUTH)
        shown += told_by(result)
    with pytest.raises(ConfigurationError) as caught:
        BearerAuth(Secret(f"{CANARY}\nX-Injected: 1"))
    shown += told_by(caught.value)
    assert "NetworkError" in "".join(shown)
    text = "\n".join(shown) + caplog.text
    assert caplog.records
    assert places(text, CANARY) == []
