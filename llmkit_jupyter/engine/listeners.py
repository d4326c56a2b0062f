"""Who wants to hear of something, from whatever thread they say so."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

_log = logging.getLogger(__name__)


class Listeners:
    """Functions that are called when something has happened; they must be quick, and not wait."""

    def __init__(self) -> None:
        self._listeners: dict[object, Callable[[], object]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._listeners)

    def add(self, listener: Callable[[], object]) -> Callable[[], None]:
        """Have a function called from now on; gives the way out."""
        key = object()
        with self._lock:
            self._listeners[key] = listener

        def stop() -> None:
            with self._lock:
                self._listeners.pop(key, None)

        return stop

    def tell(self) -> None:
        """Call all of them; one that fails takes nothing else along."""
        with self._lock:
            listeners = list(self._listeners.values())
        for listener in listeners:
            try:
                listener()
            except Exception:  # noqa: BLE001 - a display that fails must not take jobs with it
                _log.exception("a listener failed")
