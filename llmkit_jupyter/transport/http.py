"""Calls to a provider's API: JSON there and back, bounded in size and time, errors in plain words.

Nothing is repeated here; ``retry.decide`` says when that is right.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from llmkit_jupyter.errors import LLMKitError, NetworkError, ServerError
from llmkit_jupyter.transport.answers import MAX_BODY, Answer, beginning, parse, shown, unpack
from llmkit_jupyter.transport.auth import BearerAuth, redact
from llmkit_jupyter.transport.clients import (
    CONNECT_SECONDS,
    SILENCE_SECONDS,
    api_client,
    close_clients,
    download_client,
)
from llmkit_jupyter.transport.failures import explain, place
from llmkit_jupyter.transport.retry import retry_after

if TYPE_CHECKING:
    import httpx

__all__ = [
    "MAX_BODY",
    "Answer",
    "BearerAuth",
    "api_client",
    "close_clients",
    "download_client",
    "get_json",
    "post_json",
    "redact",
    "request_json",
]

DEADLINE = 60.0  # seconds for a whole call; a read timeout alone never ends a trickle of bytes
NOT_MODIFIED = 304  # the one status from 300 to 399 that leads nowhere
_THREAD_BYTES = 256 * 1024  # longer bodies are read off the loop


async def post_json(
    url: str,
    payload: object,
    *,
    auth: BearerAuth | None = None,
    headers: Mapping[str, str] | None = None,
    limit: int = MAX_BODY,
    deadline: float = DEADLINE,
    fresh: bool = False,
) -> Answer:
    """Send JSON and read the answer; see ``request_json``."""
    return await request_json(
        "POST",
        url,
        payload=payload,
        auth=auth,
        headers=headers,
        limit=limit,
        deadline=deadline,
        fresh=fresh,
    )


async def get_json(
    url: str,
    *,
    auth: BearerAuth | None = None,
    headers: Mapping[str, str] | None = None,
    limit: int = MAX_BODY,
    deadline: float = DEADLINE,
) -> Answer:
    """Ask for JSON; see ``request_json``."""
    return await request_json(
        "GET", url, auth=auth, headers=headers, limit=limit, deadline=deadline
    )


async def request_json(
    method: Literal["GET", "POST", "DELETE"],
    url: str,
    *,
    payload: object = None,
    auth: BearerAuth | None = None,
    headers: Mapping[str, str] | None = None,
    limit: int = MAX_BODY,
    deadline: float = DEADLINE,
    fresh: bool = False,
) -> Answer:
    """Send one request and read its answer, whatever the status.

    Args:
        method: the HTTP method.
        url: a full address at the provider's own origin.
        payload: the body: bytes as they are, anything else becomes JSON.
        auth: puts the key into this request, and takes it out of the answer.
        headers: further headers; a ``Content-Type`` replaces that of JSON.
        limit: bytes of body, decoded, that are read at most.
        deadline: seconds for the whole call.
        fresh: on a connection that was not idle, for a call that must not be repeated.

    Raises:
        UntrustedServerError: the server's certificate cannot be verified.
        NetworkError: no answer came, or not all of it. The request may have arrived.
        ServerError: a redirect; those are not followed, because the key would go along.
    """
    import httpx

    content = _content(payload)
    kind = {} if content is None else {"Content-Type": "application/json"}
    answer: Answer | NetworkError
    client = api_client(fresh=fresh)
    try:
        async with asyncio.timeout(deadline):
            silence = httpx.Timeout(max(deadline, SILENCE_SECONDS), connect=CONNECT_SECONDS)
            request = client.build_request(
                method,
                url,
                content=content,
                headers={"Accept": "application/json", **kind, **(headers or {})},
                timeout=silence,
            )
            answer = await _exchange(client, request, auth, limit)
    except LLMKitError:
        raise
    except Exception as error:  # noqa: BLE001 - also what a logger of somebody's raises in between
        # Whatever it is, the request may have left, which decides about money.
        answer = explain(error, url)
    if isinstance(answer, NetworkError):
        # Outside of the handler, so that the frames below do not hang on: they hold the headers.
        raise answer
    return answer


async def _exchange(
    client: httpx.AsyncClient, request: httpx.Request, auth: BearerAuth | None, limit: int
) -> Answer:
    response = await client.send(request, auth=auth, stream=True)
    try:
        if 300 <= response.status_code < 400 and response.status_code != NOT_MODIFIED:
            raise _redirected(request, response)
        data, problem = await _read(response, limit)
    finally:
        await response.aclose()
    if len(data) > _THREAD_BYTES:
        data, body, problem = await asyncio.to_thread(_digest, data, problem, auth)
    else:
        data, body, problem = _digest(data, problem, auth)
    return Answer(
        status=response.status_code,
        headers=response.headers,
        body=body,
        excerpt=shown(beginning(data)),
        problem=problem,
        retry_after=retry_after(response.headers, time.time()),
    )


def _digest(
    data: bytes, problem: str | None, auth: BearerAuth | None
) -> tuple[bytes, Any, str | None]:
    """Give a body without the key, what it says, and what is wrong with it."""
    if auth is not None:
        data = auth.redact(data)
    body: Any = None
    if problem is None:
        body, problem = parse(data)
    return data, body, problem


async def _read(response: httpx.Response, limit: int) -> tuple[bytes, str | None]:
    data = bytearray()
    async for chunk in response.aiter_raw():
        data += chunk
        if len(data) > limit:
            return bytes(data[:limit]), "too large"
    return unpack(bytes(data), response.headers.get("content-encoding", "").lower(), limit)


def _redirected(request: httpx.Request, response: httpx.Response) -> ServerError:
    where = str(request.url.join(response.headers.get("location", "")))
    return ServerError(
        f"{place(str(request.url))} redirects to {place(where)}. That is not followed, because "
        "the key would go along; if it is right, set that address as the provider's.",
        status=response.status_code,
    )


def _content(payload: object) -> bytes | None:
    if payload is None or isinstance(payload, bytes):
        return payload
    return json.dumps(payload, allow_nan=False).encode()
