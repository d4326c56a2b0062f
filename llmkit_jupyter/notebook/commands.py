"""``%llmkit``: what there is to look at and to set, one subcommand each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from llmkit_jupyter.errors import nearest, shorten
from llmkit_jupyter.notebook.flags import UsageError
from llmkit_jupyter.notebook.tables import Table, show, show_text


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


def _costs(words: list[str]) -> None:
    from llmkit_jupyter.notebook import costs

    costs.costs(words)


def _reuse(words: list[str]) -> None:
    from llmkit_jupyter.notebook import spending

    spending.reuse(words)


def _sweeps(words: list[str]) -> None:
    from llmkit_jupyter.notebook import sweeps

    sweeps.sweeps(words)


def _jobs(words: list[str]) -> None:
    from llmkit_jupyter.notebook import jobs, library

    if "--forget" in words:
        library.forget(words)
    else:
        jobs.listed(words)


def _library(words: list[str]) -> None:
    from llmkit_jupyter.notebook import library

    library.library(words)


def _job(words: list[str]) -> None:
    from llmkit_jupyter.notebook import jobs

    jobs.one(words)


def _cancel(words: list[str]) -> None:
    from llmkit_jupyter.notebook import jobs

    jobs.cancel(words)


def _resume(words: list[str]) -> None:
    from llmkit_jupyter.notebook import jobs

    _nothing_after(words, "resume")
    jobs.resume()


def _config(words: list[str]) -> None:
    from llmkit_jupyter.notebook import configuration

    if words not in ([], ["all"]):
        raise UsageError(f"%llmkit config takes all or nothing, and got {shorten(words[0])}")
    configuration.show_settings(every=bool(words))


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
    rows = [(f"%llmkit {command.usage}", command.help) for command in COMMANDS.values()]
    rows.append(("%%video?", "how videos are made, with all options"))
    show(Table(("command", "what it does"), rows, wide=1))


COMMANDS = {
    command.name: command
    for command in (
        Command(
            "models [text|image] [-d S] [-s SIZE] [WORDS]",
            "the models that can be used, and what they are good for",
            _models,
            ("text", "image", "-d", "-s"),
        ),
        Command(
            "jobs [HOW_MANY] [--forget TASK_ID…|all] [--older-than AGE] [--yes]",
            "the newest jobs of all sessions; --forget removes ended ones for good",
            _jobs,
            ("--forget", "all", "--older-than", "--yes"),
        ),
        Command("job TASK_ID", "show a job: its video, or how far it is", _job),
        Command("resume", "take up unfinished jobs and show them", _resume),
        Command("cancel TASK_ID", "stop a job, where that can be done", _cancel),
        Command(
            "sweeps [NAME] [--forget NAME [--yes]]",
            "the sweeps of all sessions, or one of them; what is forgotten keeps its videos",
            _sweeps,
            ("--forget", "--yes"),
        ),
        Command(
            "reuse [on|off|seeded]",
            "what the library answers instead of paying for it again; a word sets it for this "
            "session",
            _reuse,
            ("on", "off", "seeded"),
        ),
        Command(
            "budget [DOLLARS|off]",
            "what was spent and what is left; an amount is a limit for this session",
            _budget,
            ("off",),
        ),
        Command(
            "costs [DAYS|all]",
            "what was spent by day and model, in the last 30 days or as many as you say",
            _costs,
            ("all",),
        ),
        Command(
            "library [purge AGE [--yes]|export FOLDER]",
            "the videos on this machine: their size, deleting older files, copying all",
            _library,
            ("purge", "export", "--yes"),
        ),
        Command(
            "config [all]",
            "the settings, where each comes from, and the balance of the account",
            _config,
            ("all",),
        ),
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
