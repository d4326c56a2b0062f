"""What was accepted and charged: a SQLite file that outlives clients and the emulator itself."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.emulator.jobs import Job

_TABLE = """
CREATE TABLE IF NOT EXISTS ledger (
  task_id TEXT PRIMARY KEY, model TEXT, price REAL, charged REAL, times_charged INTEGER,
  times_submitted INTEGER, accepted_at REAL, seconds REAL, seed INTEGER, forgotten TEXT,
  conflicted INTEGER, video_ids TEXT, request TEXT)
"""
_ACCEPT = """
INSERT INTO ledger VALUES (?, ?, ?, ?, 1, 1, ?, ?, ?, ?, 0, ?, ?)
ON CONFLICT (task_id) DO UPDATE SET charged = charged + excluded.charged,
  times_charged = times_charged + 1, times_submitted = times_submitted + 1,
  accepted_at = excluded.accepted_at, seconds = excluded.seconds, seed = excluded.seed,
  forgotten = excluded.forgotten, conflicted = 0, video_ids = excluded.video_ids
"""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One task id. `charged` is in USD; more than `price` if the job was charged again."""

    task_id: str
    model: str
    price: float
    charged: float
    times_charged: int
    times_submitted: int
    accepted_at: float
    seconds: float
    seed: int
    forgotten: str | None
    conflicted: bool
    video_ids: list[str]
    request: dict[str, Any]


def read_ledger(path: Path) -> list[LedgerRow]:
    """Read it in the order of acceptance, while the emulator runs or after it was killed."""
    if not path.exists():
        return []
    database = sqlite3.connect(path, timeout=30)
    try:
        rows = database.execute("SELECT * FROM ledger ORDER BY rowid").fetchall()
    finally:
        database.close()
    return [
        LedgerRow(*row[:10], bool(row[10]), json.loads(row[11]), json.loads(row[12]))
        for row in rows
    ]


class Ledger:
    """Written once for each HTTP request, before its answer.

    A write-ahead log without syncs: readers never wait, and a killed process loses nothing. Only a
    power cut could, which no test of ours makes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = sqlite3.connect(path, isolation_level=None, timeout=30)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(_TABLE)

    def write(self, accepted: Iterable[Job], repeated: Iterable[Job]) -> None:
        self._database.execute("BEGIN")
        self._database.executemany(_ACCEPT, [_row(job) for job in accepted])
        self._database.executemany(
            "UPDATE ledger SET times_submitted = times_submitted + 1, conflicted = 1"
            " WHERE task_id = ?",
            [(job.task_id,) for job in repeated],
        )
        self._database.execute("COMMIT")

    def forget(self, task_ids: Iterable[str], how: str) -> None:
        self._database.executemany(
            "UPDATE ledger SET forgotten = ? WHERE task_id = ?", [(how, one) for one in task_ids]
        )

    def reschedule(self, jobs: Iterable[Job]) -> None:
        self._database.executemany(
            "UPDATE ledger SET seconds = ? WHERE task_id = ?",
            [(job.seconds, job.task_id) for job in jobs],
        )

    def clear(self) -> None:
        self._database.execute("DELETE FROM ledger")

    def close(self) -> None:
        self._database.close()


def _row(job: Job) -> tuple[Any, ...]:
    return (
        job.task_id,
        job.model,
        job.price,
        job.price,
        job.accepted_at,
        job.seconds,
        job.seed,
        job.forgotten,
        json.dumps(job.video_ids),
        json.dumps(job.request),
    )
