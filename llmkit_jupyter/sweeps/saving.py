"""A sweep's videos in a folder that makes sense without this program, with a table beside them."""

from __future__ import annotations

import csv
import filecmp
import io
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from llmkit_jupyter.engine import export
from llmkit_jupyter.engine.library import Library
from llmkit_jupyter.errors import OutputExistsError
from llmkit_jupyter.response import VideoGenerationResponse
from llmkit_jupyter.saving import save_copy
from llmkit_jupyter.sweeps.frame import Line

TABLE = "results.csv"
# What a spreadsheet would take for a formula: prompts may come from anywhere.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def save(
    name: str, found: Sequence[Line], library: Library, folder: str | Path, *, overwrite: bool
) -> Path:
    """Copy videos and write the table of them. See ``Sweep.save``.

    Raises:
        OutputExistsError: a file of other contents is there and ``overwrite`` is not set.
        InvalidRequestError: the folder cannot be written, or the disk is full.
    """
    target = export.usable_folder(folder, library)
    table = target / TABLE
    before = _read(table, name, overwrite=overwrite)
    digits = max([3, *(len(str(line.number)) for line in found)])
    copies = {
        line.number: (line.video, target / _file_name(line, digits, line.video.suffix))
        for line in found
        if line.video is not None and line.video.is_file()
    }
    # Looked at before anything is written: what stands in the way is told while nothing is done.
    missing = [
        (source, path)
        for source, path in copies.values()
        if not _is_there(source, path, overwrite=overwrite)
    ]
    for source, path in missing:
        save_copy(source, path, overwrite=os.path.lexists(path))
    rows = {**before}
    for line in found:
        copy = copies.get(line.number)
        values = {"sweep": name, **line.values, "file": copy[1].name if copy else None}
        rows[line.number] = {key: _cell(value) for key, value in values.items()}
    export.write_text(table, _as_csv([rows[number] for number in sorted(rows)]))
    return target


def _file_name(line: Line, digits: int, suffix: str) -> str:
    """Make a name that sorts as the rows do, and says what is in the file."""
    stem = VideoGenerationResponse(status="completed", request=line.request).file_stem
    model = str(line.values["model"] or "").rpartition("/")[2]
    short = re.sub(r"[^A-Za-z0-9.]+", "-", model).strip("-.").lower()[:32]
    seed = line.values["seed"]
    parts = [f"{line.number:0{digits}d}", short, "" if seed is None else f"seed{seed}", stem]
    return "-".join(part for part in parts if part) + suffix


def _is_there(source: Path, path: Path, *, overwrite: bool) -> bool:
    """Whether the copy was made already.

    Raises:
        OutputExistsError: something else is there.
    """
    if not os.path.lexists(path):
        return False
    plain = path.is_file() and not path.is_symlink()
    if plain and filecmp.cmp(source, path, shallow=False):
        return True
    # Where there are no hard links, a copy that is cut off leaves its name with nothing in it.
    if (plain and not path.stat().st_size) or (overwrite and not path.is_dir()):
        return False
    raise OutputExistsError("folder", str(path), "another folder, or overwrite=True")


def _read(path: Path, name: str, *, overwrite: bool) -> dict[int, dict[str, str]]:
    """Read the table of an earlier saving of this sweep: of other rows, perhaps.

    Raises:
        OutputExistsError: it is something else, which is not to be overwritten.
    """
    if not os.path.lexists(path):
        return {}
    try:
        if path.is_symlink() or not path.is_file():
            raise ValueError(path)  # noqa: TRY301
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if list(reader.fieldnames or [])[:2] != ["sweep", "row"]:
                raise ValueError(path)  # noqa: TRY301
            rows = {int(row["row"]): row for row in reader}
        # What DictReader has too many of it puts below no name.
        if any(row["sweep"] != _cell(name) or None in row for row in rows.values()):
            raise ValueError(path)  # noqa: TRY301
    except (ValueError, TypeError, KeyError, csv.Error, OSError) as error:
        if overwrite and not path.is_dir():
            return {}
        allowed = f"a folder without a {TABLE} of something else, or overwrite=True"
        raise OutputExistsError("folder", str(path), allowed) from error
    return rows


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def _as_csv(rows: Sequence[Mapping[str, str]]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, names, restval="", lineterminator="\n")
    writer.writerow({name: _cell(name) for name in names})
    writer.writerows(rows)
    return out.getvalue()
