"""How the values of options are read. Each raises what says which values are allowed."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Callable

from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.request import MAX_SEED, whole_number

MAX_SEEDS = 1000  # of one sweep
_SEEDS = "a range such as 1:4, numbers such as 1,5,9, or both"


def number(name: str, low: int, high: int, unit: str = "") -> Callable[[str], int]:
    """Give what reads a whole number from ``low`` to ``high``."""

    def read(text: str) -> int:
        # int() would also take "1_0" and digits of other scripts.
        value = int(text) if re.fullmatch(r"[+-]?[0-9]{1,20}", text) else text
        return whole_number(name, value, low, high, unit)

    return read


def variable(text: str) -> str:
    """Read the name of a variable."""
    if not text.isidentifier() or keyword.iskeyword(text):
        because = "a word of the language" if keyword.iskeyword(text) else None
        raise InvalidRequestError("output", text, "a variable's name such as clip", because=because)
    return text


def word(text: str) -> str:
    """Read any text."""
    return text


def seeds(text: str) -> tuple[int, ...]:
    """Read ``1:4``, which is 1, 2, 3 and 4; or ``1,5,9``; or both: ``1:4,9``."""
    found: list[int] = []
    for part in text.replace(" ", "").split(","):
        match = re.fullmatch(r"([0-9]{1,20})(?::([0-9]{1,20}))?", part)
        if match is None:
            raise InvalidRequestError("seeds", text, _SEEDS)
        first, last = (
            whole_number("seeds", int(end or match[1]), 0, MAX_SEED) for end in match.groups()
        )
        if last < first:
            raise InvalidRequestError("seeds", text, _SEEDS, because=f"{part} goes backwards")
        if len(found) + last - first >= MAX_SEEDS:
            raise InvalidRequestError("seeds", text, f"at most {MAX_SEEDS} seeds")
        found += range(first, last + 1)
    twice = next((seed for seed in found if found.count(seed) > 1), None)
    if twice is not None:
        raise InvalidRequestError(
            "seeds",
            text,
            "each seed once, for it makes the same video",
            because=f"{twice} is twice",
        )
    return tuple(found)


def setting(text: str) -> tuple[str, object]:
    """Read ``NAME=VALUE``; what is no JSON is a text, so that plain words need no quotes."""
    name, mark, value = text.partition("=")
    if not mark or not name.strip():
        raise InvalidRequestError("--set", text, "NAME=VALUE, such as settings.audio=true")
    try:
        return name.strip(), json.loads(value)
    except (ValueError, RecursionError):
        return name.strip(), value
