"""How the line of ``%video`` is read: options first, and what follows them as it stands.

No shell rules apply, so that an apostrophe, a brace or a dollar sign in a prompt is just that.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any

from llmkit_jupyter.errors import shorten
from llmkit_jupyter.notebook.flags import BY_FLAG, OPTIONS, Option, UsageError


def take_options(line: str) -> tuple[dict[str, Any], str]:
    """Give the options at the beginning of a line by their names, and the rest of it.

    Raises:
        UsageError: an unknown option, one without its value, or two that exclude each other.
        InvalidRequestError: a value that cannot be used.
    """
    values: dict[str, Any] = {}
    rest = line.lstrip()
    while _looks_like_option(rest):
        match = re.match(r"[^\s=]+", rest)
        flag = match.group() if match else rest
        rest = rest[len(flag) :]
        if flag == "--":
            return values, rest.lstrip()
        row = _row(flag)
        if row.read is None:
            value = None
            if rest.startswith("="):
                value, rest = _take_value(rest[1:], row, flag)
            _set_flag(values, row, value)
        else:
            # `-d 5`, `-d=5`; a value that begins with a dash is more likely a forgotten one.
            has_mark = rest.startswith("=")
            rest = rest[1:] if has_mark else rest.lstrip()
            if not rest or (not has_mark and _looks_like_option(rest)):
                raise _without_value(row, flag)
            value, rest = _take_value(rest, row, flag)
            _add(values, row, row.read(value), f"{flag} {value}")
        rest = rest.lstrip()
    return values, rest


def _add(values: dict[str, Any], row: Option, found: Any, given: str) -> None:
    """Put a value to those that were given before; of most options the last one holds."""
    if row.many == "pairs":
        values[row.name] = {**values.get(row.name, {}), found[0]: found[1]}
    elif row.many == "each":
        before: tuple[Any, ...] = values.get(row.name, ())
        if found in before:
            raise UsageError(
                f"{given} is given twice; several {row.long} make a sweep, of one video for each"
            )
        values[row.name] = (*before, found)
    else:
        values[row.name] = found


def _looks_like_option(text: str) -> bool:
    return re.match(r"--(\s|$)|--?[A-Za-z]", text) is not None


def _take_value(text: str, row: Option, flag: str) -> tuple[str, str]:
    """Split a value off, up to white space or, where it begins with a quote, to its twin.

    Inside quotes the same quote written twice stands for one, as no backslash does.
    """
    quote = text[:1]
    if quote in ('"', "'"):
        match = re.match(rf"{quote}((?:[^{quote}]|{quote}{quote})*){quote}(?!\S)", text)
        if match is None:
            raise UsageError(
                f"the value of {flag} begins with a {quote} that has no twin before a blank: "
                f"{shorten(text)} (inside such quotes, {quote} is written twice)"
            )
        return match.group(1).replace(2 * quote, quote), text[match.end() :]
    match = re.match(r"\S+", text)
    if match is None:
        raise _without_value(row, flag)
    return match.group(), text[match.end() :]


def quoted(value: str) -> str:
    """Write a value so that the line gives it back as it is, in quotes where it needs them."""
    bare = value and not re.search(r"\s", value) and value[0] not in "\"'-"
    if bare:
        return value
    quote = "'" if '"' in value and "'" not in value else '"'
    return f"{quote}{value.replace(quote, 2 * quote)}{quote}"


def _row(flag: str) -> Option:
    row = BY_FLAG.get(flag)
    if row is not None:
        return row
    if flag[:2] in BY_FLAG and flag[2:3].isdigit():
        hint = f"did you mean {flag[:2]} {flag[2:]}?"
    elif flag.lower() in BY_FLAG:
        hint = f"did you mean {flag.lower()}?"
    else:
        # Compared without dashes, which would make all of them alike.
        known = [row.long.strip("-") for row in OPTIONS]
        close = get_close_matches(flag.strip("-").lower(), known, n=1, cutoff=0.5)
        hint = f"did you mean --{close[0]}? " if close else ""
        hint += f"known: {', '.join(row.long for row in OPTIONS)}"
    raise UsageError(
        f"unknown option {shorten(flag)}; {hint} "
        f"(a prompt that begins with a dash goes after -- and a space)"
    )


def _set_flag(values: dict[str, Any], row: Option, value: str | None) -> None:
    if value is not None:
        raise UsageError(f"{row.long} takes no value, and got {shorten(value)}")
    if values.get(row.name, row.value) != row.value:
        both = " and ".join(other.long for other in OPTIONS if other.name == row.name)
        raise UsageError(f"{both} exclude each other")
    values[row.name] = row.value


def _without_value(row: Option, flag: str) -> UsageError:
    return UsageError(f"{flag} needs a value: {flag} {row.metavar} ({row.help})")
