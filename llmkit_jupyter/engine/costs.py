"""What was spent on which day, by which model: one sum over the journal.

Runs inside a transaction of the journal, which all kernels share.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

MOST_DAYS = 36_500


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCost:
    """What one model's videos of one day cost. Amounts are US dollars."""

    day: date
    """On which they were begun, by the clock of this machine."""
    provider: str
    model: str
    """The one that ran."""
    videos: int
    """Those that were or may have been charged; what failed for nothing does not count."""
    cost: float
    """What was charged; the estimate, where that was never told."""
    unknown: int = 0
    """Videos of which nobody knows what they cost."""
    unfinished: int = 0
    """Of the videos, those that are still being made."""
    reserved: float = 0.0
    """What the unfinished ones are expected to cost; not part of ``cost``."""


# What counts is what the budget counts (`budget.py`). A forgotten job keeps its row, with what it
# cost; what was answered from the library has none. A value of another kind says nothing, for
# SQLite keeps any.
_SUMS = """
WITH priced AS (
    SELECT created_at, provider, model, status,
        CASE WHEN typeof(cost) IN ('integer', 'real') AND abs(cost) < 1e15
            THEN max(cost, 0) END AS charged,
        CASE WHEN typeof(estimate) IN ('integer', 'real') AND abs(estimate) < 1e15
            THEN max(estimate, 0) END AS guess,
        status = 'failed' AND generated_at IS NULL
            AND coalesce(error_code, '') NOT IN ('submission_unknown', 'result_expired') AS free
    FROM jobs WHERE created_at BETWEEN ? AND 1e11
), counted AS (
    SELECT *, status = 'processing' AND charged IS NULL AS open FROM priced
    WHERE NOT free OR charged > 0
)
SELECT date(created_at, 'unixepoch', 'localtime') AS day,
    CAST(provider AS TEXT) AS provider, CAST(model AS TEXT) AS model,
    count(*) AS videos,
    total(CASE WHEN NOT open THEN coalesce(charged, guess) END) AS cost,
    sum(charged IS NULL AND guess IS NULL) AS unknown,
    sum(open) AS unfinished,
    total(CASE WHEN open THEN guess END) AS reserved
FROM counted WHERE day IS NOT NULL
GROUP BY day, provider, model ORDER BY day, provider, model
"""


def costs(db: sqlite3.Connection, since: float | None) -> list[DayCost]:
    """Add up by day and model, the earliest day first.

    Args:
        db: in a transaction.
        since: seconds since the epoch; ``None`` for all there is.
    """
    return [_row(row) for row in db.execute(_SUMS, (since or 0.0,))]


def beginning(days: int, now: float) -> float:
    """Give when the first of so many days began, in seconds since the epoch; today is the last."""
    first = datetime.fromtimestamp(now).astimezone().date() - timedelta(days=days - 1)
    # Before the epoch there are no jobs, and not every system can count there.
    return datetime.combine(max(first, date(1970, 1, 2)), time()).timestamp()


def _row(row: sqlite3.Row) -> DayCost:
    return DayCost(
        day=date.fromisoformat(row["day"]),
        provider=row["provider"],
        model=row["model"],
        videos=int(row["videos"]),
        # Sums of floats end in digits that nobody has paid.
        cost=round(float(row["cost"]), 6),
        unknown=int(row["unknown"]),
        unfinished=int(row["unfinished"]),
        reserved=round(float(row["reserved"]), 6),
    )
