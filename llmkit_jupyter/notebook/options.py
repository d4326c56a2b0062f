"""The options of ``%video`` and ``%%video``: one table, one parser, one help text.

Options come first; what follows them is the prompt, verbatim. No shell rules apply, so that an
apostrophe, a brace or a dollar sign in a prompt is just that.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from llmkit_jupyter.catalog.sizes import parse_size
from llmkit_jupyter.errors import InvalidRequestError, LLMKitError, shorten
from llmkit_jupyter.request import (
    MAX_COUNT,
    MAX_DURATION,
    MAX_SEED,
    VideoGenerationRequest,
    whole_number,
)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was asked for. ``None`` leaves the choice to the settings."""

    prompt: str = ""
    model: str | None = None
    duration: int | None = None
    size: tuple[int, int] | None = None
    seed: int | None = None
    count: int = 1
    output: str | None = None
    provider: str | None = None
    background: bool = False
    vars: bool = False
    yes: bool = False
    help: bool = False
    given: frozenset[str] = field(default_factory=frozenset[str])
    """Names of the options on the line."""

    def request(self, prompt: str | None = None) -> VideoGenerationRequest:
        """Build the request.

        Raises:
            InvalidRequestError: a value that no model accepts.
        """
        width, height = self.size or (None, None)
        return VideoGenerationRequest(
            self.prompt if prompt is None else prompt,
            model=self.model,
            duration=self.duration,
            width=width,
            height=height,
            seed=self.seed,
        )


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


OPTIONS = (
    Option("-m", "--model", "model", "ID", "model, or provider/model; see %llmkit models", _word),
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
        "-n",
        "--count",
        "count",
        "N",
        f"make N videos of the prompt, 1 to {MAX_COUNT}",
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


def parse_line(line: str) -> Options:
    """Read the line of ``%video``: options, then the prompt verbatim.

    Only the white space between the options and the prompt is taken away. A prompt that begins
    with a dash goes after ``--``.

    Raises:
        UsageError: an unknown option, or one without its value.
        InvalidRequestError: a value that cannot be used.
    """
    values, rest = _take_options(line)
    return Options(**values, prompt=rest, given=frozenset(values))


def parse_cell(line: str, body: str) -> Options:
    """Read a ``%%video`` cell: options in its first line, the prompt in its body.

    The prompt is the body as it stands, without line ends at its very beginning and end.

    Raises:
        UsageError: as in ``parse_line``, and for text after the options.
        InvalidRequestError: a value that cannot be used.
    """
    values, rest = _take_options(line)
    if rest.strip() and not values.get("help"):
        raise UsageError(
            f"the first line of a %%video cell takes options only, and {shorten(rest.strip())} is "
            f"none; the prompt goes below it, or use %video with a single %"
        )
    return Options(**values, prompt=body.strip("\r\n"), given=frozenset(values))


def _take_options(line: str) -> tuple[dict[str, Any], str]:
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
            values[row.name] = row.read(value)
        rest = rest.lstrip()
    return values, rest


def _looks_like_option(text: str) -> bool:
    return re.match(r"--(\s|$)|--?[A-Za-z]", text) is not None


def _take_value(text: str, row: Option, flag: str) -> tuple[str, str]:
    """Split a value off, up to white space or, where it begins with a quote, to its twin."""
    if text[:1] in ('"', "'"):
        end = text.find(text[0], 1)
        if end < 0 or (text[end + 1 :] and not text[end + 1].isspace()):
            raise UsageError(
                f"the value of {flag} begins with a {text[0]} that has no twin: {shorten(text)}"
            )
        return text[1:end], text[end + 1 :]
    match = re.match(r"\S+", text)
    if match is None:
        raise _without_value(row, flag)
    return match.group(), text[match.end() :]


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
    values[row.name] = True


def _without_value(row: Option, flag: str) -> UsageError:
    return UsageError(f"{flag} needs a value: {flag} {row.metavar} ({row.help})")


_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^\W\d]\w*)\}")


def fill_in(prompt: str, variables: Mapping[str, object]) -> str:
    """Put variables' values where ``{name}`` stands; ``{{`` and ``}}`` become single braces.

    A plain look-up: attributes, indices, calls and formats are never evaluated and stay as
    they are.

    Raises:
        InvalidRequestError: no variable has that name.
    """

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name is None:
            return match.group()[0]
        if keyword.iskeyword(name):
            return match.group()
        if name not in variables:
            raise InvalidRequestError(
                "--vars",
                f"{{{name}}}",
                "the name of a variable in this notebook; write {{ and }} for plain braces",
                because=f"there is no variable {name}",
            )
        return str(variables[name])

    return _PLACEHOLDER.sub(value, prompt)


def _option_lines() -> str:
    lines: list[str] = []
    for row in OPTIONS:
        flags = f"{row.short}, {row.long}" if row.short else f"    {row.long}"
        lines.append(f"  {f'{flags} {row.metavar}'.rstrip():<26}{row.help}")
    return "\n".join(lines)


HELP = f"""Make a video from a prompt and show it.

    %video [options] PROMPT         one line
    %%video [options]               the prompt is the rest of the cell
    PROMPT

Options come first. The prompt is taken exactly as it is typed: quotes, braces and
dollar signs mean nothing special. A prompt that begins with a dash goes after "--".

{_option_lines()}

Examples

    %video A cat's toy rolls down the stairs
    %video -d 5 -s hd -o clip A serene Japanese garden with a koi pond
    clip.save("garden.mp4")

    %%video -m runway-gen-4 --seed 7 -b -o job
    A lighthouse in a storm,
    waves breaking over the rocks

    season = "autumn"
    %video --vars A forest in {{season}}

Interrupting the cell stops the waiting, not the job; %llmkit resume shows it again.
More: %llmkit help
"""
