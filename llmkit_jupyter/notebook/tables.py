"""Tidy tables and texts for the output of ``%llmkit``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from llmkit_jupyter.notebook.markup import classes
from llmkit_jupyter.notebook.shell import publish
from llmkit_jupyter.notebook.theme import QUIET
from llmkit_jupyter.notebook.wording import visible

_SHORT = 12  # characters of a word
_QUIET = f"color:{QUIET}"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts.

    ``wide`` is a column that may wrap. ``below`` is one whose texts stand below those of the wide
    column, where no window is too narrow for them; with ``code`` they are ids, else what stands
    above them is. Columns of ``numbers`` end at the right. ``total`` is a last row that sums up.
    """

    headers: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    empty: str = ""
    caption: str = ""
    wide: int = 0
    below: int | None = None
    code: bool = False
    numbers: tuple[int, ...] = ()
    total: tuple[str, ...] = ()

    def as_html(self) -> str:
        """Give the table as HTML; JupyterLab's own styles for tables do the rest."""
        head = "".join(
            f'<th scope="col" style="text-align:{self._side(column)}">{_unbroken(name)}</th>'
            for column, name in enumerate(self.headers)
            if column != self.below
        )
        body = "".join(f"<tr>{self._cells(row)}</tr>" for row in self.rows)
        foot = (
            f'<tfoot style="font-weight:600">'
            f'<tr style="border-top:1px solid #80808080">{self._cells(self.total)}</tr></tfoot>'
            if self.total
            else ""
        )
        caption = (
            f'<div style="font-size:12px;{_QUIET}">{escape(visible(self.caption))}</div>'
            if self.caption
            else ""
        )
        # A narrow window scrolls the table and not the page.
        return (
            f'<div {classes("llmkit-table")} style="overflow-x:auto"><table style="margin:0 0 4px">'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>{foot}</table>{caption}</div>"
        )

    def _side(self, column: int) -> str:
        return "right" if column in self.numbers else "left"

    def _cells(self, row: tuple[str, ...]) -> str:
        cells: list[str] = []
        for column, text in enumerate(row):
            if column == self.below:
                continue
            wide = column == self.wide
            wrap = "normal;min-width:12em;overflow-wrap:break-word" if wide else "nowrap"
            inner = escape(visible(text))
            if wide and self.below is not None:
                inner = self._with_below(inner, escape(visible(row[self.below])))
            cells.append(
                f'<td dir="auto" style="text-align:{self._side(column)};vertical-align:top;'
                f'white-space:{wrap}">'
                f"{inner}</td>"
            )
        return "".join(cells)

    def _with_below(self, above: str, below: str) -> str:
        # Of the two one is an id, which would break at its hyphens.
        if self.code:
            return f'{above}<br><code style="font-size:11px;white-space:nowrap">{below}</code>'
        line = f'<br><span style="font-size:11px;{_QUIET}">{below}</span>' if below else ""
        return f'<span style="white-space:nowrap">{above}</span>{line}'

    def as_text(self) -> str:
        """Give the table as aligned plain text."""
        given = [self.headers, *self.rows, *([self.total] if self.total else [])]
        rows = [tuple(visible(text) for text in row) for row in given]
        widths = [max(len(row[column]) for row in rows) for column in range(len(self.headers))]
        lines = [
            "  ".join(
                text.rjust(width) if column in self.numbers else text.ljust(width)
                for column, (text, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
        return "\n".join([*lines, *([visible(self.caption)] if self.caption else [])])


def _unbroken(name: str) -> str:
    """Give a header that may be broken between its words, but in a short one at no hyphen."""
    return " ".join(
        f'<span style="white-space:nowrap">{escape(word)}</span>'
        if "-" in word and len(word) <= _SHORT
        else escape(word)
        for word in visible(name).split()
    )


def show(table: Table) -> None:
    """Show a table in the cell, or what stands for an empty one."""
    if not table.rows:
        show_text(table.empty)
        return
    publish({"text/html": table.as_html(), "text/plain": table.as_text()})


def show_text(text: str) -> None:
    """Show plain text in the cell, as it is."""
    # An output of its own, not a line on the stream: it stays beside tables in their order.
    # JupyterLab breaks the lines of a <pre> anywhere, in the middle of words too.
    style = "margin:0;white-space:pre-wrap;word-break:normal;overflow-wrap:anywhere"
    html = f'<pre {classes("llmkit-text")} style="{style}">{escape(text)}</pre>'
    publish({"text/html": html, "text/plain": text})
