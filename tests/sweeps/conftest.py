"""A provider whose jobs end when a test says so, a client of it, and what a test waits for."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from llmkit_jupyter import LLMKitClient, Sweep
from llmkit_jupyter.errors import GenerationFailedError
from llmkit_jupyter.providers.base import Ticket, Update
from tests.engine.waiting import until
from tests.scripted import ScriptedProvider


class Held(ScriptedProvider):
    """Makes videos only as far as it is let; counts what is under way."""

    def __init__(self, video: bytes) -> None:
        super().__init__(video=video, price=0.1, on_poll=self._look)
        self.lock = threading.Lock()
        self.open = True
        self.may_end: set[str] = set()
        self.failing: set[str] = set()
        self.ended: set[str] = set()
        self.most = 0
        self.batches: list[int] = []

    async def submit(self, submissions):
        self.batches.append(len(submissions))
        found = await super().submit(submissions)
        self.most = max(self.most, len(self.submitted) - len(self.ended))
        return found

    def let(self, count: int) -> None:
        """Let the next so many end."""
        with self.lock:
            left = [one for one in self.submitted if one not in self.may_end]
            self.may_end.update(left[:count])

    def _look(self, ticket: Ticket) -> Update:
        with self.lock:
            if not self.open and ticket.task_id not in self.may_end:
                return Update(ticket=ticket, state="processing")
            self.ended.add(ticket.task_id)
        if ticket.task_id in self.failing:
            error = GenerationFailedError("It did not work.")
            return Update(ticket=ticket, state="failed", error=error)
        return Update(ticket=ticket, state="succeeded", cost=0.05, video_url="https://x.test/v.mp4")


def until_sent(found: Sweep, provider: Held, count: int) -> None:
    """Wait until so many rows were handed over, and the sweep knows their jobs."""
    until(lambda: len(provider.submitted) == count == len(found.jobs))


@pytest.fixture
def provider(video_bytes: bytes) -> Iterator[Held]:
    made = Held(video_bytes)
    yield made
    made.open = True


@pytest.fixture
def client(provider: Held) -> LLMKitClient:
    return LLMKitClient(provider)
