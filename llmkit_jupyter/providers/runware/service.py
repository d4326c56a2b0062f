"""One HTTP request to Runware: an array of tasks there, an envelope back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llmkit_jupyter.providers.runware import envelope as envelopes
from llmkit_jupyter.providers.runware.envelope import Envelope
from llmkit_jupyter.providers.runware.faults import by_status, category_of, to_error
from llmkit_jupyter.settings import Secret
from llmkit_jupyter.transport import http

DEADLINE = 60.0  # seconds for one request
IN_FLIGHT = 4  # requests at once; the service asks for a steady few instead of hundreds
DRY_RUN = {"X-Runware-Dry-Run": "1"}
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
        self, tasks: Sequence[Mapping[str, Any]], *, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Send an array of tasks."""
        payload = json.dumps(list(tasks), ensure_ascii=False).encode()
        async with _gate(self.url):
            answer = await http.post_json(
                self.url,
                payload,
                auth=http.BearerAuth(self._key),
                headers=headers,
                deadline=DEADLINE,
            )
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


_gates: dict[str, tuple[asyncio.AbstractEventLoop, asyncio.Semaphore]] = {}


def _gate(url: str) -> asyncio.Semaphore:
    """Give what lets a few requests through, for all clients of an address in this process."""
    loop = asyncio.get_running_loop()
    known = _gates.get(url)
    if known is None or known[0] is not loop:
        known = _gates[url] = (loop, asyncio.Semaphore(IN_FLIGHT))
    return known[1]
