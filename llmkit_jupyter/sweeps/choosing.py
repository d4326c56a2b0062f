"""Which rows of a sweep are meant, and what they come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import get_args

from llmkit_jupyter.engine.history import holds, words_of
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.request import MAX_SEED, whole_number
from llmkit_jupyter.response import MAX_STARS
from llmkit_jupyter.sweeps.row import RowStatus, SweepRow
from llmkit_jupyter.sweeps.table import spent_on

_STATUSES = get_args(RowStatus)


def condition(
    *,
    model: str | None,
    prompt: str | None,
    seed: int | None,
    status: str | None,
    rating: int | None,
) -> Callable[[SweepRow], bool]:
    """Give what tells whether a row fits; see ``Sweep.filter``.

    Raises:
        InvalidRequestError: names the argument, the value and what is allowed.
    """
    if status is not None and status not in _STATUSES:
        raise InvalidRequestError("status", status, " or ".join(_STATUSES))
    for name, text in (("model", model), ("prompt", prompt)):
        if text is not None and not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidRequestError(name, text, "a text")
    number = None if seed is None else whole_number("seed", seed, 0, MAX_SEED)
    stars = None if rating is None else whole_number("rating", rating, 1, MAX_STARS)
    words = words_of(prompt or "")

    def fits(row: SweepRow) -> bool:
        return (
            (model is None or model in _models(row))
            and holds(words, row.prompt)
            and (number is None or row.seed == number)
            and (status is None or row.status == status)
            and (stars is None or (row.rating or 0) >= stars)
        )

    return fits


def total(rows: Iterable[SweepRow]) -> float | None:
    """Give US dollars that rows cost in all: charged, or expected; ``None`` for unknown prices."""
    dollars = 0.0
    for row in rows:
        job = row.job
        if job is None:
            if row.price is None and not row.settled:
                return None
            dollars += 0.0 if row.settled else row.price or 0.0
        elif not job.reused:
            if job.cost is None and job.estimate is None and not job.done():
                return None
            dollars += spent_on(job)
    return dollars


def _models(row: SweepRow) -> tuple[str | None, ...]:
    return row.model, row.job.model if row.job else None
