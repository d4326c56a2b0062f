"""Many videos on one sheet: what a comparison leaves in a notebook that is saved."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

from llmkit_jupyter.notebook.arrangement import Veil, check_axis
from llmkit_jupyter.notebook.markup import classes, drawn_stars, jpeg_url
from llmkit_jupyter.notebook.rows import Row
from llmkit_jupyter.notebook.sheet import Line, Sheet, Tile, sheet_of
from llmkit_jupyter.notebook.sheet_picture import picture_of
from llmkit_jupyter.notebook.tables import Table
from llmkit_jupyter.notebook.theme import SANS
from llmkit_jupyter.notebook.wording import excerpt, stars, visible
from llmkit_jupyter.rendering import MimeBundle

_QUIET = "color:var(--jp-content-font-color2,rgba(128,128,128,1))"
_RED = "color:var(--jp-error-color1,rgba(211,47,47,1))"
_LINE = "1px solid var(--jp-border-color2,rgba(128,128,128,.35))"
_FONT = f"font:13px/1.4 {SANS}"
_LEFT = "text-align:left;vertical-align:top"
_BESIDE = 160  # characters of a prompt beside its row; the rest is read by pointing at it
_GAP = 8  # pixels between tiles
_WIDTHS = ((3, 216), (4, 170), (5, 136))  # tiles across, and how wide each may be
_NARROWEST = 108
_TEXT_LINES = 100  # of the plain text


def contact_sheet(
    rows: Sequence[Row],
    *,
    by_row: str = "prompt",
    by_column: str = "model",
    veil: Veil | None = None,
    patience: float | None = None,
) -> MimeBundle:
    """Give a sheet with a small picture of each video: as HTML, as one picture, and as text.

    Args:
        rows: a sweep's rows, in the order in which they shall stand.
        by_row: what goes down: "prompt", "model", "seed", "duration" or "size".
        by_column: what goes across.
        veil: hides models, seeds, and what they could be told by.
        patience: seconds for pictures that are still to be made; all of them by default.

    Raises:
        InvalidRequestError: an axis that there is not.
    """
    check_axis("by_row", by_row)
    check_axis("by_column", by_column)
    if not rows:
        nothing = "No videos to compare."
        html = f"<div {classes('llmkit-sheet')}>{nothing}</div>"
        return {"text/html": html, "text/plain": nothing}
    sheet = sheet_of(rows, by_row, by_column, veil=veil, patience=patience)
    bundle: MimeBundle = {"text/html": _html(sheet), "text/plain": _text(sheet)}
    picture = picture_of(sheet)
    if picture is not None:
        bundle["image/jpeg"] = base64.b64encode(picture).decode("ascii")
    return bundle


# -- HTML: styles stand in the elements, because a notebook that is not trusted keeps no others


def _html(sheet: Sheet) -> str:
    head = "".join(
        f'<th scope="col" dir="auto" style="{_LEFT};padding:4px;font-weight:600">'
        f"{escape(excerpt(label, 80))}</th>"
        for label in sheet.columns
    )
    body = "".join(_line(line, sheet) for line in sheet.lines)
    notes = "".join(
        f'<div style="font-size:11px;{_QUIET}">{escape(note)}</div>' for note in sheet.notes
    )
    # A narrow window scrolls the sheet and not the page.
    return (
        f'<div {classes("llmkit-sheet")} style="overflow-x:auto;{_FONT}">'
        f'<table style="margin:4px 0;border-collapse:collapse;border:0;font:inherit">'
        f'<thead><tr style="background:transparent;border-bottom:{_LINE}">'
        f'<td style="border:0"></td>{head}</tr></thead><tbody>{body}</tbody></table>{notes}</div>'
    )


def _line(line: Line, sheet: Sheet) -> str:
    label = escape(excerpt(line.label, _BESIDE))
    width = _width(sheet) + _GAP
    cells = "".join(
        f'<td style="{_LEFT};padding:8px 4px"><div style="width:{sheet.beside(column) * width}px">'
        f"{''.join(_tile(tile, sheet) for tile in cell)}</div></td>"
        for column, cell in enumerate(line.cells)
    )
    return (
        f'<tr style="background:transparent;border-top:{_LINE}">'
        f'<th scope="row" dir="auto" title="{escape(visible(line.label))}" style="{_LEFT};'
        f"padding:8px;min-width:90px;max-width:170px;white-space:normal;font-weight:normal;"
        f'overflow-wrap:anywhere">{label}</th>{cells}</tr>'
    )


def _tile(tile: Tile, sheet: Sheet) -> str:
    width = _width(sheet)
    box = f"display:block;width:{width}px;max-width:none;border-radius:4px;margin:0"
    if tile.picture is not None:
        shown = (
            f'<img src="{jpeg_url(tile.picture)}" width="{width}" alt="{_alt(tile)}" '
            f'style="{box};height:auto;background:#000">'
        )
    else:
        words = escape(tile.words or "No picture")
        shown = (
            f'<div dir="auto" style="{box};box-sizing:border-box;min-height:{width * 9 // 16}px;'
            f"padding:8px;border:{_LINE};font-size:11px;overflow-wrap:anywhere;"
            f"{_RED if tile.failed else _QUIET}"
            f'">{words}</div>'
        )
    return (
        f'<div style="display:inline-block;vertical-align:top;width:{width}px;'
        f'margin:0 {_GAP}px 8px 0">{shown}{_below(tile)}</div>'
    )


def _below(tile: Tile) -> str:
    # A picture may outlive its video.
    gone = tile.words if tile.picture is not None else ""
    # A line that is too long breaks between facts: "in" and "11 s" belong together.
    kept = [f'<span style="white-space:nowrap">{escape(fact)}</span>' for fact in tile.facts]
    facts = " \u00b7 ".join([*(escape(text) for text in (tile.apart, gone) if text), *kept])
    parts: list[str] = []
    if facts:
        style = f"margin-top:3px;font-size:11px;{_QUIET}"
        parts.append(f'<div dir="auto" style="{style}">{facts}</div>')
    if tile.stars:
        parts.append(f'<div style="font-size:13px">{drawn_stars(tile.stars)}</div>')
    return "".join(parts)


def _alt(tile: Tile) -> str:
    return escape(f"Video: {tile.apart}" if tile.apart else "Video")


def _width(sheet: Sheet) -> int:
    """Give a tile's width in CSS pixels."""
    return next((width for most, width in _WIDTHS if sheet.across <= most), _NARROWEST)


# -- text


def _text(sheet: Sheet) -> str:
    rows: list[tuple[str, ...]] = []
    for line in sheet.lines:
        for label, cell in zip(sheet.columns, line.cells, strict=True):
            rows.extend(
                (
                    excerpt(line.label, 40),
                    excerpt(label, 30),
                    tile.apart,
                    tile.words or " \u00b7 ".join(("Done", *tile.facts)),
                    stars(tile.stars),
                )
                for tile in cell
            )
    headers = (sheet.by_row, sheet.by_column, "", "status", "stars")
    used = [i for i, name in enumerate(headers) if name == "status" or any(row[i] for row in rows)]
    more = len(rows) - _TEXT_LINES
    notes = [*sheet.notes, *([f"{more} more lines are left out."] if more > 0 else [])]
    table = Table(
        tuple(headers[i] for i in used),
        [tuple(row[i] for i in used) for row in rows[:_TEXT_LINES]],
        caption=" ".join(notes),
    )
    return table.as_text()
