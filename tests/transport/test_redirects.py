from __future__ import annotations

import asyncio

import pytest

from llmkit_jupyter.errors import (
    InvalidVideoError,
    NetworkError,
)
from llmkit_jupyter.transport import origins
from llmkit_jupyter.transport.download import Rules, download
from tests.transport.fetching import AUTH, CANARY, FILE, PATIENT, Memory, fetch
from tests.transport.servers import Server, always, head, whole


def test_the_key_stays_at_its_origin_wherever_a_redirect_leads():
    async def main():
        sink = Memory()
        async with Server(always(whole(FILE[:5000], "Set-Cookie: a=b; Path=/"))) as cdn:
            back: list[str] = []

            async def bounce(request, writer):
                if request.target == "/again":
                    writer.write(head(303, f"Location: {back[0]}/file", "Content-Length: 0"))
                else:
                    writer.write(head(302, f"Location: {cdn.url}/x", "Content-Length: 0"))

            async with Server(bounce) as own:
                back.append(cdn.url)
                rules = Rules(allow_private=True)
                for path in ("/file", "/again"):
                    await download(own.url + path, sink, own_origin=own.url, auth=AUTH, rules=rules)
                # Even an address that points elsewhere from the start.
                await download(cdn.url, sink, own_origin=own.url, auth=AUTH, rules=rules)
        assert all(r.headers["authorization"] == f"Bearer {CANARY}" for r in own.requests)
        assert len(cdn.requests) == 3
        for request in cdn.requests:
            assert "canary" not in repr(request.headers)
            assert not {"authorization", "cookie", "referer"} & set(request.headers)

    asyncio.run(main())


def test_a_redirect_to_the_own_origin_and_back_again_gets_the_key_only_there():
    async def main():
        async with Server(always(b"")) as own, Server(always(b"")) as cdn:
            own.handler = always(whole(FILE[:500]))
            cdn.handler = always(head(307, f"Location: {own.url}/f", "Content-Length: 0"))
            rules = Rules(allow_private=True)
            await download(cdn.url, Memory(), own_origin=own.url, auth=AUTH, rules=rules)
            return own.requests, cdn.requests

    own, cdn = asyncio.run(main())
    assert "authorization" in own[0].headers
    assert "authorization" not in cdn[0].headers


@pytest.mark.parametrize("on_premises", [False, True])
def test_a_redirect_from_https_to_http_loses_the_key_or_is_refused(
    tls, certificate, monkeypatch, on_premises: bool
):
    # The host is the same: neither another scheme nor another port is the provider's own.
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    async def main():
        async with Server(always(whole(FILE[:500]))) as plain:
            down = always(head(302, f"Location: {plain.url}/x", "Content-Length: 0"))
            async with Server(down, tls) as own:
                rules = Rules(allow_private=on_premises, pace=0)
                work = download(own.url, Memory(), own_origin=own.url, auth=AUTH, rules=rules)
                if on_premises:
                    await work
                else:
                    with pytest.raises(InvalidVideoError, match="not https"):
                        await work
            assert "authorization" in own.requests[0].headers
            assert len(plain.requests) == on_premises
            assert CANARY not in repr([request.headers for request in plain.requests])

    asyncio.run(main())


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{port}/",
        "https://127.0.0.1:{port}/",
        "https://localhost:{port}/",
        "https://2130706433:{port}/",
        "https://user@example.com/",
        "file:///etc/passwd",
        "http://[",
    ],
)
def test_a_redirect_to_the_inside_is_refused_before_anything_connects(target: str):
    async def main():
        async with Server(always(whole(b"inside"))) as inside:
            where = target.format(port=inside.port)
            async with Server(always(head(302, f"Location: {where}"), close=True)) as own:
                with pytest.raises(InvalidVideoError):
                    await download(own.url, Memory(), own_origin=own.url, rules=PATIENT)
            assert inside.connections == 0

    asyncio.run(main())


def test_redirects_have_an_end_and_relative_ones_work():
    error, _, server = fetch(
        always(head(302, "Location: /on", "Content-Length: 0")), error=Exception
    )
    assert isinstance(error, InvalidVideoError)
    assert len(server.requests) == 6

    async def once(request, writer):
        here = request.target == "/on?x=1"
        writer.write(
            whole(FILE[:9]) if here else head(301, "Location: on?x=1", "Content-Length: 0")
        )

    sink, _ = fetch(once)
    assert sink.data == FILE[:9]


@pytest.fixture
def resolver(monkeypatch):
    """Every name is at 127.0.0.1, and a test says which answers count as public."""
    asked: list[str] = []
    public = [True]

    async def lookup(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    monkeypatch.setattr(origins, "lookup", lookup)
    real = origins.is_public
    monkeypatch.setattr(
        origins, "is_public", lambda address: public.pop(0) if public else real(address)
    )
    return asked


def test_a_public_address_is_fetched_at_the_address_that_was_checked(
    resolver, tls, certificate, monkeypatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    async def main():
        sink = Memory()
        async with Server(always(whole(FILE)), tls) as cdn:
            url = f"https://cdn.test:{cdn.port}/clip.mp4"
            await download(url, sink, own_origin="https://api.test", auth=AUTH)
        return sink, cdn

    sink, cdn = asyncio.run(main())
    assert sink.data == FILE
    assert resolver == ["cdn.test"]  # once: what was checked is what was connected to
    assert cdn.requests[0].headers["host"] == f"cdn.test:{cdn.port}"
    assert "authorization" not in cdn.requests[0].headers


def test_a_name_that_moves_inside_later_is_refused(resolver, tls, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    async def main():
        # The connection closes, so that the second download has to resolve again: to a private
        # address, which the first time was passed off as public.
        async with Server(always(whole(FILE[:500]), close=True), tls) as cdn:
            url = f"https://cdn.test:{cdn.port}/clip.mp4"
            await download(url, Memory(), own_origin="https://api.test")
            with pytest.raises(InvalidVideoError, match="not public"):
                await download(url, Memory(), own_origin="https://api.test")
            return cdn.connections

    assert asyncio.run(main()) == 1
    assert resolver == ["cdn.test", "cdn.test"]


def test_the_certificate_of_another_origin_is_verified(resolver, tls):
    async def main():
        async with Server(always(whole(FILE)), tls) as cdn:
            url = f"https://cdn.test:{cdn.port}/clip.mp4"
            rules = Rules(pace=0, tries=1)
            with pytest.raises(NetworkError, match="certificate"):
                await download(url, Memory(), own_origin="https://api.test", rules=rules)
            return cdn.requests

    assert asyncio.run(main()) == []


def test_behind_a_proxy_the_proxy_resolves(resolver, monkeypatch):
    async def main():
        async with Server(always(head(200)), None) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            with pytest.raises(NetworkError):
                # It says yes to CONNECT and then speaks no TLS: enough to see what it was asked.
                await download(
                    "https://cdn.test/clip.mp4",
                    Memory(),
                    own_origin="https://api.test",
                    rules=Rules(window=0.5, pace=0, tries=1),
                )
            return proxy.requests[0]

    request = asyncio.run(main())
    assert (request.method, request.target) == ("CONNECT", "cdn.test:443")
    assert resolver == []
