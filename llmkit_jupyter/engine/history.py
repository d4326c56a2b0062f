"""Looks jobs up in the journal: by words, model, status, time, rating and sweep, page by page.

Rows are large where much is part of the request, and a journal holds thousands: an index that has
all but the words decides which rows are looked at, and only those of one page are read whole.
"""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from llmkit_jupyter.engine.record import JobRecord
from llmkit_jupyter.engine.rows import Rows

Rated = int | Literal["unrated"]
_HOLDS = "llmkit_holds"
_MOST_MODELS = 200
# Anything may stand in a journal that somebody has brought: what is no request of ours has no
# words. Of a text and not of a BLOB: some versions of SQLite raise an error where that is one.
_REQUEST = "CASE WHEN typeof(request) = 'text' AND json_valid(request) THEN request END"
# As bytes: a text that is no UTF-8 would end the whole query before it reaches the function.
_TEXTS = f"""CAST(json_extract({_REQUEST}, '$.prompt') AS BLOB),
    CAST(json_extract({_REQUEST}, '$.negative_prompt') AS BLOB)"""
_ASKED = f"json_extract({_REQUEST}, '$.model') COLLATE NOCASE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which jobs are meant; what is ``None`` or empty lets all of them through."""

    words: tuple[str, ...] = ()
    """Each has to occur in the prompt or the negative prompt, whatever its case."""
    model: str | None = None
    """As it was asked for, or as it ran."""
    provider: str | None = None
    status: str | None = None
    since: float | None = None
    """Seconds since the epoch, for the time at which jobs were made."""
    until: float | None = None
    """The same; the end itself is not part of it."""
    rating: Rated | None = None
    """At least so many stars, or ``"unrated"``."""
    sweep: str | None = None
    """By its name."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of jobs, newest first."""

    records: tuple[JobRecord, ...]
    total: int
    """How many match, on all pages."""
    models: tuple[tuple[str, int], ...]
    """All models that ran, whatever is asked for, and how many jobs of each; most first."""


def words_of(text: str) -> tuple[str, ...]:
    """Give the words that a text to search for consists of, each once."""
    return tuple(dict.fromkeys(_folded(text).split()))


def holds(words: tuple[str, ...], *texts: str) -> bool:
    """Whether each of the words, as ``words_of`` gives them, occurs in one of the texts."""
    whole = "\n".join(map(_folded, texts))
    return all(word in whole for word in words)


def find(db: sqlite3.Connection, rows: Rows, wanted: Filter, limit: int, offset: int) -> Found:
    """Look up a page of jobs; forgotten ones are never part of it.

    Args:
        db: the journal.
        rows: reads what is found. What is damaged is left out of the page, and counted.
        wanted: which.
        limit: at most so many.
        offset: of all that match, leave out so many of the newest.
    """
    where, values = _condition(wanted)
    db.create_function(_HOLDS, 2, _holds(wanted.words), deterministic=True)
    # One look for the number and the page. Ids are small, whatever the rows hold.
    ids = [
        row[0]
        for row in db.execute(
            f"SELECT rowid FROM jobs INDEXED BY jobs_history WHERE {where} "  # noqa: S608
            "ORDER BY created_at DESC, rowid DESC",
            values,
        )
    ]
    page = ids[offset : offset + limit]
    marks = ", ".join("?" * len(page))
    found = db.execute(
        f"SELECT * FROM jobs WHERE rowid IN ({marks}) ORDER BY created_at DESC, rowid DESC",  # noqa: S608
        page,
    )
    return Found(tuple(rows.read(found)), len(ids), _models(db))


def _condition(wanted: Filter) -> tuple[str, dict[str, Any]]:
    """Give the condition in SQL, what the index knows first, and its values."""
    parts: dict[str, object] = {
        "status = :status": wanted.status,
        "provider = :provider": wanted.provider,
        "created_at >= :since": wanted.since,
        "created_at < :until": wanted.until,
        "task_id IN (SELECT task_id FROM sweep_rows WHERE sweep = :sweep)": wanted.sweep,
        f"(model COLLATE NOCASE = :model OR {_ASKED} IN (:model, provider || '/' || :model))": (
            wanted.model
        ),
        f"{_HOLDS}({_TEXTS})": wanted.words or None,
    }
    rated = "rating IS NULL" if wanted.rating == "unrated" else "rating >= :rating"
    chosen = ["forgotten_at IS NULL", *([rated] if wanted.rating is not None else [])]
    chosen += [part for part, value in parts.items() if value is not None]
    names = ("status", "provider", "since", "until", "sweep", "model", "rating")
    return " AND ".join(chosen), {name: getattr(wanted, name) for name in names}


def _models(db: sqlite3.Connection) -> tuple[tuple[str, int], ...]:
    counted = db.execute(
        "SELECT model, count(*) FROM jobs INDEXED BY jobs_history WHERE forgotten_at IS NULL "
        "GROUP BY model ORDER BY count(*) DESC, model LIMIT ?",
        (_MOST_MODELS,),
    )
    return tuple((str(model), count) for model, count in counted)


def _holds(words: tuple[str, ...]) -> Callable[..., bool]:
    def among(*texts: bytes | None) -> bool:
        return holds(words, *((text or b"").decode(errors="replace") for text in texts))

    return among


def _folded(text: str) -> str:
    # SQLite's own comparisons know the case of ASCII alone. An accent is a character of its own
    # in what some systems give.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
