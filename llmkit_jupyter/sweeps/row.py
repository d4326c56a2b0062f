"""One row of a sweep: what was asked for, and what became of it."""

from __future__ import annotations

from typing import Any, Literal

from llmkit_jupyter import rendering
from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.failure import VideoError
from llmkit_jupyter.job import VideoJob
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.response import VideoGenerationResponse

RowStatus = Literal["pending", "processing", "completed", "failed"]

FORGOTTEN = VideoError("forgotten", "The job was forgotten; nothing of it is kept.")
UNREADABLE = VideoError("journal", "The journal's record of the job cannot be read.")


class SweepRow:
    """A request of a sweep with its job. May be read from any thread.

    Slices of a sweep hold the same rows. ``place`` is the row's number in the whole sweep.
    """

    def __init__(self, place: int, request: VideoGenerationRequest | None) -> None:
        self.place = place
        self.request = request
        """What was asked for; ``None`` where that was forgotten with the job."""
        self.price: float | None = None
        """US dollars that it was expected to cost before it was submitted; ``None``: unknown."""
        self.waits = False
        """Whether it is about to be submitted, for the first time or again."""
        self._job: VideoJob | None = None
        self._lost: VideoError | None = None

    def take(self, job: VideoJob) -> None:
        """Have this job from now on."""
        self._job = job
        self._lost = None
        self.waits = False

    def lose(self, why: VideoError) -> None:
        """Have no job any more, for a reason that counts as its failure."""
        self._job = None
        self._lost = why

    @property
    def job(self) -> VideoJob | None:
        """Its job; ``None`` before it is submitted, and before it is submitted again."""
        return None if self.waits else self._job

    @property
    def former(self) -> VideoJob | None:
        """The job that it has or had, also while it waits to be submitted again."""
        return self._job

    @property
    def response(self) -> VideoGenerationResponse | None:
        """Where its job stands now, as a value that does not change."""
        job = self.job
        return None if job is None else job.response

    @property
    def status(self) -> RowStatus:
        """``"pending"`` before it is submitted, then the status of its job."""
        if self.waits:
            return "pending"
        if self._lost is not None:
            return "failed"
        return "pending" if self._job is None else self._job.status

    @property
    def settled(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in ("completed", "failed")

    @property
    def moves(self) -> bool:
        """Whether something will happen to it by itself."""
        job = self.job
        return self.waits or (job is not None and not job.done() and not job.resting)

    @property
    def error(self) -> VideoError | None:
        """Why it failed, if it did."""
        job = self.job
        return self._lost if job is None else job.error

    @property
    def reused(self) -> bool:
        """Whether its video is one that was there already, so that nothing was charged for it."""
        job = self.job
        return job is not None and job.reused

    @property
    def prompt(self) -> str:
        """The prompt; empty where it was forgotten."""
        return self.request.prompt if self.request else ""

    @property
    def model(self) -> str | None:
        """The model as asked for; where none was named, the one that runs."""
        if self.request is not None and self.request.model is not None:
            return self.request.model
        return self._job.model if self._job else None

    @property
    def seed(self) -> int | None:
        """The seed that was asked for, else the one that the job has got."""
        if self.request is not None and self.request.seed is not None:
            return self.request.seed
        return self._job.seed if self._job else None

    @property
    def duration(self) -> float | None:
        """Seconds that were asked for, else those of the video."""
        if self.request is not None and self.request.duration is not None:
            return self.request.duration
        return self._measured("duration")

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels that were asked for, else those of the video."""
        asked = self.request
        if asked is not None and asked.width is not None and asked.height is not None:
            return asked.width, asked.height
        width, height = self._measured("width"), self._measured("height")
        return (width, height) if width and height else None

    @property
    def estimate(self) -> float | None:
        """US dollars that it was expected to cost; ``None`` where that was not known."""
        return self.price if self._job is None else self._job.estimate

    @property
    def cost(self) -> float | None:
        """US dollars that its video was charged for; ``None`` while unknown."""
        job = self.job
        return None if job is None else job.cost

    @property
    def rating(self) -> int | None:
        """One to five stars that somebody gave it."""
        return self._job.rating if self._job else None

    def rate(self, stars: int | None) -> None:
        """Give it one to five stars; ``None`` takes them away. The journal keeps them.

        Raises:
            InvalidRequestError: not a whole number from 1 to 5.
            LLMKitError: it was not submitted yet.
        """
        if self._job is None:
            raise LLMKitError(
                f"Row {self.place} cannot be rated: it was not submitted.", code="no_video"
            )
        self._job.rate(stars)

    def _measured(self, name: str) -> Any:
        return getattr(self._job.response, name) if self._job else None

    def __repr__(self) -> str:
        error = f", error={self.error!r}" if self.error else ""
        return f"SweepRow({self.place}, {self.status}, {self.request!r}{error})"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any] | None:
        job = self.job
        return None if job is None else rendering.render(job)
