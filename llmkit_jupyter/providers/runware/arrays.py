"""Submits and asks in arrays, and in smaller ones where the service takes no large ones.

The service documents that a body is an array of tasks, and no size that it takes. So the first
sizes are generous, a refusal or an answer to only a part of the tasks makes them smaller, and
that is remembered for as long as the process lives. Nothing is charged twice by it: what is sent
again goes under the same task id, and "that id is taken" means that it had arrived.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llmkit_jupyter.errors import LLMKitError, NetworkError, ServerError
from llmkit_jupyter.providers.runware.envelope import Envelope, Fault, Item
from llmkit_jupyter.providers.runware.faults import TITLE, category_of, is_conflict, to_error
from llmkit_jupyter.providers.runware.service import Reply, Service
from llmkit_jupyter.providers.runware.tasks import response_task
from llmkit_jupyter.providers.runware.verdict import is_final

MAX_BYTES = 8 * 10**6  # of images in one request; a single task may be larger
PROBE_SECONDS = 5.0  # between two looks whether an array was answered only in part
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


_known: dict[str, Limits] = {}


def limits_of(url: str, first: int) -> Limits:
    """Give what this process has learned about the service at an address."""
    limits = _known.setdefault(url, Limits(first, first))
    limits.submit, limits.poll = min(limits.submit, first), min(limits.poll, first)
    return limits


class Arrays:
    """Sends many tasks of one kind; on the loop thread only."""

    def __init__(self, service: Service, limits: Limits) -> None:
        self._service = service
        self.limits = limits
        self._missed: dict[str, int] = {}
        self._next_probe = 0.0

    async def submit(self, tasks: Sequence[dict[str, Any]]) -> dict[str, tuple[Told, Reply | None]]:
        """Hand tasks over; gives what became of each, with the reply that said so."""
        told: dict[str, tuple[Told, Reply | None]] = {}
        perhaps_taken: set[str] = set()
        before = self.limits.submit
        waiting = list(tasks)
        while waiting:
            arrays = _cut(waiting, self.limits.submit)
            again = await asyncio.gather(
                *(self._submit_array(array, told, perhaps_taken) for array in arrays)
            )
            waiting = [task for left in again for task in left]
        for task_id in perhaps_taken:
            said, reply = told[task_id]
            told[task_id] = _not_certain(said), reply
        if not any(isinstance(said, Item) for said, _ in told.values()):
            # Smaller ones were taken no better, so it was not their size.
            self.limits.submit = before
        return told

    async def _submit_array(
        self,
        tasks: Sequence[dict[str, Any]],
        told: dict[str, tuple[Told, Reply | None]],
        perhaps_taken: set[str],
    ) -> list[dict[str, Any]]:
        """Send one array; gives the tasks that must be sent once more, in smaller arrays."""
        try:
            reply = await self._service.send(tasks)
        except LLMKitError as error:
            if len(tasks) > 1 and _refuses_size(error):
                self._shrink("submit", len(tasks) // 2)
                if not _is_too_large(error):
                    perhaps_taken.update(task["taskUUID"] for task in tasks)
                return list(tasks)
            told.update({task["taskUUID"]: (error, None) for task in tasks})
            return []
        missing: list[dict[str, Any]] = []
        again: list[dict[str, Any]] = []
        for task in tasks:
            task_id = task["taskUUID"]
            answer = _said(reply.envelope, task_id, alone=len(tasks) == 1)
            if answer is None and len(tasks) > 1:
                missing.append(task)
            elif isinstance(answer, Fault) and "ttl" in task and _is_about_ttl(answer):
                self.limits.without_ttl = True
                again.append({name: value for name, value in task.items() if name != "ttl"})
            elif answer is None or (isinstance(answer, Fault) and is_conflict(answer)):
                # An empty answer is how some versions of the service say "accepted"; if it is
                # not, the polls will not show the job.
                told[task_id] = (Item(task_id), reply)
            else:
                told[task_id] = (answer, reply)
        if missing:
            self._shrink("submit", (len(tasks) - len(missing)) or len(tasks) // 2)
            perhaps_taken.update(task["taskUUID"] for task in missing)
        return again + missing

    async def ask(self, task_ids: Sequence[str]) -> dict[str, Told | None]:
        """Ask how jobs stand; ``None`` for those that the service does not show.

        An error stands for an answer about the question or the moment: nothing is known.
        """
        told: dict[str, Told | None] = {}
        for array in await asyncio.gather(
            *(self._ask_array(part) for part in _parts(task_ids, self.limits.poll))
        ):
            told.update(array)
        return told

    async def _ask_array(self, task_ids: Sequence[str]) -> dict[str, Told | None]:
        alone = len(task_ids) == 1
        try:
            reply = await self._service.send(
                [response_task(task_id) for task_id in task_ids], polls=True
            )
        except LLMKitError as error:
            if not alone and _refuses_size(error):
                return await self._ask_fewer(task_ids, error)
            return dict.fromkeys(task_ids, error)
        envelope = reply.envelope
        told = {
            task_id: _about_the_job(_said(envelope, task_id, alone=False), reply)
            for task_id in task_ids
        }
        missing = [task_id for task_id, answer in told.items() if answer is None]
        for task_id in told.keys() - missing:
            self._missed.pop(task_id, None)
        if not missing:
            return told
        if envelope.loose:
            return told | await self._ask_whom(missing, len(task_ids), reply)
        if alone:
            return told
        return told | await self._look_closer(missing, len(task_ids))

    async def _ask_whom(
        self, missing: Sequence[str], asked: int, reply: Reply
    ) -> dict[str, Told | None]:
        """Find out which job is meant by a fault that names none."""
        fault = reply.envelope.loose[0]
        error = to_error(fault, status=reply.status, retry_after=reply.retry_after)
        if not is_final(fault):
            if reply.status >= 400 and asked > 1 and not reply.envelope.items:
                return await self._ask_fewer(missing, error)
            return dict.fromkeys(missing, error)
        if asked == 1:
            return {missing[0]: fault}
        told: dict[str, Told | None] = {}
        half = len(missing) // 2 or 1
        for part in (missing[:half], missing[half:]):
            if part:
                told |= await self._ask_array(part)
        return told

    async def _ask_fewer(
        self, task_ids: Sequence[str], refusal: LLMKitError
    ) -> dict[str, Told | None]:
        """Ask in smaller arrays, if it was their number that was refused."""
        told = await self._ask_array(task_ids[:1])
        if isinstance(told[task_ids[0]], LLMKitError):
            return dict.fromkeys(task_ids, refusal)
        self._shrink("poll", len(task_ids) // 2)
        return told | (await self.ask(task_ids[1:]) if len(task_ids) > 1 else {})

    async def _look_closer(self, missing: list[str], asked: int) -> dict[str, Told | None]:
        """Tell jobs that the service does not know yet from an array that was answered in part."""
        for task_id in missing:
            self._missed[task_id] = self._missed.get(task_id, 0) + 1
        suspect = next((each for each in missing if self._missed[each] >= 2), None)
        if suspect is None or time.monotonic() < self._next_probe:
            return {}
        self._next_probe = time.monotonic() + PROBE_SECONDS
        told = await self._ask_array([suspect])
        if told[suspect] is None or isinstance(told[suspect], LLMKitError):
            return {}
        self._shrink("poll", (asked - len(missing)) or asked // 2)
        rest = [task_id for task_id in missing if task_id != suspect]
        return told | (await self.ask(rest) if rest else {})

    def forget(self, task_id: str) -> None:
        """Drop what is remembered about a job that has ended."""
        self._missed.pop(task_id, None)

    def _shrink(self, kind: str, size: int) -> None:
        now = max(1, min(getattr(self.limits, kind), size))
        if now < getattr(self.limits, kind):
            _log.info("%s takes arrays of %d (%s)", TITLE, now, kind)
            setattr(self.limits, kind, now)


def _said(envelope: Envelope, task_id: str, *, alone: bool) -> Item | Fault | None:
    if task_id in envelope.items:
        return envelope.items[task_id]
    if task_id in envelope.faults:
        return envelope.faults[task_id]
    return envelope.loose[0] if alone and envelope.loose else None


def _about_the_job(said: Item | Fault | None, reply: Reply) -> Told | None:
    """Take a fault for an error of the call where its HTTP status says so, and its code nothing."""
    if isinstance(said, Fault) and reply.status >= 400 and not is_final(said):
        if category_of(said.code) == "missing" or is_conflict(said):
            return said
        return to_error(said, status=reply.status, retry_after=reply.retry_after)
    return said


def _not_certain(said: Told) -> Told:
    """Give what an error means for a task that was sent before, without a word about it.

    What is wrong with the task itself was wrong then. All else tells of the moment.
    """
    if isinstance(said, Fault) and category_of(said.code) not in ("validation", "safety", "model"):
        said = to_error(said)
    if not isinstance(said, LLMKitError) or isinstance(said, (ServerError, NetworkError)):
        return said
    return ServerError(f"{TITLE} did not say whether it took the job; then: {said}")


def _is_too_large(error: LLMKitError) -> bool:
    return error.details is not None and error.details.status in (413, 414, 431)


def _refuses_size(error: LLMKitError) -> bool:
    """Whether a smaller request may fare better: refused as a whole, for no reason that we know."""
    status = error.details.status if error.details else None
    return isinstance(error, ServerError) and status in (400, 413, 414, 422, 431)


def _is_about_ttl(fault: Fault) -> bool:
    return "ttl" in fault.parameters and category_of(fault.code) == "validation"


def _parts(items: Sequence[str], size: int) -> list[Sequence[str]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def _cut(tasks: Sequence[dict[str, Any]], size: int) -> list[list[dict[str, Any]]]:
    """Cut into arrays of at most that many tasks and, with images, that many bytes."""
    arrays: list[list[dict[str, Any]]] = [[]]
    weight = 0
    for task in tasks:
        own = _weight(task)
        if arrays[-1] and (len(arrays[-1]) == size or weight + own > MAX_BYTES):
            arrays.append([])
            weight = 0
        arrays[-1].append(task)
        weight += own
    return arrays


def _weight(value: object) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(_weight(each) for each in value.values())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list):
        return sum(_weight(each) for each in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return 8
