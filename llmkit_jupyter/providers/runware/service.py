"""One HTTP request to Runware: an array of tasks there, an envelope back."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llmkit_jupyter.errors import ServerError
from llmkit_jupyter.providers.runware import envelope as envelopes
from llmkit_jupyter.providers.runware.envelope import Envelope
from llmkit_jupyter.providers.runware.faults import (
    by_status,
    category_of,
    to_error,
    wrong_address,
)
from llmkit_jupyter.settings import Secret
from llmkit_jupyter.transport import http

DEADLINE = 60.0  # seconds for one request
IN_FLIGHT = 4  # requests at once; the service asks for a steady few instead of hundreds
FOR_ALL_BUT_POLLS = 3  # of them: submissions that hang must not hold up the news of other jobs
DRY_RUN = {"X-Runware-Dry-Run": "1"}
_NOT_HERE = (404, 405, 410, 501)
# What such a fault says without naming a task holds for every task of the request.
_FOR_ALL = ("auth", "permission", "quota", "rate")


@dataclass(frozen=True, slots=True)
class Reply:
    """An envelope, the HTTP status that it came with, and the wait that was asked for."""

    envelope: Envelope
    status: int
    retry_after: float | None = None


class Service:
    """The address and the key. On the loop thread only.

    Raises, from every method: ``LLMKitError`` where the answer as a whole is a failure.
    """

    def __init__(self, url: str, key: Secret) -> None:
        self.url = url
        self._key = key

    async def send(
        self,
        tasks: Sequence[Mapping[str, Any]],
        *,
        headers: Mapping[str, str] | None = None,
        polls: bool = False,
    ) -> Reply:
        """Send an array of tasks.

        Args:
            tasks: of one kind.
            headers: beside the usual ones.
            polls: goes past submissions that wait.
        """
        payload = json.dumps(list(tasks), ensure_ascii=False).encode()
        gate = _gate(self.url)
        async with contextlib.AsyncExitStack() as places:
            if not polls:
                await places.enter_async_context(gate.others)
            await places.enter_async_context(gate.all)
            answer = await self._post(payload, headers)
        retry_after, excerpt = answer.retry_after, answer.excerpt
        envelope = envelopes.read(answer.body)
        if envelope is None:
            if answer.status < 400:
                what = answer.problem or "something else"
                raise by_status(answer.status, f"instead of an answer came {what}: {excerpt}")
            raise by_status(answer.status, excerpt, retry_after=retry_after)
        for fault in envelope.loose:
            if category_of(fault.code, answer.status) in _FOR_ALL and not envelope.items:
                raise to_error(fault, status=answer.status, retry_after=retry_after)
        faults = (*envelope.loose, *envelope.faults.values())
        if not envelope.items and (answer.status in (408, 429) or answer.status >= 500):
            fault = faults[0] if faults else None
            raise by_status(answer.status, excerpt, retry_after=retry_after, fault=fault)
        if answer.status >= 400 and not (envelope.items or faults or envelope.others):
            raise by_status(answer.status, excerpt, retry_after=retry_after)
        return Reply(envelope, answer.status, retry_after)

    async def _post(self, payload: bytes, headers: Mapping[str, str] | None) -> http.Answer:
        try:
            answer = await http.post_json(
                self.url,
                payload,
                auth=http.BearerAuth(self._key),
                headers=headers,
                deadline=DEADLINE,
            )
        except ServerError as error:
            if error.status is not None and 300 <= error.status < 400:
                raise wrong_address(error.status, str(error)) from None
            raise
        if answer.status in _NOT_HERE and envelopes.read(answer.body) is None:
            said = f"{self.url} answers with HTTP status {answer.status}"
            raise wrong_address(answer.status, f"{said}, so the service is not there.")
        return answer


class _Gate:
    """Lets a few requests through, for all clients of an address in this process."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.all = asyncio.Semaphore(IN_FLIGHT)
        self.others = asyncio.Semaphore(FOR_ALL_BUT_POLLS)


_gates: dict[str, _Gate] = {}


def _gate(url: str) -> _Gate:
    known = _gates.get(url)
    # After a fork there is another loop.
    if known is None or known.loop is not asyncio.get_running_loop():
        known = _gates[url] = _Gate()
    return known
