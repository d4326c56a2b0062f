"""Which request gets which fault, and how often."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

KINDS = ("submit", "poll", "details", "dryrun", "account", "file", "schema", "any")
KINDS += ("list", "cancel", "models")  # of /v1/videos alone
REFUSALS = ("reset", "timeout")  # and every number: nothing is accepted
LOSSES = ("lost",)  # accepted, and the reply never comes
ANSWERS = (  # the HTTP answer's body is replaced
    "html",
    "json-error",
    "invalid-json",
    "empty",
    "huge",
    "gzip-bomb",
    "slow",
)
ITEMS = (  # the answer's JSON is altered
    "foreign",
    "foreign-error",
    "partial",
    "item-error",
    "singular-error",
    "singular-error-list",
    "anonymous-error",
    "status",
    "no-data",
    "bare-list",
    "echo-key",
)
FILES = (  # only of files
    "cut",
    "short-length",
    "long-length",
    "no-range",
    "etag-changes",
    "endless",
    "redirect",
    "redirect-origin",
)
EVERYWHERE = {*REFUSALS, *ANSWERS}
DETAILS = ("retry_after", "body", "code", "size", "rate")


@dataclass(slots=True)
class Fault:
    """One fault: of which requests, what happens, and to how many of them.

    Attributes:
        kind: One of KINDS.
        what: A name, or a name and a value: `cut:0.5`, `lost:reset`, `503`.
        times: How many requests it hits; -1 is all.
        after: How many requests of the kind pass unharmed before.
        probability: The chance with which a request is hit at all.
        more: DETAILS.
        task_id: Of the task whose prompt asked for it; an altered answer is altered for it alone.
    """

    kind: str
    what: str
    times: int = 1
    after: int = 0
    probability: float = 1.0
    more: dict[str, Any] = field(default_factory=dict)
    task_id: str | None = None

    def __post_init__(self) -> None:
        self.what = self.what.replace("=", ":")
        if self.kind not in KINDS:
            raise ValueError(f"No kind {self.kind!r}; there are {', '.join(KINDS)}.")
        known = EVERYWHERE | set(FILES if self.kind == "file" else (*LOSSES, *ITEMS))
        if not self.name.isdigit() and self.name not in known:
            raise ValueError(f"No fault {self.name!r} of {self.kind}; there are {sorted(known)}.")
        for name in self.more.keys() - set(DETAILS):
            raise ValueError(f"No detail {name!r} of a fault; there are {', '.join(DETAILS)}.")

    @property
    def name(self) -> str:
        return self.what.partition(":")[0]

    @property
    def value(self) -> str:
        return self.what.partition(":")[2]

    @property
    def refuses(self) -> bool:
        """Whether the request is turned away before anything is accepted."""
        return self.name in REFUSALS or self.name.isdigit()

    def concerns(self, item: dict[str, Any]) -> bool:
        """Whether an item of an answer is to be altered."""
        return self.task_id in (None, item.get("taskUUID"))

    def hits(self, kind: str, chance: random.Random) -> bool:
        """Count one request, and say whether it is hit."""
        if self.times == 0 or self.kind not in (kind, "any"):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self.probability < 1.0 and chance.random() >= self.probability:
            return False
        if self.times > 0:
            self.times -= 1
        return True


class Faults:
    """The faults that are switched on for every request, in the order of their arrival."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._chance = random.Random(0)

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self, seed: int = 0) -> None:
        self._faults.clear()
        self._chance.seed(seed)

    def take(self, kind: str, marked: Iterable[Fault] = ()) -> Fault | None:
        """The one fault that hits this request. Those of a prompt come first."""
        for fault in (*marked, *self._faults):
            if fault.hits(kind, self._chance):
                return fault
        return None
