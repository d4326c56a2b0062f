"""Hands tasks over in arrays, and in smaller ones where the service takes no large ones."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from llmkit_jupyter.errors import LLMKitError, NetworkError, ServerError
from llmkit_jupyter.providers.runware.arrays import Limits, Told, refuses_size, said
from llmkit_jupyter.providers.runware.envelope import Fault, Item
from llmkit_jupyter.providers.runware.faults import TITLE, category_of, is_conflict, to_error
from llmkit_jupyter.providers.runware.service import Reply, Service

_ABOUT_THE_TASK = ("validation", "safety", "model")
MAX_BYTES = 8 * 10**6  # of images in one request; a single task may be larger


class Submissions:
    """Submits many tasks; on the loop thread only."""

    def __init__(self, service: Service, limits: Limits) -> None:
        self._service = service
        self._limits = limits

    async def submit(self, tasks: Sequence[dict[str, Any]]) -> dict[str, tuple[Told, Reply | None]]:
        """Hand tasks over; gives what became of each, with the reply that said so."""
        told: dict[str, tuple[Told, Reply | None]] = {}
        perhaps_taken: set[str] = set()
        before = self._limits.submit
        waiting = list(tasks)
        while waiting:
            arrays = _cut(waiting, self._limits.submit)
            again = await asyncio.gather(
                *(self._submit_array(array, told, perhaps_taken) for array in arrays)
            )
            waiting = [task for left in again for task in left]
        for task_id in perhaps_taken:
            answer, reply = told[task_id]
            told[task_id] = _not_certain(answer), reply
        if not any(isinstance(answer, Item) for answer, _ in told.values()):
            # Smaller ones were taken no better, so it was not their size.
            self._limits.submit = before
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
            if len(tasks) > 1 and refuses_size(error):
                self._limits.shrink("submit", len(tasks) // 2)
                if not _is_too_large(error):
                    perhaps_taken.update(task["taskUUID"] for task in tasks)
                return list(tasks)
            told.update({task["taskUUID"]: (error, None) for task in tasks})
            return []
        missing: list[dict[str, Any]] = []
        again: list[dict[str, Any]] = []
        for task in tasks:
            task_id = task["taskUUID"]
            answer = said(reply.envelope, task_id, alone=len(tasks) == 1)
            if answer is None and len(tasks) > 1:
                missing.append(task)
            elif isinstance(answer, Fault) and "ttl" in task and _is_about_ttl(answer):
                self._limits.without_ttl = True
                again.append({name: value for name, value in task.items() if name != "ttl"})
            elif answer is None or (isinstance(answer, Fault) and is_conflict(answer)):
                # An empty answer is how some versions of the service say "accepted"; if it is
                # not, the polls will not show the job.
                told[task_id] = (Item(task_id), reply)
            else:
                told[task_id] = (answer, reply)
        if missing:
            self._limits.shrink("submit", (len(tasks) - len(missing)) or len(tasks) // 2)
            perhaps_taken.update(task["taskUUID"] for task in missing)
        return again + missing


def _not_certain(answer: Told) -> Told:
    """Give what an error means for a task that was sent before, without a word about it.

    What is wrong with the task itself was wrong then. All else tells of the moment.
    """
    if isinstance(answer, Fault) and category_of(answer.code) not in _ABOUT_THE_TASK:
        answer = to_error(answer)
    if not isinstance(answer, LLMKitError) or isinstance(answer, (ServerError, NetworkError)):
        return answer
    return ServerError(f"{TITLE} did not say whether it took the job; then: {answer}")


def _is_too_large(error: LLMKitError) -> bool:
    return error.details is not None and error.details.status in (413, 414, 431)


def _is_about_ttl(fault: Fault) -> bool:
    return "ttl" in fault.parameters and category_of(fault.code) == "validation"


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
