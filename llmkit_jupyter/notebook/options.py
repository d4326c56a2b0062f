"""What ``%video`` and ``%%video`` are given: the parser of their lines, and their help.

Options come first; what follows them is the prompt, verbatim. No shell rules apply, so that an
apostrophe, a brace or a dollar sign in a prompt is just that.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from llmkit_jupyter.errors import InvalidRequestError, shorten
from llmkit_jupyter.notebook.flags import BY_FLAG, OPTIONS, Option, UsageError, option_lines
from llmkit_jupyter.request import VideoGenerationRequest, several


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was asked for. ``None`` leaves the choice to the settings."""

    prompt: str = ""
    model: str | None = None
    duration: int | None = None
    size: tuple[int, int] | None = None
    seed: int | None = None
    negative: str | None = None
    image: str | None = None
    fps: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
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
        request = VideoGenerationRequest(
            self.prompt if prompt is None else prompt,
            model=self.model,
            duration=self.duration,
            width=width,
            height=height,
            seed=self.seed,
            negative_prompt=self.negative,
            fps=self.fps,
            options=self.options,
        )
        return request if self.image is None else request.with_image(self.image)

    def requests(self, prompt: str | None = None) -> list[VideoGenerationRequest]:
        """Build as many as were asked for; from a seed upwards, since one makes one video.

        Raises:
            InvalidRequestError: a value that no model accepts.
        """
        return several(self.request(prompt), self.count)


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
            found: Any = row.read(value)
            # A repeated option adds to itself; any other one is what was given last.
            values[row.name] = (
                {**values.get(row.name, {}), found[0]: found[1]} if row.many else found
            )
        rest = rest.lstrip()
    return values, rest


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


HELP = f"""Make a video from a prompt and show it.

    %video [options] PROMPT         one line
    %%video [options]               the prompt is the rest of the cell
    PROMPT

Options come first. The prompt is taken exactly as it is typed: quotes, braces and
dollar signs mean nothing special. A prompt that begins with a dash goes after "--".
A value with blanks goes in quotes, 'so' or "so"; the same quote inside them is
written twice: --negative "a ""stop"" sign, rain".

{option_lines()}

Examples

    %video A cat's toy rolls down the stairs
    %video -d 5 -s hd -o clip A serene Japanese garden with a koi pond
    clip.save("garden.mp4")

    %%video -m runway-gen-4 --seed 7 -b -o job
    A lighthouse in a storm,
    waves breaking over the rocks

    %video -m pixverse-v6 -i sketch.png --negative "text, logos" The waves roll in
    %video -m pixverse-v6 --set settings.audio=true A drummer in the rain

    season = "autumn"
    %video --vars A forest in {{season}}

Interrupting the cell stops the waiting, not the job; %llmkit resume shows it again.
Models: %llmkit models. More: %llmkit help
"""
