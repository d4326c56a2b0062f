"""What a sweep has spent of its own budget, by whichever processes submit it.

Everything here runs inside a transaction of the journal, which all kernels share.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from llmkit_jupyter.engine.budget import COUNTED, NOTHING, dollars
from llmkit_jupyter.engine.planned import Place
from llmkit_jupyter.errors import BudgetExceededError

# What was there already was charged for elsewhere.
_OF_ITS_JOB = f"""CASE WHEN sweep_rows.reused THEN 0 ELSE coalesce((SELECT {COUNTED}
    FROM jobs WHERE jobs.task_id = sweep_rows.task_id), 0) END"""  # noqa: S608
_SPENT = f"SELECT total(spent) + total({_OF_ITS_JOB}) FROM sweep_rows WHERE sweep = ?"  # noqa: S608
_KEEP = f"UPDATE sweep_rows SET spent = spent + {_OF_ITS_JOB}, reused = 0, task_id = NULL"  # noqa: S608


def spent(db: sqlite3.Connection, sweep: str) -> float:
    """Add up what the jobs of a sweep have cost, or are expected to; in US dollars.

    Those count as well that were forgotten, or replaced by another try.
    """
    return float(db.execute(_SPENT, (sweep,)).fetchone()[0])


def vacate(db: sqlite3.Connection, place: Place) -> None:
    """Take its job from a row, and keep what that has cost."""
    db.execute(f"{_KEEP} WHERE sweep = ? AND place = ?", (place.sweep, place.number))


def vacate_all(db: sqlite3.Connection, task_id: str) -> None:
    """Take a job from all the rows that have it, and keep what it has cost."""
    db.execute(f"{_KEEP} WHERE task_id = ?", (task_id,))


def check(db: sqlite3.Connection, wanted: Iterable[tuple[Place, float | None]]) -> None:
    """Refuse new jobs that the budgets of their sweeps do not cover.

    A job whose price nobody knows is let through for as long as anything is left.

    Args:
        db: in a transaction.
        wanted: the row of each new job, and its price in US dollars.

    Raises:
        BudgetExceededError: says what is spent.
    """
    left: dict[str, float] = {}
    for place, price in wanted:
        if place.budget is None:
            continue
        if place.sweep not in left:
            left[place.sweep] = place.budget - spent(db, place.sweep)
        rest = left[place.sweep]
        if rest <= NOTHING if price is None else price and rest - price < -NOTHING:
            raise BudgetExceededError(
                used_up(place.budget, place.budget - rest, price),
                budget=place.budget,
                spent=place.budget - rest,
                estimate=price,
            )
        left[place.sweep] = rest - (price or 0.0)


def used_up(budget: float, spent: float, price: float | None) -> str:
    """Say that a sweep's budget does not cover its next video."""
    would = "would cost more than that" if price is None else f"would cost about {dollars(price)}"
    return (
        f"The sweep's budget of {dollars(budget)} is used up: {dollars(spent)} spent or reserved, "
        f"and the next video {would}. Raise it with .resume(budget={2 * budget or 5:g})."
    )
