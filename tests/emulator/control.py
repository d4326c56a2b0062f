"""/__emulator__/…: how tests set faults and read what happened."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable
from typing import Any

from starlette.requests import Request  # noqa: TC002 - the other modules build them
from starlette.responses import Response  # noqa: TC002
from starlette.routing import Route

from tests.emulator.counters import Counters
from tests.emulator.faults import Fault, Faults
from tests.emulator.jobs import Job
from tests.emulator.ledger import read_ledger
from tests.emulator.options import Options
from tests.emulator.replies import Json
from tests.emulator.service import Service

PREFIX = "/__emulator__"
_FAULT = {item.name for item in dataclasses.fields(Fault)} - {"more", "task_id"}


class Control:
    def __init__(
        self, service: Service, faults: Faults, counters: Counters, start: Options
    ) -> None:
        self._service = service
        self._faults = faults
        self._counters = counters
        self._start = start.as_dict()

    def routes(self) -> list[Route]:
        actions = (self.options, self.fault, self.calm, self.reset, self.forget, self.finish)
        return [
            Route(f"{PREFIX}/stats", self.stats),
            Route(f"{PREFIX}/ledger", self.ledger),
            *(Route(f"{PREFIX}/{one.__name__}", one, methods=["POST"]) for one in actions),
        ]

    async def stats(self, _request: Request) -> Response:
        return Json(self._counters.as_dict(self._service.jobs.by_id))

    async def ledger(self, _request: Request) -> Response:
        return Json([dataclasses.asdict(row) for row in read_ledger(self._service.ledger.path)])

    async def options(self, request: Request) -> Response:
        """Change some; answer all."""
        try:
            self._service.options.change(await _body(request))
        except ValueError as wrong:
            return Json({"error": str(wrong)}, 400)
        return Json(self._service.options.as_dict())

    async def fault(self, request: Request) -> Response:
        """Switch one on: kind, what, and what else `faults.Fault` has; the rest is `more`."""
        body = await _body(request)
        known = {name: body.pop(name) for name in _FAULT & body.keys()}
        try:
            self._faults.add(Fault(**known, more=body))
        except (TypeError, ValueError) as wrong:
            return Json({"error": str(wrong)}, 400)
        return Json({})

    async def calm(self, _request: Request) -> Response:
        """Switch all faults off."""
        self._faults.clear(self._service.options.random_seed)
        return Json({})

    async def reset(self, request: Request) -> Response:
        """As after the start, or with other {options}, and with nothing in the ledger."""
        body = await _body(request)
        self._service.options.change(Options().as_dict() if "options" in body else self._start)
        self._service.options.change(body.get("options", {}))
        self._faults.clear(self._service.options.random_seed)
        self._service.reset()
        self._counters.clear()
        return Json({})

    async def forget(self, request: Request) -> Response:
        """Let the ids be unknown from now on: {ids, how}; how is "all" or "poll"."""
        body = await _body(request)
        jobs = self._chosen(body)
        how = body.get("how", "all")
        for job in jobs:
            job.forgotten = how
        self._service.ledger.forget([job.task_id for job in jobs], how)
        return Json({"jobs": len(jobs)})

    async def finish(self, request: Request) -> Response:
        """Let the jobs be done now, however long they were to take: {ids}."""
        jobs = self._chosen(await _body(request))
        now = time.time()
        for job in jobs:
            job.seconds = min(job.seconds, max(0.0, now - job.accepted_at))
        self._service.ledger.reschedule(jobs)
        return Json({"jobs": len(jobs)})

    def _chosen(self, body: dict[str, Any]) -> list[Job]:
        """Those named by `ids`; all if there are none."""
        known = self._service.jobs.by_id
        ids: Iterable[str] = body.get("ids") or known
        return [known[one] for one in ids if one in known]


async def _body(request: Request) -> dict[str, Any]:
    return await request.json() if await request.body() else {}
