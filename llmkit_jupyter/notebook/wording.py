"""Numbers and texts the way people read them."""

from __future__ import annotations

import time
import unicodedata

from llmkit_jupyter.response import MAX_STARS

_KEPT = {"\u200d", "\ufe0f"}  # joiner and variation selector, without which emoji fall apart


def visible(text: str) -> str:
    """Put a text on one line, without characters that steer a terminal or turn text around."""
    joined = " ".join(text.split())
    return "".join(c for c in joined if c in _KEPT or unicodedata.category(c) not in ("Cc", "Cf"))


def excerpt(text: str, limit: int = 140) -> str:
    """Give the beginning of a text on one line, cut at a word where it is too long."""
    line = visible(text)
    if len(line) <= limit:
        return line
    cut = line[:limit]
    space = cut.rfind(" ")
    return f"{cut[:space] if space > limit // 2 else cut}\u2026"


def sentence(text: str) -> str:
    """Make a sentence of words that were written to stand inside of one."""
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "!", "?")) else ".")


def seconds(value: float) -> str:
    """Give a time span: ``"0.4 s"``, ``"41 s"``, ``"2 min 05 s"``, ``"1 h 10 min"``."""
    if value < 1:
        return f"{max(value, 0):.1f} s"
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"


def moment(value: float, *, year: bool = False) -> str:
    """Give a point in time, in seconds since the epoch: ``"25 Nov, 15:31"``.

    The year stands in it where it is another one than now, or is asked for.
    """
    there = time.localtime(value)
    year = year or there.tm_year != time.localtime().tm_year
    day = f"{there.tm_mday} {time.strftime('%b %Y' if year else '%b', there)}"
    return f"{day}, {time.strftime('%H:%M', there)}"


def length(value: float) -> str:
    """Give the length of a clip: ``"5 s"``, ``"2.5 s"``, ``"1:30"``."""
    if value >= 60:
        minutes, rest = divmod(round(value), 60)
        return f"{minutes}:{rest:02d}"
    return f"{value:.1f}".removesuffix(".0") + " s"


def dimensions(width: float | str, height: float | str) -> str:
    """Give a size in pixels: ``"1280\u00d7720"``."""
    return f"{width}\u00d7{height}"


def money(dollars: float) -> str:
    """Give a price; small ones keep the digits that matter."""
    return f"${dollars:.2f}" if dollars >= 0.1 else f"${dollars:.4f}".rstrip("0").rstrip(".")


def spared(dollars: float | None) -> str:
    """Say that nothing was charged for a video that was there, and what it had cost."""
    return f"nothing charged; it had cost {money(dollars)}" if dollars else "nothing charged"


def many(number: int, what: str) -> str:
    """Count things: ``"1 video"``, ``"1,000 videos"``."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def stars(rating: int | None) -> str:
    """Give stars as characters: ``"\u2605\u2605\u2605\u2606\u2606"``; nothing for ``None``."""
    return "\u2605" * rating + "\u2606" * (MAX_STARS - rating) if rating else ""


def amount(size: int) -> str:
    """Give a file size: ``"0 B"``, ``"62 kB"``, ``"1.4 MB"``, ``"2.1 GB"``."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{size / 1000:.0f} kB"
    if size < 1_000_000_000:
        return f"{size / 1_000_000:.1f} MB"
    return f"{size / 1_000_000_000:.1f} GB"
