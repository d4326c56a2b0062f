"""The jobs of one page of the gallery: looked up, kept current while they run."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from llmkit_jupyter.browsing import HistoryPage
from llmkit_jupyter.catalog.facts import title_of
from llmkit_jupyter.client import LLMKitClient
from llmkit_jupyter.errors import JobNotFoundError, LLMKitError
from llmkit_jupyter.job import VideoJob
from llmkit_jupyter.notebook import live
from llmkit_jupyter.notebook.card import Card
from llmkit_jupyter.notebook.live import LiveCard
from llmkit_jupyter.notebook.wording import excerpt
from llmkit_jupyter.widgets.following import Following
from llmkit_jupyter.widgets.tiles import tile_state

_KEPT = 1000  # jobs of earlier pages whose pictures a page may still ask for


@dataclass(frozen=True, slots=True)
class Look:
    """What a look into the journal gave: the jobs, and what the page is told of them."""

    jobs: list[VideoJob]
    state: dict[str, Any]


class Shelf:
    """May be used from any thread.

    Args:
        client: whose jobs.
        size: jobs of a page.
        moved: is given a job of the page that has changed; ``tiles`` then has it as it is.
    """

    def __init__(
        self, client: LLMKitClient, size: int, moved: Callable[[VideoJob], object]
    ) -> None:
        self._client = client
        self._size = size
        self._moved = moved
        self._lock = threading.RLock()
        self._page: list[VideoJob] = []
        self._tiles: dict[str, dict[str, Any]] = {}
        self._known: OrderedDict[str, VideoJob] = OrderedDict()
        self._followed: dict[str, LiveCard] = {}

    @property
    def jobs(self) -> list[VideoJob]:
        """The jobs of the page."""
        with self._lock:
            return list(self._page)

    @property
    def tiles(self) -> list[dict[str, Any]]:
        """Their tiles."""
        with self._lock:
            return list(self._tiles.values())

    def known(self, task_id: str) -> VideoJob | None:
        """Give a job of this page, or of one that was shown before."""
        with self._lock:
            return self._known.get(task_id)

    def get(self, task_id: str) -> VideoJob:
        """Give a job of this page, or of one that was shown before.

        Raises:
            JobNotFoundError: there is none.
        """
        job = self.known(task_id)
        if job is None:
            raise JobNotFoundError(f"The gallery has not shown a job {task_id!r}.", task_id=task_id)
        return job

    def find(self, written: Mapping[str, Any]) -> Look:
        """Look into the journal; changes nothing here.

        Args:
            written: the filters and the page, by the names of the traits.
        """
        of = dict(written)
        try:
            page = self._read(of)
            pages = max(1, -(-page.total // self._size))
            if of["page"] > pages:
                of["page"] = pages
                page = self._read(of)
        except LLMKitError as error:
            return Look([], _state(of, problem=str(error)))
        models = [
            {"id": name, "title": excerpt(title_of(name), 80), "count": count}
            for name, count in page.models
            if name
        ]
        tiles = [tile_state(job) for job in page.jobs]
        state = _state(of, tiles=tiles, total=page.total, pages=pages, models=models)
        return Look(page.jobs, state)

    def take(self, look: Look) -> None:
        """Make a look's jobs those of the page."""
        with self._lock:
            self._page = list(look.jobs)
            self._tiles = {tile["task_id"]: tile for tile in look.state["tiles"]}
            for job in look.jobs:
                self._known[job.task_id] = job
                self._known.move_to_end(job.task_id)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
            gone = [name for name in self._followed if name not in self._tiles]
            for name in gone:
                self._followed.pop(name).leave()

    def follow(self) -> None:
        """Keep the running jobs of the page current."""
        for job in self.jobs:
            if not job.done() and job.task_id not in self._followed:
                look = partial(self.look_at, job)
                self._followed[job.task_id] = live.keep_current(job, Following(look, look))

    def look_at(self, job: VideoJob, card: Card | None = None) -> None:
        """Show a job as it stands now, if it is one of the page."""
        state = tile_state(job, card)
        with self._lock:
            if job.task_id not in self._tiles:
                return
            self._tiles[job.task_id] = state
            if job.done():
                self._followed.pop(job.task_id, None)
        self._moved(job)

    def _read(self, of: Mapping[str, Any]) -> HistoryPage:
        return self._client.history(
            of["text"] or None,
            model=of["model"] or None,
            status=of["status"] or None,
            rating=of["rating"],
            since=of["since"],
            until=of["until"],
            limit=self._size,
            offset=(of["page"] - 1) * self._size,
        )


def _state(of: Mapping[str, Any], **known: Any) -> dict[str, Any]:
    """Give ``Found`` of ``js/src/history/state.ts``."""
    nothing: dict[str, Any] = {"tiles": [], "total": 0, "pages": 1, "models": [], "problem": ""}
    return {"of": dict(of), "page": of["page"], **nothing, **known}
