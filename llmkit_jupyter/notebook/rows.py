"""Videos that are looked at together: a sweep's rows, or jobs and responses in their form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, cast

from llmkit_jupyter.errors import InvalidRequestError, LLMKitError
from llmkit_jupyter.failure import VideoError
from llmkit_jupyter.job import VideoJob
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.response import VideoGenerationResponse

Find = Callable[[str], VideoJob | None]
Size = tuple[int, int]

_WHAT = "a sweep, or a list of jobs or responses"


class Row(Protocol):
    """One video of several: asked for, and perhaps there. As ``SweepRow`` has it."""

    @property
    def place(self) -> int:
        """Its number among them, from 0."""
        ...

    @property
    def job(self) -> VideoJob | None:
        """What makes it; ``None`` where it was not submitted."""
        ...

    @property
    def response(self) -> VideoGenerationResponse | None:
        """Where it stands; ``None`` where it was not submitted."""
        ...

    @property
    def status(self) -> str:
        """``"pending"``, ``"processing"``, ``"completed"`` or ``"failed"``."""
        ...

    @property
    def error(self) -> VideoError | None:
        """Why it failed, if it did."""
        ...

    @property
    def prompt(self) -> str | None:
        """What it should show."""
        ...

    @property
    def model(self) -> str | None:
        """As asked for."""
        ...

    @property
    def seed(self) -> int | None:
        """The one asked for, else the job's."""
        ...

    @property
    def duration(self) -> float | None:
        """As asked for, else as it is: in seconds."""
        ...

    @property
    def size(self) -> Size | None:
        """As asked for, else as it is: in pixels."""
        ...

    @property
    def rating(self) -> int | None:
        """1 to 5 stars; ``None`` where nobody gave any."""
        ...

    def rate(self, stars: int | None, /) -> object:
        """Give it stars, or take them away."""
        ...


def rows_of(source: object, find: Find = lambda _: None) -> Sequence[Row]:
    """Give what a person wants to compare as rows.

    Args:
        source: a sweep, or jobs, responses or rows in any mixture.
        find: gives the job of a task id, where there is one; without it a response keeps its
            state, and takes no stars.

    Raises:
        InvalidRequestError: it is something else.
    """
    rows = getattr(source, "rows", None)
    given = source if rows is None else rows
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise InvalidRequestError("sweep", source, _WHAT)
    each = cast("Iterable[object]", given)
    return [_row(place, one, find) for place, one in enumerate(each)]


def _row(place: int, given: object, find: Find) -> Row:
    if isinstance(given, VideoGenerationResponse):
        job = find(given.task_id) if given.task_id else None
        return _Given(place, given, None) if job is None else _Given(place, None, job)
    if hasattr(given, "place") and hasattr(given, "rate"):
        return cast("Row", given)
    if hasattr(given, "on_change") and hasattr(given, "response"):
        return _Given(place, None, cast("VideoJob", given))
    raise InvalidRequestError("sweep", given, _WHAT)


class _Given:
    """A job, or a response, as a row."""

    def __init__(
        self, place: int, response: VideoGenerationResponse | None, job: VideoJob | None
    ) -> None:
        self.place = place
        self.job = job
        self._response = response

    @property
    def response(self) -> VideoGenerationResponse | None:
        return self._response if self.job is None else self.job.response

    @property
    def _request(self) -> VideoGenerationRequest | None:
        if self.job is not None:
            return self.job.request
        return None if self._response is None else self._response.request

    @property
    def status(self) -> str:
        known = self.job or self._response
        return "pending" if known is None else known.status

    @property
    def error(self) -> VideoError | None:
        known = self.job or self._response
        return None if known is None else known.error

    @property
    def prompt(self) -> str | None:
        return self._request.prompt if self._request else None

    @property
    def model(self) -> str | None:
        known = self.job or self._response
        asked = self._request.model if self._request else None
        return asked or (known.model if known else None)

    @property
    def seed(self) -> int | None:
        known = self.job or self._response
        asked = self._request.seed if self._request else None
        return asked if asked is not None or known is None else known.seed

    @property
    def duration(self) -> float | None:
        asked = self._request.duration if self._request else None
        return asked if asked is not None or self.response is None else self.response.duration

    @property
    def size(self) -> Size | None:
        for known in (self._request, self.response):
            if known is not None and known.width and known.height:
                return known.width, known.height
        return None

    @property
    def rating(self) -> int | None:
        return None if self.job is None else self.job.rating

    def rate(self, stars: int | None, /) -> None:
        if self.job is None:
            raise LLMKitError("A response that the journal does not know takes no stars.")
        self.job.rate(stars)
