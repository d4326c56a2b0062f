"""Who works on which job: leases in the journal, with epochs that fence a former holder."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from llmkit_jupyter.engine import owner
from llmkit_jupyter.engine.record import JobRecord

LEASE_SECONDS = 30.0

Key = tuple[str, str | None, int]
"""A job, its holder and the epoch: what a lease is told by."""


def leased(record: JobRecord) -> JobRecord:
    """Give a job to this process, in the next epoch."""
    return replace(
        record,
        lease_owner=owner.own_name(),
        lease_epoch=record.lease_epoch + 1,
        lease_expires=time.time() + LEASE_SECONDS,
    )


def is_free(record: JobRecord, now: float) -> bool:
    """Whether nobody works on a job: its holder is gone, or has let the lease run out."""
    return (
        record.lease_owner is None
        or record.lease_expires < now
        or owner.is_gone(record.lease_owner)
    )


def claim(
    db: sqlite3.Connection, records: Iterable[JobRecord], wanted: Callable[[JobRecord], bool]
) -> list[JobRecord]:
    """Take over those of unfinished jobs that are free and wanted; inside a transaction."""
    now = time.time()
    taken = [leased(record) for record in records if is_free(record, now) and wanted(record)]
    for record in taken:
        db.execute(
            "UPDATE jobs SET lease_owner = ?, lease_epoch = ?, lease_expires = ? WHERE task_id = ?",
            (record.lease_owner, record.lease_epoch, record.lease_expires, record.task_id),
        )
    return taken


def renew(db: sqlite3.Connection, held: Sequence[Key]) -> set[str]:
    """Prolong leases; gives the ids of jobs that somebody else has taken over."""
    expires = time.time() + LEASE_SECONDS
    return {key[0] for key in held if not _set_expiry(db, key, expires)}


def release(db: sqlite3.Connection, key: Key) -> None:
    """Give up a lease, so that a later look finds the job free at once."""
    _set_expiry(db, key, 0.0)


def key_of(record: JobRecord) -> Key:
    """Tell the lease that a record was read or written with."""
    return record.task_id, record.lease_owner, record.lease_epoch


def _set_expiry(db: sqlite3.Connection, key: Key, expires: float) -> bool:
    found = db.execute(
        "UPDATE jobs SET lease_expires = ? "
        "WHERE task_id = ? AND lease_owner = ? AND lease_epoch = ?",
        (expires, *key),
    )
    return found.rowcount > 0
