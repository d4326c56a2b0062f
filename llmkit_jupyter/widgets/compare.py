"""Videos side by side: by prompt, model or seed, playing as one, to look at and to rate."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable, Sequence
from inspect import Parameter
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from llmkit_jupyter.client import default_client
from llmkit_jupyter.errors import InvalidRequestError, LLMKitError
from llmkit_jupyter.notebook.arrangement import Veil, arrange, check_axis
from llmkit_jupyter.notebook.contact_sheet import contact_sheet
from llmkit_jupyter.notebook.rows import Row, rows_of
from llmkit_jupyter.notebook.sheet import sheet_of
from llmkit_jupyter.notebook.surfaces import Output, new_output
from llmkit_jupyter.notebook.wording import many
from llmkit_jupyter.rendering import MimeBundle
from llmkit_jupyter.widgets.base import LiveWidget, in_background, in_turn, synced
from llmkit_jupyter.widgets.bundles import bundle
from llmkit_jupyter.widgets.cells import cell_states, keys_of
from llmkit_jupyter.widgets.paced import Paced
from llmkit_jupyter.widgets.pieces import send_piece
from llmkit_jupyter.widgets.signature import name_fields

if TYPE_CHECKING:
    from llmkit_jupyter.job import VideoJob

GAP = 0.3
"""Seconds between two messages about what has changed."""
SHARE = 6.0
"""How many times as long as a look at all rows takes it is at least to the next."""
SHEET_GAP = 1.0
"""Seconds between two drawings of the sheet in the notebook, while nothing runs any more."""
SHEET_GAP_RUNNING = 10.0
"""The same while videos are being made: the sheet may be a megabyte."""
LATE = 40
"""Changed videos that are told one by one; of more the whole board is sent anew."""
PATIENCE = 1.0
"""Seconds for small pictures before a grid opens; what is missing then follows."""
PATIENCE_ALONE = 30.0
"""The same where nobody looks on: what a notebook that is executed by a program keeps."""

_Trait: Any = traitlets
_numbers = itertools.count(1)


class CompareGrid(LiveWidget):
    """Shows videos in rows and columns, plays them together, and takes stars.

    What stays in the notebook is a contact sheet: a table of small pictures.

    Args:
        sweep: a ``Sweep``, or a list of jobs or responses.
        by_row: what goes down: "prompt", "model", "seed", "duration" or "size".
        by_column: what goes across; another one.
        blind: hide which model and seed made a video, and shuffle them.
        loop: begin again at the end of the longest.

    Raises:
        InvalidRequestError: nothing that can be compared, or an axis that there is not.
        TypeError: an unknown keyword argument.
    """

    WRITABLE: ClassVar[frozenset[str]] = frozenset({"by_row", "by_column", "blind", "loop"})
    KINDS: ClassVar[frozenset[str]] = frozenset({"fetch", "rate"})
    OFFERED: ClassVar[frozenset[str]] = LiveWidget.OFFERED | {"rows"}

    _esm = bundle("compare.js")
    _css = bundle("compare.css")

    board = synced(_Trait.Dict(read_only=True))
    """All videos (``CellState``), and what can go down and across: names, and values in words."""
    late = synced(_Trait.Dict(read_only=True))
    """The videos that have changed since the board of that number was drawn, by their places."""
    by_row = synced(_Trait.Unicode("prompt"))
    by_column = synced(_Trait.Unicode("model"))
    blind = synced(_Trait.Bool(default_value=False))
    loop = synced(_Trait.Bool(default_value=True))

    def __init__(self, sweep: object, **fields: Any) -> None:
        # First what `close` needs, which is called even where the rest is refused.
        self._lock = threading.RLock()
        self._following: dict[str, Callable[[], object]] = {}
        self._took = 0.0
        # Hundreds of rows take a while to look at: most of the time is the notebook's.
        self._refreshing = Paced(self._refresh, lambda: max(GAP, SHARE * self._took))
        self._drawing = Paced(self._redraw, self._sheet_gap)
        self.check_names(fields)
        down = check_axis("by_row", fields.get("by_row", "prompt"))
        across = check_axis("by_column", fields.get("by_column", "model"))
        if down == across:
            raise InvalidRequestError("by_column", across, f"another one than by_row, {down!r}")
        self._source = sweep
        self._given = rows_of(sweep, _find)
        self._names = Veil()
        self._blind = bool(fields.get("blind"))
        # Once hidden a video keeps its other name, so that to reveal it loads nothing anew.
        self._renamed = self._blind
        self._by_key: dict[str, Row] = {}
        self._outputs: list[Output] = []
        self._stars: dict[str, int | None] = {}
        self._rating = threading.Lock()
        self._drawn: MimeBundle = {}
        self._board = self._look()
        self._cells: list[dict[str, Any]] = self._board["cells"]
        super().__init__(**fields)
        self.observe(self._on_axis, names=["by_row", "by_column"])
        self.observe(self._on_blind, names=["blind"])
        listen = getattr(sweep, "on_change", None)
        if listen is not None:
            self._following[""] = listen(self._on_change)
        self._follow()
        # What has changed between the first look and now.
        self._refreshing.wake()

    @property
    def rows(self) -> Sequence[Row]:
        """What is compared, in its own order."""
        current = getattr(self._source, "rows", None)
        return self._given if current is None else current

    @_Trait.default("board")
    def _first_board(self) -> dict[str, Any]:
        return self._board

    @_Trait.default("late")
    def _first_late(self) -> dict[str, Any]:
        return _late(self._board)

    @_Trait.validate("by_row", "by_column")
    def _check_axis(self, proposal: Any) -> str:
        return check_axis(proposal["trait"].name, proposal["value"])

    # -- what the page is told

    def _look(self) -> dict[str, Any]:
        """Look at all rows as they stand now."""
        rows, veil = self._order()
        arrangement = arrange(rows, veil)
        keys = keys_of(rows, self._names, hidden=self._renamed)
        self._by_key = dict(zip(keys, rows, strict=True))
        return {
            "number": next(_numbers),
            "axes": [{"name": axis.name, "labels": list(axis.labels)} for axis in arrangement.axes],
            "cells": cell_states(rows, arrangement, keys, veil),
        }

    def _order(self) -> tuple[Sequence[Row], Veil | None]:
        veil = self._names if self._blind else None
        return (self.rows if veil is None else veil.order(self.rows)), veil

    def _refresh(self) -> None:
        """Tell the page what has changed, and have the sheet drawn anew."""
        began = time.monotonic()
        with self._lock:
            before = self._cells
            board = self._look()
            self._cells = cells = board["cells"]
            same = board["axes"] == self._board["axes"] and len(cells) == len(before)
            changed = [
                number
                for number, cell in enumerate(cells)
                if number >= len(before) or cell != before[number]
            ]
            if not same:
                self._draw_board(board)
            elif changed:
                late = self.late["cells"] | {str(number): cells[number] for number in changed}
                if len(late) > LATE:
                    self._draw_board(board)
                else:
                    self.put("late", _late(self._board, late))
        self._follow()
        self._took = time.monotonic() - began
        if changed or not same:
            self._drawing.wake()

    def _draw_board(self, board: dict[str, Any]) -> None:
        self._board = board
        self._cells = board["cells"]
        self.put("board", board)
        self.put("late", _late(board))

    def _follow(self) -> None:
        """Hear of the changes of all jobs."""
        # Of ended ones too, which may get stars elsewhere.
        jobs = {row.job.task_id: row.job for row in self.rows if row.job is not None}
        with self._lock:
            for name in [name for name in self._following if name and name not in jobs]:
                self._following.pop(name)()
            for name, job in jobs.items():
                if name not in self._following:
                    self._following[name] = job.on_change(self._on_change)

    def _on_change(self, *_: object) -> None:
        self._refreshing.wake()

    def _on_axis(self, change: Any) -> None:
        other = "by_column" if change["name"] == "by_row" else "by_row"
        if change["new"] == getattr(self, other):
            # The two change places.
            self.put(other, change["old"])
        self._drawing.wake()

    def _on_blind(self, change: Any) -> None:
        with self._lock:
            self._blind = change["new"]
            if self._blind:
                self._names = Veil()
                self._renamed = True
            self._draw_board(self._look())
        self._drawing.wake()

    # -- from the page

    def _on_fetch(self, message: dict[str, Any]) -> None:
        row = self._by_key.get(message["task_id"])
        in_turn(send_piece, self, message, row.response if row else None)

    def _on_rate(self, message: dict[str, Any]) -> None:
        key = message["task_id"]
        stars = message["rating"]
        with self._lock:
            # Threads may overtake each other; the last click counts.
            self._stars[key] = None if stars is None else int(stars)
        in_background(self._rate, key)

    def _rate(self, key: str) -> None:
        with self._rating:
            with self._lock:
                if key not in self._stars:
                    return  # another thread has given them
                stars = self._stars.pop(key)
            row = self._by_key.get(key)
            if row is None:
                self.refuse(key, "This video is not part of the comparison any more.")
                return
            try:
                row.rate(stars)
            except LLMKitError as error:
                self.refuse(key, str(error))
        self._refreshing.wake()

    # -- in the cell

    def plain(self) -> MimeBundle:
        """Give the contact sheet."""
        rows, veil = self._order()
        # Where a program executes the notebook there is no later.
        alone = "JPY_SESSION_NAME" not in os.environ
        return contact_sheet(
            rows,
            by_row=self.by_row,
            by_column=self.by_column,
            veil=veil,
            patience=PATIENCE_ALONE if alone else PATIENCE,
        )

    def show(self) -> None:
        """Show the comparison in the cell that is running."""
        output = new_output()
        self._drawn = drawn = self._repr_mimebundle_()
        output.send(drawn)
        self._outputs.append(output)
        self._drawing.wake()

    def _sheet_gap(self) -> float:
        going = any(row.status == "processing" for row in self.rows)
        return SHEET_GAP_RUNNING if going else SHEET_GAP

    def _redraw(self) -> None:
        """Bring what a notebook that is saved now keeps up to date."""
        if not self._outputs:
            return
        rows, veil = self._order()
        # Here pictures may take their time: afterwards they are at hand.
        sheet_of(rows, self.by_row, self.by_column, veil=veil)
        drawn = self._repr_mimebundle_()
        if drawn == self._drawn:
            return
        self._drawn = drawn
        for output in self._outputs:
            output.send(drawn)

    def close(self) -> None:
        """Take the comparison off the page."""
        above: Any = super()
        if not hasattr(self, "_drawing"):  # called without anything to compare
            above.close()
            return
        self._refreshing.end()
        self._drawing.end()
        with self._lock:
            while self._following:
                self._following.popitem()[1]()
        above.close()

    def __repr__(self) -> str:
        videos = many(len(self.rows), "video")
        return f"CompareGrid({videos}, by_row={self.by_row!r}, by_column={self.by_column!r})"


def _late(board: dict[str, Any], cells: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"of": board["number"], "cells": cells or {}}


def _find(task_id: str) -> VideoJob | None:
    try:
        return default_client().job(task_id)
    except LLMKitError:
        return None


name_fields(
    CompareGrid,
    ("by_row", "by_column", "blind", "loop"),
    {"by_row": "prompt", "by_column": "model", "blind": False, "loop": True},
    about=Parameter("sweep", Parameter.POSITIONAL_OR_KEYWORD),
)
