"""What SQLite may give for a column of the journal, and what it takes: it keeps any, in any."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any

from llmkit_jupyter.errors import shorten
from llmkit_jupyter.response import MAX_STARS

LATEST = 1e11  # seconds since the epoch; some thousand years from now
_EPOCHS = 2**53
_TEXTS = (
    "provider_task_id", "provider_status", "video_url", "error_code", "error_message",
    "error_details", "file", "format", "lease_owner",
)  # fmt: skip
_TIMES = ("created_at", "sent_at", "submitted_at", "generated_at", "finished_at", "lease_expires")
_NOTHING = type(None)
_KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("task_id", "provider", "endpoint", "account", "model"), (str,)),
    **dict.fromkeys(("request", "sent", "status", "phase"), (str,)),
    **dict.fromkeys(_TEXTS, (str, _NOTHING)),
    **dict.fromkeys(("seed", "width", "height", "rating"), (int, _NOTHING)),
    **dict.fromkeys(("estimate", "cost", "duration", *_TIMES), (float, int, _NOTHING)),
    **dict.fromkeys(("created_at", "lease_expires"), (float, int)),
    "lease_epoch": (int,),
}
_RANGES: dict[str, tuple[float, float]] = {
    **dict.fromkeys(("estimate", "duration"), (0, math.inf)),
    **dict.fromkeys(_TIMES, (0, LATEST)),
    "cost": (-math.inf, math.inf),
    "lease_epoch": (0, _EPOCHS),
    "rating": (1, MAX_STARS),
}
_DESCRIBING = frozenset(
    ("provider_status", "video_url", "error_message", "error_details", "format", "seed", "cost",
     "duration", "width", "height", "generated_at", "finished_at", "rating")
)  # fmt: skip
"""Columns that decide nothing about a job; they are not worth one that may be paid for."""
_log = logging.getLogger(__name__)


def checked(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a row without the values of another kind that only describe the job.

    Raises:
        ValueError: a value that decides about it is of another kind, or beyond all sense.
    """
    values = dict(row)
    for name in _KINDS:
        if _is_ours(name, values[name]):
            continue
        if name not in _DESCRIBING:
            raise ValueError(f"{name} is {shorten(values[name])}")
        _log.warning("the journal holds a %s that cannot be read", name)
        values[name] = None
    return values


def storable(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a row that SQLite takes, whatever a provider has said.

    What only describes a job is left out where it cannot be kept; an id that is no text becomes
    one. Lone halves of characters become question marks.
    """
    values = dict(row)
    for name, kinds in _KINDS.items():
        value = values[name]
        if name in _DESCRIBING and not (_fits(value) and _is_ours(name, value)):
            values[name] = None
        elif str in kinds and value is not None:
            values[name] = str(value).encode(errors="replace").decode()
    return values


def _fits(value: Any) -> bool:
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def _is_ours(name: str, value: Any) -> bool:
    if not isinstance(value, _KINDS[name]):
        return False
    if value is None or name not in _RANGES:
        return True
    least, most = _RANGES[name]
    return math.isfinite(value) and least <= value <= most
