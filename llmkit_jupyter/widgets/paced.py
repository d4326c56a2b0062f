"""Work that is asked for often and done at a bounded rate, the last time for good."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from llmkit_jupyter.widgets.base import in_background


class Paced:
    """Does something soon after it was asked for, once for all who ask meanwhile.

    Args:
        work: what is done, on a thread of its own.
        gap: gives the seconds that have to lie between two beginnings; asked anew at each request,
            so that it may become shorter while it is waited for.
    """

    def __init__(self, work: Callable[[], object], gap: Callable[[], float]) -> None:
        self._work = work
        self._gap = gap
        self._asked = threading.Condition()
        self._wanted = False
        self._runs = False
        self._ended = False
        self._last = float("-inf")

    def wake(self) -> None:
        """Ask for it. Quick, from any thread."""
        with self._asked:
            if self._ended:
                return
            self._wanted = True
            self._asked.notify()
            if self._runs:
                return
            self._runs = True
        in_background(self._run)

    def end(self) -> None:
        """Begin nothing any more."""
        with self._asked:
            self._ended = True
            self._asked.notify()

    def _run(self) -> None:
        try:
            while self._next():
                self._work()
        finally:
            with self._asked:
                self._runs = False
                again = self._wanted
            if again:
                self.wake()  # the work has failed, or was asked for just now

    def _next(self) -> bool:
        """Wait until it is time, and tell whether there is anything to do."""
        with self._asked:
            while self._wanted and not self._ended:
                wait = self._last + self._gap() - time.monotonic()
                if wait <= 0:
                    self._wanted = False
                    self._last = time.monotonic()
                    return True
                self._asked.wait(wait)
            return False
