"""Writes values as Python that a person would write: the same value when it is run, to a character.

Everything is written for the column where it will stand, so that what is inside a triple-quoted
text is never indented along with the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from unicodedata import east_asian_width

WIDTH = 88  # characters of a line, as Black has it
MAX_DEPTH = 50  # of lists and dictionaries inside each other; Python itself reads some 200
_INDENT = 4
_JOINER = "\u200d"  # invisible, but without it emoji fall apart


def string(text: str) -> str:
    """Write a text as one literal on one line."""
    quote = _quote(text)
    return f"{quote}{_escaped(text, quote)}{quote}"


def call(head: str, arguments: Sequence[tuple[str, Any]], column: int) -> str:
    """Write a call, over several lines where one is too short for it.

    Args:
        head: what is called.
        arguments: their names, empty for those without, and their values: what JSON can hold.
        column: where the call begins.

    Raises:
        ValueError: a value is nested too deep for Python to read.
    """
    for _, value in arguments:
        _check_depth(value, MAX_DEPTH)
    inside = column + _INDENT
    names = [f"{name}=" if name else "" for name, _ in arguments]
    several_lines = any(isinstance(value, str) and "\n" in value for _, value in arguments)
    flat = ", ".join(f"{n}{_flat(value)}" for n, (_, value) in zip(names, arguments, strict=True))
    if not several_lines and column + len(head) + _columns(flat) + 2 <= WIDTH:
        return f"{head}({flat})"
    if not several_lines and inside + _columns(flat) <= WIDTH:
        return f"{head}(\n{' ' * inside}{flat}\n{' ' * column})"
    comma = "," if len(arguments) > 1 else ""
    lines = [
        f"{' ' * inside}{name}{_value(value, inside, alone=not (comma or name))}{comma}"
        for name, (_, value) in zip(names, arguments, strict=True)
    ]
    return "\n".join([f"{head}(", *lines, f"{' ' * column})"])


def _value(value: Any, column: int, *, alone: bool) -> str:
    """Write a value over as many lines as it needs."""
    if isinstance(value, str):
        return _text(value, column, alone=alone)
    flat = _flat(value)
    if not isinstance(value, (list, dict)) or column + _columns(flat) < WIDTH or len(flat) == 2:
        return flat
    inside = column + _INDENT
    pad, begin, end = " " * inside, *("{}" if isinstance(value, dict) else "[]")
    if isinstance(value, dict):
        pairs = cast("dict[str, Any]", value).items()
        written = [f"{string(name)}: {_value(each, inside, alone=False)}" for name, each in pairs]
    else:
        each_one = cast("list[Any]", value)
        written = [_value(each, inside, alone=False) for each in each_one]
    return "\n".join([begin, *(f"{pad}{each}," for each in written), f"{' ' * column}{end}"])


def _text(text: str, column: int, *, alone: bool) -> str:
    lines = text.split("\n")
    narrow = max(_columns(_escaped(line, "")) for line in lines) <= WIDTH
    # IPython takes Python's own prompt away where a line of a cell begins with it.
    if len(lines) > 1 and narrow and not any(line.lstrip().startswith(">>>") for line in lines):
        return _triple(lines)
    if len(lines) == 1 and column + _columns(string(text)) < WIDTH:
        return string(text)
    # Beside other arguments, several literals in a row are held together by brackets.
    inside = column if alone else column + _INDENT
    quote = _quote(text)
    pieces = [
        f"{' ' * inside}{quote}{_escaped(piece, quote)}{quote}"
        for piece in _pieces(text, WIDTH - inside - 2, quote)
    ]
    if alone or len(pieces) == 1:
        return "\n".join(pieces).lstrip(" ")
    return "\n".join(["(", *pieces, f"{' ' * column})"])


def _triple(lines: Sequence[str]) -> str:
    """Write lines between triple quotes."""
    written: list[str] = []
    for line in lines:
        escaped = _escaped(line, "").replace('"""', '""\\"')
        # An editor may take away a blank at the end of a line.
        written.append(f"{escaped[:-1]}\\x20" if escaped.endswith(" ") else escaped)
    text = "\n".join(written)
    text = f'{text[:-1]}\\"' if text.endswith('"') else text
    return f'"""{text}"""'


def _pieces(text: str, width: int, quote: str) -> list[str]:
    """Cut a text at blanks and line ends, and inside words that are longer than a line."""
    sizes = [_columns(_character(each, quote)) for each in text]
    pieces: list[str] = []
    start, blank, used = 0, 0, 0
    for place, size in enumerate(sizes):
        while used + size > width:
            end = blank if blank > start else place
            pieces.append(text[start:end])
            start, used = end, sum(sizes[end:place])
        used += size
        if text[place] == " ":
            blank = place + 1
        elif text[place] == "\n" != text[place + 1 : place + 2]:
            pieces.append(text[start : place + 1])
            start, used = place + 1, 0
    return [*pieces, text[start:]] if start < len(text) else pieces


def _flat(value: Any) -> str:
    if isinstance(value, str):
        return string(value)
    if isinstance(value, list):
        return f"[{', '.join(_flat(each) for each in cast('list[Any]', value))}]"
    if isinstance(value, dict):
        pairs = cast("dict[str, Any]", value).items()
        return f"{{{', '.join(f'{string(name)}: {_flat(each)}' for name, each in pairs)}}}"
    return repr(value)


def _quote(text: str) -> str:
    return "'" if '"' in text and "'" not in text else '"'


def _escaped(text: str, quote: str) -> str:
    return "".join(_character(each, quote) for each in text)


def _character(character: str, quote: str) -> str:
    if character in ("\\", quote):
        return f"\\{character}"
    # What cannot be seen is written out, or an editor might change it, or a reader miss it.
    return character if character.isprintable() or character == _JOINER else ascii(character)[1:-1]


def _check_depth(value: Any, left: int) -> None:
    if not isinstance(value, (list, dict)):
        return
    if left == 0:
        raise ValueError("an option holds lists or dictionaries too deep inside each other")
    inside = cast("dict[str, Any] | list[Any]", value)
    for each in inside.values() if isinstance(inside, dict) else inside:
        _check_depth(each, left - 1)


def _columns(text: str) -> int:
    """Give the width of a text; a character of East Asia is as wide as two."""
    if text.isascii():
        return len(text)
    return sum(1 + (east_asian_width(each) in "WF") for each in text)
