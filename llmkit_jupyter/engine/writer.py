"""One thread that owns the journal's connection.

SQLite commits take a millisecond and, when another kernel writes, up to the busy timeout: too
long for an event loop. Work that queued up meanwhile is committed together.
"""

from __future__ import annotations

import errno
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from llmkit_jupyter.engine.opening import identity
from llmkit_jupyter.errors import JournalError

T = TypeVar("T")
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""What the operating system says where a disk, or somebody's share of it, is full."""
Work = Callable[[sqlite3.Connection], Any]


class Writer:
    """Runs functions over one SQLite connection, one after the other, in its own thread.

    Args:
        path: of the journal, for messages.
        connect: opens it.
    """

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection]) -> None:
        self._path = path
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
        opened: tuple[int, int] | None = None
        open_ = True
        while open_:
            batch = [waiting.get()]
            while not waiting.empty():
                batch.append(waiting.get())
            open_ = None not in batch
            items = [item for item in batch if item is not None]
            if connection is not None and self._is_replaced(opened):
                connection.close()
                connection = None
            try:
                if connection is None and items:
                    # One that is made only now looks replaced the next time, and is opened again:
                    # which file it was can be told only before.
                    opened = identity(self._path)
                    connection = self._connect()
            except Exception as error:  # noqa: BLE001 - goes to every caller
                for _, future in items:
                    future.set_exception(self._wrapped(error))
                continue
            if connection is not None and items:
                try:
                    self._commit_together(connection, items)
                except sqlite3.Error:
                    # What was begun could not even be taken back; closing does that.
                    connection.close()
                    connection = None
        if connection is not None:
            connection.close()

    def _is_replaced(self, opened: tuple[int, int] | None) -> bool:
        """Whether another kernel has set the open file aside, and begun a new one."""
        there = identity(self._path)
        return there is not None and there != opened

    def _commit_together(
        self, connection: sqlite3.Connection, items: list[tuple[Work, Future[Any]]]
    ) -> None:
        outcomes: list[tuple[Future[Any], Any, Exception | None]] = []
        try:
            connection.execute("BEGIN IMMEDIATE")
            for work, future in items:
                connection.execute("SAVEPOINT item")
                try:
                    outcomes.append((future, work(connection), None))
                except Exception as error:
                    if not connection.in_transaction:
                        # SQLite has taken all of it back, as it does where a disk is full.
                        raise
                    connection.execute("ROLLBACK TO item")
                    outcomes.append((future, None, error))
                connection.execute("RELEASE item")
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - goes to every caller
            for _, future in items:
                future.set_exception(self._wrapped(error))
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            return
        for future, result, error in outcomes:
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(self._wrapped(error))

    def _wrapped(self, error: Exception) -> Exception:
        if isinstance(error, (sqlite3.Error, OSError)):
            wrapped = JournalError(
                f"The journal of jobs {self._path} cannot be used: {error}.{_advice(error)}"
            )
            wrapped.__cause__ = error
            return wrapped
        return error


_ROOM = "Make room on that disk, or set LLMKIT_HOME to a folder on another one and restart."
_FOLDER = "Make its folder writable, or set LLMKIT_HOME to another one and restart."
_ADVICE = {
    sqlite3.SQLITE_FULL: _ROOM,
    sqlite3.SQLITE_IOERR: f"The disk is full, or gone. {_ROOM}",
    sqlite3.SQLITE_READONLY: _FOLDER,
    sqlite3.SQLITE_READONLY_DBMOVED: "It was moved or deleted: put it back, or restart.",
    sqlite3.SQLITE_CANTOPEN: _FOLDER,
    sqlite3.SQLITE_BUSY: "Another program holds it; try again.",
    sqlite3.SQLITE_CORRUPT: "It is damaged: after a restart it is set aside, and a new one begun.",
}


def _advice(error: Exception) -> str:
    """Say what a person can do about it."""
    code = getattr(error, "sqlite_errorcode", 0)
    if isinstance(error, OSError):
        code = sqlite3.SQLITE_FULL if error.errno in NO_ROOM else sqlite3.SQLITE_CANTOPEN
    # The lower byte is the kind, what is above it the details.
    advice = _ADVICE.get(code) or _ADVICE.get(code & 0xFF)
    return f" {advice}" if advice else ""
