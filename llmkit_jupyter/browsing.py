"""Looking through all jobs of a home: filtered, page by page."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast, get_args

from llmkit_jupyter.engine.columns import LATEST
from llmkit_jupyter.engine.engine import Engine
from llmkit_jupyter.engine.history import Filter, words_of
from llmkit_jupyter.engine.record import JobRecord
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.job import VideoJob
from llmkit_jupyter.providers import registry
from llmkit_jupyter.request import whole_number
from llmkit_jupyter.response import MAX_STARS, Status

STATUSES = get_args(Status)
_MOST = 10_000  # jobs of a page
_LONGEST = 1000  # characters to search for


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of jobs, newest first: what ``client.history`` gives."""

    jobs: list[VideoJob]
    total: int
    """How many match, on all pages."""
    models: list[tuple[str, int]]
    """All models that ran, whatever was asked for, and how many jobs of each; most first."""


class Browsing(ABC):
    """The side of a client that looks through all jobs; the client itself adds the rest."""

    @property
    @abstractmethod
    def engine(self) -> Engine:
        """What keeps this client's jobs."""
        ...

    @abstractmethod
    def resume_once(self) -> None:
        """Take up earlier sessions' jobs, at the first use."""
        ...

    @abstractmethod
    def take_up(self, records: Sequence[JobRecord]) -> list[VideoJob]:
        """Give the jobs of records."""
        ...

    def history(  # noqa: PLR0913 - one for each way to look
        self,
        text: str | None = None,
        *,
        model: str | None = None,
        status: str | None = None,
        since: float | datetime | None = None,
        until: float | datetime | None = None,
        rating: int | Literal["unrated"] | None = None,
        sweep: str | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> HistoryPage:
        """Look jobs of all sessions up, newest first.

        Args:
            text: words that all have to occur in the prompt or the negative prompt; upper and
                lower case are the same.
            model: as it was asked for, or as it ran; ``provider/model`` for that provider alone.
            status: ``"processing"``, ``"completed"`` or ``"failed"``.
            since: made then or later, in seconds since the epoch or as a ``datetime``.
            until: made before.
            rating: at least so many stars, or ``"unrated"``.
            sweep: only the jobs of that sweep.
            limit: at most so many.
            offset: leave out so many of the newest.

        Raises:
            InvalidRequestError: names the argument, the value and what is allowed.
            JournalError: the journal cannot be read.
        """
        provider, meant = registry.split_model(_text("model", model) or "")
        wanted = Filter(
            words=words_of(_text("text", text) or ""),
            model=meant or None,
            provider=provider,
            status=_one_of("status", status, STATUSES),
            since=_time("since", since),
            until=_time("until", until),
            rating=_rating(rating),
            sweep=_text("sweep", sweep) or None,
        )
        limit = whole_number("limit", limit, 1, _MOST)
        offset = whole_number("offset", offset, 0, 2**31)
        self.resume_once()
        found = self.engine.journal.history(wanted, limit, offset).result()
        return HistoryPage(self.take_up(found.records), found.total, list(found.models))


def _text(name: str, value: object) -> str | None:
    if value is not None and (not isinstance(value, str) or len(value) > _LONGEST):
        raise InvalidRequestError(name, value, f"a text of at most {_LONGEST} characters")
    return value


def _one_of(name: str, value: object, allowed: Sequence[str]) -> str | None:
    if value is not None and value not in allowed:
        raise InvalidRequestError(name, value, ", ".join(allowed))
    return cast("str | None", value)


def _time(name: str, value: object) -> float | None:
    if value is None:
        return None
    seconds = value.timestamp() if isinstance(value, datetime) else value
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        seconds = -1
    if not 0 <= seconds <= LATEST:
        raise InvalidRequestError(name, value, "seconds since the epoch, or a datetime")
    return float(seconds)


def _rating(value: object) -> int | Literal["unrated"] | None:
    if value is None or value == "unrated":
        return cast("Literal['unrated'] | None", value)
    try:
        return whole_number("rating", value, 1, MAX_STARS)
    except InvalidRequestError:
        raise InvalidRequestError("rating", value, "1 to 5 stars, or 'unrated'") from None
