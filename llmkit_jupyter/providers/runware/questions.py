"""Asks for jobs in arrays, and tells what is said of a job from what is said of the question."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.providers.runware.arrays import Limits, Told, refuses_size, said
from llmkit_jupyter.providers.runware.envelope import Fault, Item
from llmkit_jupyter.providers.runware.faults import category_of, is_conflict, to_error
from llmkit_jupyter.providers.runware.service import Reply, Service
from llmkit_jupyter.providers.runware.tasks import response_task
from llmkit_jupyter.providers.runware.verdict import is_final

PROBE_SECONDS = 5.0  # between two looks whether an array was answered only in part


class Questions:
    """Asks how many jobs stand; on the loop thread only."""

    def __init__(self, service: Service, limits: Limits) -> None:
        self._service = service
        self._limits = limits
        self._missed: dict[str, int] = {}
        self._next_probe = 0.0

    async def ask(self, task_ids: Sequence[str]) -> dict[str, Told | None]:
        """Ask how jobs stand; ``None`` for those that the service does not show.

        An error stands for an answer about the question or the moment: nothing is known.
        """
        told: dict[str, Told | None] = {}
        for array in await asyncio.gather(
            *(self._ask_array(part) for part in _parts(task_ids, self._limits.poll))
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
            if not alone and refuses_size(error):
                return await self._ask_fewer(task_ids, error)
            return dict.fromkeys(task_ids, error)
        envelope = reply.envelope
        told = {
            task_id: _about_the_job(said(envelope, task_id, alone=False), reply)
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
        self._limits.shrink("poll", len(task_ids) // 2)
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
        self._limits.shrink("poll", (asked - len(missing)) or asked // 2)
        rest = [task_id for task_id in missing if task_id != suspect]
        return told | (await self.ask(rest) if rest else {})

    def forget(self, task_id: str) -> None:
        """Drop what is remembered about a job that has ended."""
        self._missed.pop(task_id, None)


def _about_the_job(answer: Item | Fault | None, reply: Reply) -> Told | None:
    """Take a fault for an error of the call where its HTTP status says so, and its code nothing."""
    if isinstance(answer, Fault) and reply.status >= 400 and not is_final(answer):
        if category_of(answer.code) == "missing" or is_conflict(answer):
            return answer
        return to_error(answer, status=reply.status, retry_after=reply.retry_after)
    return answer


def _parts(items: Sequence[str], size: int) -> list[Sequence[str]]:
    return [items[start : start + size] for start in range(0, len(items), size)]
