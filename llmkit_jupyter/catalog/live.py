"""The schemas that Runware publishes for its models: fetched when needed, kept on disk.

Whatever happens on the way, there is an answer: what was kept, or the bundled snapshot, or that
nothing is known. Both what comes from the network and what lies on the disk may be anything.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from llmkit_jupyter.catalog.derive import facts_from
from llmkit_jupyter.catalog.facts import ModelFacts, Registry, bundled

REGISTRY_SECONDS = 300.0  # then the service is asked whether its list has changed
SCHEMA_SECONDS = 3600.0
RETRY_SECONDS = 300.0  # after a failure
MAX_KEPT = 2 * 2**20  # characters of a file on disk
_log = logging.getLogger(__name__)

Get = Callable[[str, dict[str, str]], Awaitable[tuple[int, Mapping[str, str], object]]]
"""``(address, headers)`` to ``(status, headers, JSON)``."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer, its tag, and when it was last known to be right (seconds since the epoch)."""

    body: object
    etag: str | None
    checked: float


class LiveSchemas:
    """What the service publishes about its models.

    Args:
        url: where; ``/registry.json`` and ``/resolve/<id>`` are below it.
        folder: keeps the answers; ``None`` keeps them in memory alone.
        get: fetches.
    """

    def __init__(self, url: str, folder: Path | None, get: Get) -> None:
        self._url = url
        self._folder = folder
        self._get = get
        self._kept: dict[str, _Kept | None] = {}
        self._failed: dict[str, float] = {}
        self._told: set[str] = set()
        self._running: dict[str, asyncio.Task[object]] = {}
        self._facts: dict[str, tuple[object, ModelFacts | None]] = {}

    async def registry(self) -> Registry | None:
        """Give the video models that are offered now; ``None`` where unknown."""
        return _video_models(await self._look("registry.json", REGISTRY_SECONDS))

    def cached_registry(self) -> Registry | None:
        """The same, by what was last heard; never waits."""
        kept = self._remembered("registry.json")
        return _video_models(kept.body) if kept else None

    async def facts(self, model: str) -> ModelFacts | None:
        """Give what is known about a model, by its live schema where that can be had."""
        await self._look(f"resolve/{quote(model, safe='')}", SCHEMA_SECONDS)
        return self.known(model)

    def known(self, model: str) -> ModelFacts | None:
        """The same, by what was last heard; never waits."""
        kept = self._remembered(f"resolve/{quote(model, safe='')}")
        base = bundled(model)
        if kept is None:
            return base
        known = self._facts.get(model)
        if known is None or known[0] is not kept.body:
            # Read once, however many jobs ask.
            known = self._facts[model] = (kept.body, facts_from(kept.body, model, base))
        return known[1] or base

    def published(self, model: str) -> object:
        """Give all that the service has published about a model, its words for people included.

        By what was last heard, and any JSON; ``None`` where there is nothing. Never waits.
        """
        kept = self._remembered(f"resolve/{quote(model, safe='')}")
        return kept.body if kept else None

    async def _look(self, path: str, fresh: float) -> object:
        kept = self._remembered(path)
        if kept is not None and 0 <= time.time() - kept.checked < fresh:
            return kept.body
        if time.monotonic() - self._failed.get(path, -RETRY_SECONDS) < RETRY_SECONDS:
            return kept.body if kept else None
        task = self._running.get(path)
        # After a fork there is another loop, and the old one's tasks never end.
        if task is None or task.get_loop() is not asyncio.get_running_loop():
            # Many jobs begin at once; one of them asks.
            task = self._running[path] = asyncio.create_task(self._fetch(path, kept))
        try:
            return await asyncio.shield(task)
        finally:
            if task.done() and self._running.get(path) is task:
                del self._running[path]

    async def _fetch(self, path: str, kept: _Kept | None) -> object:
        headers = {"If-None-Match": kept.etag} if kept and kept.etag else {}
        try:
            status, answer, body = await self._get(f"{self._url}/{path}", headers)
        except Exception as error:  # noqa: BLE001 - without a schema there is still an answer
            return self._without(path, kept, str(error))
        if status == 304 and kept is not None:
            self._keep(path, _Kept(kept.body, kept.etag, time.time()))
            return kept.body
        if status != 200 or not _is_answer(body):
            # A page of a proxy's, say, must not take the place of what was kept.
            reason = f"HTTP status {status}" if status != 200 else "an answer of another kind"
            return self._without(path, kept, reason)
        tag = next((answer[name] for name in answer if name.lower() == "etag"), None)
        self._keep(path, _Kept(body, _tag(tag), time.time()))
        return body

    def _without(self, path: str, kept: _Kept | None, reason: str) -> object:
        self._failed[path] = time.monotonic()
        instead = "what was kept" if kept else "the bundled snapshot"
        # Not for people: what is used instead does, and in a notebook a warning is a red box.
        level = logging.DEBUG if path in self._told else logging.INFO
        self._told.add(path)
        _log.log(level, "%s/%s cannot be had (%s); using %s", self._url, path, reason, instead)
        return kept.body if kept else None

    def _remembered(self, path: str) -> _Kept | None:
        if path not in self._kept:
            self._kept[path] = self._read(path)
        return self._kept[path]

    def _keep(self, path: str, kept: _Kept) -> None:
        self._kept[path] = kept
        self._failed.pop(path, None)
        if self._folder is None:
            return
        values = {
            "url": self._url,
            "checked": kept.checked,
            "etag": kept.etag,
            "body": kept.body,
        }
        try:
            text = json.dumps(values)
            if len(text) > MAX_KEPT:
                return
            # The home first, where this comes before it: the mode holds for the last one alone.
            self._folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.mkdir(mode=0o700, exist_ok=True)
            place = self._place(path)
            part = place.with_name(f"{place.name}.{os.getpid()}.part")
            part.write_text(text, "utf-8")
            part.replace(place)
        except (OSError, ValueError, RecursionError) as error:
            # It is only a cache.
            _log.info("%s is not kept on disk: %s", path, error)

    def _read(self, path: str) -> _Kept | None:
        if self._folder is None:
            return None
        place = self._place(path)
        try:
            if place.stat().st_size > 4 * MAX_KEPT:
                return None
            values = json.loads(place.read_text("utf-8"))
            etag, body = values["etag"], values["body"]
            if values["url"] != self._url or not _is_answer(body):
                return None
            return _Kept(body, _tag(etag), float(values["checked"]))
        except FileNotFoundError:
            return None
        except (
            OSError,
            ValueError,
            ArithmeticError,
            LookupError,
            TypeError,
            RecursionError,
        ) as error:
            _log.info("%s is not read: %s", place, error)
            return None

    def _place(self, path: str) -> Path:
        assert self._folder is not None  # noqa: S101 - asked for by those who have looked
        return self._folder / f"{quote(path.removeprefix('resolve/'), safe='')[:150]}.json"


def _tag(value: object) -> str | None:
    """Give an ETag as it can be sent back in a header."""
    if not isinstance(value, str) or len(value) > 300:
        return None
    return value if value.isascii() and value.isprintable() else None


def _is_answer(body: object) -> bool:
    """Whether it is one of the two kinds of answer: a registry, or a model's schemas."""
    if not isinstance(body, dict):
        return False
    values = cast("dict[str, object]", body)
    return any(isinstance(values.get(name), dict) for name in ("models", "requestSchema"))


def _video_models(body: object) -> Registry | None:
    values = cast("dict[str, Any]", body).get("models") if isinstance(body, dict) else None
    if not isinstance(values, dict):
        return None
    found: dict[str, str] = {}
    for air, entry in cast("dict[str, object]", values).items():
        known = cast("dict[str, object]", entry) if isinstance(entry, dict) else {}
        if known.get("taskType") == "videoInference":
            slug = known.get("id")
            found[air] = slug if isinstance(slug, str) and slug else air
    return found or None
