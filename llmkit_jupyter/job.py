"""A request on its way: what ``submit_video`` gives back."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import time
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any

from llmkit_jupyter import rendering
from llmkit_jupyter.engine import loop
from llmkit_jupyter.engine.record import Phase
from llmkit_jupyter.errors import InvalidRequestError, LLMKitError, VideoTimeoutError
from llmkit_jupyter.failure import VideoError, to_exception
from llmkit_jupyter.request import VideoGenerationRequest, check_seconds, whole_number
from llmkit_jupyter.response import MAX_STARS, Status, VideoGenerationResponse

if TYPE_CHECKING:
    from llmkit_jupyter.engine.engine import Engine
    from llmkit_jupyter.engine.live import LiveJob


class VideoJob:
    """A job: watch it, wait for it (``job.result()`` or ``await job``), or cancel it.

    It goes on by itself, whether anybody waits or not; ``client.job(task_id)`` gives it again in
    any later session. Attributes may be read from any thread.
    """

    def __init__(
        self, engine: Engine, live: LiveJob, *, timeout: float, reused: bool = False
    ) -> None:
        self._engine = engine
        self._known = live
        self._process = os.getpid()
        self._timeout = timeout
        self._reused = reused

    @property
    def _live(self) -> LiveJob:
        if self._process != os.getpid():
            # After a fork: what was known of it moves in the parent alone.
            self._engine = self._engine.here
            self._known = self._engine.find(self._known.task_id)
            self._process = os.getpid()
        return self._known

    @property
    def task_id(self) -> str:
        """The id that this job keeps for ever."""
        return self._live.task_id

    @property
    def request(self) -> VideoGenerationRequest:
        """What was asked for."""
        return self._live.record.request

    @property
    def provider(self) -> str:
        """Name of the provider that it went to."""
        return self._live.record.provider

    @property
    def model(self) -> str:
        """The model that runs, which may be a successor of the one asked for."""
        return self._live.record.model

    @property
    def status(self) -> Status:
        """``"processing"``, ``"completed"`` or ``"failed"``."""
        return self._live.record.status

    @property
    def phase(self) -> Phase:
        """``queued``, ``submitting``, ``generating``, ``downloading`` or ``done``."""
        return self._live.record.phase

    @property
    def provider_status(self) -> str | None:
        """The provider's own word for the status, verbatim."""
        return self._live.record.provider_status

    @property
    def progress(self) -> float | None:
        """Between 0 and 1, where the provider tells it."""
        return 1.0 if self.status == "completed" else self._live.progress

    @property
    def waiting(self) -> bool:
        """Whether the provider has it and it waits there for a worker, as far as that is told."""
        return self._live.waiting and not self.done()

    @property
    def queue_position(self) -> int | None:
        """Its place among those that wait, 1 for the next one, where the provider tells it."""
        return self._live.queue_position if self.waiting else None

    @property
    def created_at(self) -> float:
        """When it was made, in seconds since the epoch."""
        return self._live.record.created_at

    @property
    def elapsed(self) -> float:
        """Seconds since the job was made, until its end or now."""
        return self._live.elapsed

    @property
    def eta(self) -> float | None:
        """Seconds that it will probably still take; ``None`` where nothing is known."""
        return self._live.time_left

    @property
    def estimate(self) -> float | None:
        """US dollars that it was expected to cost when it was submitted; ``None`` if unknown."""
        return self._live.record.estimate

    @property
    def cost(self) -> float | None:
        """US dollars charged; ``None`` while unknown."""
        return self._live.record.cost

    @property
    def seed(self) -> int | None:
        """The seed, where the model has one."""
        return self._live.record.seed

    @property
    def reused(self) -> bool:
        """Whether it was there already when its request was submitted, so that none was made."""
        return self._reused

    @property
    def rating(self) -> int | None:
        """The stars that a person gave its video, 1 to 5."""
        return self._live.record.rating

    def rate(self, stars: int | None) -> None:
        """Give the video stars, 1 to 5; ``None`` takes them away. They are kept in the journal.

        Raises:
            InvalidRequestError: not such a number, or there is no video.
            JobNotFoundError: it was forgotten.
        """
        rating = None if stars is None else whole_number("stars", stars, 1, MAX_STARS)
        if self.status != "completed":
            raise InvalidRequestError(
                "stars", stars, "a job that is completed", because=f"this one is {self.status}"
            )
        self._engine.rate(self.task_id, rating)

    @property
    def error(self) -> VideoError | None:
        """Why it failed, if it did."""
        return self._live.record.error

    @property
    def notice(self) -> str | None:
        """One sentence that a person should see beside the job, if there is one."""
        return self._live.trouble or self._live.notice

    @property
    def cancelling(self) -> bool:
        """Whether it was asked to stop and has not answered yet."""
        return self._live.cancelling

    @property
    def resting(self) -> bool:
        """Whether nobody asks what becomes of it until somebody resumes it; ``notice`` says why."""
        live = self._live  # first: after a fork the engine is another one as well
        return self._engine.rests(live)

    def done(self) -> bool:
        """Whether it has ended, with or without a video."""
        return self._live.record.ended

    @property
    def response(self) -> VideoGenerationResponse:
        """Where it stands now, as a value that does not change."""
        record = self._live.record
        return VideoGenerationResponse(
            status=record.status,
            task_id=record.task_id,
            video_url=record.video_url if record.status == "completed" else None,
            format=record.format or "mp4",
            duration=record.duration,
            width=record.width,
            height=record.height,
            path=self._engine.library.path(record.file) if record.file and record.ended else None,
            error=record.error,
            phase=record.phase,
            progress=1.0 if record.status == "completed" else self._live.progress,
            provider=record.provider,
            provider_status=record.provider_status,
            model=record.model,
            seed=record.seed,
            cost=record.cost,
            elapsed=self._live.elapsed,
            request=record.request,
            reused=self._reused,
        )

    def result(self, timeout: float | None = None) -> VideoGenerationResponse:
        """Wait for the video. Interrupting the wait, or its end, does not stop the job.

        Args:
            timeout: seconds; ``LLMKIT_VIDEO_TIMEOUT`` by default.

        Raises:
            InvalidRequestError: ``timeout`` is not a number of seconds.
            VideoTimeoutError: the wait ran out; the job goes on.
            LLMKitError: the job failed; the class and ``code`` say how.
        """
        if loop.shared().inside:
            raise RuntimeError("a callback on the background loop cannot wait; use `await job`")
        seconds = self._timeout if timeout is None else check_seconds("timeout", timeout)
        deadline = time.monotonic() + seconds
        while True:
            left = max(0.0, deadline - time.monotonic())
            try:
                # In slices: a long wait for a lock now and then misses an interrupt.
                self._live.ended.result(min(left, loop.SLICE))
            except concurrent.futures.TimeoutError:
                if left <= loop.SLICE:
                    raise self.timed_out(seconds) from None
            except KeyboardInterrupt as interrupt:
                _tell_in_one_line(interrupt, self.task_id)
                raise
            else:
                return self._outcome()

    def __await__(self) -> Generator[Any, None, VideoGenerationResponse]:
        return self._wait().__await__()

    async def _wait(self) -> VideoGenerationResponse:
        ended = asyncio.shield(asyncio.wrap_future(self._live.ended))
        try:
            await asyncio.wait_for(ended, self._timeout)
        except TimeoutError:
            raise self.timed_out(self._timeout) from None
        return self._outcome()

    def cancel(self) -> None:
        """Ask the provider to stop; returns at once.

        Where nothing can be stopped any more the job goes on, will be charged, and keeps its
        video; ``notice`` says so. A cancelled job has status ``failed`` and the error code
        ``cancelled``.
        """
        live = self._live  # first: after a fork the engine is another one as well
        self._engine.cancel(live)

    def on_change(self, callback: Callable[[VideoJob], None]) -> Callable[[], None]:
        """Have ``callback(job)`` called at each change, on the background loop's thread.

        It must be quick and must not wait. Gives a function that ends this.
        """
        return self._live.listen(lambda: callback(self))

    def _outcome(self) -> VideoGenerationResponse:
        response = self.response
        if response.error is not None:
            raise to_exception(response.error, task_id=self.task_id, provider=self.provider)
        return response

    def timed_out(self, seconds: float) -> VideoTimeoutError:
        """Make the error for a wait of that many seconds that ran out."""
        why = f" {self.notice}" if self.notice else ""
        return VideoTimeoutError(
            f"Video generation timeout: no video after {seconds:g} s of waiting.{why} The job is "
            f"kept; pick it up with LLMKitClient().job({self.task_id!r}).result(). Wait longer "
            "with LLMKIT_VIDEO_TIMEOUT or the argument timeout (seconds).",
            task_id=self.task_id,
            provider=self.provider,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, VideoJob) and other.task_id == self.task_id

    def __hash__(self) -> int:
        return hash(self.task_id)

    def __repr__(self) -> str:
        error = f", error={self.error!r}" if self.error else ""
        return f"VideoJob({self.task_id!r}, {self.status}, phase={self.phase!r}{error})"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any] | None:
        return rendering.render(self)

    def _ipython_display_(self, **_: Any) -> None:
        # What moves needs an output with a name, which only this way of showing can give.
        if self.done() or not rendering.show(self):
            raise NotImplementedError


def _tell_in_one_line(interrupt: Any, task_id: str) -> None:
    """Spare a cell the lines of our waiting: IPython asks an error itself for its traceback."""
    text = f'Stopped waiting; the job goes on. LLMKitClient().job("{task_id}") gives it back.'
    interrupt._render_traceback_ = lambda: [f"KeyboardInterrupt: {text}"]


def wait_all(jobs: Sequence[VideoJob], seconds: float) -> list[VideoGenerationResponse]:
    """Wait until all jobs have ended; then raise the first failure, if there is one."""
    deadline = time.monotonic() + seconds
    failure: LLMKitError | None = None
    responses: list[VideoGenerationResponse] = []
    for job in jobs:
        try:
            left = max(0.0, deadline - time.monotonic())
            responses.append(job.result(left))
        except TimeoutError:
            # Told with the time that the caller gave, not with what was left of it.
            raise job.timed_out(seconds) from None
        except LLMKitError as error:
            failure = failure or error
    if failure is not None:
        if responses:
            made = ", ".join(str(response.task_id) for response in responses)
            failure.add_note(f"{len(responses)} of {len(jobs)} were made: {made}")
        raise failure
    return responses
