"""Reads Runware's answers: whatever their spelling, items and faults by task id.

An answer holds ``data``, ``errors`` or ``error``, or several of them; an item of ``data`` may
itself be an error. Everything is checked and bounded here, so that the rest can rely on its types
and on its being small. It is read on the event loop, so that a bloated answer must cost little.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, cast

MAX_SEED = 2**63 - 1
MAX_TEXT = 500  # characters of a message from outside
MAX_LISTED = 10_000  # elements of a list that are looked at; arrays hold a thousand tasks
MAX_LOOSE = 100  # faults that name no task
MAX_VALUES = 50  # that a fault names or allows, or outputs of an item
MAX_ID = 200  # characters; ours have 36
MAX_ADDRESS = 16_384  # characters; signed addresses have some thousands
SUCCESS = ("success", "succeeded", "completed")
FAILURE = ("error", "failed")


@dataclass(frozen=True, slots=True)
class Fault:
    """An error object. ``task_id`` is ``None`` where it does not say which task it means."""

    code: str
    message: str
    task_id: str | None = None
    parameters: tuple[str, ...] = ()
    allowed: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    documentation: str | None = None
    cost: float | None = None
    """US dollars: some failures are charged."""


@dataclass(frozen=True, slots=True)
class Item:
    """An element of ``data`` that is no error."""

    task_id: str
    status: str | None = None
    """The service's own word; an acknowledgement has none."""
    url: str | None = None
    seed: int | None = None
    cost: float | None = None
    """US dollars."""
    progress: float | None = None
    """Between 0 and 1."""
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def finished(self) -> bool:
        """Whether there is a result, or the service says that there is."""
        return self.url is not None or (self.status or "").lower() in SUCCESS


@dataclass(frozen=True, slots=True)
class Envelope:
    """An answer, taken apart."""

    items: Mapping[str, Item]
    faults: Mapping[str, Fault]
    loose: tuple[Fault, ...] = ()
    """Faults that name no task."""
    others: tuple[Mapping[str, Any], ...] = ()
    """Elements of ``data`` without a task id."""


def read(body: object) -> Envelope | None:
    """Take any JSON apart; ``None`` where it is no envelope at all."""
    if not isinstance(body, dict):
        return None
    parts = cast("dict[str, object]", body)
    if not any(name in parts for name in ("data", "errors", "error")):
        return None
    items: dict[str, Item] = {}
    found: list[Fault] = []
    others: list[Mapping[str, Any]] = []
    for values in _objects(parts.get("data"), MAX_LISTED):
        task_id, status = _task_id(values), _text(values.get("status"))
        # A video that is there outweighs a word about an error.
        if _failed(status, values) and _url(values) is None:
            fault = _fault(values.get("error") or values, task_id)
            found.append(replace(fault, cost=_cost(values) or fault.cost))
        elif task_id is None:
            others.append(values)
        else:
            item = _item(task_id, status, values)
            # Several results of one task: the one with a file says most.
            if task_id not in items or item.finished:
                items[task_id] = item
    found += [fault for name in ("errors", "error") for fault in _faults(parts.get(name))]
    faults = _outweighed(items, found)
    loose = islice((fault for fault in found if fault.task_id is None), MAX_LOOSE)
    return Envelope(items, faults, tuple(loose), tuple(others))


def _outweighed(items: dict[str, Item], found: list[Fault]) -> dict[str, Fault]:
    """Give the faults by task; of a task, either the item or the fault stays."""
    faults = {fault.task_id: fault for fault in reversed(found) if fault.task_id is not None}
    for task_id in faults.keys() & items.keys():
        # And the failure of another result of the same task.
        if items[task_id].url is not None:
            del faults[task_id]
        else:
            told, item = faults[task_id], items.pop(task_id)
            faults[task_id] = replace(told, cost=told.cost or item.cost)
    return faults


def _failed(status: str | None, values: Mapping[str, object]) -> bool:
    error = values.get("error")
    return (status or "").lower() in FAILURE or (bool(error) and isinstance(error, (dict, str)))


def _objects(value: object, most: int) -> Iterator[dict[str, Any]]:
    for candidate in _listed(value, most):
        if isinstance(candidate, dict):
            yield cast("dict[str, Any]", candidate)


def _faults(value: object) -> Iterator[Fault]:
    for candidate in _listed(value, MAX_LISTED):
        if isinstance(candidate, (dict, str)) and candidate:
            yield _fault(cast("object", candidate), None)


def _listed(value: object, most: int) -> list[object]:
    return cast("list[object]", value)[:most] if isinstance(value, list) else [value]


def _fault(value: object, task_id: str | None) -> Fault:
    if not isinstance(value, dict):
        return Fault("unknownError", _text(value) or "no reason was given", task_id)
    values = cast("dict[str, object]", value)
    names = _listed(values.get("parameter"), MAX_VALUES)
    allowed = values.get("allowedValues")
    choices = _listed(cast("object", allowed), MAX_VALUES) if isinstance(allowed, list) else []
    return Fault(
        code=_text(values.get("code")) or "unknownError",
        message=_text(values.get("message")) or "no reason was given",
        task_id=task_id or _task_id(values),
        parameters=tuple(name for each in names if (name := _text(each))),
        allowed=tuple(filter(_is_plain, map(_short, choices))),
        low=number(values.get("min")),
        high=number(values.get("max")),
        documentation=_text(values.get("documentation")),
        cost=_cost(values),
    )


def _item(task_id: str, status: str | None, values: dict[str, Any]) -> Item:
    progress = number(values.get("progress"))
    seed = values.get("seed")
    is_seed = isinstance(seed, int) and not isinstance(seed, bool) and 0 <= seed <= MAX_SEED
    return Item(
        task_id,
        status=status,
        url=_url(values),
        seed=cast("int", seed) if is_seed else None,
        cost=_cost(values),
        progress=None if progress is None else min(max(progress / 100, 0.0), 1.0),
        values=values,
    )


def _url(values: Mapping[str, Any]) -> str | None:
    for name in ("videoURL", "mediaURL"):
        if url := _address(values.get(name)):
            return url
    for output in _objects(values.get("outputs"), MAX_VALUES):
        for name, value in output.items():
            if name.endswith("URL") and (url := _address(value)):
                return url
    return None


def _address(value: object) -> str | None:
    if not isinstance(value, str) or len(value) > MAX_ADDRESS:
        return None
    text = value.strip()
    return text if text.lower().startswith(("http://", "https://")) else None


def _task_id(values: Mapping[str, object]) -> str | None:
    task_id = values.get("taskUUID")
    if not isinstance(task_id, str) or len(task_id) > MAX_ID:
        return None
    return task_id.strip().lower() or None


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    beginning = value[: 20 * MAX_TEXT]  # it may be megabytes of blanks
    line = " ".join(beginning.encode(errors="replace").decode().split())
    if len(line) > MAX_TEXT or (line and len(beginning) < len(value)):
        return f"{line[:MAX_TEXT]}..."
    return line or None


def _short(value: object) -> object:
    return (_text(value) or "") if isinstance(value, str) else value


def _is_plain(value: object) -> bool:
    """Whether a value can be shown, kept and written as JSON as it is."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return number(value) is not None
    return value is None or isinstance(value, (str, bool))


def _cost(values: Mapping[str, object]) -> float | None:
    cost = number(values.get("cost"))
    # The service sometimes says 0 for what it charges for.
    return cost if cost is not None and cost > 0 else None


def number(value: object) -> float | None:
    """Give a finite number as it stands in JSON; ``None`` for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
