"""The client: the page's API, the same in a script, a cell, a thread and under ``await``."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import overload

from llmkit_jupyter import rendering
from llmkit_jupyter import settings as settings_module
from llmkit_jupyter.catalog.models import Model
from llmkit_jupyter.engine import engine as engines
from llmkit_jupyter.engine import loop
from llmkit_jupyter.engine.engine import Engine
from llmkit_jupyter.engine.live import LiveJob
from llmkit_jupyter.errors import InvalidRequestError, LLMKitError, ProviderNotFoundError, shorten
from llmkit_jupyter.job import VideoJob
from llmkit_jupyter.providers import registry
from llmkit_jupyter.providers.base import Provider
from llmkit_jupyter.request import (
    MAX_COUNT,
    VideoGenerationRequest,
    check_seconds,
    whole_number,
)
from llmkit_jupyter.response import VideoGenerationResponse
from llmkit_jupyter.settings import Settings

PREVIEW_NOTICE = (
    "videos come from the offline preview: drawn on this machine, not by a generative model."
)


class LLMKitClient:
    """Generates videos.

    Args:
        provider: name, or a provider object of your own; by default the setting, else the first
            one that is configured, else the offline preview.
        model: for requests that name none.
        timeout: seconds that a call waits for its video, 600 by default.
        api_key: for the provider; better set ``LLMKIT_API_KEY`` than write it into a notebook.
        home: folder of the journal and the finished videos.

    Raises:
        ProviderNotFoundError: no provider has that name.
        AuthenticationError: the named provider's key is missing.
        ConfigurationError: a setting that cannot be used.
    """

    def __init__(
        self,
        provider: str | Provider | None = None,
        *,
        model: str | None = None,
        timeout: float | None = None,
        api_key: str | None = None,
        home: str | Path | None = None,
    ) -> None:
        if not isinstance(provider, (str, Provider, type(None))):  # pyright: ignore[reportUnnecessaryIsInstance]
            # Taking the default instead could mean paying for a video.
            raise ProviderNotFoundError(
                f"provider is {shorten(provider)}; allowed: a name or a Provider object"
            )
        named = provider if isinstance(provider, str) else None
        self.settings: Settings = settings_module.load(
            provider=named, model=model, timeout=timeout, api_key=api_key, home=home
        )
        self._providers: dict[str, Provider] = {}
        if isinstance(provider, Provider):
            self._default = provider.name
            self._providers[provider.name] = provider
        else:
            self._default = registry.canonical(
                self.settings.provider or registry.usable(self.settings)[0]
            )
            self._provider(self._default)
        self._nothing_named = self.settings.provider is None and provider is None
        self._resumed = False

    @classmethod
    def from_env(cls) -> LLMKitClient:
        """Make a client from the environment variables and ``config.toml``."""
        return cls()

    @property
    def _engine(self) -> Engine:
        # Asked for each time: after a fork the child has an engine of its own.
        return engines.for_settings(self.settings)

    @property
    def provider(self) -> str:
        """Name of the provider for requests that name none."""
        return self._default

    @property
    def notices(self) -> list[str]:
        """Plain sentences that a person should be told once."""
        own: list[str] = []
        if self._nothing_named and self._default == "preview":
            reason = (
                "A key is set, but this version has no provider for it"
                if self.settings.api_key
                else "No key is set"
            )
            own = [f"{reason}, so {PREVIEW_NOTICE}"]
        return own + self._engine.journal.notices

    @overload
    def generate_video(
        self,
        request: VideoGenerationRequest,
        *,
        wait: bool = True,
        timeout: float | None = None,
    ) -> VideoGenerationResponse: ...

    @overload
    def generate_video(
        self,
        request: VideoGenerationRequest,
        *,
        count: int,
        wait: bool = True,
        timeout: float | None = None,
    ) -> list[VideoGenerationResponse]: ...

    def generate_video(
        self,
        request: VideoGenerationRequest,
        *,
        count: int | None = None,
        wait: bool = True,
        timeout: float | None = None,
    ) -> VideoGenerationResponse | list[VideoGenerationResponse]:
        """Generate a video and wait for it.

        Args:
            request: what to generate.
            count: make that many, as one submission; gives a list.
            wait: ``False`` returns right after the submission, with status ``processing``.
            timeout: seconds; ``LLMKIT_VIDEO_TIMEOUT`` by default.

        Raises:
            InvalidRequestError: before anything was sent.
            VideoTimeoutError: the wait ran out; the job goes on and is not lost.
            LLMKitError: the generation failed.
        """
        number = 1 if count is None else whole_number("count", count, 1, MAX_COUNT)
        # Told now: after the submission the video would be paid for already.
        timeout = None if timeout is None else check_seconds("timeout", timeout)
        jobs = self.submit_videos([request] * number)
        if wait:
            with rendering.waiting(jobs):
                responses = self.wait(jobs, timeout)
        else:
            responses = [job.response for job in jobs]
        return responses[0] if count is None else responses

    def submit_video(self, request: VideoGenerationRequest) -> VideoJob:
        """Start a job and return at once; ``await job`` or ``job.result()`` waits for it.

        Raises:
            InvalidRequestError: before anything was sent.
            JournalError: the job cannot be recorded, so it was not sent.
        """
        return self.submit_videos([request])[0]

    def submit_videos(self, requests: Sequence[VideoGenerationRequest]) -> list[VideoJob]:
        """Start many jobs, one submission a provider; if one is invalid, none is sent."""
        checked = [self._checked(request) for request in requests]
        self.resume_once()
        jobs: dict[int, VideoJob] = {}
        for provider in {id(provider): provider for provider, _ in checked}.values():
            places = [i for i, (owner, _) in enumerate(checked) if owner is provider]
            pairs = [(requests[i], checked[i][1]) for i in places]
            for i, live in zip(places, self._engine.submit(provider, pairs), strict=True):
                jobs[i] = self._handle(live)
        return [jobs[i] for i in range(len(requests))]

    def wait(
        self, jobs: Sequence[VideoJob], timeout: float | None = None
    ) -> list[VideoGenerationResponse]:
        """Wait until all jobs have ended; then raise the first failure, if there is one."""
        seconds = self.settings.timeout if timeout is None else check_seconds("timeout", timeout)
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

    def poll_video(self, task_id: str) -> VideoGenerationResponse:
        """Give a fresh response for any known task id, in this session or a later one.

        Raises:
            JobNotFoundError: the journal has no such job.
        """
        return self.job(task_id).response

    def cancel_video(self, task_id: str) -> VideoGenerationResponse:
        """Ask for a job to be stopped, and give its state. See ``VideoJob.cancel``."""
        job = self.job(task_id)
        job.cancel()
        return job.response

    def job(self, task_id: str) -> VideoJob:
        """Give the job with that id, whichever session began it.

        Raises:
            JobNotFoundError: the journal has no such job.
        """
        if not isinstance(task_id, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidRequestError("task_id", task_id, "the text of a task id")
        self.resume_once()
        return self._handle(self._engine.find(task_id.strip()))

    def jobs(self, limit: int | None = 50, *, unfinished: bool = False) -> list[VideoJob]:
        """List jobs of all sessions, newest first.

        Args:
            limit: at most that many; ``None`` for all.
            unfinished: only those that are still processing.
        """
        if limit is not None:
            limit = whole_number("limit", limit, 1, 10**9)
        self.resume_once()
        lives = self._engine.newest(limit, unfinished=unfinished)
        return [self._handle(live) for live in lives]

    def resume(self) -> list[VideoJob]:
        """Take up unfinished jobs of earlier sessions; gives those that were taken up."""
        providers = {name: self._provider(name) for name in registry.usable(self.settings)}
        providers |= self._providers
        lives = self._engine.resume(list(providers.values()))
        self._resumed = True
        return [self._handle(live) for live in lives]

    def resume_once(self) -> None:
        """At the first use: take up earlier sessions' jobs, and say what a person should know."""
        if self._resumed:
            return
        resumed = len(self.resume())
        if resumed:
            jobs = "1 unfinished job" if resumed == 1 else f"{resumed} unfinished jobs"
            tell(f"Resumed {jobs} of an earlier session; client.jobs() or %llmkit jobs lists them.")
        for notice in self.notices:
            tell(notice, once=True)

    def models(self) -> list[Model]:
        """List the models of all providers that can be used with these settings."""
        return [model for name in self.video_providers() for model in self._provider(name).models()]

    def video_providers(self) -> list[str]:
        """List the providers that can be used with these settings, the default one first."""
        return list(
            dict.fromkeys([self._default, *self._providers, *registry.usable(self.settings)])
        )

    def estimate(self, request: VideoGenerationRequest) -> float | None:
        """Give the price in US dollars before anything is sent; ``None`` where unknown."""
        provider, sent = self._checked(request)
        return loop.shared().wait(provider.estimate(sent))

    def validate(self, request: VideoGenerationRequest) -> VideoGenerationRequest:
        """Check a request and give it with every default filled in; sends nothing.

        Raises:
            InvalidRequestError: names the field, the value and what is allowed.
        """
        return self._checked(request)[1]

    def _handle(self, live: LiveJob) -> VideoJob:
        return VideoJob(self._engine, live, timeout=self.settings.timeout)

    def _checked(self, request: VideoGenerationRequest) -> tuple[Provider, VideoGenerationRequest]:
        if not isinstance(request, VideoGenerationRequest):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidRequestError("request", request, "a VideoGenerationRequest")
        request.check_complete()
        model = request.model or self.settings.model
        name: str | None = None
        if model is not None:
            name, model = registry.split_model(model)
            request = request.with_model(model)
        provider = self._provider(name or self._default)
        return provider, provider.validate(request)

    def _provider(self, name: str) -> Provider:
        if name not in self._providers:
            self._providers[name] = registry.create(name, self.settings)
        return self._providers[name]

    def __repr__(self) -> str:
        return f"LLMKitClient(provider={self._default!r})"


def tell(line: str, *, once: bool = False) -> None:
    """Say something to the person: in a notebook below the cell, in a script on stderr."""
    if once and line in _told:
        return
    _told.add(line)
    # In a notebook stderr looks like an error; in a script stdout may be somebody's data.
    in_notebook = "ipykernel" in sys.modules and "IPython" in sys.modules
    print(line, file=sys.stdout if in_notebook else sys.stderr)


_told: set[str] = set()
_default_lock = threading.Lock()
_default: tuple[Settings, LLMKitClient] | None = None


def default_client() -> LLMKitClient:
    """Give the process's client for the settings in force now; made on first use.

    Raises:
        LLMKitError: the settings do not name a usable provider.
    """
    global _default  # noqa: PLW0603 - one per process is the point
    with _default_lock:
        settings = settings_module.load()
        if _default is None or _default[0] != settings:
            _default = (settings, LLMKitClient())
        return _default[1]
