"""What a prompt asks of the emulator: `A cat [emulator: seconds=3.5 fail=timeoutProvider]`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tests.emulator.faults import KINDS, Fault

_MARKER = re.compile(r"\[emulator:([^\]]*)\]")


@dataclass(slots=True)
class Marker:
    """Wishes for one job; what is None is left to the options."""

    seconds: float | list[float] | None = None
    hidden: float | None = None
    fail: str | None = None  # the error's code
    fail_style: str = "errors"  # errors, item, singular, list or anonymous
    progress: bool = False
    status: str | None = None  # said instead of "processing"
    forget: str | None = None  # "all", or "poll" when getTaskDetails still knows the id
    index: bool = False  # results carry `resultIndex`
    file_size: int | None = None
    render: bool = False  # drawn from its words and seed, whatever the options say
    faults: list[Fault] = field(default_factory=list)


def read_marker(task: dict[str, Any]) -> Marker:
    """Raises ValueError for a word that means nothing, lest a test believe in it."""
    marker = Marker()
    prompt = task.get("positivePrompt")
    found = _MARKER.search(prompt) if isinstance(prompt, str) else None
    for word in found[1].split() if found else ():
        name, _, value = word.partition("=")
        _apply(marker, name, value)
    for fault in marker.faults:
        fault.task_id = task.get("taskUUID")
    return marker


def _apply(marker: Marker, name: str, value: str) -> None:
    if name == "seconds":
        parts = [float(part) for part in value.split("..")]
        marker.seconds = parts if len(parts) > 1 else parts[0]
    elif name == "hidden":
        marker.hidden = float(value)
    elif name in ("fail", "fail_style", "status"):
        setattr(marker, name, value)
    elif name in ("progress", "index", "render"):
        setattr(marker, name, True)
    elif name == "forget":
        marker.forget = value or "all"
    elif name == "size":
        marker.file_size = int(value)
    elif name == "lost":
        marker.faults.append(_fault("submit", f"lost:{value}"))
    elif name in KINDS:
        marker.faults.append(_fault(name, value))
    else:
        raise ValueError(f"[emulator: {name}] means nothing.")


def _fault(kind: str, text: str) -> Fault:
    """`503,body=json,code=busy*2` is such a 503 the first two times."""
    text, _, times = text.partition("*")
    what, *details = text.split(",")
    more: dict[str, Any] = dict(detail.split("=", 1) for detail in details)
    after = int(more.pop("after", 0))
    return Fault(kind=kind, what=what, times=int(times or 1), after=after, more=more)
