"""The videos of a comparison as the page gets them: where each stands, and in which state.

The twin of these dictionaries is ``js/src/compare/state.ts``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from llmkit_jupyter.catalog.facts import title_of
from llmkit_jupyter.catalog.models import DEFAULT_SIZE
from llmkit_jupyter.notebook.arrangement import Arrangement, Veil
from llmkit_jupyter.notebook.card import Card
from llmkit_jupyter.notebook.rows import Row
from llmkit_jupyter.notebook.sheet import state_words
from llmkit_jupyter.notebook.wording import dimensions, length, money, seconds, visible
from llmkit_jupyter.response import VideoGenerationResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class CellState:
    """One video of a comparison."""

    key: str
    at: list[int]
    state: str
    words: str
    share: float | None
    playable: bool
    duration: float | None
    width: int
    height: int
    rating: int | None
    reused: bool
    facts: str
    details: list[list[str]]


def cell_states(
    rows: Sequence[Row], arrangement: Arrangement, keys: Sequence[str], veil: Veil | None
) -> list[dict[str, Any]]:
    """Give all videos, in the order of the rows.

    Args:
        rows: what is compared.
        arrangement: of these rows.
        keys: of these rows.
        veil: hides models and seeds, and all that they could be told by.
    """
    cells = zip(rows, keys, arrangement.places, strict=True)
    return [_cell(row, key, list(places), veil) for row, key, places in cells]


def keys_of(rows: Sequence[Row], names: Veil, *, hidden: bool) -> list[str]:
    """Give the names by which the page asks for the rows' videos and rates them.

    As a rule the tasks' own, by which the page finds videos that it has already. Rows that share
    a job have names of their own as well.

    Args:
        rows: what is compared.
        names: gives names that say nothing.
        hidden: have only such names.
    """
    seen: set[str] = set()
    keys: list[str] = []
    for row in rows:
        job = row.job
        task_id = job.task_id if job is not None else getattr(row.response, "task_id", None)
        own = None if hidden or task_id in seen else task_id
        if own is not None:
            seen.add(own)
        keys.append(own or names.key(row))
    return keys


def _cell(row: Row, key: str, places: list[int], veil: Veil | None) -> dict[str, Any]:
    response = row.response
    card = _card(row)
    words = state_words(row, veil)
    if card is not None:
        percent = [] if card.progress is None else [f"{card.progress:.0%}"]
        words = " \u00b7 ".join([card.headline, *percent])
    playable = row.status == "completed" and not words
    width, height = _size(row, response)
    state = CellState(
        key=key,
        at=places,
        state=row.status,
        words=words,
        share=card.share if card else None,
        playable=playable,
        duration=response.duration if response and playable else None,
        width=width,
        height=height,
        rating=row.rating,
        reused=bool(response and response.reused) and veil is None,
        facts="" if veil or response is None or not playable else _facts(response),
        details=[] if veil or response is None else _details(row, response),
    )
    return {name: getattr(state, name) for name in CellState.__slots__}


def _card(row: Row) -> Card | None:
    job = row.job
    return Card.of(job) if job is not None and row.status == "processing" else None


def _size(row: Row, response: VideoGenerationResponse | None) -> tuple[int, int]:
    if response is not None and response.width and response.height:
        return response.width, response.height
    return row.size or DEFAULT_SIZE


def _facts(response: VideoGenerationResponse) -> str:
    facts = [
        money(response.cost) if response.cost else "",
        f"in {seconds(response.elapsed)}" if response.elapsed is not None else "",
    ]
    return " \u00b7 ".join(fact for fact in facts if fact)


def _details(row: Row, response: VideoGenerationResponse) -> list[list[str]]:
    seed = response.seed if response.seed is not None else row.seed
    size = dimensions(response.width, response.height) if response.width and response.height else ""
    took = "" if response.elapsed is None else seconds(response.elapsed)
    details = [
        ("Model", title_of(response.model) if response.model else ""),
        ("Provider", response.provider or ""),
        ("Seed", "" if seed is None else str(seed)),
        ("Size", size),
        ("Length", length(response.duration) if response.duration else ""),
        ("Cost", money(response.cost) if response.cost else ""),
        ("Made in", took if row.status == "completed" else ""),
    ]
    return [[label, visible(text)] for label, text in details if text]
