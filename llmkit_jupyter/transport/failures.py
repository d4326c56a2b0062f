"""Says in plain words what went wrong on the way, without keys, queries or foreign text."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import cast
from urllib.parse import urlsplit

from llmkit_jupyter.errors import NetworkError, UnreachableError, UntrustedServerError, shorten

_CAUSES: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "its name could not be resolved (DNS)"),
    (ConnectionRefusedError, "the connection was refused"),
    (ConnectionResetError, "the connection was reset"),
    (BrokenPipeError, "the connection was reset"),
    (ssl.SSLError, "no secure connection (TLS) could be made"),
)
_NAMES = {
    "ConnectTimeout": "no connection was made in time",
    "ReadTimeout": "nothing came for too long",
    "WriteTimeout": "nothing could be sent for too long",
    "PoolTimeout": "no connection became free in time",
    "ProxyError": "the proxy refused the connection",
    "RemoteProtocolError": "the connection broke off, or the answer was not HTTP",
    "LocalProtocolError": "the request could not be put into HTTP",
    "ReadError": "the connection broke off",
    "WriteError": "the connection broke off",
    "CloseError": "the connection broke off",
}

# Without a connection nothing was sent.
_BEFORE = {"ConnectError", "ConnectTimeout", "PoolTimeout"}


def place(url: str) -> str:
    """Give the host of an address, with its port: all of it that may be shown."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "the server"
    return shorten(f"{host}{port}").strip("'\"") if host.isprintable() and host else "the server"


def explain(error: BaseException, url: str) -> NetworkError:
    """Turn what ``httpx`` raised into our error.

    The cause is named, not attached: its frames hold the request with its headers, and a verbose
    traceback would show the key.
    """
    host = place(url)
    for cause in _chain(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return UntrustedServerError(
                f"The certificate of {host} could not be verified: {cause.verify_message}. "
                "Behind a company proxy, SSL_CERT_FILE names its certificates."
            )
    kind = UnreachableError if type(error).__name__ in _BEFORE else NetworkError
    return kind(f"{host} could not be reached: {_reason(error)}")


def _reason(error: BaseException) -> str:
    for cause in _chain(error):
        for kind, words in _CAUSES:
            if isinstance(cause, kind):
                return words
    if isinstance(error, TimeoutError):
        return "the answer did not come in time"
    name = type(error).__name__
    return _NAMES.get(name, f"the connection failed ({name})")


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        cause = waiting.pop()
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [cause.__context__, cause.__cause__]
        if isinstance(cause, BaseExceptionGroup):
            waiting += cast("BaseExceptionGroup[BaseException]", cause).exceptions
