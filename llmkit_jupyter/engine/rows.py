"""Reads the journal's rows: what is not ours in one of them costs that row alone, and is told."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from llmkit_jupyter.engine.inputs import Inputs
from llmkit_jupyter.engine.record import JobRecord
from llmkit_jupyter.errors import shorten

_NAMED = 5  # task ids, and reasons, in one sentence


class Rows:
    """Makes records of rows.

    Args:
        path: of the journal, for messages.
        inputs: where the pictures of its jobs are.
        tell: takes a sentence for the user.
    """

    def __init__(self, path: Path, inputs: Inputs, tell: Callable[[str], None]) -> None:
        self._path = path
        self._inputs = inputs
        self._tell = tell
        self._refused: set[str] = set()

    def read(self, rows: Iterable[sqlite3.Row | dict[str, Any]]) -> list[JobRecord]:
        """Give the jobs; rows that no version of this program wrote are left out, and told once."""
        records: list[JobRecord] = []
        refused: dict[str, str] = {}
        for row in rows:
            try:
                record = JobRecord.from_row(dict(row))
            except (ValueError, TypeError, KeyError) as error:
                name = shorten(row["task_id"])
                if name not in self._refused:
                    refused[name] = str(error)
                continue
            image = self._inputs.own(record.sent.image)
            records.append(replace(record, sent=replace(record.sent, image=image)))
        if refused:
            self._refused |= refused.keys()
            self._tell(_refusal(self._path, refused))
        return records


def _refusal(path: Path, refused: Mapping[str, str]) -> str:
    several = len(refused) > 1
    jobs, are, them = (f"{len(refused)} jobs", "are", "them") if several else ("A job", "is", "it")
    names = ", ".join(list(refused)[:_NAMED]) + (", ..." if len(refused) > _NAMED else "")
    reasons = ", ".join(dict.fromkeys(list(refused.values())[:_NAMED]))
    return (
        f"{jobs} in the journal {path} {are} damaged, or not written by this program ({reasons}): "
        f"{names}. Left alone: nothing is sent or fetched for {them}."
    )
