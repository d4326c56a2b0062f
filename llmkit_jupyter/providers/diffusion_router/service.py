"""One HTTP request to a server: its address, its key, and a few requests at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import quote

from llmkit_jupyter.errors import LLMKitError, NetworkError, ServerError
from llmkit_jupyter.providers.diffusion_router import complaints
from llmkit_jupyter.providers.diffusion_router.faults import (
    NAME,
    no_answer,
    no_json,
    redirected,
    refused,
)
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.settings import Secret
from llmkit_jupyter.transport import http
from llmkit_jupyter.transport.answers import MAX_BODY, Answer
from llmkit_jupyter.transport.retry import parse_retry_after

DEADLINE = 60.0  # seconds for one request
LARGEST = 256 * 2**20  # bytes of an answer that may hold the video itself
LONG = 3600.0  # for one that is answered with the finished video
# Requests at once, each on a connection of its own. With the four for files they are eight, and
# submissions that hang do not hold up the news of other jobs.
SUBMITTING = 2
ASKING = 2
WAITING = 4  # for the video itself, where that is the answer
# LiteLLM sends a submission three times where the server behind it stumbles: thrice the work, and
# perhaps thrice the price. Others do not know the header.
_ONCE = {"x-litellm-num-retries": "0"}


class Service:
    """The address and the key. On the loop thread only.

    Raises, from every method: ``NetworkError`` where no answer came.
    """

    def __init__(self, url: str, key: Secret | None) -> None:
        self.url = url
        self.auth = None if key is None else http.BearerAuth(key)

    def address(self, *parts: str) -> str:
        """Give the address of a path below ``/v1``; ids may hold anything."""
        return "/".join((self.url, "v1", *(quote(part, safe="") for part in parts)))

    async def ask(self, path: str, *, deadline: float = DEADLINE) -> Answer:
        """Read something: an address below the server's own."""
        return await self._send("GET", path, _gate(self.url).asking, deadline=deadline)

    async def delete(self, path: str) -> Answer:
        """Delete something."""
        return await self._send("DELETE", path, _gate(self.url).asking)

    async def post(
        self,
        path: str,
        content: bytes,
        kind: str,
        *,
        synchronous: bool = False,
        begun: asyncio.Event | None = None,
    ) -> Answer:
        """Submit something, which is never repeated by itself.

        Args:
            path: an address below the server's own.
            content: the body.
            kind: its ``Content-Type``.
            synchronous: the answer is the video itself and comes after minutes.
            begun: set when it is sent.
        """
        gate = _gate(self.url)
        return await self._send(
            "POST",
            path,
            gate.waiting if synchronous else gate.submitting,
            content=content,
            headers={"Content-Type": kind, **_ONCE},
            deadline=LONG if synchronous else DEADLINE,
            limit=LARGEST,
            begun=begun,
        )

    async def _send(
        self,
        method: Literal["GET", "POST", "DELETE"],
        path: str,
        gate: asyncio.Semaphore,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        deadline: float = DEADLINE,
        limit: int = MAX_BODY,
        begun: asyncio.Event | None = None,
    ) -> Answer:
        try:
            async with gate:
                if begun is not None:
                    begun.set()
                answer = await http.request_json(
                    method,
                    path,
                    payload=content,
                    auth=self.auth,
                    headers=headers,
                    limit=limit,
                    deadline=deadline,
                    fresh=method == "POST",
                )
            _gate(self.url).answered = True
            return _with_wait(answer)
        except NetworkError as error:
            told: LLMKitError = no_answer(error, self.url, known=_gate(self.url).answered)
        except ServerError as error:
            told = redirected(error, self.url)
            if error.status == 303 and method == "POST":
                # "See there" for what was made.
                told = ServerError(str(told), status=303, provider=NAME)
            if self.auth is not None:
                told.message = self.auth.redact(str(told).encode()).decode()
        # Outside of the handler: what it was made from may hold the key's header.
        raise told

    def check(self, answer: Answer) -> None:
        """Refuse an answer that is not JSON under a good status.

        Raises:
            LLMKitError: says what it is.
        """
        if answer.ok:
            return
        if 200 <= answer.status < 300:
            raise no_json(answer, self.url)
        raise self.refusal(answer)

    def refusal(
        self,
        answer: Answer,
        request: VideoGenerationRequest | None = None,
        sent: Mapping[str, Any] | None = None,
    ) -> LLMKitError:
        """Give the error for an answer under a bad status.

        Args:
            answer: of the server.
            request: that was refused, for the field's value.
            sent: the fields of its body.
        """
        return refused(
            answer,
            complaints.read(answer),
            self.url,
            with_key=self.auth is not None,
            request=request,
            sent=sent,
        )


def _with_wait(answer: Answer) -> Answer:
    """Read the wait that a server behind LiteLLM asked for, and OpenAI's hint for polls."""
    if answer.retry_after is not None:
        return answer
    wait = parse_retry_after(answer.headers.get("llm_provider-retry-after"), time.time())
    hint = parse_retry_after(answer.headers.get("openai-poll-after-ms"), time.time())
    if wait is None and hint is not None:
        wait = hint / 1000
    return answer if wait is None else replace(answer, retry_after=wait)


class _Gate:
    """Lets a few requests through, for all clients of an address in this process."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.submitting = asyncio.Semaphore(SUBMITTING)
        self.asking = asyncio.Semaphore(ASKING)
        self.waiting = asyncio.Semaphore(WAITING)
        self.answered = False
        """Whether anything there has ever answered in HTTP."""


_gates: dict[str, _Gate] = {}


def _gate(url: str) -> _Gate:
    known = _gates.get(url)
    # After a fork there is another loop.
    if known is None or known.loop is not asyncio.get_running_loop():
        known = _gates[url] = _Gate()
    return known
