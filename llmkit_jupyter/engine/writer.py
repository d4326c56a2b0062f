"""One thread that owns the journal's connection.

SQLite commits take a millisecond and, when another kernel writes, up to the busy timeout: too
long for an event loop. Work that queued up meanwhile is committed together.
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from llmkit_jupyter.errors import JournalError

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], Any]


class Writer:
    """Runs functions over one SQLite connection, one after the other, in its own thread."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._queue: queue.SimpleQueue[tuple[Work, Future[Any]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def submit(self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Queue a function; its changes are committed before the future has its result."""
        future: Future[T] = Future()
        # Nobody can cancel it: work in the queue is done, or fails, but never half.
        future.set_running_or_notify_cancel()
        with self._lock:
            if self._thread is None:
                # A queue of its own: what comes after a close must not wake the old thread.
                self._queue = queue.SimpleQueue()
                self._thread = threading.Thread(
                    target=self._run, args=(self._queue,), name="llmkit-journal", daemon=True
                )
                self._thread.start()
            self._queue.put((work, future))
        return future

    def close(self) -> None:
        """Finish what is queued and close the file."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is not None:
                self._queue.put(None)
        if thread is not None:
            thread.join()

    def _run(self, waiting: queue.SimpleQueue[tuple[Work, Future[Any]] | None]) -> None:
        connection: sqlite3.Connection | None = None
        open_ = True
        while open_:
            batch = [waiting.get()]
            while not waiting.empty():
                batch.append(waiting.get())
            open_ = None not in batch
            items = [item for item in batch if item is not None]
            try:
                if connection is None and items:
                    connection = self._connect()
            except Exception as error:  # noqa: BLE001 - goes to every caller
                for _, future in items:
                    future.set_exception(_wrapped(error))
                continue
            if connection is not None and items:
                _commit_together(connection, items)
        if connection is not None:
            connection.close()


def _commit_together(connection: sqlite3.Connection, items: list[tuple[Work, Future[Any]]]) -> None:
    outcomes: list[tuple[Future[Any], Any, Exception | None]] = []
    try:
        connection.execute("BEGIN IMMEDIATE")
        for work, future in items:
            connection.execute("SAVEPOINT item")
            try:
                outcomes.append((future, work(connection), None))
            except Exception as error:  # noqa: BLE001 - each caller gets its own
                connection.execute("ROLLBACK TO item")
                outcomes.append((future, None, error))
            connection.execute("RELEASE item")
        connection.execute("COMMIT")
    except Exception as error:  # noqa: BLE001 - goes to every caller
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        for _, future in items:
            future.set_exception(_wrapped(error))
        return
    for future, result, error in outcomes:
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(_wrapped(error))


def _wrapped(error: Exception) -> Exception:
    if isinstance(error, (sqlite3.Error, OSError)):
        wrapped = JournalError(f"The journal of jobs cannot be used: {error}")
        wrapped.__cause__ = error
        return wrapped
    return error
