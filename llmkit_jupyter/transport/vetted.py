"""The connections of downloads: to public addresses only, checked where the connection is made.

Imported lazily, since it loads ``httpx``. Resolving, checking and connecting are one step: a name
that resolves differently a moment later (DNS rebinding) gains nothing by it.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Generator, Iterable
from typing import Any, cast
from urllib.request import getproxies

import httpcore
import httpx

from llmkit_jupyter.transport import origins

TRUSTED = "llmkit_trusted"
"""Request extension: the provider's own origin, which may be at any address."""
_ATTEMPT_SECONDS = 3.0  # for each address but the last


class DownloadTransport(httpx.AsyncBaseTransport):
    """Sends trusted requests anywhere, all others to public addresses only."""

    def __init__(self, tls: ssl.SSLContext, limits: httpx.Limits) -> None:
        self._trusted = httpx.AsyncHTTPTransport(verify=tls, limits=limits)
        # Pools of their own: a connection that was made without the check is never used again
        # for a request that needs it.
        self._vetted = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=_VettingBackend(),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        if request.extensions.get(TRUSTED) is True:
            return await self._trusted.handle_async_request(request)
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        with _as_httpx():
            response = await self._vetted.handle_async_request(
                httpcore.Request(
                    request.method,
                    url,
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Stream(response),
            extensions=cast("dict[str, Any]", response.extensions),  # pyright: ignore[reportUnknownMemberType]
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._trusted.aclose()
        await self._vetted.aclose()


class _Stream(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx():
            async for part in self._response.aiter_stream():
                yield part

    async def aclose(self) -> None:
        await self._response.aclose()


class _VettingBackend(httpcore.AsyncNetworkBackend):
    def __init__(self) -> None:
        self._plain = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                addresses = await origins.public_addresses(host, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout("DNS") from error
        except socket.gaierror as error:
            raise httpcore.ConnectError("DNS") from error
        for number, address in enumerate(addresses, 1):
            last = number == len(addresses)
            # One address family may be a dead end on this network.
            limit = timeout if last or timeout is None else min(timeout, _ATTEMPT_SECONDS)
            try:
                return await self._plain.connect_tcp(
                    address, port, limit, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if last:
                    raise
        raise httpcore.ConnectError("no address")


@contextlib.contextmanager
def _as_httpx() -> Generator[None]:
    """Raise httpx's error of the same name for httpcore's, as httpx's own transport does."""
    try:
        yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
        httpcore.UnsupportedProtocol,
    ) as error:
        raise getattr(httpx, type(error).__name__, httpx.TransportError)(str(error)) from error


def environment_mounts(
    tls: ssl.SSLContext, limits: httpx.Limits
) -> dict[str, httpx.AsyncBaseTransport | None]:
    """Give a proxy's transport for each URL pattern that the environment has one for."""
    return {
        pattern: httpx.AsyncHTTPTransport(verify=tls, limits=limits, proxy=proxy) if proxy else None
        for pattern, proxy in environment_proxies().items()
    }


def environment_proxies() -> dict[str, str | None]:
    """Read ``HTTP_PROXY`` and its kin by httpx's rules, which it keeps to itself.

    Returns:
        URL pattern -> proxy, or ``None`` where no proxy is to be used.
    """
    found = getproxies()
    hosts = [host.strip() for host in found.get("no", "").split(",")]
    if "*" in hosts:
        return {}
    proxies: dict[str, str | None] = {
        f"{scheme}://": found[scheme] if "://" in found[scheme] else f"http://{found[scheme]}"
        for scheme in ("http", "https", "all")
        if found.get(scheme)
    }
    for host in filter(None, hosts):
        if "://" in host:
            proxies[host] = None
            continue
        address = origins.literal(host.split("/")[0])
        if address is None:
            star = "" if host.lower() == "localhost" else "*"
            proxies[f"all://{star}{host}"] = None
        else:
            proxies[f"all://{host if address.version == 4 else f'[{host}]'}"] = None
    return proxies
