"""POST /v1: from HTTP to the service and back, with the faults between."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.requests import Request

from tests.emulator import faults as names
from tests.emulator.counters import Counters
from tests.emulator.faults import Fault, Faults
from tests.emulator.refusals import Refused, error
from tests.emulator.replies import Json, alter, refusal, spoilt
from tests.emulator.service import Answer, Service

KINDS = {
    "videoInference": "submit",
    "getResponse": "poll",
    "getTaskDetails": "details",
    "accountManagement": "account",
}
_ORDER = ("submit", "poll", "details", "account")  # of a mixed array, the first decides


class Api:
    def __init__(self, service: Service, faults: Faults, counters: Counters) -> None:
        self._service = service
        self._faults = faults
        self._counters = counters

    async def __call__(self, scope, receive, send) -> None:
        with self._counters.request(scope, "api"):
            request = Request(scope, receive)
            reply = await self._reply(request)
            if self._service.options.latency:
                await asyncio.sleep(self._service.options.latency)
            await reply(scope, receive, send)

    async def _reply(self, request: Request) -> Any:
        body = await request.body()
        kind, count = "other", 0
        try:
            tasks = _read(body)
            key = _key(request, tasks)
            dry_run = request.headers.get("x-runware-dry-run") == "1"
            kind, count = _kind(tasks, dry_run), len(tasks)
            fault = self._faults.take(kind, self._marked(tasks))
            if fault is not None:
                self._counters.faults[f"{kind}:{fault.what}"] += 1
                if fault.refuses:
                    return self._noted(kind, count, refusal(fault))
            answer = self._service.answer(tasks, key, dry_run=dry_run)
        except Refused as refused:
            return self._noted(kind, count, Json({"errors": [refused.item]}, refused.status))
        payload = _payload(answer)
        return self._noted(kind, count, _faulty(fault, payload, answer.status, key))

    def _noted(self, kind: str, count: int, reply: Any) -> Any:
        self._counters.note(kind, tasks=count, status=getattr(reply, "status_code", None))
        return reply

    def _marked(self, tasks: list[Any]) -> list[Fault]:
        """The faults that the prompts of these tasks ask for."""
        marked: list[Fault] = []
        for task in tasks:
            if isinstance(task, dict) and task.get("taskType") in KINDS:
                try:
                    marked += self._service.jobs.marker(task).faults
                except ValueError as wrong:
                    item = error("invalidMarker", str(wrong), task_id=task.get("taskUUID"))
                    raise Refused(item) from None
        return marked


def _faulty(fault: Fault | None, payload: dict[str, Any], status: int, key: str) -> Any:
    if fault is None:
        return Json(payload, status)
    if fault.name in names.LOSSES:
        return refusal(fault)
    if fault.name in names.ANSWERS:
        return spoilt(fault, Json(payload).body, "application/json")
    return Json(alter(fault, payload, key), status)


def _read(body: bytes) -> list[Any]:
    try:
        tasks = json.loads(body)
    except ValueError:
        raise Refused(error("invalidJson", "The body is not JSON.")) from None
    if not isinstance(tasks, list):
        message = "The body must be an array of tasks."
        raise Refused(error("invalidRequest", message, type="array"))
    return tasks


def _key(request: Request, tasks: list[Any]) -> str:
    """The key, from the header or from a first task that authenticates."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    key = key.strip() if scheme.lower() == "bearer" else ""
    first = tasks[0] if tasks and isinstance(tasks[0], dict) else {}
    if first.get("taskType") == "authentication":
        key = str(first.get("apiKey") or key)
    if not key or key == "bad-key":
        raise Refused(error("invalidApiKey", "The API key is missing or wrong."), 401)
    if key == "forbidden-key":
        raise Refused(error("forbidden", "This API key has no permission."), 403)
    return key


def _kind(tasks: list[Any], dry_run: bool) -> str:
    kinds = {KINDS.get(task.get("taskType")) for task in tasks if isinstance(task, dict)}
    kind = next((kind for kind in _ORDER if kind in kinds), "other")
    return "dryrun" if dry_run and kind == "submit" else kind


def _payload(answer: Answer) -> dict[str, Any]:
    """`errors` only where there are some; a failure alone comes with an empty `data`."""
    if not answer.errors:
        return {"data": answer.data}
    if answer.status != 200:
        return {"errors": answer.errors}
    return {"data": answer.data, "errors": answer.errors}
