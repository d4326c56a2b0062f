"""The one place where HTTP clients are made: a set for each event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 60.0  # without a byte in either direction
API_CONNECTIONS = 8  # callers gate at 4; the pool slows down when many requests wait in it
DOWNLOAD_CONNECTIONS = 4  # more were slower, measured
# Polls are up to ten seconds apart; a handshake for each would cost more than the poll.
KEEPALIVE_SECONDS = 30.0
# Servers close idle connections after some seconds, so that one used a moment ago is safe.
FRESH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Clients:
    api: httpx.AsyncClient
    fresh: httpx.AsyncClient
    download: httpx.AsyncClient
    lifetime: AsyncGenerator[None, None]


_of_loops: dict[asyncio.AbstractEventLoop, _Clients] = {}


def api_client(*, fresh: bool = False) -> httpx.AsyncClient:
    """Give the running loop's client for a provider's API. It carries no credentials of its own.

    Args:
        fresh: never use a connection that was idle. For a call that must not be repeated: one
            that the server is just closing would swallow it, or its answer.
    """
    clients = _clients()
    return clients.fresh if fresh else clients.api


def download_client() -> httpx.AsyncClient:
    """Give the running loop's client for files: no credentials, and public addresses only.

    A request with the extension ``transport.vetted.TRUSTED`` may go to any address.
    """
    return _clients().download


async def close_clients() -> None:
    """Close the running loop's clients; the next use makes new ones."""
    clients = _of_loops.get(asyncio.get_running_loop())
    if clients is not None:
        await clients.lifetime.aclose()


def _clients() -> _Clients:
    loop = asyncio.get_running_loop()
    clients = _of_loops.get(loop)
    if clients is None:
        for other in list(_of_loops):
            if other.is_closed():
                _of_loops.pop(other, None)
        clients = _of_loops[loop] = _make()
        _begin(clients.lifetime)
    return clients


def _make() -> _Clients:
    import httpx

    from llmkit_jupyter.transport.auth import keep_out_of_logs
    from llmkit_jupyter.transport.vetted import DownloadTransport, environment_mounts

    keep_out_of_logs()
    # Reading the certificates takes tens of milliseconds: once for all clients of the loop.
    tls = httpx.create_ssl_context()
    common: dict[str, Any] = {
        "verify": tls,
        "headers": {"User-Agent": f"llmkit-jupyter/{_version()}", "Accept-Encoding": "identity"},
        "timeout": httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS, pool=None),
        "follow_redirects": False,
    }

    def api(idle: float) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=API_CONNECTIONS, keepalive_expiry=idle)
        return httpx.AsyncClient(limits=limits, cookies=_no_cookies(), **common)

    files = httpx.Limits(max_connections=DOWNLOAD_CONNECTIONS, keepalive_expiry=KEEPALIVE_SECONDS)
    download = httpx.AsyncClient(
        transport=DownloadTransport(tls, files),
        # A client with a transport of its own does not look for proxies.
        mounts=environment_mounts(tls, files),
        cookies=_no_cookies(),
        **common,
    )
    plain, fresh = api(KEEPALIVE_SECONDS), api(FRESH_SECONDS)
    return _Clients(plain, fresh, download, _lifetime(plain, fresh, download))


async def _lifetime(*clients: httpx.AsyncClient) -> AsyncGenerator[None, None]:
    """Close the clients when the loop ends: ``asyncio.run`` closes every generator begun in it."""
    loop = asyncio.get_running_loop()
    try:
        yield
    finally:
        _of_loops.pop(loop, None)
        for client in clients:
            await client.aclose()


def _begin(generator: AsyncGenerator[None, None]) -> None:
    # Its first step waits for nothing, so it can be taken without being in a coroutine.
    try:
        generator.__anext__().send(None)  # type: ignore[attr-defined]
    except StopIteration:
        return


def _no_cookies() -> Any:
    from http.cookiejar import CookieJar, DefaultCookiePolicy

    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("llmkit-jupyter")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "0"
