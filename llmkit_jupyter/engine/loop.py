"""The background event loop: one daemon thread per process, started on first use.

Everything that waits for a provider happens here, so that neither a blocked cell nor the
kernel's own event loop can hold a job up, and no job can hold up a cell.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import os
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
SLICE = 0.25
"""Seconds of a wait, after which interrupts are looked for."""


class BackgroundLoop:
    """An asyncio loop in a daemon thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="llmkit-loop", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    @property
    def inside(self) -> bool:
        """Whether the caller is on the loop's thread, where waiting for it would never end."""
        return threading.current_thread() is self._thread

    def run(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Start a coroutine on the loop; from any thread."""
        return _in_empty_context(asyncio.run_coroutine_threadsafe, work, self._loop)

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop and wait for its result.

        Raises:
            RuntimeError: called on the loop's own thread.
        """
        if self.inside:
            work.close()
            raise RuntimeError("the background loop cannot wait for itself; await instead")
        found = self.run(work)
        while not found.done():
            # In slices: a long wait for a lock now and then misses an interrupt.
            concurrent.futures.wait((found,), SLICE)
        return found.result()


def _in_empty_context(function: Callable[..., T], *arguments: Any) -> T:
    # asyncio copies the caller's context into callbacks and tasks. A cell's context must not
    # come along: recent ipykernels drop display updates that carry the context of another cell.
    return contextvars.Context().run(function, *arguments)


_lock = threading.Lock()
_shared: BackgroundLoop | None = None


def shared() -> BackgroundLoop:
    """Give the process's loop, starting it on first use."""
    global _shared  # noqa: PLW0603 - one per process is the point
    with _lock:
        if _shared is None:
            _shared = BackgroundLoop()
        return _shared


def _after_fork() -> None:
    # Threads do not survive a fork; the child starts its own loop when it needs one.
    global _lock, _shared  # noqa: PLW0603
    _lock = threading.Lock()
    _shared = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
