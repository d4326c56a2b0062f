"""Sets rows of a sweep going, after a look at their price."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from llmkit_jupyter.sweeps.checking import prices_of
from llmkit_jupyter.sweeps.pace import Pace
from llmkit_jupyter.sweeps.row import SweepRow
from llmkit_jupyter.sweeps.table import Table


def launch(
    table: Table,
    rows: Iterable[SweepRow],
    pace: Pace,
    *,
    confirm: bool,
    prices: Sequence[float | None] | None = None,
) -> None:
    """Submit rows at a pace; returns at once.

    Args:
        table: the rows' own.
        rows: those whose requests were forgotten are left out.
        pace: how fast, and for how much.
        confirm: agrees to their price; an earlier yes of this session counts as well.
        prices: in US dollars, of each, where somebody has looked at them already.

    Raises:
        InvalidSweepError: names every row that cannot be made any more.
        ConfirmationRequiredError: because of the price; nothing was submitted.
    """
    wanted = [(row, row.request) for row in rows if row.request is not None]
    if prices is None:
        requests = [request for _, request in wanted]
        prices = prices_of(table.client, requests, reuse=pace.reuse)
    agreed = confirm or table.confirmed
    table.client.check_prices(prices, confirm=agreed, limited=pace.budget is not None)
    table.confirmed = agreed
    for (row, _), price in zip(wanted, prices, strict=True):
        row.price = price
    table.submitter.start(
        [row for row, _ in wanted], pace, told=sum(price or 0 for price in prices)
    )


def unsubmitted(rows: Iterable[SweepRow]) -> list[SweepRow]:
    """Give the rows that were never submitted, and are not about to be."""
    return [row for row in rows if row.status == "pending" and not row.waits]
