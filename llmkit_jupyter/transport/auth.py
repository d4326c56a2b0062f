"""How a request carries its key, and how a key is kept out of what comes back and of logs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from llmkit_jupyter.errors import ConfigurationError
from llmkit_jupyter.settings import Secret
from llmkit_jupyter.transport.dresses import redact

if TYPE_CHECKING:
    import httpx

__all__ = ["BearerAuth", "keep_out_of_logs", "redact"]

_LOGGERS = (
    "httpx",
    *("httpcore", "httpcore.connection", "httpcore.http11", "httpcore.http2"),
    *("httpcore.proxy", "httpcore.socks"),
)
"""By name, since what a logger hands to those above it does not pass their filters."""
_MOST_KEYS = 64
_used: dict[Secret, None] = {}
"""Keys that this process has sent, the latest last."""


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
        if secret not in _used:
            _used[secret] = None
            if len(_used) > _MOST_KEYS:
                _used.pop(next(iter(_used)), None)

    def __call__(self, request: httpx.Request) -> httpx.Request:
        """Put the key into the request's header."""
        request.headers["Authorization"] = f"Bearer {self._secret.reveal()}"
        return request

    def __repr__(self) -> str:
        return "BearerAuth(***)"

    def redact(self, data: bytes) -> bytes:
        """Take the key out of an answer's body; see ``redact``."""
        return redact(data, self._secret)


def keep_out_of_logs() -> None:
    """Take the keys that were sent out of what the HTTP libraries log.

    At the level DEBUG they log the headers of answers, and a server may repeat the key there, or
    in the address of a redirect, which is logged when it is followed.
    """
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_filter)


class _KeyFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage().encode(errors="backslashreplace")
        shown = said
        for secret in list(_used):
            shown = redact(shown, secret)
        if shown is not said:
            record.msg, record.args = shown.decode(), None
        return True


_filter = _KeyFilter()
