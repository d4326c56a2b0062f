"""The options of ``%video`` and ``%%video``: one table, from which parser and help are made."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Callable
from dataclasses import dataclass

from llmkit_jupyter.catalog.sizes import parse_size
from llmkit_jupyter.errors import InvalidRequestError, LLMKitError
from llmkit_jupyter.request import MAX_COUNT, MAX_DURATION, MAX_FPS, MAX_SEED, whole_number


class UsageError(LLMKitError):
    """The line after ``%video`` or ``%llmkit`` cannot be understood."""

    code = "usage"


@dataclass(frozen=True, slots=True)
class Option:
    """A row of the table. ``read`` is ``None`` for a flag."""

    short: str | None
    long: str
    name: str
    metavar: str
    help: str
    read: Callable[[str], object] | None = None
    many: bool = False
    """May be given more than once; ``read`` gives pairs of a name and a value."""


def _number(name: str, low: int, high: int, unit: str = "") -> Callable[[str], int]:
    def read(text: str) -> int:
        # int() would also take "1_0" and digits of other scripts.
        value = int(text) if re.fullmatch(r"[+-]?[0-9]{1,20}", text) else text
        return whole_number(name, value, low, high, unit)

    return read


def _variable(text: str) -> str:
    if not text.isidentifier() or keyword.iskeyword(text):
        because = "a word of the language" if keyword.iskeyword(text) else None
        raise InvalidRequestError("output", text, "a variable's name such as clip", because=because)
    return text


def _word(text: str) -> str:
    return text


def _setting(text: str) -> tuple[str, object]:
    """Read ``NAME=VALUE``; what is no JSON is a text, so that plain words need no quotes."""
    name, mark, value = text.partition("=")
    if not mark or not name.strip():
        raise InvalidRequestError("--set", text, "NAME=VALUE, such as settings.audio=true")
    try:
        return name.strip(), json.loads(value)
    except (ValueError, RecursionError):
        return name.strip(), value


OPTIONS = (
    Option("-m", "--model", "model", "ID", "model, or provider/model", _word),
    Option(
        "-d",
        "--duration",
        "duration",
        "SECONDS",
        "length in whole seconds",
        _number("duration", 1, MAX_DURATION, "seconds"),
    ),
    Option("-s", "--size", "size", "SIZE", "WIDTHxHEIGHT, or 576p, hd, fullhd, 4k", parse_size),
    Option(
        None, "--seed", "seed", "N", "the same seed, the same video", _number("seed", 0, MAX_SEED)
    ),
    Option(
        None,
        "--negative",
        "negative",
        "TEXT",
        "what the video should not show, in quotes",
        _word,
    ),
    Option(
        "-i",
        "--image",
        "image",
        "PATH_OR_URL",
        "the picture that the video begins with",
        _word,
    ),
    Option(
        None,
        "--fps",
        "fps",
        "N",
        "frames per second",
        _number("fps", 1, MAX_FPS, "frames per second"),
    ),
    Option(
        None,
        "--set",
        "options",
        "NAME=VALUE",
        "anything else that the model takes; may be repeated",
        _setting,
        many=True,
    ),
    Option(
        "-n",
        "--count",
        "count",
        "N",
        f"make N videos of the prompt, 1 to {MAX_COUNT}; --seed 7 makes it 7, 8, 9, …",
        _number("count", 1, MAX_COUNT),
    ),
    Option(
        "-o",
        "--output",
        "output",
        "NAME",
        "keep the response in a variable (with -b the job, with -n a list)",
        _variable,
    ),
    Option("-p", "--provider", "provider", "NAME", "preview, runware or another one", _word),
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
    Option(None, "--yes", "yes", "", "agree to a price that would need a confirmation"),
    Option("-h", "--help", "help", "", "show this help"),
)
BY_FLAG = {flag: row for row in OPTIONS for flag in (row.short, row.long) if flag}


def option_lines() -> str:
    """Give the help's lines about the options."""
    lines: list[str] = []
    for row in OPTIONS:
        flags = f"{row.short}, {row.long}" if row.short else f"    {row.long}"
        lines.append(f"  {f'{flags} {row.metavar}'.rstrip():<26}{row.help}")
    return "\n".join(lines)
