"""Submits and asks in arrays, and in smaller ones where the service takes no large ones.

The service documents that a body is an array of tasks, and no size that it takes. So the first
sizes are generous, a refusal or an answer to only a part of the tasks makes them smaller, and
that is remembered for as long as the process lives. Nothing is charged twice by it: what is sent
again goes under the same task id, and "that id is taken" means that it had arrived.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Literal

from llmkit_jupyter.errors import LLMKitError, ServerError
from llmkit_jupyter.providers.runware.envelope import Envelope, Fault, Item
from llmkit_jupyter.providers.runware.faults import TITLE

_log = logging.getLogger(__name__)

Told = Item | Fault | LLMKitError
"""What the service, or the way to it, says of one task."""


@dataclass(slots=True)
class Limits:
    """The largest arrays at present."""

    submit: int
    poll: int
    without_ttl: bool = False
    """The service refused to be told how long to keep a result."""
    without_price: bool = False
    """A dry run was answered without a price."""

    def shrink(self, kind: Literal["submit", "poll"], size: int) -> None:
        """Make arrays of a kind no larger than that."""
        now = max(1, min(getattr(self, kind), size))
        if now < getattr(self, kind):
            _log.info("%s takes arrays of %d (%s)", TITLE, now, kind)
            setattr(self, kind, now)


_known: dict[str, Limits] = {}


def limits_of(url: str, first: int) -> Limits:
    """Give what this process has learned about the service at an address."""
    limits = _known.setdefault(url, Limits(first, first))
    limits.submit, limits.poll = min(limits.submit, first), min(limits.poll, first)
    return limits


def said(envelope: Envelope, task_id: str, *, alone: bool) -> Item | Fault | None:
    """Give what an answer says of a task; of the only one asked for, what names nobody as well."""
    if task_id in envelope.items:
        return envelope.items[task_id]
    if task_id in envelope.faults:
        return envelope.faults[task_id]
    return envelope.loose[0] if alone and envelope.loose else None


def refuses_size(error: LLMKitError) -> bool:
    """Whether a smaller request may fare better: refused as a whole, for no reason that we know."""
    status = error.details.status if error.details else None
    return isinstance(error, ServerError) and status in (400, 413, 414, 422, 431)
