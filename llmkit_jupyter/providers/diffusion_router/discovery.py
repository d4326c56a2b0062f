"""Learns what a server hosts, from ``/v1/models``, ``/models`` and ``/health``."""

from __future__ import annotations

import asyncio
import copy
import logging
import time
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, cast

from llmkit_jupyter.catalog.open_models import kind_of
from llmkit_jupyter.errors import (
    AuthenticationError,
    LLMKitError,
    NetworkError,
    NotSupportedError,
    UnreachableError,
    WrongAddressError,
)
from llmkit_jupyter.providers.diffusion_router.faults import NAME
from llmkit_jupyter.providers.diffusion_router.hosting import Hosted
from llmkit_jupyter.providers.diffusion_router.manners import Manners
from llmkit_jupyter.providers.diffusion_router.service import Service

FRESH = 60.0  # seconds that a list of models holds
AGAIN = 5.0  # seconds before a server that did not answer is asked again
PATIENCE = 5.0  # seconds: somebody is waiting to submit
MAX_MODELS = 1000
MAX_NAME = 200  # characters
_log = logging.getLogger(__name__)


class Discovery:
    """What is known of a server; asked anew when that is old."""

    def __init__(self, service: Service, manners: Manners) -> None:
        self._service = service
        self._manners = manners
        self.hosted: Sequence[Hosted] = ()
        """What was last heard of; empty before anything was."""
        self.trouble: LLMKitError | None = None
        """Why nothing, or nothing new, was heard the last time."""
        self._next = 0.0
        self._asking: asyncio.Task[None] | None = None

    async def refresh(self) -> None:
        """Ask, where that is due; comes back soon and without an error."""
        if time.monotonic() < self._next:
            return
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        await asyncio.shield(self._asking)

    def check(self) -> None:
        """Refuse to go on where nothing that could make a video has ever answered.

        Nothing was sent yet. After a submission that breaks off nobody could tell that any more.

        Raises:
            LLMKitError: what is in the way.
        """
        hopeless = (NetworkError, AuthenticationError, WrongAddressError)
        if not self.hosted and not self._manners.proven and isinstance(self.trouble, hopeless):
            # A new one: each that is raised grows a traceback of its own.
            raise copy.copy(self.trouble)

    async def _ask(self) -> None:
        trouble, wait = None, AGAIN
        try:
            async with asyncio.timeout(PATIENCE):
                found = await self._models_of(self._service.address("models"))
                if not found:
                    trouble = await self._why()
            if found:
                self.hosted, wait = found, FRESH
        except TimeoutError:
            trouble = UnreachableError(
                f"{self._service.url} does not answer: it may be loading its model, and its log "
                "says when it is ready. Nothing was sent.",
                provider=NAME,
            )
        except LLMKitError as error:
            trouble = error
        if trouble:
            _log.info("no list of models: %s", trouble)
        self.trouble = trouble
        self._next = time.monotonic() + wait

    async def _models_of(self, path: str) -> list[Hosted]:
        entries = _entries(await self._get(path))
        if entries and not any(_tasks(entry) for entry in entries):
            # Servers that tell tasks elsewhere host one model.
            more = _entries(await self._quietly(f"{self._service.url}/models"))
            if len(more) == 1 and _tasks(more[0]):
                entries = [{**entry, **_task_fields(more[0])} for entry in entries]
        elif not entries:
            entries = _entries(await self._quietly(f"{self._service.url}/models"))
        found: dict[str, Hosted] = {}
        for entry in entries:
            if name := _name(entry):
                tasks = _tasks(entry)
                hosted = Hosted(name, kind_of(name, tasks), tasks, _owner(entry))
                found.setdefault(name, hosted)
        self._manners.meet(frozenset(each.owner for each in found.values() if each.owner))
        return list(found.values())

    async def _why(self) -> LLMKitError | None:
        """Learn why a server lists no models."""
        values = await self._health()
        if "instances" in values and "endpoints" in values and not self._manners.proven:
            self._manners.synchronous = True
        if values.get("healthy_workers") == 0:
            return NotSupportedError(
                f"The router at {self._service.url} has no worker that is well.", provider=NAME
            )
        return None

    async def is_router(self) -> bool:
        """Whether it is SGLang's router, which knows of other servers."""
        return "healthy_workers" in await self._health()

    async def _health(self) -> Mapping[str, object]:
        """Ask how it is; never LiteLLM, which has its models make a video to find out."""
        try:
            sign = await self._service.ask(f"{self._service.url}/health/liveliness")
        except LLMKitError:
            return {}
        if sign.status < 300 or "litellm" in sign.excerpt.lower():
            return {}
        told = await self._quietly(f"{self._service.url}/health")
        return cast("Mapping[str, object]", told) if isinstance(told, dict) else {}

    async def _quietly(self, path: str) -> object:
        try:
            return await self._get(path)
        except LLMKitError:
            return None  # not every server has it

    async def _get(self, path: str) -> object:
        answer = await self._service.ask(path, deadline=PATIENCE)
        if path.endswith("/health"):
            return cast("object", answer.body)  # whatever the status
        if answer.status in (404, 405, 503):
            return None
        self._service.check(answer)
        return answer.body


def _entries(body: object) -> list[dict[str, Any]]:
    """Give the models of a list, of an object with a list in it, or of an object alone."""
    if isinstance(body, dict):
        values = cast("dict[str, object]", body)
        inner = values.get("data", values.get("models"))
        return _entries(cast("list[object]", inner)) if isinstance(inner, list) else [values]
    if not isinstance(body, list):
        return []
    found = islice(cast("list[object]", body), MAX_MODELS)
    return [cast("dict[str, Any]", each) for each in found if isinstance(each, dict)]


def _name(entry: Mapping[str, object]) -> str | None:
    for field in ("id", "model_path", "model", "name"):
        value = entry.get(field)
        if isinstance(value, str) and 0 < len(value.strip()) <= MAX_NAME and value.isprintable():
            return value.strip()
    return None


def _owner(entry: Mapping[str, object]) -> str:
    value = entry.get("owned_by")
    return value[:100].lower() if isinstance(value, str) else ""


def _task_fields(entry: Mapping[str, object]) -> dict[str, object]:
    return {name: entry[name] for name in ("task_type", "supported_task_types") if name in entry}


def _tasks(entry: Mapping[str, object]) -> frozenset[str]:
    several = entry.get("supported_task_types")
    listed = cast("list[object]", several) if isinstance(several, list) else []
    told = (entry.get("task_type"), *listed[:20])
    # Some name an enumeration's member in full.
    return frozenset(
        each.rpartition(".")[2].upper() for each in told if isinstance(each, str) and len(each) < 40
    )
