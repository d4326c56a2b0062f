"""Submits the rows of a sweep: in order, at its pace, on a thread of its own."""

from __future__ import annotations

import contextvars
import logging
import math
import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from llmkit_jupyter.caution import unsaid
from llmkit_jupyter.engine.allowance import used_up
from llmkit_jupyter.engine.budget import NOTHING, dollars
from llmkit_jupyter.engine.planned import Place
from llmkit_jupyter.errors import BudgetExceededError, ConfirmationRequiredError, LLMKitError
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.sweeps.pace import Pace
from llmkit_jupyter.sweeps.row import SweepRow

if TYPE_CHECKING:
    from llmkit_jupyter.sweeps.table import Table

GATHER = 0.2  # seconds for which freed places are gathered, so that they are filled in one request
_log = logging.getLogger(__name__)


class Submitter:
    """The thread that submits a table's rows; there is one while there is something to submit."""

    def __init__(self, table: Table, pace: Pace) -> None:
        self._table = table
        self._thread: threading.Thread | None = None
        self._sends = False
        # When something was last submitted, whichever thread did it: by the monotonic clock.
        self._last = -math.inf
        # US dollars: what was expected when nobody was asked, and what has come on top since.
        self._told = 0.0
        self._more = 0.0
        self.pace = pace

    def start(self, rows: Sequence[SweepRow], pace: Pace, *, told: float) -> None:
        """Submit rows, after those that wait already; returns at once.

        ``told`` are the US dollars that they are expected to cost.
        """
        # Before anything is spent under it.
        self._table.client.engine.journal.agree(self._table.name, pace.terms).result()
        with self._table.changed:
            self.pace = pace
            if not self._table.queue:
                self._told = self._more = 0.0
            self._told += told
            self._table.enqueue(rows)
            # One that was interrupted before it had begun never will.
            if self._table.queue and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(
                    # Newer Pythons hand the starter's context to a thread, and a kernel drops
                    # what is shown in the context of a cell that has ended.
                    target=contextvars.Context().run,
                    args=(self._work,),
                    name="llmkit-sweep",
                    daemon=True,
                )
                self._thread.start()
        self._table.tell()

    def stop(self, why: str, *, patience: float = 10.0) -> None:
        """Submit nothing further; what is being handed over right now is waited for."""
        self._table.stop(why)
        with self._table.changed:
            self._table.changed.wait_for(lambda: not self._sends, patience)

    def _work(self) -> None:
        while rows := self._next():
            before = time.monotonic()
            reused = True
            try:
                # Whoever began the sweep was told already.
                with unsaid():
                    reused = self._submit(rows)
            except BudgetExceededError as error:
                self._table.stop(f"{error} Then .resume() goes on.")
            except LLMKitError as error:
                self._table.stop(str(error))
            except Exception as error:  # noqa: BLE001 - a provider from elsewhere may raise anything
                _log.exception("sweep %s: rows could not be submitted", self._table.name)
                self._table.stop(f"{type(error).__name__}: {error}")
            finally:
                with self._table.changed:
                    self._sends = False
                    self._table.changed.notify_all()
            # What was there already troubles nobody.
            if not reused:
                self._last = before

    def _next(self) -> list[SweepRow]:
        """Wait until rows may be submitted, and give them; none where there are none left."""
        table = self._table
        free_since: float | None = None
        with table.changed:
            while table.queue:
                now = time.monotonic()
                limit = 1 if self.pace.min_interval else self.pace.concurrency
                room = min(self._room(), len(table.queue), limit)
                gap = self._last + self.pace.min_interval - now
                if room <= 0:
                    free_since = None
                    table.changed.wait()
                elif gap > 0:
                    table.changed.wait(gap)
                elif room < min(len(table.queue), limit) and (
                    (rest := (free_since or now) + GATHER - now) > 0
                ):
                    free_since = free_since or now
                    table.changed.wait(rest)
                else:
                    self._sends = True
                    return table.queue[:room]
            self._thread = None
        return []

    def _room(self) -> int:
        """Count the jobs that may be added. One that is only fetched leaves its place to others."""
        jobs = self._table.under_way()
        made = sum(job.phase not in ("downloading", "done") for job in jobs)
        # Where files come in more slowly than they are made, they must not pile up.
        return min(self.pace.concurrency - made, 2 * self.pace.concurrency - len(jobs))

    def _submit(self, rows: Sequence[SweepRow]) -> bool:
        """Submit as many of the rows as money allows; gives whether all were there already."""
        table, pace = self._table, self.pace
        rows = self._affordable(rows)
        while rows:
            requests = [_request(row) for row in rows]
            places = [
                Place(
                    table.name, row.place, row.former.task_id if row.former else None, pace.budget
                )
                for row in rows
            ]
            told = [row.price for row in rows]
            try:
                jobs = table.client.submit_videos(
                    requests,
                    confirm=True,
                    reuse=pace.reuse,
                    places=places,
                    check=partial(self._check, told),
                )
            except BudgetExceededError:
                if len(rows) == 1:
                    # Another process may have spent what was left of the sweep's own.
                    if not self._affordable(rows):
                        return True
                    raise
                # In order: what comes first is made for as long as anything is left.
                rows = rows[: len(rows) // 2]
                continue
            for row, job, price in zip(rows, jobs, told, strict=True):
                table.take(row, job)
                if not job.reused:
                    self._more += _more(price, job.estimate)
            return all(job.reused for job in jobs)
        return True

    def _check(self, told: Sequence[float | None], prices: Sequence[float | None]) -> None:
        """Ask for a yes where what had no price, as the library had it, has got one meanwhile.

        Raises:
            ConfirmationRequiredError: it costs more than may be spent without one.
        """
        more = self._more + sum(map(_more, told, prices))
        limit = self._table.client.settings.confirm_above
        if more > NOTHING and self._told + more > limit and not self._table.confirmed:
            raise ConfirmationRequiredError(
                f"What is left costs about {dollars(more)} more than expected at first, and all of "
                f"it more than confirm_above ({dollars(limit)}). Say yes with "
                ".resume(confirm=True).",
                estimate=self._told + more,
            )

    def _affordable(self, rows: Sequence[SweepRow]) -> Sequence[SweepRow]:
        """Give the first rows that the sweep's own budget covers; stops where it covers none."""
        budget = self.pace.budget
        if budget is None:
            return rows
        left = budget - self._table.client.engine.journal.spent_on(self._table.name).result()
        prices = self._table.client.prices([_request(row) for row in rows], reuse=self.pace.reuse)
        for number, price in enumerate(prices):
            # One whose price nobody knows is let through for as long as anything is left.
            if left <= NOTHING if price is None else price and left - price < -NOTHING:
                if not number:
                    self._table.stop(used_up(budget, budget - left, price))
                return rows[:number]
            left -= price or 0.0
        return rows


def _more(told: float | None, price: float | None) -> float:
    # One that nobody knew was let through as such.
    return 0.0 if told is None or price is None else max(0.0, price - told)


def _request(row: SweepRow) -> VideoGenerationRequest:
    assert row.request is not None  # noqa: S101 - others are never put into the queue
    return row.request
