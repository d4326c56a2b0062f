"""The finding half of the gallery: filters that are traits, and the page of jobs that they give."""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import traitlets

from llmkit_jupyter.client import LLMKitClient
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.job import VideoJob
from llmkit_jupyter.request import whole_number
from llmkit_jupyter.widgets.base import LiveWidget, synced
from llmkit_jupyter.widgets.latest import Latest, Newest
from llmkit_jupyter.widgets.messages import field_fault
from llmkit_jupyter.widgets.shelf import Shelf

_Trait: Any = traitlets

FILTERS = ("text", "model", "status", "rating", "since", "until")
MAX_PAGE = 200
_ALLOWED = {
    **dict.fromkeys(("text", "model"), "at most 1000 characters"),
    "status": "processing, completed, failed, or '' for all",
    "rating": "1 to 5 stars, 'unrated', or None",
    **dict.fromkeys(("since", "until"), "seconds since the epoch, or None"),
    "page": "a whole number from 1",
}


class JobFinder(LiveWidget):
    """A widget that looks jobs up. What else is shown of them is its heir's business.

    Args:
        client: whose jobs.
        page_size: jobs of a page, 1 to 200.
        fields: filters to begin with.
    """

    WRITABLE: ClassVar[frozenset[str]] = frozenset({*FILTERS, "page"})
    KINDS: ClassVar[frozenset[str]] = frozenset({"refresh"})
    OFFERED: ClassVar[frozenset[str]] = LiveWidget.OFFERED | {"jobs", "refresh"}

    text = synced(_Trait.Unicode())
    model = synced(_Trait.Unicode())
    status = synced(_Trait.Unicode())
    rating = synced(_Trait.Any(default_value=None))
    since = synced(_Trait.Float(default_value=None, allow_none=True))
    until = synced(_Trait.Float(default_value=None, allow_none=True))
    page = synced(_Trait.Int(default_value=1))

    found = synced(_Trait.Dict(read_only=True))
    """The page of jobs; see ``Found`` in ``js/src/history/state.ts``."""

    _stop = staticmethod(lambda: None)  # also of one whose arguments were refused

    def __init__(self, client: LLMKitClient, page_size: int, fields: dict[str, Any]) -> None:
        self._client = client
        self._lock = threading.RLock()
        size = whole_number("page_size", page_size, 1, MAX_PAGE)
        self._shelf = Shelf(client, size, self._moved)
        self._search = Latest(self._find)
        super().__init__(**fields)
        self._shelf.follow()
        self.observe(self._filters_changed, sorted(JobFinder.WRITABLE))
        self._stop = client.engine.arrivals.add(self._arrived)

    @_Trait.default("found")
    def _first_found(self) -> object:
        found = self._shelf.find(self._written())
        self._shelf.take(found)
        return found.state

    @_Trait.validate(*FILTERS, "page")
    def _check(self, proposal: Any) -> Any:
        name, value = proposal["trait"].name, proposal["value"]
        if field_fault(name, value) is not None:
            raise InvalidRequestError(name, value, _ALLOWED[name])
        return value

    @abstractmethod
    def _found_anew(self, jobs: Sequence[VideoJob]) -> None:
        """Take up what is on the page now; while nobody else can change it."""

    @abstractmethod
    def _changed(self, job: VideoJob | None = None) -> None:
        """Follow what the page has been told: of a job, or of other ones than before."""

    @property
    def jobs(self) -> list[VideoJob]:
        """The jobs of the page, newest first."""
        return self._shelf.jobs

    def refresh(self) -> None:
        """Look again, and wait for it."""
        self._search.now()

    def close(self) -> None:
        """Take the widget off the page for good."""
        self._stop()
        above: Any = super()
        above.close()

    def _written(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in (*FILTERS, "page")}

    def _filters_changed(self, change: Any) -> None:
        if self._written() == self.found["of"]:
            return  # what is told already: the last page, where there were fewer than thought
        if change["name"] != "page":
            self.page = 1
        self._search()

    def _arrived(self) -> None:
        # Further back everything would move away from whoever looks at it.
        if self.page == 1:
            self._search()

    def _find(self, newest: Newest) -> None:
        found = self._shelf.find(self._written())
        with self._lock:
            if not newest():
                return
            self._shelf.take(found)
            self.put("found", found.state)
            self.put("page", found.state["page"])
            self._found_anew(found.jobs)
        self._shelf.follow()
        self._changed()

    def _moved(self, job: VideoJob) -> None:
        with self._lock:
            self.put("found", {**self.found, "tiles": self._shelf.tiles})
            self._changed(job)

    def _on_refresh(self, _message: dict[str, Any]) -> None:
        self._search()
