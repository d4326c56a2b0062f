"""What a form's request would cost, and how long it would take: asked aside, shown when known."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from llmkit_jupyter.caution import heard
from llmkit_jupyter.client import LLMKitClient
from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.notebook.wording import money, seconds
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.widgets.base import in_background

SETTLED = 0.4  # seconds without a change, before a service is asked

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Price and time in words; empty where nothing is known. ``refusal`` is a service's own no."""

    cost: str = ""
    time: str = ""
    refusal: str = ""


class Pricing:
    """Asks for prices, one question at a time, the latest form's first.

    Args:
        client: is asked.
        told: is called, on a thread of its own, when an answer has come.
    """

    def __init__(self, client: LLMKitClient, told: Callable[[], None]) -> None:
        self._client = client
        self._told = told
        self._lock = threading.Lock()
        self._wanted: tuple[VideoGenerationRequest, int] | None = None
        self._news = threading.Event()
        self._asking = False
        self._known: dict[tuple[VideoGenerationRequest, int], Estimate] = {}

    def of(self, request: VideoGenerationRequest, count: int) -> Estimate:
        """Give what is known by now, and ask for what is not. Never waits."""
        # Neither words nor seed change a price.
        key = (replace(request, prompt="-", seed=None, negative_prompt=None), count)
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                return known
            self._wanted = key
            self._news.set()
            if not self._asking:
                self._asking = True
                in_background(self._work)
        return Estimate()

    def forget(self) -> None:
        """Ask again from now on: a job has ended, and taught how long such jobs take."""
        with self._lock:
            self._known.clear()

    def _work(self) -> None:
        while True:
            self._news.clear()
            if self._news.wait(SETTLED):
                continue  # the form goes on changing
            with self._lock:
                key, self._wanted = self._wanted, None
                if key is None:
                    self._asking = False
                    return
            estimate = self._ask(*key)
            with self._lock:
                if len(self._known) >= 200:
                    self._known.clear()
                self._known[key] = estimate
            self._told()

    def _ask(self, request: VideoGenerationRequest, count: int) -> Estimate:
        with heard(_log.info):  # said when a video is really made
            try:
                price = self._client.estimate(request)
                usual = self._client.expected(request)
            except LLMKitError as error:
                return Estimate(refusal=str(error))
            except Exception:  # noqa: BLE001 - a provider from elsewhere may raise anything
                _log.exception("no price")
                return Estimate()
        if price is None:
            cost = "price not known beforehand"
        elif price == 0:
            cost = "free"
        else:
            cost = f"about {money(price * count)}"
        return Estimate(cost, f"about {seconds(usual)}" if usual else "")
