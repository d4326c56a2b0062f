"""Which job a request needs no new one for, because it asks for the same video.

Everything here that takes a database runs inside a transaction of the journal, so that the same
request that begins in two kernels at once becomes one job.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from llmkit_jupyter.engine.library import Library
from llmkit_jupyter.engine.record import JobRecord, likenesses
from llmkit_jupyter.engine.rows import Rows
from llmkit_jupyter.errors import InvalidRequestError

Rule = bool | None
"""``True``: also a request without a seed is answered from the library; ``False``: none is;
``None``: those that have one."""
BY_WORD: Mapping[str, Rule] = {"on": True, "off": False, "seeded": None}
"""The rules as settings name them."""
Match = Literal["never", "same", "any seed"]

# Newest first; one that is there before one that is under way.
_ALIKE = """SELECT * FROM jobs WHERE {column} = ? AND forgotten_at IS NULL
    AND (status = 'processing' OR (status = 'completed' AND file IS NOT NULL))
    ORDER BY status = 'processing', created_at DESC, rowid DESC"""
_BY_MATCH = {
    "same": _ALIKE.format(column="likeness"),
    "any seed": _ALIKE.format(column="likeness_any"),
}


def as_rule(name: str, value: object) -> Rule:
    """Check a rule.

    Raises:
        InvalidRequestError: neither ``True`` nor ``False`` nor ``None``.
    """
    if value is None or isinstance(value, bool):
        return value
    raise InvalidRequestError(
        name, value, "True (also without a seed), False (never) or None (requests with a seed)"
    )


def match_of(rule: Rule, *, seeded: bool) -> Match:
    """Give what may answer a request under a rule.

    Args:
        rule: the one in force.
        seeded: the request names its seed.
    """
    if rule is False:
        return "never"
    if seeded:
        return "same"
    return "any seed" if rule else "never"


class Reuse:
    """Finds jobs that have made, or are making, what a request asks for.

    Args:
        rows: reads the journal's rows.
        library: where their videos are.
    """

    def __init__(self, rows: Rows, library: Library) -> None:
        self._rows = rows
        self._library = library

    def choose(
        self,
        db: sqlite3.Connection,
        wanted: Sequence[tuple[JobRecord, Match]],
        taken: Collection[str] = (),
    ) -> list[JobRecord]:
        """Give the job that each request gets: its own, or one that makes the same.

        Requests of one call share a job where their seed is the same; without one each gets
        another video, because more than one was asked for: none of those that are taken.
        """
        chosen: list[JobRecord] = []
        taken = {*taken, *(record.task_id for record, _ in wanted)}
        own: dict[str, JobRecord] = {}
        for record, match in wanted:
            if match == "never":
                chosen.append(record)
                continue
            key = likenesses(record.provider, record.endpoint, record.sent)[0]
            found = own.get(key) if match == "same" else None
            found = found or self._find(db, record, match, taken if match == "any seed" else ())
            chosen.append(found or record)
            if match == "same":
                own[key] = chosen[-1]
            taken.add(chosen[-1].task_id)
        return chosen

    def _find(
        self, db: sqlite3.Connection, record: JobRecord, match: Match, but: Collection[str]
    ) -> JobRecord | None:
        seedless = match == "any seed"
        key = likenesses(record.provider, record.endpoint, record.sent)[seedless]
        for row in db.execute(_BY_MATCH[match], (key,)):
            if row["task_id"] in but:
                continue
            for found in self._rows.read([row]):
                # A journal may have been brought by anybody: what the row says is looked at again.
                same = likenesses(found.provider, found.endpoint, found.sent)[seedless] == key
                if same and self._is_there(found, record.account):
                    return found
        return None

    def _is_there(self, found: JobRecord, account: str) -> bool:
        if not found.ended:
            # Of another key nobody here could ask what becomes of it.
            return found.account == account
        return found.file is not None and self._library.path(found.file).is_file()
