"""What a contact sheet shows: a table of videos in words and small pictures, not yet drawn."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from llmkit_jupyter.notebook.arrangement import Veil, arrange
from llmkit_jupyter.notebook.rows import Row
from llmkit_jupyter.notebook.thumbnails import is_made, thumbnail
from llmkit_jupyter.notebook.wording import excerpt, money, seconds
from llmkit_jupyter.response import VideoGenerationResponse

MOST = 400
"""Videos in one sheet; a notebook is no archive."""
PICTURES = 520_000
"""Bytes of all small pictures together; in base64 a third more."""

_LARGE, _SMALL = 240, 160  # pixels of a picture's longer edge
_FEW = 40  # videos of which the pictures may be large
_WHY = 120  # characters of what went wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One video of a sheet."""

    apart: str
    """What tells it from others in the same place."""
    words: str
    """The state of one without a video; empty where there is one."""
    facts: tuple[str, ...]
    """Cost and time, or that it was reused."""
    failed: bool
    stars: int | None
    picture: bytes | None
    """A JPEG."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The videos of one value of the axis that goes down."""

    label: str
    cells: tuple[tuple[Tile, ...], ...]
    """One for each column, which may hold several videos or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table of videos."""

    by_row: str
    by_column: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    edge: int
    """Pixels of a picture's longer edge, at most."""
    notes: tuple[str, ...]
    """Sentences about what is missing."""

    @property
    def tiles(self) -> list[Tile]:
        """All videos, line by line."""
        return [tile for line in self.lines for cell in line.cells for tile in cell]

    def beside(self, column: int) -> int:
        """How many videos of one place stand side by side in a column: one or two."""
        return min(2, max((len(line.cells[column]) for line in self.lines), default=1) or 1)

    @property
    def across(self) -> int:
        """How many videos stand side by side in all columns together."""
        return sum(self.beside(column) for column in range(len(self.columns)))


def sheet_of(
    rows: Sequence[Row],
    by_row: str,
    by_column: str,
    *,
    veil: Veil | None = None,
    patience: float | None = None,
) -> Sheet:
    """Make a sheet of rows.

    Args:
        rows: any, in the order in which they shall stand; the first ``MOST`` are shown.
        by_row: the axis that goes down.
        by_column: the axis that goes across.
        veil: hides models, seeds, and what they could be told by.
        patience: seconds for pictures that are still to be made; all of them by default.
    """
    arrangement = arrange(rows, veil)
    shown = range(min(len(rows), MOST))
    done = sum(row.status == "completed" for row in rows)
    edge = _LARGE if done <= _FEW else _SMALL
    pictures = _Pictures(edge, patience)
    down, across = arrangement.axis(by_row).labels, arrangement.axis(by_column).labels
    apart = arrangement.apart(by_row, by_column)
    cells: list[list[list[Tile]]] = [[[] for _ in across] for _ in down]
    for number in shown:
        place = cells[arrangement.place(number, by_row)][arrangement.place(number, by_column)]
        place.append(_tile(rows[number], apart[number], veil, pictures))
    lines = [
        Line(label=label, cells=tuple(tuple(cell) for cell in line))
        for label, line in zip(down, cells, strict=True)
        if any(line)
    ]
    notes = [f"{len(rows) - MOST} more are not shown."] if len(rows) > MOST else []
    if pictures.full:
        notes.append(f"Only the first {pictures.count} have a picture, to keep the notebook small.")
    return Sheet(
        by_row=by_row,
        by_column=by_column,
        columns=across,
        lines=tuple(lines),
        edge=edge,
        notes=tuple(notes),
    )


class _Pictures:
    """Gives pictures until there is no room or no time for more."""

    def __init__(self, edge: int, patience: float | None) -> None:
        self._edge = edge
        self._until = None if patience is None else time.monotonic() + patience
        self._bytes = 0
        self.count = 0
        self.full = False

    def of(self, response: VideoGenerationResponse) -> bytes | None:
        if self.full:
            return None
        late = self._until is not None and time.monotonic() > self._until
        if late and not is_made(response, self._edge):
            return None
        picture = thumbnail(response, self._edge)
        if picture is None:
            return None
        if self._bytes + len(picture) > PICTURES:
            self.full = True
            return None
        self._bytes += len(picture)
        self.count += 1
        return picture


def _tile(row: Row, apart: str, veil: Veil | None, pictures: _Pictures) -> Tile:
    response = row.response
    done = response is not None and response.status == "completed"
    return Tile(
        apart=apart,
        words=state_words(row, response, veil),
        facts=_facts(row, response) if response and done and veil is None else (),
        failed=row.status == "failed",
        stars=row.rating,
        picture=pictures.of(response) if response and done else None,
    )


def _facts(row: Row, response: VideoGenerationResponse) -> tuple[str, ...]:
    # What it cost and took when it was made was not spent here.
    reused = response.reused or getattr(row, "reused", False)
    return ("reused",) if reused else response_facts(response)


def state_words(
    row: Row, response: VideoGenerationResponse | None, veil: Veil | None = None
) -> str:
    """Say why there is no video; empty where there is one.

    Args:
        row: which one.
        response: the row's, which takes a moment to make.
        veil: hides what went wrong.
    """
    if row.status == "pending":
        return "Not submitted"
    if row.status == "processing":
        return "Not finished yet"
    if row.status == "failed":
        cancelled = row.error is not None and row.error.code == "cancelled"
        word = "Cancelled" if cancelled else "Failed"
        # What went wrong often names the model.
        if veil is not None or row.error is None or cancelled:
            return word
        return f"{word}: {excerpt(row.error.message, _WHY)}"
    if response is None or response.path is None or not response.path.is_file():
        return "The video is not in the library any more"
    return ""


def response_facts(response: VideoGenerationResponse) -> tuple[str, ...]:
    """Give cost and time of a finished video in words."""
    facts = [
        money(response.cost) if response.cost else "",
        f"in {seconds(response.elapsed)}" if response.elapsed is not None else "",
    ]
    return tuple(fact for fact in facts if fact)
