"""``%llmkit costs``: what was spent, by day and model, as a chart and a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

from llmkit_jupyter.catalog.facts import title_of
from llmkit_jupyter.engine.budget import dollars
from llmkit_jupyter.engine.costs import DayCost
from llmkit_jupyter.errors import shorten
from llmkit_jupyter.notebook.bars import MOST, Bar, Bars
from llmkit_jupyter.notebook.flags import UsageError
from llmkit_jupyter.notebook.markup import classes
from llmkit_jupyter.notebook.shell import publish
from llmkit_jupyter.notebook.tables import Table, show_text
from llmkit_jupyter.notebook.theme import QUIET, SANS
from llmkit_jupyter.notebook.wording import excerpt, many
from llmkit_jupyter.rendering import MimeBundle

DAYS = 30
_FEWEST = 7  # days in the chart, so that the first day of all is not one bar as wide as a page
_BY_DAY, _BY_WEEK = 45, 200  # days up to which there is a bar for each day, or week
_WHOSE = "The videos of all sessions count, on the day on which they were begun."
_REST = "other models"


def costs(words: list[str]) -> None:
    """Show the costs of the last days, or of all."""
    from llmkit_jupyter.client import default_client

    days = _days(words)
    client = default_client()
    rows = client.costs(days)
    if not rows:
        earlier = days is not None and client.costs(None)
        show_text(
            f"Nothing was spent {_time(days)}; %llmkit costs all looks further back."
            if earlier
            else "Nothing was spent yet. Make a video with: %video a cat on a skateboard"
        )
        return
    if not any(row.cost for row in rows):
        show_text(" ".join([f"Nothing was spent {_time(days)}.", *_beside(rows)]))
        return
    publish(bundle(rows, days, date.today()))  # noqa: DTZ011 - days of this machine's clock


def bundle(rows: Sequence[DayCost], days: int | None, today: date) -> MimeBundle:
    """Give the chart and the table.

    Args:
        rows: of which some have cost something.
        days: that were asked for; ``None`` for all.
        today: the last of them.
    """
    paid = [row for row in rows if not _is_free(row)]
    names = _names(paid)
    periods = _periods(paid, days, today)
    sums = {period: _Sums.of(periods.rows(period, paid), names) for period in periods.starts}
    label = periods.label
    bars = Bars(
        tuple(names.shown),
        [Bar(label(period), sums[period].by_name) for period in periods.starts],
        f"Spending by {periods.unit} and model {_time(days)}",
    )
    whole = _Sums.of(paid, names)
    spent = f"{dollars(whole.cost)} spent {_time(days)}"
    made = f"{many(whole.videos, 'video')} by {many(len(names.known), 'model')}"
    lines = dict(zip(periods.starts, bars.as_lines(), strict=True))
    filled = [period for period in reversed(periods.starts) if sums[period].videos]
    table = Table(
        (periods.unit, "videos", "in all", *names.shown),
        [(label(period), *sums[period].cells()) for period in filled],
        total=("in all", *whole.cells()),
        caption=" ".join([*_beside(rows), _WHOSE]),
        numbers=tuple(range(1, len(names.shown) + 3)),
        wide=-1,  # none
    )
    drawn = Table(
        (*table.headers, ""),
        [(*row, lines[period]) for row, period in zip(table.rows, filled, strict=True)],
        total=(*table.total, ""),
        caption=table.caption,
        numbers=table.numbers,
    )
    html = (
        f'<div {classes("llmkit-costs")} style="margin:4px 0;'
        f'font-family:{SANS};line-height:1.5">'
        f'<div style="margin:0 0 2px"><strong style="font-size:20px;font-weight:600">'
        f"{escape(dollars(whole.cost))}</strong> "
        f'<span style="font-size:13px;color:{QUIET}">'
        f"spent {escape(_time(days))} \u00b7 {escape(made)}</span></div>"
        f'<div style="max-width:720px">{bars.as_html()}</div>{table.as_html()}</div>'
    )
    return {"text/html": html, "text/plain": f"{spent}, {made}\n\n{drawn.as_text()}"}


def _days(words: list[str]) -> int | None:
    if len(words) > 1:
        raise UsageError(
            f"%llmkit costs takes a number of days, or all, and got {len(words)} words"
        )
    if not words:
        return DAYS
    word = words[0].lower()
    if word == "all":
        return None
    if not word.isascii() or not word.isdigit():
        raise UsageError(
            f"%llmkit costs takes a number of days such as {DAYS}, or all, and got "
            f"{shorten(words[0])}"
        )
    return int(word[:9])  # whether it is too many is the client's to say


@dataclass(frozen=True, slots=True)
class _Names:
    """How the models are called; those for which there is no colour share one name."""

    known: dict[tuple[str, str], str]
    shown: list[str]

    def place(self, row: DayCost) -> int:
        name = self.known[row.provider, row.model]
        return self.shown.index(name) if name in self.shown else len(self.shown) - 1


def _names(rows: Sequence[DayCost]) -> _Names:
    """Name the models, the dearest first."""
    spent: dict[tuple[str, str], float] = {}
    for row in rows:
        key = (row.provider, row.model)
        spent[key] = spent.get(key, 0.0) + row.cost
    dearest = sorted(spent, key=lambda key: (-spent[key], key))
    titles = [excerpt(title_of(model), 40) or "unnamed" for _, model in dearest]
    known = {
        key: title if titles.count(title) == 1 else f"{title} ({excerpt(key[0], 20)}, {key[1]})"
        for key, title in zip(dearest, titles, strict=True)
    }
    shown = list(known.values())
    return _Names(known, shown if len(shown) <= MOST else [*shown[: MOST - 1], _REST])


@dataclass(frozen=True, slots=True)
class _Sums:
    """What the videos of a time cost, in all and by model."""

    videos: int
    cost: float
    by_name: tuple[float, ...]

    @classmethod
    def of(cls, rows: Sequence[DayCost], names: _Names) -> _Sums:
        parts = [0.0] * len(names.shown)
        for row in rows:
            parts[names.place(row)] += row.cost
        return cls(sum(row.videos for row in rows), sum(parts), tuple(parts))

    def cells(self) -> tuple[str, ...]:
        parts = (dollars(part) if part else "" for part in self.by_name)
        # What it is in all comes first: a narrow window shows no more than the first columns.
        return (str(self.videos), dollars(self.cost), *parts)


@dataclass(frozen=True, slots=True)
class _Periods:
    """Days, weeks or months, without a gap."""

    unit: str
    starts: tuple[date, ...]

    def rows(self, start: date, rows: Sequence[DayCost]) -> list[DayCost]:
        return [row for row in rows if _start(row.day, self.unit) == start]

    def label(self, start: date) -> str:
        if self.unit == "year":
            return str(start.year)
        if self.unit == "month":
            return f"{start:%b} {start.year}"
        return f"{start.day} {start:%b}"


def _periods(rows: Sequence[DayCost], days: int | None, today: date) -> _Periods:
    first = min(row.day for row in rows)
    # Empty days before the first that has something are left out.
    first = min(first, today - timedelta(days=min(days or _FEWEST, _FEWEST) - 1))
    last = max(today, *(row.day for row in rows))
    span = (last - first).days + 1
    unit = "day" if span <= _BY_DAY else "week" if span <= _BY_WEEK else "month"
    if span > 3 * 366:
        unit = "year"
    starts = [_start(first, unit)]
    while (following := _start(starts[-1] + timedelta(days=_LONGER[unit]), unit)) <= last:
        starts.append(following)
    return _Periods(unit, tuple(starts))


_LONGER = {"day": 1, "week": 7, "month": 31, "year": 366}
"""Days from the first day of a period into the next one, whichever it is."""


def _start(day: date, unit: str) -> date:
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if unit == "year" else day


def _time(days: int | None) -> str:
    if days is None:
        return "so far"
    return "today" if days == 1 else f"in the last {days} days"


def _beside(rows: Sequence[DayCost]) -> list[str]:
    """Say what is not in the sum."""
    parts: list[str] = []
    if unknown := sum(row.unknown for row in rows):
        parts.append(f"The price of {many(unknown, 'video')} is not known, and not counted.")
    if reserved := sum(row.reserved for row in rows):
        parts.append(f"About {dollars(reserved)} more is reserved for what is being made.")
    if free := sum(row.videos for row in rows if _is_free(row)):
        parts.append(f"{many(free, 'video').capitalize()} cost nothing.")
    return parts


def _is_free(row: DayCost) -> bool:
    return not (row.cost or row.unknown or row.reserved)
