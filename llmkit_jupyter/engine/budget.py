"""The budget: what it counts, what is left of it, and when it refuses.

Everything here runs inside a transaction of the journal, which all kernels share.
"""

from __future__ import annotations

import json
import math
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from llmkit_jupyter.errors import BudgetExceededError, InvalidRequestError

NOTHING = 1e-9  # dollars; sums of prices are not exact


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit in US dollars, where it came from, and what it counts.

    Without ``after`` it counts from the first time that the journal saw a setting of this value,
    so that restarting a kernel does not begin it anew.
    """

    limit: float
    source: str
    since: float | None = None
    after: int | None = None
    """The newest job, by its place in the journal, when the budget began: clocks may jump."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """What was spent, in US dollars, since the budget began; ever, where there is none.

    ``reserved`` is what unfinished jobs are expected to cost; ``unknown`` counts those of them
    whose price nobody knows beforehand. ``since`` is in seconds since the epoch.
    """

    budget: float | None
    spent: float
    reserved: float
    left: float | None
    since: float | None
    source: str | None = None
    unknown: int = 0


def as_dollars(name: str, value: object) -> float:
    """Give a limit as ``float``.

    Raises:
        InvalidRequestError: not a number of 0 or more.
    """
    try:
        number = math.nan if isinstance(value, (bool, str, bytes)) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        raise InvalidRequestError(name, value, "US dollars, 0 or more, such as 5")
    return number


def newest(db: sqlite3.Connection) -> int:
    """Give the place of the newest job."""
    return int(db.execute("SELECT coalesce(max(rowid), 0) FROM jobs").fetchone()[0])


COUNTED = """CASE
        WHEN cost IS NOT NULL THEN max(cost, 0)
        WHEN status = 'failed' AND generated_at IS NULL
            AND coalesce(error_code, '') NOT IN ('submission_unknown', 'result_expired') THEN 0
        ELSE coalesce(estimate, 0) END"""
"""US dollars that count for a job: one that failed costs nothing, unless it was made all the same
or may have been."""
# The plus sends the query to its index: the rows themselves are large where requests carry
# pictures.
_SUMS = f"""
SELECT status = 'processing' AND cost IS NULL AS open,
    sum({COUNTED}),
    sum(estimate IS NULL)
FROM jobs WHERE +rowid > ? GROUP BY open
"""  # noqa: S608


def spending(db: sqlite3.Connection, budget: Budget | None) -> Spending:
    """Add up what a budget counts."""
    since, after = begin(db, budget) if budget else (None, 0)
    sums = {bool(row[0]): (float(row[1]), int(row[2])) for row in db.execute(_SUMS, (after,))}
    spent, _ = sums.get(False, (0.0, 0))
    reserved, unknown = sums.get(True, (0.0, 0))
    return Spending(
        budget=budget.limit if budget else None,
        # Sums of floats end in digits that nobody has paid.
        spent=round(spent, 6),
        reserved=round(reserved, 6),
        left=round(max(0.0, budget.limit - spent - reserved), 6) if budget else None,
        since=since,
        source=budget.source if budget else None,
        unknown=unknown,
    )


def check(db: sqlite3.Connection, budget: Budget, estimates: Sequence[float | None]) -> None:
    """Refuse new jobs that a budget does not cover; to be called before they are written.

    A job whose price nobody knows is let through for as long as anything is left.

    Raises:
        BudgetExceededError: says what is left and how to raise it.
    """
    wanted = sum(estimate or 0.0 for estimate in estimates)
    unknown = any(estimate is None for estimate in estimates)
    if not wanted and not unknown:
        return
    now = spending(db, budget)
    left = budget.limit - now.spent - now.reserved - wanted
    if left < -NOTHING or (unknown and left <= NOTHING):
        raise BudgetExceededError(
            _refusal(now, wanted, unknown=unknown),
            budget=budget.limit,
            spent=now.spent + now.reserved,
            estimate=wanted or None,
        )


def begin(db: sqlite3.Connection, budget: Budget) -> tuple[float | None, int]:
    """Give when a budget began, and after which job; the first look at a setting begins it."""
    if budget.after is not None:
        return budget.since, budget.after
    name = f"budget_since:{budget.limit!r}"
    row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    if row is not None:
        try:
            values = cast("dict[str, object]", json.loads(row[0]))
            return float(str(values["since"])), int(str(values["after"]))
        except (ValueError, TypeError, KeyError):
            # Nobody of us wrote that: counting everything errs on the side of the purse.
            return None, 0
    since, after = time.time(), newest(db)
    value = json.dumps({"since": since, "after": after})
    db.execute("INSERT INTO meta VALUES (?, ?)", (name, value))
    return since, after


def _refusal(now: Spending, wanted: float, *, unknown: bool) -> str:
    price = f"about {dollars(wanted)}" if wanted else ""
    if unknown:
        price = f"{price} and more that is not known beforehand" if price else ""
    cost = f"This would cost {price}" if price else "What this would cost is not known beforehand"
    since = f", since {day(now.since)}" if now.since is not None else ""
    raised = max(2 * (now.budget or 5.0), math.ceil(now.spent + now.reserved + wanted))
    return (
        f"{cost}; of the budget of {dollars(now.budget or 0.0)} ({now.source}{since}) "
        f"{dollars(now.left or 0.0)} is left ({now.spent:.2f} spent, {now.reserved:.2f} reserved). "
        f"Raise it: %llmkit budget {raised:g}, client.budget = {raised:g} or LLMKIT_BUDGET."
    )


def dollars(value: float) -> str:
    """Give an amount with the digits that matter: ``"$1,200.60"``, ``"$0.004"``."""
    if value <= 0 or value >= 0.095:
        return f"${max(value, 0):,.2f}"
    return f"${value:.4f}".rstrip("0").rstrip(".")


def day(since: float) -> str:
    """Give a moment as people write it: ``"24 Nov"``, and today ``"15:31"``."""
    moment = time.localtime(since)
    if moment[:3] == time.localtime()[:3]:
        return time.strftime("%H:%M", moment)
    return f"{moment.tm_mday} {time.strftime('%b', moment)}"
