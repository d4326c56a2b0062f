"""Named moments of a job's life at which a process can be made to die, as by SIGKILL.

The package knows nothing of them: they are found where the engine meets the database, the network
and the disk, so that they stay true however its inside is arranged. Only doomed processes load
this module.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from llmkit_jupyter.engine import library
from llmkit_jupyter.providers.runware.service import DRY_RUN

POINTS = (
    # The job is written down, not yet told to anybody.
    "record:before-commit",
    "record:after-commit",
    # That it is about to be sent is written down.
    "intent:before-commit",
    "intent:after-commit",
    "submission:before-send",
    "submission:after-send",
    "submission:after-answer",
    # That the provider has taken it is written down.
    "accepted:before-commit",
    "accepted:within-commit",
    "accepted:after-commit",
    "poll:after-send",
    "poll:after-answer",
    # That the video is made is written down.
    "made:before-commit",
    "made:after-commit",
    "file:after-send",
    "file:mid-body",
    "file:before-fsync",
    "file:after-fsync",
    "file:after-rename",
    # That the video is in the library is written down.
    "end:before-commit",
    "end:after-commit",
)
_PHASES = {"submitting": "intent", "generating": "accepted", "downloading": "made", "done": "end"}
_HTTP = {
    "http11.send_request_headers.started": "before-send",
    "http11.receive_response_headers.started": "after-send",
    "http11.receive_response_body.complete": "after-answer",
}
_passed: Counter[str] = Counter()
_transaction = threading.RLock()
_armed: tuple[str, int, int] | None = None


def arm(point: str, at: int = 1, how: int = signal.SIGKILL) -> None:
    """Have this process die when it comes to a point for the first, second, ... time.

    Args:
        point: one of ``POINTS``.
        at: which one.
        how: ``SIGSTOP`` lets it stand still instead.
    """
    global _armed  # noqa: PLW0603 - one process, one death
    if point not in POINTS:
        raise ValueError(f"no point {point!r}")
    _armed = (point, at, how)
    _mark_database()
    _mark_network()
    _mark_disk()


def _reached(point: str) -> None:
    _passed[point] += 1
    if _armed is not None and _armed[:2] == (point, _passed[point]):
        # Who stands still inside a transaction holds everybody up, as with any SQLite file.
        with _transaction if _armed[2] == signal.SIGSTOP else nullcontext():
            os.kill(os.getpid(), _armed[2])
            # Another thread may be the one that gets the signal, a moment later.
            time.sleep(0.1)


def cut_off(execute: Callable[[str], object]) -> None:
    """Leave a transaction as one looks that dies within its commit: half of it in the file.

    SQLite writes pages early where they have no room in its memory. The rest is in a rollback
    journal, which whoever opens the file for writing next must apply.
    """
    execute("PRAGMA cache_size = 1")
    execute(
        "CREATE TABLE half AS WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n "
        "LIMIT 100) SELECT randomblob(4000) FROM n"
    )


class _Marked(sqlite3.Connection):
    """Tells when jobs are committed, by what was written about them."""

    _kinds: frozenset[str] = frozenset()

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        if sql.startswith("UPDATE jobs SET task_id") and isinstance(parameters, Mapping):
            self._kinds |= {_PHASES.get(parameters["phase"], "")}
        if sql == "BEGIN IMMEDIATE":
            _transaction.acquire()
        if sql == "ROLLBACK":
            _transaction.release()
        if sql != "COMMIT":
            return super().execute(sql, parameters)
        kinds, self._kinds = self._kinds, frozenset()
        for kind in kinds:
            _reached(f"{kind}:before-commit")
            within = f"{kind}:within-commit"
            if _armed is not None and _armed[:2] == (within, _passed[within] + 1):
                cut_off(super().execute)
            _reached(within)
        done = super().execute(sql)
        _transaction.release()
        for kind in kinds:
            _reached(f"{kind}:after-commit")
        return done

    def executemany(self, sql: str, parameters: Any, /) -> sqlite3.Cursor:
        if sql.startswith("INSERT INTO jobs"):
            self._kinds |= {"record"}
        return super().executemany(sql, parameters)


def _mark_database() -> None:
    sqlite3.connect = partial(sqlite3.connect, factory=_Marked)


def _mark_network() -> None:
    send = httpx.AsyncClient.send

    async def traced(self: httpx.AsyncClient, request: httpx.Request, **more: Any) -> Any:
        kind = _kind_of(request)
        if kind:

            async def trace(event: str, _: Any) -> None:
                if event in _HTTP:
                    _reached(f"{kind}:{_HTTP[event]}")

            request.extensions = {**request.extensions, "trace": trace}
        return await send(self, request, **more)

    httpx.AsyncClient.send = traced


def _kind_of(request: httpx.Request) -> str:
    if request.method == "GET":
        return "file" if "/files/" in request.url.path else ""
    if b'"getResponse"' in request.content:
        return "poll"
    asks_for_price = DRY_RUN.keys() & {name.title() for name in request.headers}
    is_order = b'"videoInference"' in request.content and not asks_for_price
    return "submission" if is_order else ""


def _mark_disk() -> None:
    write, fsync = library.FileSink.write, os.fsync

    async def marked_write(self: library.FileSink, data: bytes) -> None:
        await write(self, data)
        _reached("file:mid-body")

    def marked_fsync(descriptor: int) -> None:
        place = Path(f"/proc/self/fd/{descriptor}").readlink()
        _around(place, partial(fsync, descriptor))

    library.FileSink.write = marked_write
    os.fsync = marked_fsync


def _around(place: Path, sync: Callable[[], None]) -> None:
    if place.name == "library":
        # The folder is synced right after a file got its name in it.
        _reached("file:after-rename")
        sync()
    elif place.suffix == ".part" and place.parent.name == "parts":
        _reached("file:before-fsync")
        sync()
        _reached("file:after-fsync")
    else:
        sync()
