"""A page of jobs as plain output: small pictures in a table, for readers without a kernel."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from llmkit_jupyter.notebook.card import Card
from llmkit_jupyter.notebook.markup import classes, drawn_stars, jpeg_url
from llmkit_jupyter.notebook.theme import QUIET, SANS
from llmkit_jupyter.notebook.thumbnails import thumbnail
from llmkit_jupyter.notebook.wording import excerpt, many, moment, money, stars, visible
from llmkit_jupyter.rendering import MimeBundle

if TYPE_CHECKING:
    from llmkit_jupyter.job import VideoJob

COLUMNS = 4
MAX_JOBS = 48
MAX_BYTES = 200_000
"""Of all pictures together, as they stand in the HTML."""
_WIDTH, _HEIGHT = 160, 90  # CSS pixels
_PIXELS = 200  # of a picture's longer edge: more than are shown, so that it is sharp
_QUIET = f"color:{QUIET}"
_GROUND = "background:var(--jp-layout-color2,#eee)"


def gallery(jobs: Sequence[VideoJob], total: int) -> MimeBundle:
    """Give the bundle of a page of jobs; waits for pictures to be drawn.

    At most ``MAX_JOBS`` are shown, and pictures of ``MAX_BYTES``; the rest is counted.

    Args:
        jobs: of the page, in their order.
        total: how many there are on all pages.
    """
    shown = jobs[:MAX_JOBS]
    left = MAX_BYTES
    cells: list[str] = []
    lines: list[str] = []
    for job in shown:
        card = Card.of(job)
        facts = _facts(job, card)
        picture = _picture(job, left)
        left -= len(picture)
        response = job.response
        tall = (response.height or 0) > (response.width or 0)
        # Where there is no picture the state stands in its place.
        told = facts if picture else facts[card.state != "done" :]
        drawn = drawn_stars(job.rating) if job.rating else ""
        cells.append(_cell(card, told, drawn, picture, tall=tall))
        rated = [stars(job.rating)] if job.rating else []
        lines.append(" \u00b7 ".join([visible(excerpt(card.prompt, 60)), *facts, *rated]))
    words = _count(len(shown), total)
    # JupyterLab gives every second row a ground of its own.
    rows = [cells[start : start + COLUMNS] for start in range(0, len(cells), COLUMNS)]
    table = "".join(f'<tr style="background:none">{"".join(row)}</tr>' for row in rows)
    html = (
        f'<div {classes("llmkit-gallery")} style="overflow-x:auto;font:12px/1.4 {SANS}">'
        f'<div style="{_QUIET}">{words}</div>'
        f'<table style="margin:4px 0"><tbody>{table}</tbody></table></div>'
    )
    return {"text/html": html, "text/plain": "\n".join([words, *lines])}


def _cell(card: Card, facts: Sequence[str], drawn: str, picture: str, *, tall: bool) -> str:
    told = "".join(f"<span>{escape(fact)}</span> " for fact in facts)
    if picture:
        # Of a tall one the height is given: a row is as high as its highest.
        side = "height" if tall else "width"
        edge = _HEIGHT if tall else _WIDTH
        above = (
            f'<img src="{picture}" {side}="{edge}" alt="" style="display:block;{side}:{edge}px;'
            'max-width:none;border-radius:4px">'
        )
    else:
        above = (
            f'<div style="box-sizing:border-box;width:{_WIDTH}px;height:{_HEIGHT}px;padding:8px;'
            f'border-radius:4px;{_GROUND};{_QUIET}">{escape(card.headline)}</div>'
        )
    return (
        f'<td style="width:{_WIDTH}px;vertical-align:top;text-align:left;white-space:normal">'
        f'{above}<div dir="auto" style="margin-top:4px;overflow-wrap:anywhere">'
        f"{escape(excerpt(card.prompt, 70))}</div>"
        f'<div style="display:flex;flex-wrap:wrap;gap:0 8px;font-size:11px;{_QUIET}">'
        f"{told}{drawn}</div>"
        "</td>"
    )


def _facts(job: VideoJob, card: Card) -> list[str]:
    state = "" if card.state == "done" else card.brief
    cost = money(card.cost) if card.cost else ""
    told = (state, visible(card.model), cost, moment(job.created_at))
    return [fact for fact in told if fact]


def _picture(job: VideoJob, room: int) -> str:
    data = None if room <= 0 else thumbnail(job.response, _PIXELS)
    if data is None:
        return ""
    url = jpeg_url(data)
    return url if len(url) <= room else ""


def _count(shown: int, total: int) -> str:
    if total == 0:
        return "No jobs."
    return many(total, "job") if shown == total else f"{shown} of {many(total, 'job')}"
