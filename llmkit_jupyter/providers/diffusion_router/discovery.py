"""Learns what a server hosts, from ``/v1/models``, ``/models`` and ``/health``."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

from llmkit_jupyter.catalog.models import Model
from llmkit_jupyter.catalog.open_models import Kind, kind_of
from llmkit_jupyter.errors import LLMKitError, ModelNotFoundError, nearest
from llmkit_jupyter.providers.diffusion_router.faults import NAME
from llmkit_jupyter.providers.diffusion_router.manners import Manners
from llmkit_jupyter.providers.diffusion_router.service import Service

FRESH = 60.0  # seconds that a list of models holds
AGAIN = 5.0  # seconds before a server that did not answer is asked again
PATIENCE = 5.0  # seconds: somebody is waiting to submit
MAX_MODELS = 1000
MAX_NAME = 200  # characters
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hosted:
    """A model that a server hosts."""

    name: str
    kind: Kind
    tasks: frozenset[str] = frozenset()
    """In the server's words."""

    def __str__(self) -> str:
        return f"{self.name} ({', '.join(sorted(self.tasks))})" if self.tasks else self.name

    def entry(self) -> Model:
        """Give it as the catalogue has models."""
        return Model(
            id=self.name,
            title=self.name.rpartition("/")[2] or self.name,
            provider=NAME,
            max_duration=0,
            advice="",
            note=", ".join(sorted(self.tasks)),
            text=self.kind.text,
            image=self.kind.image,
        )


class Discovery:
    """What is known of a server; asked anew when that is old."""

    def __init__(self, service: Service, manners: Manners) -> None:
        self._service = service
        self._manners = manners
        self.hosted: Sequence[Hosted] | None = None
        """What was last heard of; ``None`` before anything was."""
        self.trouble: str | None = None
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

    def find(self, name: str | None, *, image: bool) -> tuple[str | None, Kind]:
        """Give the model that is meant, by the server's own spelling, and what it makes."""
        hosted = self.hosted
        if not hosted:
            # Not known at present: the server itself has the last word.
            return name, kind_of(name) if name else Kind("unknown")
        videos = self.videos()
        if not videos:
            listed = ", ".join(map(str, hosted[:20]))
            allowed = f"{self._service.url} hosts no model that makes videos, only: {listed}"
            raise ModelNotFoundError(name or "one for videos", allowed, provider=NAME)
        if name is None:
            fitting = [each for each in videos if (each.kind.image if image else each.kind.text)]
            chosen = (fitting or videos)[0]
            return chosen.name, chosen.kind
        for each in videos:
            if name.lower() in (each.name.lower(), each.name.lower().rpartition("/")[2]):
                return each.name, each.kind
        if any("*" in each.name for each in hosted):
            return name, kind_of(name)  # a proxy that passes on whatever it is asked for
        if any(name.lower() == each.name.lower() for each in hosted):
            allowed = f"it makes no videos; there is: {', '.join(each.name for each in videos)}"
            raise ModelNotFoundError(name, allowed, provider=NAME)
        raise ModelNotFoundError(
            name,
            f"{nearest(name, [each.name for each in videos])}; at {self._service.url}",
            provider=NAME,
        )

    def videos(self) -> list[Hosted]:
        """Leave out what makes no videos; what is known to make them goes first."""
        found = [
            each
            for each in self.hosted or ()
            if each.kind.makes != "image" and "*" not in each.name
        ]
        return sorted(found, key=lambda each: each.kind.makes != "video")

    async def _ask(self) -> None:
        self.trouble, wait = None, AGAIN
        try:
            async with asyncio.timeout(PATIENCE):
                found = await self._models_of(self._service.address("models"))
                if not found:
                    self.trouble = await self._why()
            if found:
                self.hosted, wait = found, FRESH
        except TimeoutError:
            self.trouble = (
                f"{self._service.url} does not answer: it may be loading its model. "
                "Its log says when it is ready."
            )
        except LLMKitError as error:
            self.trouble = str(error)
        if self.trouble:
            _log.info("no list of models: %s", self.trouble)
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
        owners = {entry.get("owned_by") for entry in entries}
        if not self._manners.proven:
            # The rest is found out by the first submission.
            self._manners.synchronous = "nvidia" in owners or self._manners.synchronous
            if "vllm" in owners and not self._manners.refused:
                self._manners.form = "multipart"
        found: dict[str, Hosted] = {}
        for entry in entries:
            if name := _name(entry):
                tasks = _tasks(entry)
                found.setdefault(name, Hosted(name, kind_of(name, tasks), tasks))
        return list(found.values())

    async def _why(self) -> str | None:
        """Learn why a server lists no models.

        Only asked then: LiteLLM has its models make a video to see whether they are well.
        """
        told = await self._quietly(f"{self._service.url}/health")
        if not isinstance(told, dict):
            return None
        values = cast("Mapping[str, object]", told)
        if "instances" in values and "endpoints" in values and not self._manners.proven:
            self._manners.synchronous = True
        if values.get("healthy_workers") == 0:
            return f"The router at {self._service.url} has no worker that is well."
        return None

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
        return _entries(cast("list[object]", inner) if isinstance(inner, list) else [values])
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
