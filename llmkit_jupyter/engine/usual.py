"""How long jobs of a kind take, and what they cost, learned from the journal."""

from __future__ import annotations

import sqlite3
import statistics

from llmkit_jupyter.engine.polling import Usual
from llmkit_jupyter.engine.record import JobRecord, kind_of
from llmkit_jupyter.request import VideoGenerationRequest

LATEST = 20  # jobs that are looked at: services change


def usual(db: sqlite3.Connection, record: JobRecord) -> Usual | None:
    """Look at the latest jobs of the same provider, model, duration and size."""
    rows = db.execute(
        "SELECT generated_at - submitted_at FROM jobs WHERE status = 'completed' "
        "AND provider = ? AND model = ? AND kind = ? AND generated_at > submitted_at "
        "ORDER BY created_at DESC LIMIT ?",
        (record.provider, record.model, kind_of(record.sent), LATEST),
    )
    seconds = [float(row[0]) for row in rows]
    if not seconds:
        return None
    return Usual(statistics.median(seconds), min(seconds), max(seconds))


def price(db: sqlite3.Connection, provider: str, sent: VideoGenerationRequest) -> float | None:
    """Give the highest of the latest prices paid for such a video, in US dollars.

    The highest, because options that the kind does not name (sound, frame rate) cost extra, and
    a budget that is kept is worth more than one that is used up.
    """
    # The upper bound leaves out what is no number: texts count as larger than all.
    (highest,) = db.execute(
        "SELECT max(cost) FROM (SELECT cost FROM jobs WHERE cost > 0 AND cost < 1e9 "
        "AND provider = ? AND model = ? AND kind = ? ORDER BY created_at DESC LIMIT ?)",
        (provider, sent.model or "", kind_of(sent), LATEST),
    ).fetchone()
    return None if highest is None else float(highest)
