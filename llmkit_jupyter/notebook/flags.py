"""The options of ``%video`` and ``%%video``: one table, from which parser and help are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from llmkit_jupyter.catalog.sizes import parse_size
from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.notebook import values
from llmkit_jupyter.request import MAX_CONCURRENCY, MAX_COUNT, MAX_DURATION, MAX_FPS, MAX_SEED


class UsageError(LLMKitError):
    """The line after ``%video`` or ``%llmkit`` cannot be understood."""

    code = "usage"


@dataclass(frozen=True, slots=True)
class Option:
    """A row of the table. ``read`` is ``None`` for a flag, which then has ``value``."""

    short: str | None
    long: str
    name: str
    metavar: str
    help: str
    read: Callable[[str], object] | None = None
    many: Literal["", "pairs", "each"] = ""
    """May be given more than once: ``read`` gives pairs of a name and a value, or a video is made
    for each of the values."""
    value: object = True


OPTIONS = (
    Option("-m", "--model", "models", "ID", "model, or provider/model", values.word, many="each"),
    Option(
        "-d",
        "--duration",
        "durations",
        "SECONDS",
        "length in whole seconds",
        values.number("duration", 1, MAX_DURATION, "seconds"),
        many="each",
    ),
    Option(
        "-s",
        "--size",
        "sizes",
        "SIZE",
        "WIDTHxHEIGHT, or 576p, hd, fullhd, 4k",
        parse_size,
        many="each",
    ),
    Option(
        None,
        "--seed",
        "seed",
        "N",
        "the same seed, the same video",
        values.number("seed", 0, MAX_SEED),
    ),
    Option(
        None,
        "--negative",
        "negative",
        "TEXT",
        "what the video should not show, in quotes",
        values.word,
    ),
    Option(
        "-i",
        "--image",
        "image",
        "PATH_OR_URL",
        "the picture that the video begins with",
        values.word,
    ),
    Option(
        None,
        "--fps",
        "fps",
        "N",
        "frames per second",
        values.number("fps", 1, MAX_FPS, "frames per second"),
    ),
    Option(
        None,
        "--set",
        "options",
        "NAME=VALUE",
        "anything else that the model takes; may be repeated",
        values.setting,
        many="pairs",
    ),
    Option(
        "-n",
        "--count",
        "count",
        "N",
        f"make N videos of the prompt, 1 to {MAX_COUNT}; --seed 7 makes it 7, 8, 9, …",
        values.number("count", 1, MAX_COUNT),
    ),
    Option(
        "-o",
        "--output",
        "output",
        "NAME",
        "keep the response in a variable (with -b the job, with -n a list)",
        values.variable,
    ),
    Option("-p", "--provider", "provider", "NAME", "preview, runware or another one", values.word),
    Option(
        "-b",
        "--background",
        "background",
        "",
        "do not wait; the card goes on while other cells run",
    ),
    Option(
        None,
        "--vars",
        "vars",
        "",
        "put a variable's value where {name} stands; {{ and }} are braces",
    ),
    Option(
        None,
        "--reuse",
        "reuse",
        "",
        "answer from the library where it can, also without a seed",
    ),
    Option(None, "--fresh", "reuse", "", "make it anew, whatever is in the library", value=False),
    Option(None, "--yes", "yes", "", "agree to a price that would need a confirmation"),
    Option(
        None,
        "--seeds",
        "seeds",
        "SEEDS",
        "a video for each seed: 1:4 is 1, 2, 3 and 4; or 1,5,9",
        values.seeds,
    ),
    Option(None, "--lines", "lines", "", "the cell has a prompt on each line; blank ones are none"),
    Option(
        None,
        "--name",
        "name",
        "NAME",
        "call the sweep so: the same cell, run again, goes on with it",
        values.word,
    ),
    Option(
        None,
        "--concurrency",
        "concurrency",
        "N",
        "videos of the sweep that are made at once",
        values.number("concurrency", 1, MAX_CONCURRENCY),
    ),
    Option("-h", "--help", "help", "", "show this help"),
)
FOR_SWEEPS = ("seeds", "lines", "name", "concurrency")
BY_FLAG = {flag: row for row in OPTIONS for flag in (row.short, row.long) if flag}


def option_lines(*, for_sweeps: bool) -> str:
    """Give the help's lines about the options that are, or are not, for sweeps alone."""
    lines: list[str] = []
    for row in OPTIONS:
        if (row.name in FOR_SWEEPS) is not for_sweeps:
            continue
        flags = f"{row.short}, {row.long}" if row.short else f"    {row.long}"
        lines.append(f"  {f'{flags} {row.metavar}'.rstrip():<26}{row.help}")
    return "\n".join(lines)
