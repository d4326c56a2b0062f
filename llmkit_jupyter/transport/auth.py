"""How a request carries its key, and how a key is taken out of what came back."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from llmkit_jupyter.errors import ConfigurationError
from llmkit_jupyter.settings import Secret

if TYPE_CHECKING:
    import httpx

HIDDEN = b"[key]"


class BearerAuth:
    """Authentication for one request: ``httpx`` calls it when the request goes out.

    The key is revealed only while the header is set, and stands in no variable: a traceback that
    shows variables has nothing to show.

    Raises:
        ConfigurationError: the key holds a line break, say.
    """

    __slots__ = ("_secret",)

    def __init__(self, secret: Secret) -> None:
        # The HTTP library would refuse it too, and log the whole header.
        if not (secret.reveal().isascii() and secret.reveal().isprintable()):
            raise ConfigurationError("The key holds a character that no header can carry.")
        self._secret = secret

    def __call__(self, request: httpx.Request) -> httpx.Request:
        """Put the key into the request's header."""
        request.headers["Authorization"] = f"Bearer {self._secret.reveal()}"
        return request

    def __repr__(self) -> str:
        return "BearerAuth(***)"

    def redact(self, data: bytes) -> bytes:
        """Take the key out of an answer's body; see ``redact``."""
        return redact(data, self._secret)


def redact(data: bytes, secret: Secret) -> bytes:
    """Replace a key in a body from outside: as it is, URL-encoded, in base64, and inside JSON.

    Before it is cut or taken apart: a part of the key would not be recognised as one.
    """
    for form in _forms(secret):
        data = data.replace(form.encode(), HIDDEN)
    return data


def _forms(secret: Secret) -> list[str]:
    key = secret.reveal()
    if len(key) < 4:
        return []  # no key is that short, and a text would be left in shreds
    forms = {key, quote(key, safe=""), quote(key)}
    # Inside JSON; some writers escape the slash as well.
    inside = json.dumps(key)[1:-1]
    forms |= {inside, inside.replace("/", "\\/")}
    if len(key) >= 8:
        # Inside a longer text, such as "user:key", base64 looks different at each of three shifts;
        # the characters at both ends depend on the neighbours and are left out.
        for shift in range(3):
            coded = base64.b64encode(b"\0" * shift + key.encode()).decode().rstrip("=")
            core = coded[(0, 2, 3)[shift] : len(coded) - (1 if (shift + len(key)) % 3 else 0)]
            forms |= {core, core.replace("+", "-").replace("/", "_")}
    return sorted(forms, key=len, reverse=True)
