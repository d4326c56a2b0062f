"""Copies the library's videos to a folder that makes sense without this program."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from llmkit_jupyter.engine.library import Library
from llmkit_jupyter.engine.record import JobRecord
from llmkit_jupyter.errors import InvalidRequestError, OutputExistsError
from llmkit_jupyter.response import VideoGenerationResponse
from llmkit_jupyter.saving import save_copy

LIST = "jobs.json"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did: how many videos were copied now, and how many were there already."""

    folder: Path
    copied: int
    there: int


def export(records: Iterable[JobRecord], library: Library, folder: str | Path) -> Exported:
    """Copy videos and write the list of them. See ``VideoLibrary.export``."""
    target = usable_folder(folder, library)
    known = _read(target / LIST)
    copied = there = 0
    for record in sorted(records, key=lambda each: each.created_at):
        source = library.path(record.file) if record.file and record.ended else None
        if source is None or not source.is_file():
            continue
        name = _name(record, source.suffix)
        if _copy(source, target / name):
            copied += 1
        else:
            there += 1
        known[record.task_id] = _entry(record, source, name)
    rows = list(known.values())
    write_text(target / LIST, json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
    return Exported(target, copied, there)


def usable_folder(folder: object, library: Library) -> Path:
    """Make a folder for copies, or say why there can be none.

    Raises:
        InvalidRequestError: it cannot be made, or is the library itself.
    """
    if not isinstance(folder, (str, Path)) or not str(folder).strip() or "\0" in str(folder):
        raise InvalidRequestError("folder", folder, "a folder")
    try:
        target = Path(folder).expanduser()
        target.mkdir(parents=True, exist_ok=True)
        if library.folder.exists() and target.samefile(library.folder):
            raise InvalidRequestError("folder", str(folder), "a folder outside the library")
    except RuntimeError as error:  # no such user
        raise InvalidRequestError("folder", folder, "a folder", because=str(error)) from None
    except OSError as error:
        because = str(error.strerror or error)
        allowed = "a folder that can be made and written"
        raise InvalidRequestError("folder", str(folder), allowed, because=because) from error
    return target


def _name(record: JobRecord, suffix: str) -> str:
    """Make a name that people can read, and that is the same at every export."""
    stem = VideoGenerationResponse(status="completed", request=record.request).file_stem
    return f"{stem}-{record.task_id[:8]}{suffix}"


def _copy(source: Path, target: Path) -> bool:
    """Copy a video, and say whether it was not there yet; whatever is there is left alone."""
    there = os.path.lexists(target)
    # Where there are no hard links, a copy that is cut off leaves its name with nothing in it.
    empty = there and target.is_file() and not target.is_symlink() and not target.stat().st_size
    if there and not empty:
        return False
    save_copy(source, target, overwrite=empty)
    return True


def _entry(record: JobRecord, source: Path, name: str) -> dict[str, Any]:
    """Describe a video, without what concerns nobody else: account, addresses, paths."""
    return {
        "file": name,
        "prompt": record.request.prompt,
        "provider": record.provider,
        "model": record.model,
        "seed": record.seed,
        "cost": record.cost,
        "created_at": _moment(record.created_at),
        "finished_at": _moment(record.finished_at),
        "duration": record.duration,
        "width": record.width,
        "height": record.height,
        "format": record.format,
        "size": source.stat().st_size,
        "task_id": record.task_id,
    }


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """Read the list of an earlier export: what was purged since then is still in the folder.

    Raises:
        OutputExistsError: it is something else, which is not to be overwritten.
    """
    if not os.path.lexists(path):
        return {}
    foreign = OutputExistsError("folder", str(path), f"a folder without a {LIST} of another kind")
    if path.is_symlink() or not path.is_file():
        raise foreign
    try:
        found: object = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, list):
            raise foreign
        rows = cast("list[dict[str, Any]]", found)
        return {str(row["task_id"]): row for row in rows if row["file"]}
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise foreign from error


def write_text(path: Path, text: str) -> None:
    """Write a list of what is in a folder; its name only ever holds a whole one.

    Raises:
        InvalidRequestError: the folder cannot be written, or the disk is full.
    """
    scratch = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        scratch.write_text(text, encoding="utf-8", newline="\n")
        scratch.replace(path)
    except OSError as error:
        because = str(error.strerror or error)
        raise InvalidRequestError(
            "folder", str(path.parent), "a folder that can be written", because=because
        ) from error
    finally:
        scratch.unlink(missing_ok=True)
