from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest

from llmkit_jupyter.settings import Secret
from llmkit_jupyter.transport.dresses import _finder, redact

CANARY = "canary-4f/9a+7c=Secret"
SECRET = Secret(CANARY)


def coded(data: str) -> str:
    return base64.b64encode(data.encode()).decode()


DRESSES = {
    "as it is": CANARY,
    "upper case": CANARY.upper(),
    "lower case": CANARY.lower(),
    "in an address": quote(CANARY, safe=""),
    "in a path": quote(CANARY),
    "in an address, lower case": quote(CANARY, safe="").lower(),
    "in an address inside of another": quote(quote(CANARY, safe=""), safe=""),
    "every character in an address": "".join(f"%{ord(c):02X}" for c in CANARY),
    "in JSON": CANARY.replace("/", "\\/"),
    "in JSON by numbers": "".join(f"\\u{ord(c):04X}" for c in CANARY),
    "some in JSON by numbers": CANARY.replace("/", "\\u002f").replace("+", "\\u002B"),
    "in JSON by numbers, inside of JSON": CANARY.replace("/", "\\\\u002f"),
    "in JSON inside of JSON": json.dumps(CANARY.replace("/", "\\/"))[1:-1],
    "on a page": CANARY.replace("/", "&#x2F;").replace("+", "&#43;").replace("=", "&#061;"),
    "on a page by names": CANARY.replace("/", "&sol;").replace("+", "&plus;"),
    "hexadecimal": CANARY.encode().hex(),
    "hexadecimal, upper case": CANARY.encode().hex().upper(),
    **{f"base64 after {n}": coded("u" * n + CANARY + "tail") for n in range(3)},
    "base64 alone": coded(CANARY),
    "base64 in an address": quote(coded("?~" + CANARY), safe=""),
    "base64 in JSON": coded("?~" + CANARY).replace("/", "\\/"),
    "base64 for addresses": base64.urlsafe_b64encode(b"?~" + CANARY.encode()).decode(),
}


@pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES)
def test_a_key_is_found_in_each_of_its_dresses(dress: str):
    shown = redact(f"<{dress}|{dress}>".encode(), SECRET)
    assert shown.count(b"[key]") == 2
    # A few characters at either end of base64 belong to the neighbours too.
    assert len(shown) <= len("<[key]|[key]>") + 24
    assert redact(shown, SECRET) == shown


@pytest.mark.parametrize(
    "key", ['one"two/three', "a\\b\\c\\d", "<key> & 'more'", "%25%2525%", "...."]
)
def test_keys_of_odd_characters(key: str):
    secret = Secret(key)
    dresses = [key, json.dumps(key)[1:-1], quote(key, safe=""), html.escape(key), quote_plus(key)]
    for dress in (*dresses, repr(key.encode())[2:-1]):
        if "+" in dress and " " in key:
            continue
        assert redact(f"<{dress}>".encode(), secret) == b"<[key]>", dress
    assert json.loads(redact(json.dumps([key]).encode(), secret)) == ["[key]"]


def test_what_is_no_key_stays():
    for text in ("", "cat", "canary-4f/9a+7c=Secre", "canary 4f/9a+7c=Secret", "%63%61"):
        assert redact(text.encode(), SECRET) == text.encode()
    assert redact(b"cat", Secret("a")) == b"cat"
    assert redact(b"\xff\xc3\xa9", Secret("\xe9\xe9\xe9\xe9")) == b"\xff\xc3\xa9"


def test_what_looks_for_a_key_shows_none():
    assert "canary" not in repr(_finder(SECRET))
