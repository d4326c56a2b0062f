"""What requests would cost: asked of the provider, else learned from the journal."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Sequence
from dataclasses import replace

from llmkit_jupyter.engine.choosing import Checked
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.errors import (
    AuthenticationError,
    ContentFilteredError,
    InsufficientCreditError,
    InvalidRequestError,
    WrongAddressError,
)
from llmkit_jupyter.providers.base import Provider
from llmkit_jupyter.request import VideoGenerationRequest

AT_ONCE = 4  # questions to one provider
PATIENCE = 10.0  # seconds for one answer: somebody is waiting to submit
FRESH = 600.0  # seconds that an answer holds
REMEMBERED = 1000  # answers

# The provider would not take the request: better told before anything is recorded.
_REFUSALS = (
    AuthenticationError,
    ContentFilteredError,
    InsufficientCreditError,
    InvalidRequestError,
    WrongAddressError,
)
_log = logging.getLogger(__name__)

_Key = tuple[str, str, VideoGenerationRequest]


class Prices:
    """The prices that providers told, remembered for ten minutes."""

    def __init__(self) -> None:
        self._told: dict[_Key, tuple[float, float | None]] = {}

    async def of(self, checked: Sequence[Checked], journal: Journal) -> list[float | None]:
        """Give the price of each request in US dollars; ``None`` where nobody knows it.

        Requests that differ in prompt and seed alone are asked for once.

        Raises:
            LLMKitError: a provider would refuse one of them.
        """
        keys = [_key(provider, sent) for provider, sent in checked]
        groups = dict(zip(keys, checked, strict=True))
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(key: _Key, provider: Provider, sent: VideoGenerationRequest) -> float | None:
            async with gate:
                price = await self._price(key, provider, sent)
            if price is None:
                price = await asyncio.wrap_future(journal.price(provider.name, sent))
            return price

        # All are awaited, so that no question goes on behind an error.
        answers = await asyncio.gather(
            *(one(key, *group) for key, group in groups.items()), return_exceptions=True
        )
        prices: dict[_Key, float | None] = {}
        for key, answer in zip(groups, answers, strict=True):
            if isinstance(answer, BaseException):
                raise answer
            prices[key] = answer
        return [prices[key] for key in keys]

    async def _price(
        self, key: _Key, provider: Provider, sent: VideoGenerationRequest
    ) -> float | None:
        if not provider.paid:
            return 0.0
        now = time.monotonic()
        at, price = self._told.get(key, (-math.inf, None))
        if now - at < FRESH:
            return price
        try:
            async with asyncio.timeout(PATIENCE):
                price = await provider.estimate(sent)
        except _REFUSALS:
            raise
        except Exception as error:  # noqa: BLE001 - a provider from elsewhere may raise anything
            # A price that cannot be asked for now is unknown, and asked for again next time.
            _log.info("%s gave no price: %s", provider.name, error or type(error).__name__)
            return None
        if price is not None and not (math.isfinite(price) and price >= 0):
            _log.warning("%s gave %r as a price", provider.name, price)
            price = None
        if len(self._told) >= REMEMBERED:
            self._told.clear()
        self._told[key] = (now, price)
        return price


def _key(provider: Provider, sent: VideoGenerationRequest) -> _Key:
    # A picture counts as what it is, without being kept.
    image = None if sent.image is None else f"{len(sent.image)}:{hash(sent.image)}"
    same = replace(sent, prompt="-", seed=None, image=image)
    return provider.name, provider.endpoint, same
