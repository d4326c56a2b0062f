"""``%llmkit``: what there is to look at and to set, one subcommand each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from llmkit_jupyter.errors import InvalidRequestError, LLMKitError, nearest, shorten
from llmkit_jupyter.notebook.flags import UsageError
from llmkit_jupyter.notebook.tables import Table, show, show_text
from llmkit_jupyter.notebook.wording import excerpt, seconds
from llmkit_jupyter.settings import Secret


@dataclass(frozen=True, slots=True)
class Command:
    """A subcommand: how it is typed, what it does, and the function that does it."""

    usage: str
    help: str
    run: Callable[[list[str]], None]
    words: tuple[str, ...] = ()
    """What may follow, for completion."""

    @property
    def name(self) -> str:
        """The word after ``%llmkit``."""
        return self.usage.split(maxsplit=1)[0]


def run(line: str) -> None:
    """Run the subcommand that a line names; none is ``help``.

    Raises:
        UsageError: no such subcommand, or words that it does not take.
        LLMKitError: what the subcommand itself may raise.
    """
    name, _, rest = line.strip().partition(" ")
    name = {"": "help", "-h": "help", "--help": "help"}.get(name, name)
    command = COMMANDS.get(name)
    if command is None:
        raise UsageError(f"unknown subcommand {shorten(name)}; {nearest(name, list(COMMANDS))}")
    words = rest.split()
    if words and words[0] in ("-h", "--help"):
        show_text(f"%llmkit {command.usage}\n    {command.help}")
        return
    command.run(words)


def _nothing_after(words: list[str], name: str) -> None:
    if words:
        raise UsageError(f"%llmkit {name} takes nothing after it, and got {shorten(words[0])}")


def _models(words: list[str]) -> None:
    from llmkit_jupyter.notebook import listing

    listing.models(words)


def _budget(words: list[str]) -> None:
    from llmkit_jupyter.notebook import spending

    spending.budget(words)


def _jobs(words: list[str]) -> None:
    from llmkit_jupyter.client import default_client

    limit = 20
    if words:
        if len(words) > 1 or not words[0].isascii() or not words[0].isdigit() or int(words[0]) < 1:
            raise InvalidRequestError("jobs", " ".join(words), "how many to list, such as 50")
        limit = int(words[0])
    show(
        Table(
            ("prompt", "model", "status", "took", "task id"),
            [
                (
                    excerpt(job.request.prompt, 60),
                    job.model,
                    _status(job),
                    seconds(job.elapsed),
                    job.task_id,
                )
                for job in default_client().jobs(limit)
            ],
            empty="No jobs yet. Make a video with: %video a cat on a skateboard",
            caption='Newest first. client.job("task id") gives one of them back.',
            code=4,
        )
    )


def _status(job: Any) -> str:
    if job.status == "processing":
        return "cancelling" if job.cancelling else str(job.phase)
    if job.error is not None:
        return "cancelled" if job.error.code == "cancelled" else f"failed: {job.error.code}"
    return str(job.status)


def _resume(words: list[str]) -> None:
    from llmkit_jupyter.client import default_client
    from llmkit_jupyter.notebook import live

    if len(words) > 1:
        raise UsageError(f"%llmkit resume takes one task id, and got {len(words)} words")
    client = default_client()
    client.resume()
    jobs = [client.job(words[0])] if words else client.jobs(None, unfinished=True)
    if not jobs:
        show_text("No unfinished jobs.")
        return
    live.follow(jobs)


def _config(words: list[str]) -> None:
    _nothing_after(words, "config")
    from llmkit_jupyter import settings as settings_module

    settings = settings_module.load()
    rows: list[tuple[str, str, str]] = []
    for field in fields(settings):
        if field.name == "sources":
            continue
        value = getattr(settings, field.name)
        is_secret = "Secret" in str(field.type)
        if is_secret or isinstance(value, Secret):
            text = "not set" if value is None else "set"
        else:
            text = "not set" if value is None or value == {} else str(value)
        rows.append((field.name, text, settings.sources.get(field.name, "default")))
    show(
        Table(
            ("setting", "value", "from"),
            rows,
            caption=f"{_provider()} Argument > environment > config.toml in home > default.",
        )
    )


def _provider() -> str:
    from llmkit_jupyter.client import default_client
    from llmkit_jupyter.notebook import spending

    try:
        client = default_client()
        return f"Videos are made by: {client.provider}.{spending.balance(client)}"
    except LLMKitError as error:
        # What is wrong is part of the answer; the table says where it comes from.
        return f"No provider can be used: {error}."


def _login(words: list[str]) -> None:
    from llmkit_jupyter.notebook import login

    show_text(login.login(words))


def _nested(words: list[str]) -> None:
    from llmkit_jupyter.notebook import nested

    word = words[0].lower() if words else "status"
    if len(words) > 1 or word not in ("on", "off", "status"):
        raise UsageError(f"%llmkit nested takes on, off or status, and got {shorten(words[0])}")
    told = {"on": nested.allow_nested_run, "off": nested.end_nested_run, "status": nested.status}
    show_text(told[word]())


def _help(words: list[str]) -> None:
    if words and words[0] in COMMANDS:
        run(f"{words[0]} --help")
        return
    lines = [f"  %llmkit {command.usage:<45}{command.help}" for command in COMMANDS.values()]
    show_text("\n".join([*lines, "", "  %%video?  explains how videos are made"]))


COMMANDS = {
    command.name: command
    for command in (
        Command(
            "models [text|image] [-d S] [-s SIZE] [WORDS]",
            "the models that can be used, and what they are good for",
            _models,
            ("text", "image", "-d", "-s"),
        ),
        Command("jobs [HOW_MANY]", "the newest jobs of all sessions", _jobs),
        Command("resume [TASK_ID]", "show unfinished jobs again, or one job by its id", _resume),
        Command(
            "budget [DOLLARS|off]",
            "what was spent and what is left; an amount limits it from now on",
            _budget,
            ("off",),
        ),
        Command("config", "each setting, its value and where it comes from", _config),
        Command(
            "login [--keyring|--forget]",
            "type in a key; it is kept in memory, or in the system's keyring",
            _login,
            ("--keyring", "--forget"),
        ),
        Command(
            "nested [on|off|status]",
            "let a script that calls asyncio.run() run in a cell",
            _nested,
            ("on", "off", "status"),
        ),
        Command("help [SUBCOMMAND]", "this list", _help),
    )
}
