"""Some or all rows of a sweep: counted, chosen from, and added up."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Self, overload

from llmkit_jupyter.client import LLMKitClient
from llmkit_jupyter.job import VideoJob
from llmkit_jupyter.response import VideoGenerationResponse
from llmkit_jupyter.sweeps import choosing
from llmkit_jupyter.sweeps.row import SweepRow
from llmkit_jupyter.sweeps.table import Table, read_table


class Selection:
    """The side of a sweep that is looked at; ``Sweep`` adds what is done with it."""

    def __init__(self, table: Table, places: Sequence[int] | None = None) -> None:
        self._known = table
        self._places = None if places is None else tuple(places)

    @property
    def _table(self) -> Table:
        if self._known.process != os.getpid():
            # After a fork the parent goes on with it; here it is read anew.
            self._known = read_table(self._known.client, self._known.name)
        return self._known

    @property
    def name(self) -> str:
        """The name under which any later session finds it."""
        return self._known.name

    @property
    def created_at(self) -> float:
        """When it was made, in seconds since the epoch."""
        return self._known.created_at

    @property
    def client(self) -> LLMKitClient:
        """The client that makes its videos."""
        return self._known.client

    @property
    def rows(self) -> list[SweepRow]:
        """Its rows, in their order."""
        table = self._table
        if self._places is None:
            return list(table.rows)
        return [table.by_place[place] for place in self._places]

    def __len__(self) -> int:
        return len(self._known.rows) if self._places is None else len(self._places)

    def __iter__(self) -> Iterator[SweepRow]:
        return iter(self.rows)

    @overload
    def __getitem__(self, which: int) -> SweepRow: ...

    @overload
    def __getitem__(self, which: slice) -> Self: ...

    def __getitem__(self, which: int | slice) -> SweepRow | Self:
        found = self.rows[which]
        return self._of(found) if isinstance(found, list) else found

    def filter(
        self,
        predicate: Callable[[SweepRow], object] | None = None,
        *,
        model: str | None = None,
        prompt: str | None = None,
        seed: int | None = None,
        status: str | None = None,
        rating: int | None = None,
    ) -> Self:
        """Give the rows that fit all of what is given, as a sweep.

        Args:
            predicate: called with each row.
            model: as it was asked for, or the one that runs.
            prompt: words that all have to occur in it, whatever their case and order.
            seed: the seed.
            status: ``"pending"``, ``"processing"``, ``"completed"`` or ``"failed"``.
            rating: at least so many stars.

        Raises:
            InvalidRequestError: names the argument, the value and what is allowed.
        """
        wanted = choosing.condition(
            model=model, prompt=prompt, seed=seed, status=status, rating=rating
        )
        return self._of(
            row for row in self.rows if wanted(row) and (predicate is None or predicate(row))
        )

    def done(self) -> bool:
        """Whether nothing more happens: no row is under way or about to be submitted."""
        if self._places is None:
            return self._table.idle  # without a look at thousands of rows
        return not any(row.moves for row in self.rows)

    @property
    def jobs(self) -> list[VideoJob]:
        """The jobs of the rows that were submitted."""
        # Looked at once: a row has none as soon as it waits to be submitted again.
        return [job for row in self.rows if (job := row.job) is not None]

    @property
    def responses(self) -> list[VideoGenerationResponse]:
        """Where those jobs stand now."""
        return [job.response for job in self.jobs]

    @property
    def completed(self) -> Self:
        """The rows whose video is there."""
        return self.filter(status="completed")

    @property
    def failed(self) -> Self:
        """The rows that failed; ``sweep.failed.retry()`` submits them again."""
        return self.filter(status="failed")

    @property
    def cost(self) -> float:
        """US dollars that its videos were charged for, as far as that is known.

        What was reused was not charged for, and jobs that others have replaced are not in it.
        """
        jobs = (row.job for row in self.rows)
        return sum(job.cost or 0.0 for job in jobs if job is not None and not job.reused)

    @property
    def estimate(self) -> float | None:
        """US dollars that it costs in all, by what is known now.

        ``None`` where nobody knows the price of one of its rows.
        """
        return choosing.total(self.rows)

    def _of(self, rows: Iterable[SweepRow]) -> Self:
        return type(self)(self._table, [row.place for row in rows])

    def __repr__(self) -> str:
        count = f"{len(self)} of {len(self._known.rows)}" if self._places is not None else len(self)
        done = sum(row.status == "completed" for row in self.rows)
        failed = sum(row.status == "failed" for row in self.rows)
        return (
            f"{type(self).__name__}({self.name!r}, {count} rows, {done} completed, {failed} failed)"
        )
