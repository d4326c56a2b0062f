"""Lets submissions out one after the other, as many at once as the provider likes."""

from __future__ import annotations

import asyncio
from collections import deque

from llmkit_jupyter.providers.base import Provider

LOOK_SECONDS = 0.5  # between two looks whether the provider likes more


class Turns:
    """``async with turns:`` around each; on the loop thread only. Who came first goes first."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._out = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> None:
        if not self._waiting and self._is_free():
            self._out += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._look_later()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._give_back()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._give_back()

    def _give_back(self) -> None:
        self._out -= 1
        self._let_out()

    def _let_out(self) -> None:
        while self._waiting and self._is_free():
            turn = self._waiting.popleft()
            if not turn.done():
                self._out += 1
                turn.set_result(None)

    def _is_free(self) -> bool:
        most = self._provider.submit_at_once
        return most is None or self._out < most

    def _look_later(self) -> None:
        # What the provider likes changes by itself as well.
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        self._timer = None
        self._let_out()
        if self._waiting:
            self._look_later()
