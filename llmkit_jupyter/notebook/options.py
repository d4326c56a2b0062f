"""What ``%video`` and ``%%video`` are given, in one value, and what of it goes together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from llmkit_jupyter.errors import shorten
from llmkit_jupyter.notebook.arguments import take_options
from llmkit_jupyter.notebook.flags import UsageError
from llmkit_jupyter.request import VideoGenerationRequest, several

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was asked for. ``None``, and nothing in a tuple, leave the choice to the settings."""

    prompt: str = ""
    models: tuple[str, ...] = ()
    durations: tuple[int, ...] = ()
    sizes: tuple[tuple[int, int], ...] = ()
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
    reuse: bool | None = None
    yes: bool = False
    help: bool = False
    seeds: tuple[int, ...] = ()
    lines: bool = False
    name: str | None = None
    concurrency: int | None = None
    given: frozenset[str] = field(default_factory=frozenset[str])
    """Names of the options on the line."""

    @property
    def several(self) -> str | None:
        """The option that makes it a sweep; ``None`` where it is no sweep."""
        if self.seeds:
            return "--seeds"
        if self.lines:
            return "--lines"
        lists = {"-m": self.models, "-d": self.durations, "-s": self.sizes}
        return next((f"several {flag}" for flag, values in lists.items() if len(values) > 1), None)

    def request(self, prompt: str | None = None) -> VideoGenerationRequest:
        """Build the request, of the first model, duration and size.

        Raises:
            InvalidRequestError: a value that no model accepts.
        """
        width, height = _first(self.sizes) or (None, None)
        request = VideoGenerationRequest(
            self.prompt if prompt is None else prompt,
            model=_first(self.models),
            duration=_first(self.durations),
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
        UsageError: an unknown option, one without its value, or some that do not go together.
        InvalidRequestError: a value that cannot be used.
    """
    values, rest = take_options(line)
    options = Options(**values, prompt=rest, given=frozenset(values))
    if options.lines:
        raise UsageError("--lines takes a prompt from each line of a cell: %%video --lines")
    return _together(options)


def parse_cell(line: str, body: str) -> Options:
    """Read a ``%%video`` cell: options in its first line, the prompt in its body.

    The prompt is the body as it stands, without line ends at its very beginning and end.

    Raises:
        UsageError: as in ``parse_line``, and for text after the options.
        InvalidRequestError: a value that cannot be used.
    """
    values, rest = take_options(line)
    if rest.strip() and not values.get("help"):
        raise UsageError(
            f"the first line of a %%video cell takes options only, and {shorten(rest.strip())} is "
            f"none; the prompt goes below it, or use %video with a single %"
        )
    return _together(Options(**values, prompt=body.strip("\r\n"), given=frozenset(values)))


def _together(options: Options) -> Options:
    """Refuse options that do not go together."""
    if options.help:
        return options
    if {"seed", "seeds"} <= options.given:
        raise UsageError("--seed and --seeds exclude each other; --seeds takes one seed as well")
    if options.several and "count" in options.given:
        raise UsageError(
            f"-n makes several videos of one request, and {options.several} a sweep of many; "
            "there, --seeds 1:4 makes four of each"
        )
    for name in ("name", "concurrency"):
        if name in options.given and not options.several:
            raise UsageError(
                f"--{name} is for a sweep, which is what several -m, -d or -s, --seeds or --lines "
                "make"
            )
    return options


def _first(values: tuple[_T, ...]) -> _T | None:
    return values[0] if values else None
