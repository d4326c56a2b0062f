"""``%llmkit library``, and ``%llmkit jobs --forget``: nothing goes without ``--yes``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmkit_jupyter.errors import shorten
from llmkit_jupyter.notebook.flags import UsageError
from llmkit_jupyter.notebook.tables import Table, show, show_text
from llmkit_jupyter.notebook.wording import amount, many

if TYPE_CHECKING:
    from llmkit_jupyter.engine.care import VideoLibrary
    from llmkit_jupyter.engine.removal import Removal

_AGES = "such as 12h, 30d or 8w"


def library(words: list[str]) -> None:
    """Show what there is, purge it, or export it."""
    from llmkit_jupyter.client import default_client

    kept = default_client().library
    match words:
        case []:
            _show(kept)
        case ["purge", *rest]:
            _purge(kept, rest)
        case ["export", *rest]:
            _export(kept, rest)
        case _:
            raise UsageError(
                f"%llmkit library takes purge AGE, export FOLDER or nothing, and got "
                f"{shorten(words[0])}"
            )


def forget(words: list[str]) -> None:
    """Remove jobs for good, or say what would go.

    Args:
        words: all that stands after ``%llmkit jobs``.
    """
    from llmkit_jupyter.client import default_client

    yes, words = _yes(words)
    age: str | None = None
    ids: list[str] = []
    left = [word for word in words if word != "--forget"]
    while left:
        word = left.pop(0)
        if word == "--older-than":
            if not left:
                raise UsageError(f"%llmkit jobs --forget: --older-than needs an age, {_AGES}")
            age = left.pop(0)
        elif word.startswith("-"):
            raise UsageError(
                f"%llmkit jobs --forget has no option {shorten(word)}; known: --older-than AGE, "
                "--yes"
            )
        else:
            # As they are copied from Python.
            ids.append(word.strip("\"',"))
    if not ids and age is None:
        raise UsageError(
            "%llmkit jobs --forget takes task ids, or all; %llmkit jobs lists them. "
            f"--older-than AGE leaves the newer ones, {_AGES}"
        )
    chosen = "all" if ids in ([], ["all"]) else ids
    gone = default_client().forget(chosen, older_than=age, dry_run=not yes)
    if not gone.task_ids:
        show_text("No such jobs have ended; nothing is forgotten.")
        return
    jobs = many(len(gone.task_ids), "job")
    if yes:
        show_text(f"Forgotten: {jobs}, with {_files(gone.files, gone.size)}.{_copies(gone)}")
        return
    paid = ""
    if gone.unfinished:
        paid = (
            f" {gone.unfinished} of them unfinished: it may have been paid for, and nobody will "
            "fetch what comes of it."
        )
    show_text(
        f"{jobs} would be forgotten for good: prompts, pictures, addresses, error texts, and "
        f"{_files(gone.files, gone.size)}. What they cost stays counted. Copies that were saved, "
        f"exported or put beside notebooks stay.{paid}{_copies(gone)}\n{_agree('jobs', words)}"
    )


def _show(kept: VideoLibrary) -> None:
    parts = kept.parts
    lying = many(len(parts), "part") if parts else "none"
    rows = [
        ("folder", str(kept.folder)),
        ("videos", str(len(kept.videos))),
        ("size", amount(kept.size)),
        ("free on the disk", amount(kept.free)),
        ("unfinished downloads", lying),
    ]
    caption = (
        "%llmkit library purge 30d deletes the files of older videos; %llmkit library export "
        "FOLDER copies all; %llmkit jobs --forget TASK_ID removes a job with its prompt."
    )
    show(Table(("library", "now"), rows, caption=caption, wide=1))


def _purge(kept: VideoLibrary, words: list[str]) -> None:
    yes, words = _yes(words)
    if len(words) != 1:
        got = f"{len(words)} words" if words else "nothing"
        raise UsageError(f"%llmkit library purge takes one age, {_AGES}, and got {got}")
    gone = kept.purge(words[0], dry_run=not yes)
    if not gone.task_ids:
        show_text(f"No videos are older than {words[0]}.")
        return
    files = _files(gone.files, gone.size)
    if yes:
        show_text(f"Deleted {files}. Prompts and costs are kept.")
        return
    show_text(
        f"{files} older than {words[0]} would be deleted for good; prompts and costs are kept.\n"
        f"{_agree('library purge', words)}"
    )


def _export(kept: VideoLibrary, words: list[str]) -> None:
    folder = " ".join(words).strip("\"'")
    if not folder:
        raise UsageError("%llmkit library export takes a folder, such as ~/videos")
    done = kept.export(folder)
    there = f"; {done.there} were there already" if done.there else ""
    show_text(f"Copied {many(done.copied, 'video')} to {done.folder}{there}. jobs.json lists all.")


def _yes(words: list[str]) -> tuple[bool, list[str]]:
    return "--yes" in words, [word for word in words if word != "--yes"]


def _agree(command: str, words: list[str]) -> str:
    return f"Nothing was done yet. Say yes with: %llmkit {command} {' '.join(words)} --yes"


def _files(number: int, size: int) -> str:
    return f"{many(number, 'file')} ({amount(size)})"


def _copies(gone: Removal) -> str:
    if not gone.copies:
        return ""
    listed = ", ".join(map(str, gone.copies))
    return f" Damaged journals that were set aside keep all that was in them; delete them: {listed}"
