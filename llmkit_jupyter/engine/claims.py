"""Who works on which job: leases in the journal, with epochs that fence a former holder."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from llmkit_jupyter.engine import owner
from llmkit_jupyter.engine.record import JobRecord

LEASE_SECONDS = 30.0
MARGIN = 10.0  # seconds by which the clocks of two machines may differ

Lease = tuple[str | None, int, float]
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


class Watch:
    """Sees for one process whether others renew their leases.

    By this process's own monotonic clock: the wall clock jumps, and when a laptop wakes up every
    lease looks as if it had run out, while its holder is about to renew it.
    """

    def __init__(self) -> None:
        self._seen: dict[str, tuple[Lease, float]] = {}

    def free(self, records: Iterable[JobRecord]) -> list[JobRecord]:
        """Give those of all unfinished jobs on which nobody works."""
        now = time.monotonic()
        before, self._seen = self._seen, {}
        found: list[JobRecord] = []
        for record in records:
            lease = (record.lease_owner, record.lease_epoch, record.lease_expires)
            seen, since = before.get(record.task_id, (lease, now))
            since = since if seen == lease else now
            self._seen[record.task_id] = (lease, since)
            if looks_free(record) or now - since >= LEASE_SECONDS:
                found.append(record)
        return found


def looks_free(record: JobRecord) -> bool:
    """Whether it can be told without waiting that nobody works on a job.

    Its holder is gone, or gave it up. Of a holder elsewhere only the wall clock tells; one that
    lives here may just have woken up.
    """
    holder = record.lease_owner
    if holder is None or record.lease_expires <= 0 or owner.is_gone(holder):
        return True
    return not owner.is_here(holder) and record.lease_expires + MARGIN < time.time()


def is_held_alive(record: JobRecord) -> bool:
    """Whether the holder is another process of this machine that lives, whatever it does."""
    holder = record.lease_owner
    if holder is None or holder == owner.own_name():
        return False
    return owner.is_here(holder) and not owner.is_gone(holder)


def claim(
    db: sqlite3.Connection, free: Iterable[JobRecord], wanted: Callable[[JobRecord], bool]
) -> list[JobRecord]:
    """Take over those of the jobs on which nobody works that are wanted; inside a transaction."""
    taken = [leased(record) for record in free if wanted(record)]
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


_SALVAGE = """UPDATE jobs SET provider_task_id = :provider_task_id, submitted_at = :submitted_at,
    status = 'processing', phase = 'generating', error_code = NULL, error_message = NULL,
    error_details = NULL, finished_at = NULL, lease_epoch = lease_epoch + 1,
    lease_owner = NULL, lease_expires = 1
    WHERE task_id = :task_id AND provider_task_id IS NULL AND forgotten_at IS NULL
    AND (status = 'processing' OR error_code = 'submission_unknown')"""


def salvage(db: sqlite3.Connection, records: Sequence[JobRecord]) -> None:
    """Write down the provider's ids of jobs that this process holds no longer.

    They came too late for whoever took the jobs over and gave them up as unknown, and they
    exist nowhere else: what was paid for can be asked for with them.
    """
    for record in records:
        db.execute(_SALVAGE, record.to_row())
