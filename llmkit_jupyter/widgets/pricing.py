"""What a form's request would cost, and how long it would take: asked aside, shown when known."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from llmkit_jupyter.caution import heard
from llmkit_jupyter.client import LLMKitClient
from llmkit_jupyter.errors import InvalidRequestError, LLMKitError
from llmkit_jupyter.notebook.wording import money, seconds
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.widgets.base import in_background
from llmkit_jupyter.widgets.form import in_words, place_of

SETTLED = 0.4  # seconds without a change, before a service is asked
REFUSED = 10.0  # seconds that a no holds; then the next change of the form asks again

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Estimate:
    """Price and time in words; empty where nothing is known."""

    cost: str = ""
    time: str = ""
    problems: Mapping[str, str] = field(default_factory=dict[str, str])
    """A service's own no: a sentence, by the field that it is about."""
    until: float = math.inf
    """On the monotonic clock. What is in the way now, such as a network that is down, may end."""


_Asked = tuple[VideoGenerationRequest, int]


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
        self._wanted: _Asked | None = None
        self._news = threading.Event()
        self._asking = False
        self._known: dict[_Asked, Estimate] = {}

    def of(self, request: VideoGenerationRequest, count: int) -> Estimate:
        """Give what is known by now, and ask for what is not. Never waits."""
        with self._lock:
            # A no may well be about the words.
            known = self._known.get(_kind((request, count))) or self._known.get((request, count))
            if known is not None and time.monotonic() < known.until:
                return known
            self._wanted = (request, count)
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
        try:
            self._answer()
        except BaseException:
            # Somebody who watches the form has failed; the next form gets its price all the same.
            with self._lock:
                self._asking = False
            raise

    def _answer(self) -> None:
        while True:
            self._news.clear()
            if self._news.wait(SETTLED):
                continue  # the form goes on changing
            with self._lock:
                asked, self._wanted = self._wanted, None
                if asked is None:
                    self._asking = False
                    return
            estimate = self._ask(*asked)
            with self._lock:
                if len(self._known) >= 200:
                    self._known.clear()
                self._known[asked if estimate.problems else _kind(asked)] = estimate
            try:
                self._told()
            except Exception:  # noqa: BLE001 - whatever an observer of the user's own may raise
                # The next question is to be asked all the same.
                _log.exception("a price could not be told")

    def _ask(self, request: VideoGenerationRequest, count: int) -> Estimate:
        with heard(_log.info):  # said when a video is really made
            try:
                price = self._client.estimate(request)
                usual = self._client.expected(request)
            except InvalidRequestError as error:
                return Estimate(problems={place_of(error): in_words(error)})
            except LLMKitError as error:
                return Estimate(problems={"form": str(error)}, until=time.monotonic() + REFUSED)
            except Exception:  # noqa: BLE001 - a provider from elsewhere may raise anything
                _log.exception("no price")
                return Estimate()
        if price is None:
            cost = "price not known beforehand"
        elif price == 0:
            # What a machine of one's own costs nobody tells.
            cost = "free" if self._client.makes_here(request) else ""
        else:
            cost = f"about {money(price * count)}"
        return Estimate(cost, f"about {seconds(usual)}" if usual else "")


def _kind(asked: _Asked) -> _Asked:
    """Give what a price depends on: neither the words nor the seed."""
    request, count = asked
    return replace(request, prompt="-", seed=None, negative_prompt=None), count
