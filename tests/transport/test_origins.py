from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_address

import pytest

from llmkit_jupyter.errors import InvalidVideoError
from llmkit_jupyter.transport import origins
from llmkit_jupyter.transport.origins import Origin, check_url, is_public, public_addresses

OWN = "http://127.0.0.1:8000/v1"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.mp4?signature=x",
        "HTTPS://EXAMPLE.com:443/a.mp4",
        "https://bücher.example/a.mp4",
        "https://8.8.8.8/a.mp4",
        "https://[2606:4700::1111]/a.mp4",
        "http://127.0.0.1:8000/anything",
        "http://127.0.0.1:8000",
    ],
)
def test_what_is_fetched(url: str):
    check_url(url, OWN)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/a.mp4",
        "http://127.0.0.1:8001/a.mp4",
        "https://127.0.0.1:8000/a.mp4",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://127.0.0.1./",
        "https://127%2e0%2e0%2e1/",
        "https://%31%32%37.0.0.1/",
        "https://\uff11\uff12\uff17.0.0.1/",
        "https://127\u30020\u30020\u30021/",
        "https://127.0.0.1%00.example.com/",
        "https://0/",
        "https://example.com./",
        "https://0.0.0.0/",
        "https://10.1.2.3/",
        "https://172.16.0.1/",
        "https://192.168.1.1/",
        "https://100.64.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::127.0.0.1]/",
        "https://[::ffff:0:127.0.0.1]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[fd00:ec2::254]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[64:ff9b:1::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[fe80::1]/",
        "https://[fec0::1]/",
        "https://[fc00::1]/",
        "https://[ff02::1]/",
        "https://user@example.com/",
        "https://user:password@example.com/",
        "https://example.com@127.0.0.1/",
        "http://127.0.0.1:8000@example.com/",
        "https://example.com\\@127.0.0.1/",
        " https://example.com/",
        "https://example.com/\r\nHost: x",
        "https://exam\tple.com/",
        "https://example.com/\u202e4pm.a",
        "https://example.com:99999/",
        "https:///a.mp4",
        "https:example.com",
        "//example.com/a.mp4",
        "/a.mp4",
        "",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "\x01javascript:alert(1)",
        "java\nscript:alert(1)",
        "blob:https://example.com/x",
        "https\t://example.com/",
        "https:/\\example.com/",
        "data:video/mp4;base64,AAAA",
        "ftp://example.com/a.mp4",
        "https://example.com/" + "a" * 10_000,
        "https://[::1",
    ],
)
def test_what_is_refused(url: str):
    with pytest.raises(InvalidVideoError, match="not fetched"):
        check_url(url, OWN)


def test_on_own_premises_any_address_goes_but_still_only_by_http():
    check_url("http://10.0.0.7/a.mp4", OWN, allow_private=True)
    with pytest.raises(InvalidVideoError):
        check_url("file:///etc/passwd", OWN, allow_private=True)


def test_a_refusal_does_not_repeat_what_was_signed():
    with pytest.raises(InvalidVideoError) as caught:
        check_url("http://example.com/a.mp4?signature=canary", OWN)
    assert "canary" not in str(caught.value)
    assert "example.com" in str(caught.value)


def test_origins_are_compared_by_what_they_mean():
    assert Origin.of("https://API.example.com") == Origin.of("https://api.example.com:443/v1?x")
    assert Origin.of("https://bücher.example") == Origin.of("https://xn--bcher-kva.example")
    assert Origin.of("http://a.example") != Origin.of("https://a.example")
    assert Origin.of("https://a.example") != Origin.of("https://b.a.example")


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("64:ff9b::a00:1", False),
        ("::1", False),
        ("2002:808:808::", True),
        ("2002:a00:1::", False),
        ("::ffff:0:7f00:1", False),
        ("2001:0:7f00:1::", False),
        ("240.0.0.1", False),
        ("192.0.0.1", False),
    ],
)
def test_public_addresses(address: str, public):
    assert is_public(ip_address(address)) == public


def test_one_private_answer_among_public_ones_is_enough_to_refuse(monkeypatch):
    answers = ["8.8.8.8"]

    async def lookup(_host, _port):
        return answers

    monkeypatch.setattr(origins, "lookup", lookup)
    assert asyncio.run(public_addresses("rebinding.test", 443)) == ["8.8.8.8"]
    for bad in ("127.0.0.1", "169.254.169.254", "fe80::1%eth0", "::ffff:10.0.0.1"):
        answers[1:] = [bad]
        with pytest.raises(InvalidVideoError, match="not public"):
            asyncio.run(public_addresses("rebinding.test", 443))


def test_the_system_resolver_is_asked():
    assert asyncio.run(origins.lookup("127.1", 80)) == ["127.0.0.1"]
    with pytest.raises(socket.gaierror):
        asyncio.run(origins.lookup("nowhere.invalid", 80))
