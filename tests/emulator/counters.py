"""What the emulator saw: for assertions and benchmarks."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from tests.emulator.jobs import Job

MOST = 20_000  # requests that are remembered one by one

# An answer may outlast the test that asked: a server can hold it back for as long as a job takes.
_arrived_in: ContextVar[int] = ContextVar("_arrived_in")


class Counters:
    def __init__(self) -> None:
        self._era = 0
        self.clear()

    def clear(self) -> None:
        """Begin anew: what was asked before is not counted after."""
        self._era += 1
        self.requests: Counter[str] = Counter()
        self.tasks: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.log: list[dict[str, Any]] = []
        self._clients: dict[str, set[Any]] = {"api": set(), "file": set(), "schema": set()}
        self._in_flight: Counter[str] = Counter()
        self._most_in_flight: Counter[str] = Counter()
        self.keys: set[str] = set()  # that came with requests of /v1/videos
        self.bytes_sent = 0
        self.files_with_credentials = 0

    @contextmanager
    def request(self, scope: Any, group: str) -> Iterator[None]:
        """One request, from its arrival to the end of its answer."""
        self._clients[group].add(tuple(scope["client"]))
        self._in_flight[group] += 1
        most = max(self._most_in_flight[group], self._in_flight[group])
        self._most_in_flight[group] = most
        token = _arrived_in.set(self._era)
        try:
            yield
        finally:
            if self._is_of_now():
                self._in_flight[group] -= 1
            _arrived_in.reset(token)

    def _is_of_now(self) -> bool:
        return _arrived_in.get() == self._era

    def note(self, kind: str, *, tasks: int = 0, status: int | None = None, **more: Any) -> None:
        """Count the answer to the request that is worked on. Without a status there was none."""
        if not self._is_of_now():
            return
        self.requests[kind] += 1
        self.tasks[kind] += tasks
        self.statuses[f"{kind}:{status}"] += 1
        if len(self.log) < MOST:
            entry = {"at": time.time(), "kind": kind, "tasks": tasks, "status": status}
            self.log.append(entry | more)

    def as_dict(self, jobs: dict[str, Job]) -> dict[str, Any]:
        return {
            "requests": dict(self.requests),
            "tasks": dict(self.tasks),
            "statuses": dict(self.statuses),
            "faults": dict(self.faults),
            "connections": {group: len(clients) for group, clients in self._clients.items()},
            "most_in_flight": dict(self._most_in_flight),
            "keys": sorted(self.keys),
            "bytes_sent": self.bytes_sent,
            "files_with_credentials": self.files_with_credentials,
            "jobs": {job.task_id: _told(job) for job in jobs.values()},
            "log": self.log,
        }


def _told(job: Job) -> dict[str, Any]:
    return {
        "accepted_at": job.accepted_at,
        "finished_at": job.finished_at,
        "seen_finished_at": job.seen_finished_at,
        "video_ids": job.video_ids,
    }
