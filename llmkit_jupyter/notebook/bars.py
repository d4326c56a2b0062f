"""Stacked bars over time: as HTML without script or picture, and as text.

Plain elements with inline styles stay what they are when a notebook is saved, exported, or opened
by somebody who does not trust it. Its colours are then the only ones that are left, so they are
plain numbers, and made to be seen on light and dark ground.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from llmkit_jupyter.engine.budget import dollars
from llmkit_jupyter.notebook.theme import QUIET
from llmkit_jupyter.notebook.wording import visible

# Told apart also by those who see few colours: neighbours differ in lightness too.
COLORS = ("#3f7fbf", "#e9913b", "#2a9d7f", "#c45b8c", "#8f7bd6", "#c9a92c", "#8a9199")
MOST = len(COLORS)  # series; the last colour is that of the rest

_HEIGHT = 150  # pixels of the tallest bar
_LABELLED = 10  # bars up to which each has its amount above it
_LABELS = 8  # of the axis of time, at most
_TICKS = 4
_LINE = "#80808040"
_QUIET = f"color:{QUIET}"
_EIGHTHS = " ▏▎▍▌▋▊▉"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what stands below it, and its parts from the bottom up, one a series."""

    label: str
    parts: tuple[float, ...]

    @property
    def total(self) -> float:
        """All of it."""
        return sum(self.parts)


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of amounts in US dollars.

    Args:
        names: of the series, at most ``MOST``.
        bars: in their order; at least one is more than nothing.
        name: what is shown, for those who hear it.
    """

    names: tuple[str, ...]
    bars: Sequence[Bar]
    name: str

    def as_html(self) -> str:
        """Give the chart with its legend."""
        top, step = _scale(max(bar.total for bar in self.bars))
        lines = "".join(_line(number * step, top, step) for number in range(round(top / step) + 1))
        few = len(self.bars) <= _LABELLED
        columns = "".join(self._column(bar, top, amount=few) for bar in self.bars)
        return (
            f'<div role="img" aria-label="{escape(self._spoken())}" '
            f'style="position:relative;height:{_HEIGHT}px;margin:22px 24px 0 0">{lines}'
            f'<div style="position:absolute;left:52px;right:0;top:0;bottom:0;display:flex">'
            f"{columns}</div></div>"
            f'<div aria-hidden="true" style="display:flex;margin:4px 24px 0 52px;font-size:11px;'
            f'{_QUIET}">{"".join(self._labels())}</div>{self._legend()}'
        )

    def _column(self, bar: Bar, top: float, *, amount: bool) -> str:
        drawn = [(i, value) for i, value in enumerate(bar.parts) if value > 0]
        blocks: list[str] = []
        for place, (series, value) in enumerate(reversed(drawn)):
            round_top = "3px 3px 0 0" if place == 0 else "0"
            # However little it is, it is something.
            height = max(2.0, _HEIGHT * value / top)
            blocks.append(
                # A column that is full gives none of its height to the amount above it.
                f'<div style="flex:none;box-sizing:border-box;width:70%;max-width:44px;'
                f"margin:1px auto 0;height:{height:.1f}px;border-radius:{round_top};"
                f'background-color:{COLORS[series]}"></div>'
            )
        above = ""
        if amount and bar.total > 0:
            above = (
                '<div style="flex:none;text-align:center;white-space:nowrap;font-size:11px;'
                'line-height:16px">'
                f"{escape(dollars(bar.total))}</div>"
            )
        return (
            f'<div title="{escape(self._told(bar))}" style="flex:1 1 0;min-width:0;height:100%;'
            f'display:flex;flex-direction:column;justify-content:flex-end">'
            f"{above}{''.join(blocks)}</div>"
        )

    def _labels(self) -> list[str]:
        every = math.ceil(len(self.bars) / _LABELS)
        last = len(self.bars) - 1
        # Counted from the end, for the last one is now.
        return [
            f'<div style="flex:1 1 0;min-width:0;display:flex;justify-content:center;'
            f'white-space:nowrap">'
            f"{escape(bar.label) if (last - place) % every == 0 else ''}</div>"
            for place, bar in enumerate(self.bars)
        ]

    def _legend(self) -> str:
        entries: list[str] = []
        for series, name in enumerate(self.names):
            total = sum(bar.parts[series] for bar in self.bars)
            entries.append(
                f'<span style="white-space:nowrap"><span style="display:inline-block;width:10px;'
                f"height:10px;margin:0 6px 0 0;border-radius:2px;background-color:"
                f'{COLORS[series]}"></span>{escape(visible(name))} '
                f'<span style="{_QUIET}">{escape(dollars(total))}</span></span> '
            )
        return (
            '<div style="display:flex;flex-wrap:wrap;gap:4px 18px;margin:12px 0 14px 52px;'
            f'font-size:12px">{"".join(entries)}</div>'
        )

    def _told(self, bar: Bar) -> str:
        parts = [
            f"{visible(name)} {dollars(value)}"
            for name, value in zip(self.names, bar.parts, strict=True)
            if value > 0
        ]
        if len(parts) > 1:
            parts = [f"{dollars(bar.total)} ({', '.join(parts)})"]
        return f"{bar.label}: {''.join(parts) or 'nothing'}"

    def _spoken(self) -> str:
        most = max(self.bars, key=lambda bar: bar.total)
        return f"{self.name}. Most: {self._told(most)}. The table below has all amounts."

    def as_lines(self, width: int = 24) -> list[str]:
        """Give a bar of characters for each bar, without its parts."""
        most = max(bar.total for bar in self.bars)
        lines: list[str] = []
        for bar in self.bars:
            whole, rest = divmod(round(bar.total / most * width * 8), 8)
            line = "█" * whole + (_EIGHTHS[rest] if rest else "")
            lines.append(line or ("▏" if bar.total > 0 else ""))
        return lines


def _scale(most: float) -> tuple[float, float]:
    """Give the top of an axis and the step of its lines, in numbers that people count in."""
    rough = most / _TICKS
    ten = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * ten for factor in (1, 2, 2.5, 5, 10) if factor * ten >= rough * 0.999)
    return step * math.ceil(most / step * 0.999), step


def _line(value: float, top: float, step: float) -> str:
    from_bottom = _HEIGHT * value / top
    digits = max(0, -math.floor(math.log10(step))) if step < 1 else int(step != round(step))
    # As money is written: never one digit of cents.
    digits = 2 if digits == 1 else digits
    return (
        f'<div style="position:absolute;left:52px;right:0;bottom:{from_bottom:.1f}px;'
        f'border-top:1px solid {_LINE}"></div>'
        f'<div style="position:absolute;left:0;width:46px;bottom:{from_bottom - 8:.1f}px;'
        f'text-align:right;font-size:11px;line-height:16px;{_QUIET}">'
        f"${value:,.{digits}f}</div>"
    )
