"""Many requests as one value: submitted at a pace, waited for, read as a table, gone on with."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from llmkit_jupyter import rendering
from llmkit_jupyter.client import LLMKitClient, default_client
from llmkit_jupyter.engine import loop
from llmkit_jupyter.errors import InvalidRequestError, VideoTimeoutError
from llmkit_jupyter.request import check_seconds
from llmkit_jupyter.sweeps import frame, saving
from llmkit_jupyter.sweeps.launching import launch, unsubmitted
from llmkit_jupyter.sweeps.naming import check_name
from llmkit_jupyter.sweeps.pace import Pace
from llmkit_jupyter.sweeps.selection import Selection
from llmkit_jupyter.sweeps.table import drop, read_table

if TYPE_CHECKING:
    import pandas as pd  # pyright: ignore[reportMissingTypeStubs] - its types stand in its code

Unset = Literal["unset"]
_LOOK = 0.05  # seconds between two looks at all rows: jobs report far more often


class Sweep(Selection):
    """Many requests with their jobs; ``llmkit_jupyter.sweep(...)`` makes one.

    ``len``, iteration, ``sweep[3]`` and ``sweep[2:5]`` are about its rows; a slice is a sweep
    again, and shares its rows with the whole. It goes on by itself, whether anybody waits or not,
    and ``Sweep.load(name)`` gives it again in any later session.
    """

    @classmethod
    def load(cls, name: str, client: LLMKitClient | None = None) -> Sweep:
        """Give the sweep of that name, whichever session began it.

        Its unfinished jobs go on. What was not submitted waits for ``resume()``.

        Raises:
            SweepNotFoundError: names the nearest.
        """
        name = check_name(name)
        client = client or default_client()
        client.resume_once()
        return cls(read_table(client, name))

    @property
    def stopped(self) -> str | None:
        """Why the rest is not submitted, in a sentence; ``None`` while nothing is in the way."""
        return self._table.stopped

    @property
    def concurrency(self) -> int:
        """How many of its videos are made at once, at most."""
        return self._table.submitter.pace.concurrency

    def wait(self, timeout: float | None = None) -> Sweep:
        """Wait until nothing more happens; gives the sweep. A row that failed raises nothing.

        In a notebook it is shown meanwhile. Interrupting the wait stops the submitting; what is
        under way goes on, and nothing is lost.

        Args:
            timeout: seconds; for as long as it takes by default.

        Raises:
            InvalidRequestError: ``timeout`` is not a number of seconds.
            RuntimeError: called on the background loop, which would wait for itself.
            VideoTimeoutError: the wait ran out; the sweep goes on.
        """
        if loop.shared().inside:
            raise RuntimeError("a callback on the background loop cannot wait; use `await sweep`")
        seconds = None if timeout is None else check_seconds("timeout", timeout)
        try:
            with rendering.watching(self):
                self._wait(seconds)
        except KeyboardInterrupt as interrupt:
            self.stop()
            tell_in_one_line(interrupt, self.left())
            raise
        return self

    def _wait(self, seconds: float | None) -> None:
        changed = self._table.changed
        end = None if seconds is None else time.monotonic() + seconds
        while not self.done():
            left = loop.SLICE if end is None else min(loop.SLICE, end - time.monotonic())
            if left <= 0:
                raise VideoTimeoutError(
                    f"Sweep timeout: not done after {seconds:g} s of waiting. It goes on; wait "
                    f"again with Sweep.load({self.name!r}).wait()."
                )
            # In slices: a long wait for a lock now and then misses an interrupt.
            with changed:
                changed.wait(left)
            time.sleep(min(_LOOK, left))

    def __await__(self) -> Generator[Any, None, Sweep]:
        return self._until_done().__await__()

    async def _until_done(self) -> Sweep:
        running = asyncio.get_running_loop()
        changed = asyncio.Event()

        def hear() -> None:
            # The caller's loop may be gone while jobs go on.
            with contextlib.suppress(RuntimeError):
                running.call_soon_threadsafe(changed.set)

        leave = self._table.listen(hear)
        try:
            while not self.done():
                await changed.wait()
                await asyncio.sleep(_LOOK)
                changed.clear()
        finally:
            leave()
        return self

    def left(self) -> str:
        """Say in a few words what goes on, what does not, and how to go on with it."""
        going = sum(row.status == "processing" for row in self.rows)
        pending = sum(row.status == "pending" for row in self.rows)
        parts = [f"{going} job{'s go' if going != 1 else ' goes'} on"] if going else []
        if pending:
            parts.append(f"{pending} {'are' if pending != 1 else 'is'} not submitted")
        how = f'Sweep.load("{self.name}")' + (".resume()" if pending else "")
        return f"{', '.join(parts) or 'nothing is lost'}. {how} goes on with it."

    def stop(self) -> None:
        """Submit nothing further; what is under way goes on. ``resume()`` submits the rest."""
        self._table.submitter.stop("It was stopped; .resume() submits the rest.")

    def resume(
        self,
        *,
        budget: float | Unset | None = "unset",
        concurrency: int | None = None,
        min_interval: float | None = None,
        reuse: bool | Unset | None = "unset",
        confirm: bool = False,
    ) -> Sweep:
        """Submit the rows that never were; returns at once.

        What is not given stays as it was, also when another session began the sweep. ``wait()``
        waits for it.

        Raises:
            InvalidRequestError: names the argument, the value and what is allowed.
            ConfirmationRequiredError: because of the price; nothing was submitted.
        """
        pace = self._pace(
            budget=budget, concurrency=concurrency, min_interval=min_interval, reuse=reuse
        )
        launch(self._table, unsubmitted(self.rows), pace, confirm=confirm)
        return self

    def retry(self, *, confirm: bool = False) -> Sweep:
        """Submit the rows that failed once more, as new jobs; returns at once.

        They keep their places. What a failed job has cost stays spent.

        Raises:
            ConfirmationRequiredError: because of the price; nothing was submitted.
        """
        rows = [row for row in self.rows if row.status == "failed"]
        launch(self._table, rows, self._table.submitter.pace, confirm=confirm)
        return self

    def forget(self) -> None:
        """Forget the sweep: its name and what was not submitted. Its jobs stay in the journal.

        Raises:
            InvalidRequestError: a slice of it, or one that is still being submitted.
        """
        if self._places is not None:
            raise InvalidRequestError("sweep", self, "a whole sweep, not some of its rows")
        self.stop()
        self.client.engine.journal.drop_sweep(self.name).result()
        drop(self._known)

    def to_frame(self) -> pd.DataFrame:
        """Give a pandas DataFrame with a line for each row, from one look into the journal.

        Times are in seconds, costs in US dollars; ``file`` is in the library. Where ``reused`` is
        true, ``cost`` is what the video cost when it was made: nothing was charged for it now.

        Raises:
            NotSupportedError: pandas is not installed.
        """
        return frame.to_frame(self._lines())

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Copy the videos to a folder, with ``results.csv`` beside them; gives the folder.

        Names are made of row, model, seed and prompt. Once more, it copies what is missing.

        Args:
            folder: made where it is not there.
            overwrite: replace files of other contents that stand in the way.

        Raises:
            OutputExistsError: such a file is there and ``overwrite`` is not set.
            InvalidRequestError: the folder cannot be written, or the disk is full.
        """
        return saving.save(
            self.name, self._lines(), self.client.engine.library, folder, overwrite=overwrite
        )

    def _lines(self) -> list[frame.Line]:
        engine = self.client.engine
        planned = engine.journal.sweep(self.name).result()
        places = None if self._places is None else set(self._places)
        chosen = [row for row in planned.rows if places is None or row.number in places]
        return frame.lines(chosen, engine.library)

    def on_change(self, callback: Callable[[Sweep], None]) -> Callable[[], None]:
        """Have ``callback(sweep)`` called when a row changes, in whichever thread.

        It must be quick and must not wait. Gives a function that ends this.
        """
        return self._table.listen(lambda: callback(self))

    def _pace(
        self,
        *,
        budget: float | Unset | None,
        concurrency: int | None,
        min_interval: float | None,
        reuse: bool | Unset | None,
    ) -> Pace:
        before = self._table.submitter.pace
        return Pace(
            concurrency=before.concurrency if concurrency is None else concurrency,
            min_interval=before.min_interval if min_interval is None else min_interval,
            budget=before.budget if budget == "unset" else budget,
            reuse=before.reuse if reuse == "unset" else reuse,
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any] | None:
        return rendering.render(self)

    def _ipython_display_(self, **_: Any) -> None:
        # What moves needs an output with a name, which only this way of showing can give.
        if not rendering.show(self):
            raise NotImplementedError


def tell_in_one_line(interrupt: Any, left: str) -> None:
    """Spare a cell the lines of our waiting: IPython asks an error itself for its traceback."""
    interrupt._render_traceback_ = lambda: [f"KeyboardInterrupt: Stopped waiting; {left}"]
