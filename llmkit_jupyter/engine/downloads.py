"""Fetches finished videos into the library: a few at a time, and not giving up easily."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable

from llmkit_jupyter.engine.library import Library, Stored
from llmkit_jupyter.engine.live import LiveJob
from llmkit_jupyter.errors import (
    AuthenticationError,
    InvalidVideoError,
    LibraryError,
    LLMKitError,
    NetworkError,
    RateLimitError,
    ResultExpiredError,
    ServerError,
    VideoTooLargeError,
)
from llmkit_jupyter.providers.base import Provider, Update, unexpected
from llmkit_jupyter.transport import retry

AT_ONCE = 4  # more were slower
TRIES = 5  # of files that are no whole video, at the least,
WRONG_SECONDS = 600.0  # and for so long, where they come from elsewhere
PARKED_SECONDS = 15.0  # between tries while the disk is full
_log = logging.getLogger(__name__)


class StillParkedError(LLMKitError):
    """The video could not be brought in for the whole polling time; the job is not lost."""


class Downloads:
    """Stores one video after the other, or a few side by side; on the loop thread only."""

    def __init__(self, library: Library, *, patience: float) -> None:
        self._library = library
        self._patience = patience
        self._places = asyncio.Semaphore(AT_ONCE)

    async def fetch(
        self, job: LiveJob, provider: Provider, update: Update, *, wanted: Callable[[], bool]
    ) -> Stored | None:
        """Store a job's video; ``None`` when it is not ``wanted`` here any more.

        Raises:
            StillParkedError: no network, or a full disk; worth another try some day.
            LLMKitError: the video cannot be had.
        """
        failures = wrong = 0
        started = time.monotonic()
        while wanted():
            try:
                # Others have the place while this one waits for its next try.
                async with self._places:
                    return await self._library.store(
                        job.task_id, lambda sink: provider.fetch(update, sink)
                    )
            except LibraryError as error:
                # The disk is full, say. The video is paid for and worth waiting for.
                pause, words = PARKED_SECONDS, f"{error}."
                self._check_patience(started, error, job)
            except (NetworkError, RateLimitError, ServerError) as error:
                # Offline for a while: neither is that a reason to give up what is paid for.
                failures += 1
                pause, words = _pause(failures, error), f"The download broke off ({error})."
                self._check_patience(started, error, job)
            except (InvalidVideoError, ResultExpiredError) as error:
                # Announced a moment too early, or a hotel's login page in its place: that passes.
                wrong += 1
                pause, words = _pause(wrong, error), f"What came is no video ({error})."
                waited = time.monotonic() - started
                # What was here once is not announced too early.
                final = wrong >= TRIES and (job.record.restoring or _is_final(provider, waited))
                if final or isinstance(error, VideoTooLargeError):
                    if not provider.remote or isinstance(error, ResultExpiredError):
                        raise
                    # Until somebody raises a limit, or mends the network.
                    raise StillParkedError(
                        _with_place(error, update), task_id=job.task_id
                    ) from error
            except Exception as error:
                failure = _understood(error, provider)
                # Neither a key that is refused today nor a mistake in a program makes a paid
                # video one that does not exist.
                hopeless = not isinstance(failure, AuthenticationError) and failure is error
                wrong += 1
                if hopeless or not provider.remote:
                    raise failure from error
                if wrong >= TRIES:
                    raise StillParkedError(str(failure), task_id=job.task_id) from error
                pause, words = _pause(wrong, failure), f"The download went wrong ({failure})."
            job.report(words, "Trying again.")
            await asyncio.sleep(pause)
        return None

    def _check_patience(self, started: float, error: LLMKitError, job: LiveJob) -> None:
        if time.monotonic() - started > self._patience:
            raise StillParkedError(str(error), task_id=job.task_id) from error


def _understood(error: Exception, provider: Provider) -> LLMKitError:
    if isinstance(error, LLMKitError):
        return error
    _log.error("%s: download failed", provider.name, exc_info=error)
    return unexpected(error)


def _with_place(error: LLMKitError, update: Update) -> str:
    """Name the address that a file came from, without what may be a secret at its end."""
    words, place = str(error), (update.video_url or "").partition("?")[0]
    return words if not place or place in words else f"{place} gave no video: {words}"


def _is_final(provider: Provider, waited: float) -> bool:
    """Whether there is no point in more tries now."""
    return not provider.remote or waited > WRONG_SECONDS


def _pause(failures: int, error: LLMKitError) -> float:
    asked = error.retry_after_seconds
    return retry.delay(failures, retry_after=asked, jitter=random.random())  # noqa: S311
