"""How fast a sweep is submitted, and how much it may spend."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from llmkit_jupyter.engine.budget import as_dollars
from llmkit_jupyter.engine.purse import check_flag
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.request import MAX_CONCURRENCY, check_seconds, whole_number

_log = logging.getLogger(__name__)
MOST_DOLLARS = 1_000_000.0
LONGEST_GAP = 3600.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The limits of one sweep. ``budget`` is in US dollars, ``min_interval`` in seconds."""

    concurrency: int = 20
    min_interval: float = 0.0
    budget: float | None = None
    reuse: bool | None = None

    def __post_init__(self) -> None:
        # A frozen dataclass has no other way to store the checked value.
        object.__setattr__(
            self,
            "concurrency",
            whole_number("concurrency", self.concurrency, 1, MAX_CONCURRENCY, "jobs at once"),
        )
        gap = check_seconds("min_interval", self.min_interval)
        if gap > LONGEST_GAP:
            allowed = f"seconds from 0 to {LONGEST_GAP:g}"
            raise InvalidRequestError("min_interval", self.min_interval, allowed)
        object.__setattr__(self, "min_interval", gap)
        if self.budget is not None:
            limit = as_dollars("budget", self.budget)
            if not math.isfinite(limit) or limit > MOST_DOLLARS:
                allowed = f"US dollars from 0 to {MOST_DOLLARS:,.0f}"
                raise InvalidRequestError("budget", self.budget, allowed)
            object.__setattr__(self, "budget", limit)
        if self.reuse is not None:
            check_flag("reuse", self.reuse)

    @property
    def terms(self) -> dict[str, Any]:
        """What the journal keeps of it, so that a later session is bound to the same."""
        return asdict(self)

    @classmethod
    def of(cls, terms: Mapping[str, Any]) -> Self:
        """Read what the journal has kept; one that somebody has altered spends nothing."""
        try:
            return cls(**terms)
        except (TypeError, InvalidRequestError) as error:
            _log.warning("the limits of a sweep cannot be read: %s", error)
            return cls(budget=0.0)
