"""Fetches one file: bounded, resumed after a cut, and with the key only where it belongs."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from llmkit_jupyter.errors import (
    InvalidVideoError,
    LLMKitError,
    NetworkError,
    RateLimitError,
    ServerError,
    VideoTooLargeError,
)
from llmkit_jupyter.transport import retry
from llmkit_jupyter.transport.answers import LOOK, beginning, shown
from llmkit_jupyter.transport.arrival import (
    Arrival,
    Rate,
    compression,
    is_markup,
    refusal,
    text_type,
)
from llmkit_jupyter.transport.auth import BearerAuth
from llmkit_jupyter.transport.clients import CONNECT_SECONDS, download_client
from llmkit_jupyter.transport.container import LOOK as BEGINNING
from llmkit_jupyter.transport.container import looks_like_video
from llmkit_jupyter.transport.failures import explain, place
from llmkit_jupyter.transport.origins import Origin, check_url

if TYPE_CHECKING:
    import httpx

SIZE_LIMIT = 2 * 2**30  # bytes
TRIES = 5  # in a row without a new byte
MAX_HOPS = 5
BLOCK = 2**20  # bytes a write: each is a hop to another thread
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Sink(Protocol):
    """Where a video's bytes go."""

    async def write(self, data: bytes) -> None:
        """Take the next bytes of the file, in order."""
        ...

    async def restart(self) -> None:
        """Forget everything written: the file comes again from its first byte."""
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """What a download may cost before it is broken off."""

    size_limit: int = SIZE_LIMIT
    """Bytes."""
    tries: int = TRIES
    """Failures in a row; a try that brought new bytes starts the count again."""
    window: float = 60.0
    """Seconds of silence, of waiting for the headers, or over which the rate is measured."""
    minimum_rate: float = 1000.0
    """Bytes a second; less counts as a cut."""
    patience: float = 3600.0
    """Seconds for everything; after that the next failure is final."""
    pace: float = 1.0
    """Factor on the pauses between tries."""
    allow_private: bool = False
    """Fetch from any address, for installations on own premises."""


async def download(
    url: str,
    sink: Sink,
    *,
    own_origin: str,
    auth: BearerAuth | None = None,
    rules: Rules | None = None,
) -> int:
    """Write the file at an address into a sink; gives its size in bytes.

    Args:
        url: where the provider says that the file is.
        sink: takes the bytes, about one megabyte at a time.
        own_origin: an address of the provider. It may be private, and only it gets ``auth``.
        auth: the key, where the provider wants it for files too.
        rules: limits of size, time and number of tries.

    Raises:
        ResultExpiredError: the server says that the file is not there.
        AuthenticationError: the provider's own origin refused the key.
        InvalidVideoError: a web page, JSON, a compressed or too large file, a refused address, or
            the server does not give the file to us.
        RateLimitError: asked to wait, time after time.
        ServerError: an HTTP status that tells of a fault, time after time.
        NetworkError: not reached, too slow, or cut off, time after time.
    """
    return await _Download(url, sink, own_origin, auth, rules or Rules()).run()


class _Download:
    def __init__(
        self, url: str, sink: Sink, own_origin: str, auth: BearerAuth | None, rules: Rules
    ) -> None:
        self._url = url
        self._sink = sink
        self._own = Origin.of(own_origin)
        self._auth = auth
        self._rules = rules
        self._arrival = Arrival()

    async def run(self) -> int:
        started = time.monotonic()
        failures = furthest = 0
        while True:
            try:
                await self._attempt()
            except (NetworkError, ServerError, RateLimitError) as error:
                arrival = self._arrival
                # Counted from the furthest byte ever: a server that always breaks off at the same
                # place and cannot resume is not making progress.
                failures = 1 if arrival.received > furthest else failures + 1
                furthest = max(furthest, arrival.received)
                pause = retry.decide(error, failures, reads=True, jitter=random.random())  # noqa: S311
                spent = time.monotonic() - started > self._rules.patience
                if pause is None or spent or failures >= self._rules.tries:
                    raise
                await asyncio.sleep(pause * self._rules.pace)
            else:
                return self._arrival.received

    async def _attempt(self) -> None:
        import httpx

        failure: LLMKitError | None = None
        url = self._url
        try:
            for _ in range(MAX_HOPS + 1):
                async with asyncio.timeout(self._rules.window):
                    response = await self._send(url)
                try:
                    if response.status_code not in _REDIRECTS:
                        await self._take(response)
                        return
                    location = response.headers.get("location", "")
                    url = str(httpx.URL(url).join(location))
                finally:
                    await response.aclose()
        except httpx.InvalidURL:
            failure = InvalidVideoError(f"{place(url)} redirects to what is not an address.")
        except (httpx.HTTPError, httpx.StreamError, TimeoutError) as error:
            failure = explain(error, url)
        # Outside of the handlers: the frames of the HTTP library hold the headers.
        raise failure or InvalidVideoError(f"{place(self._url)} redirects too often.")

    async def _send(self, url: str) -> httpx.Response:
        import httpx

        from llmkit_jupyter.transport.vetted import TRUSTED

        origin = check_url(url, self._own, allow_private=self._rules.allow_private)
        own = origin == self._own
        client = download_client()
        request = client.build_request(
            "GET",
            url,
            headers=self._arrival.range_headers(),
            timeout=httpx.Timeout(self._rules.window, connect=CONNECT_SECONDS, pool=None),
            extensions={TRUSTED: own or self._rules.allow_private},
        )
        return await client.send(request, auth=self._auth if own else None, stream=True)

    async def _take(self, response: httpx.Response) -> None:
        arrival, status = self._arrival, response.status_code
        host = place(str(response.request.url))
        if status == 416 and arrival.is_whole_by(response.headers):
            return
        chunks = response.aiter_raw()
        if status not in (200, 206, 416):
            text = await self._excerpt(chunks)
            keyed = self._auth is not None and Origin.of(str(response.request.url)) == self._own
            raise refusal(status, response.headers, host, text, with_key=keyed)
        if status != 416 and (odd := compression(response.headers)):
            raise InvalidVideoError(f"{host} sent {odd}, no video: {await self._excerpt(chunks)}")
        begun = b""
        goes_on = arrival.continues(status, response.headers)
        first = status != 416 and not (goes_on and arrival.received)
        if first and (kind := text_type(response.headers)):
            # The type may be wrong; what the file begins with is not.
            begun = await self._beginning(chunks)
            if not looks_like_video(begun):
                said = await self._excerpt(chunks, begun)
                raise InvalidVideoError(f"{host} sent {kind}, no video: {said}")
        if not goes_on:
            await self._again()
            if status != 200:
                raise NetworkError(f"{host} has another file there now; starting again.")
        self._arrival.begin(response.headers)
        self._check_size(self._arrival.total or 0)
        await self._stream(_joined(begun, chunks), host)
        if self._arrival.is_short():
            raise NetworkError(
                f"{host} broke off after {self._arrival.received} of {self._arrival.total} bytes."
            )

    async def _stream(self, chunks: AsyncIterator[bytes], host: str) -> None:
        import httpx

        arrival = self._arrival
        block = bytearray()
        rate = Rate(self._rules.window, self._rules.minimum_rate)
        try:
            async for chunk in chunks:
                rate.waited()
                if arrival.received == 0 and is_markup(chunk):
                    text = await self._excerpt(chunks, chunk)
                    raise InvalidVideoError(f"{host} sent a page, no video: {text}")
                arrival.received += len(chunk)
                block += chunk
                self._check_size(arrival.received)
                if len(block) >= BLOCK:
                    # Emptied first: what fails half-way in the sink is not written again below.
                    data, block = bytes(block), bytearray()
                    await self._sink.write(data)
                rate.check(len(chunk), host)
        except (httpx.HTTPError, httpx.StreamError, NetworkError):
            # The next try goes on from here.
            await self._sink.write(bytes(block))
            raise
        if block:
            await self._sink.write(bytes(block))

    async def _again(self) -> None:
        if self._arrival.received:
            await self._sink.restart()
        self._arrival = Arrival()

    def _check_size(self, size: int) -> None:
        if size > self._rules.size_limit:
            raise VideoTooLargeError(
                f"The file is larger than the limit of {self._rules.size_limit} bytes; "
                "download_limit_gb in config.toml sets it."
            )

    async def _beginning(self, chunks: AsyncIterator[bytes]) -> bytes:
        data = b""
        while len(data) < BEGINNING and (chunk := await anext(chunks, None)) is not None:
            data += chunk
        return data

    async def _excerpt(self, chunks: AsyncIterator[bytes], begun: bytes = b"") -> str:
        """Give what an answer says, for people; an unreadable one is as good as an empty one."""
        import httpx

        data = bytearray(begun)
        try:
            async with asyncio.timeout(min(self._rules.window, 5.0)):
                while len(data) < LOOK and (chunk := await anext(chunks, None)) is not None:
                    data += chunk
        except (httpx.HTTPError, httpx.StreamError, TimeoutError):
            pass  # what came until then is shown
        said = bytes(data)
        return shown(beginning(self._auth.redact(said) if self._auth is not None else said))


async def _joined(begun: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if begun:
        yield begun
    async for chunk in chunks:
        yield chunk
