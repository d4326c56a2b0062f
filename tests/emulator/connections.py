"""The TCP connections under the requests, for faults that HTTP servers take pains to avoid."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

_open: dict[Any, asyncio.Transport] = {}
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class WatchedProtocol(AutoHTTPProtocol):
    """uvicorn's protocol; remembers each connection's transport by the client's address."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        both_ends = "peername", "sockname"  # a client's port may serve for both of ours
        self._watched = tuple(transport.get_extra_info(end) for end in both_ends)
        _open[self._watched] = transport
        # Else a small answer waits for the client's delayed acknowledgement, some 40 ms.
        raw = transport.get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        _open.pop(self._watched, None)
        super().connection_lost(exc)


def transport_of(scope: dict[str, Any]) -> asyncio.Transport:
    return _open[tuple(scope["client"]), tuple(scope["server"])]


async def reset(scope: dict[str, Any], receive: Any) -> None:
    """End the connection with a TCP reset."""
    transport = transport_of(scope)
    raw = transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
    await until_closed(receive)


async def write(scope: dict[str, Any], receive: Any, *parts: bytes) -> None:
    """Send bytes as they are, past all checks, and close in good order."""
    transport = transport_of(scope)
    for part in parts:
        transport.write(part)
    transport.close()
    await until_closed(receive)


async def until_closed(receive: Any) -> None:
    """Wait for the end of the connection, that uvicorn may not answer in our place."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def finish_sending(scope: dict[str, Any]) -> None:
    """Wait until the client could read what was written: a reset would throw the rest away."""
    transport = transport_of(scope)
    for _ in range(1000):
        if not transport.get_write_buffer_size():
            break
        await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)


async def write_for_ever(
    scope: dict[str, Any], receive: Any, start: list[bytes], more: bytes
) -> int:
    """Send the start, then the same bytes again and again until the client goes away."""
    transport = transport_of(scope)
    gone = asyncio.ensure_future(until_closed(receive))
    for part in start:
        transport.write(part)
    sent = sum(len(part) for part in start)
    while not gone.done():
        if transport.get_write_buffer_size() < 4 * len(more):
            transport.write(more)
            sent += len(more)
        await asyncio.sleep(0)
    return sent
