"""Work that is done for the latest wish alone, one at a time, on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from llmkit_jupyter.widgets.base import in_background

Newest = Callable[[], bool]


class Latest:
    """Calling it never waits; what is wished for meanwhile has the work done once more.

    Args:
        work: is given a function that tells whether nothing was wished for since it began.
        settled: seconds without a wish before it begins.
    """

    def __init__(self, work: Callable[[Newest], object], *, settled: float = 0.0) -> None:
        self._work = work
        self._settled = settled
        self._lock = threading.Lock()
        self._wish = 0
        self._done = 0
        self._busy = False
        self._news = threading.Event()

    def __call__(self) -> None:
        """Wish for it."""
        with self._lock:
            self._wish += 1
            self._news.set()
            if self._busy:
                return
            self._busy = True
        in_background(self._run)

    def now(self) -> None:
        """Do it in this thread, and wait for it; what a thread of its own is at is old then."""
        with self._lock:
            self._wish += 1
            wish = self._wish
        self._do(wish)

    def _run(self) -> None:
        while True:
            self._news.clear()
            if self._settled and self._news.wait(self._settled):
                continue
            with self._lock:
                wish = self._wish
                if wish == self._done:
                    self._busy = False
                    return
            try:
                self._do(wish)
            except BaseException:
                # The next wish is heard all the same.
                with self._lock:
                    self._busy = False
                raise

    def _do(self, wish: int) -> None:
        self._work(lambda: wish == self._wish)
        with self._lock:
            self._done = max(self._done, wish)
