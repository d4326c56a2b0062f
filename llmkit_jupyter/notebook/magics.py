"""``%video``, ``%%video`` and ``%llmkit``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class, no_var_expand

from llmkit_jupyter.notebook import commands
from llmkit_jupyter.notebook.help import HELP
from llmkit_jupyter.notebook.options import Options, parse_cell, parse_line
from llmkit_jupyter.notebook.plainly import plain_errors, plain_warnings
from llmkit_jupyter.notebook.prompts import each_line, fill_in
from llmkit_jupyter.notebook.tables import show_text

if TYPE_CHECKING:
    from llmkit_jupyter.client import LLMKitClient


# IPython's decorators are untyped; without `no_var_expand` it would run {expressions} that
# stand in a prompt.
_magics_class: Callable[[type[VideoMagics]], type[VideoMagics]] = magics_class
_line: Any = line_magic
_line_cell: Any = line_cell_magic
_verbatim: Any = no_var_expand


@_magics_class
class VideoMagics(Magics):
    """The magics of the extension."""

    @_verbatim
    @_line_cell
    def video(self, line: str, cell: str | None = None) -> None:  # noqa: D102 - see below
        with plain_errors():
            options = parse_line(line) if cell is None else parse_cell(line, cell)
            if options.help or (cell is None and not line.strip(" \t?")):
                show_text(HELP)
            else:
                self._make(options)

    # What `%video?` and `%%video?` show.
    video.__doc__ = HELP

    @_verbatim
    @_line
    def llmkit(self, line: str) -> None:
        """Look at models, jobs and settings: %llmkit help lists the subcommands."""
        with plain_errors():
            commands.run(line)

    def _make(self, options: Options) -> None:
        ipython: Any = self.shell  # pyright: ignore[reportUnknownMemberType]
        names: dict[str, Any] = ipython.user_ns
        # A value that is put in may have several lines, and is part of one prompt all the same.
        prompts = each_line(options.prompt) if options.lines else [options.prompt]
        if options.vars:
            prompts = [fill_in(prompt, names) for prompt in prompts]
        if options.several is None:
            _make_videos(options, prompts[0], names)
        else:
            from llmkit_jupyter.notebook import experiment

            experiment.make(options, prompts, _client(options.provider), names)


def _make_videos(options: Options, prompt: str, names: dict[str, Any]) -> None:
    """Make the videos of one request; the variable of ``-o`` gets what comes of it."""
    from llmkit_jupyter import job
    from llmkit_jupyter.notebook import live

    requests = options.requests(prompt)
    client = _client(options.provider)
    with plain_warnings():
        jobs = client.submit_videos(requests, confirm=options.yes, reuse=options.reuse)
    many = "count" in options.given

    def bind(values: Sequence[object]) -> None:
        if options.output is not None:
            names[options.output] = list(values) if many else values[0]

    # Kept for as long as there are no responses: an interrupt or a failure loses nothing.
    bind(jobs)
    if options.background:
        live.follow(jobs)
        return
    kept = ""
    if options.output is not None:
        what = f"the list of the {len(jobs)} jobs" if many else "the job"
        kept = f"{options.output} is {what} now. "
    with live.waiting(jobs, final="video", kept=kept):
        # Not the client's own waiting, which would show cards as well.
        responses = job.wait_all(jobs, client.settings.timeout)
    bind(responses)


_clients: dict[str, LLMKitClient] = {}


def _client(provider: str | None) -> LLMKitClient:
    """Give the client of the settings in force, or one for the provider named by ``-p``."""
    from llmkit_jupyter import settings
    from llmkit_jupyter.client import LLMKitClient, default_client

    if provider is None:
        return default_client()
    known = _clients.get(provider)
    if known is None or known.settings != settings.load(provider=provider):
        known = _clients[provider] = LLMKitClient(provider)
    return known
