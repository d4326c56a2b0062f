"""Tab completion after ``%video``, ``%%video`` and ``%llmkit``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.notebook.arguments import quoted
from llmkit_jupyter.notebook.commands import COMMANDS
from llmkit_jupyter.notebook.flags import BY_FLAG, OPTIONS

_PICTURES = (".png", ".jpg", ".jpeg", ".webp")


def complete(line: str, *, first_line: bool) -> tuple[str, list[str]] | None:
    """Find what may stand at the end of a line.

    Args:
        line: the text of the line up to the cursor.
        first_line: whether it is the cell's first line, where ``%%video`` is allowed.

    Returns:
        The fragment that is replaced and the words for its place; ``None`` where the line is
        not ours, or the cursor stands in a prompt.
    """
    match = re.match(r"\s*(%{1,2})(video|llmkit)\s+(.*)$", line, re.DOTALL)
    if match is None or (match.group(1) == "%%" and (not first_line or match.group(2) != "video")):
        return None
    rest = match.group(3)
    if match.group(2) == "llmkit":
        return _after_llmkit(rest)
    return _after_video(rest)


def _after_llmkit(rest: str) -> tuple[str, list[str]] | None:
    words = rest.split(" ")
    fragment = words.pop()
    words = [word for word in words if word]
    if not words:
        return fragment, _starting(fragment, COMMANDS)
    if words[0] == "models":
        return _after_models(words, fragment)
    if words[0] in ("jobs", "library", "sweeps"):
        after = _after_sweeps if words[0] == "sweeps" else _after_removals
        return fragment, _starting(fragment, after(words))
    if len(words) > 1:
        return None
    if words[0] in ("job", "cancel"):
        ids = _task_ids(unfinished=words[0] == "cancel")
        return fragment, _starting(fragment, ids)
    command = COMMANDS.get(words[0])
    known = list(COMMANDS) if words[0] == "help" else command.words if command else ()
    return (fragment, _starting(fragment, known)) if known else None


def _after_removals(words: list[str]) -> list[str]:
    """List what may follow the commands that can remove something."""
    if len(words) == 1:
        return {"jobs": ["--forget"], "library": ["purge", "export"]}[words[0]]
    if words[1] == "--forget" and words[-1] != "--older-than":
        ids = _task_ids(unfinished=False) if "all" not in words else []
        known = [*COMMANDS["jobs"].words, *ids]
        return [word for word in known if word not in words and not (word == "all" and words[2:])]
    return ["--yes"] if words[1] == "purge" and len(words) == 3 else []


def _after_sweeps(words: list[str]) -> list[str]:
    flags = [word for word in COMMANDS["sweeps"].words if word not in words]
    if "--forget" not in words:
        flags.remove("--yes")
    named = any(not word.startswith("-") for word in words[1:])
    # A name with blanks would be completed from its last word.
    names = [] if named else [name for name in _sweeps() if " " not in name]
    return [*names, *flags]


def _sweeps() -> list[str]:
    from llmkit_jupyter import settings
    from llmkit_jupyter.engine.glance import newest_sweeps

    try:
        return newest_sweeps(settings.load().home, 50)
    except LLMKitError:
        return []


def _after_models(words: list[str], fragment: str) -> tuple[str, list[str]]:
    if words[-1] in ("-s", "--size"):
        return fragment, _starting(fragment, _values("sizes", fragment))
    left = [word for word in COMMANDS["models"].words if word not in words]
    return fragment, _starting(fragment, left)


def _after_video(rest: str) -> tuple[str, list[str]] | None:
    words = rest.split()
    fragment = words.pop() if words and not rest[-1].isspace() else ""
    wants: str | None = None
    for word in words:
        if wants is not None:
            wants = None
        elif word in BY_FLAG:
            row = BY_FLAG[word]
            wants = row.name if row.read is not None else None
        elif not (word.startswith("-") and "=" in word):
            # The prompt has begun (or `--` says that it does).
            return None
    if wants is not None:
        return fragment, _starting(fragment, _values(wants, fragment))
    flag, mark, value = fragment.partition("=")
    if mark and flag in BY_FLAG:
        return value, _starting(value, _values(BY_FLAG[flag].name, value))
    if not fragment or fragment.startswith("-"):
        return fragment, _starting(fragment, [row.long for row in OPTIONS])
    return None


def _starting(fragment: str, words: Iterable[str]) -> list[str]:
    return [word for word in words if word.lower().startswith(fragment.lower())]


def _values(name: str, fragment: str) -> list[str]:
    if name == "image":
        return _pictures(fragment)
    if name == "sizes":
        from llmkit_jupyter.catalog.sizes import PRESETS

        return [preset.name for preset in PRESETS]
    if name == "models":
        return _models()
    if name == "name":
        return [quoted(name) for name in _sweeps() if " " not in name]
    if name == "provider":
        from llmkit_jupyter.providers import registry

        return registry.names()
    return []


def _pictures(fragment: str) -> list[str]:
    """List folders and pictures where a path that is being typed leads."""
    typed = fragment[: fragment.rfind("/") + 1]
    try:
        found = sorted(Path(typed or ".").expanduser().iterdir())
        # A path with spaces would need quotes, which the fragment cannot grow afterwards.
        return [
            f"{typed}{path.name}{'/' if path.is_dir() else ''}"
            for path in found
            if not path.name.startswith(".")
            and not any(character.isspace() for character in path.name)
            and (path.is_dir() or path.suffix.lower() in _PICTURES)
        ]
    except (OSError, RuntimeError, ValueError):
        return []  # no such folder yet


def _models() -> list[str]:
    from llmkit_jupyter.catalog.models import PAGE_MODELS
    from llmkit_jupyter.client import default_client

    try:
        return list(dict.fromkeys(model.id for model in default_client().models(refresh=False)))
    except LLMKitError:
        # Completion is no place to complain about a setting.
        return [model.id for model in PAGE_MODELS]


def _task_ids(*, unfinished: bool) -> list[str]:
    from llmkit_jupyter import settings
    from llmkit_jupyter.engine.glance import newest_ids

    try:
        # Not through a client: it would take up the jobs of earlier sessions, and wait for
        # whoever holds the journal while somebody types.
        return newest_ids(settings.load().home, 50, unfinished=unfinished)
    except LLMKitError:
        return []


def make_matcher() -> Any:
    """Make the function for ``IPCompleter.custom_matchers`` (IPython's second matcher API)."""
    from IPython.core import completer

    api: Any = completer

    def llmkit_matcher(context: Any) -> Any:
        first = not any(
            part.strip() for part in context.full_text.split("\n")[: context.cursor_line]
        )
        found = complete(context.text_until_cursor, first_line=first)
        if found is None:
            return {"completions": [], "suppress": False}
        fragment, words = found
        return {
            "completions": [api.SimpleCompletion(word, type="magic") for word in words],
            "matched_fragment": fragment,
            # Names of variables and files have no place here; without any word of ours as well.
            "suppress": True,
            "ordered": True,
        }

    return api.context_matcher(identifier="llmkit_jupyter")(llmkit_matcher)
