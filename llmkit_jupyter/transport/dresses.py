"""The forms in which a key comes back from outside, and how it is found in them."""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from html.entities import html5

from llmkit_jupyter.settings import Secret

HIDDEN = b"[key]"
_SHORTEST = 4  # no key is that short, and a text would be left in shreds
_SHORTEST_CODED = 8
_URL_SAFE = {"+": "-", "/": "_"}
_NAMES = {
    character: name.removesuffix(";")
    for name, character in html5.items()
    if len(character) == 1 and character.isascii()
}


def redact(data: bytes, secret: Secret) -> bytes:
    """Replace a key in a body from outside, whatever it is dressed in.

    As it is, in other letter case, as an escape of URLs (once or twice), of JSON or of HTML, all
    of it or some of its characters; in hexadecimal digits and in base64.

    Before the body is cut or taken apart: a part of the key would not be recognised as one.
    """
    return _finder(secret).hide(data)


class _Finder:
    """What finds one key. Its patterns hold the key, so that it has no telling ``repr``."""

    __slots__ = ("_patterns",)

    def __init__(self, secret: Secret) -> None:
        self._patterns = tuple(re.compile(form.encode()) for form in _forms(secret))

    def __repr__(self) -> str:
        return "_Finder(***)"

    def hide(self, data: bytes) -> bytes:
        """Replace the key."""
        # Several times quicker than a search that ignores case, and as long as the original.
        lower = data.lower()
        for pattern in self._patterns:
            places = [found.span() for found in pattern.finditer(lower)]
            if places:
                data = _without(data, places)
                lower = data.lower()
        return data


_finder = lru_cache(maxsize=64)(_Finder)


def _without(data: bytes, places: list[tuple[int, int]]) -> bytes:
    parts: list[bytes] = []
    end = 0
    for start, stop in places:
        parts += [data[end:start], HIDDEN]
        end = stop
    return b"".join([*parts, data[end:]])


def _forms(secret: Secret) -> list[str]:
    """Give patterns, in lower case."""
    key = secret.reveal()
    if len(key) < _SHORTEST or not key.isascii():  # the latter is never sent
        return []
    forms = ["".join(map(_dressed, key))]
    if len(key) >= _SHORTEST_CODED:
        forms.append(key.encode().hex())
        # Inside a longer text, such as "user:key", base64 looks different at each of three shifts;
        # the characters at both ends depend on the neighbours and are left out.
        for shift in range(3):
            coded = base64.b64encode(b"\0" * shift + key.encode()).decode().rstrip("=")
            core = coded[(0, 2, 3)[shift] : len(coded) - (1 if (shift + len(key)) % 3 else 0)]
            forms.append("".join(c.lower() if c.isalnum() else _dressed(c) for c in core))
    return forms


def _dressed(character: str) -> str:
    """Give a pattern for all that may stand for one ASCII character."""
    spelt: list[str] = []
    for each in {character, character.lower(), _URL_SAFE.get(character, character)}:
        number = f"{ord(each):02x}"
        # JSON inside of JSON has more backslashes.
        spelt += [f"%(?:25)?{number}", rf"\\\\{{0,3}}u00{number}"]
        spelt += [f"&#0{{0,5}}{ord(each)};?", f"&#x0{{0,5}}{number};?"]
        spelt += [f"&{_NAMES[each].lower()};"] if each in _NAMES else []
        spelt += [rf"\\\\{{0,3}}{re.escape(each)}"] if not each.isalnum() else []
        # Last, as it may be the beginning of another.
        spelt.append(re.escape(each.lower()))
    return f"(?:{'|'.join(spelt)})"
