"""The client: the page's API, the same in a script, a cell, a thread and under ``await``."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import overload

from llmkit_jupyter import rendering
from llmkit_jupyter import settings as settings_module
from llmkit_jupyter.browsing import Browsing
from llmkit_jupyter.engine.asking import Asking
from llmkit_jupyter.engine.care import Keeping
from llmkit_jupyter.engine.choosing import Providers, check_kind, given_in_code
from llmkit_jupyter.engine.entries import OvertakenError
from llmkit_jupyter.engine.live import LiveJob
from llmkit_jupyter.engine.planned import Place
from llmkit_jupyter.engine.purse import PRICE_UNKNOWN, check_flag
from llmkit_jupyter.engine.record import JobRecord
from llmkit_jupyter.engine.telling import tell
from llmkit_jupyter.errors import InvalidRequestError, JobNotFoundError
from llmkit_jupyter.job import VideoJob, wait_all
from llmkit_jupyter.providers.base import Provider
from llmkit_jupyter.request import (
    MAX_COUNT,
    VideoGenerationRequest,
    check_seconds,
    several,
    whole_number,
)
from llmkit_jupyter.response import VideoGenerationResponse
from llmkit_jupyter.settings import Secret, Settings

PREVIEW_NOTICE = (
    "videos come from the offline preview: drawn on this machine, not by a generative model."
)


class LLMKitClient(Asking, Keeping, Browsing):
    """Generates videos.

    Args:
        provider: name, or a provider object of your own; by default the setting, else the first
            one that is configured, else the offline preview.
        model: for requests that name none.
        timeout: seconds that a call waits for its video, 600 by default.
        api_key: for the provider; better set ``LLMKIT_API_KEY`` than write it into a notebook.
        base_url: address of the provider's server; alone it means DiffusionRouter, any server
            that speaks ``/v1/videos``.
        home: folder of the journal and the finished videos.
        budget: US dollars, from now on; as ``client.budget = ...``.

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
        api_key: str | Secret | None = None,
        base_url: str | None = None,
        home: str | Path | None = None,
        budget: float | None = None,
    ) -> None:
        # At once: a traceback may show what is at hand.
        api_key = settings_module.hide("api_key", api_key)
        check_kind(provider)
        settings = settings_module.load(
            model=model,
            timeout=timeout,
            home=home,
            **given_in_code(provider, api_key=api_key, base_url=base_url, home=home),
        )
        super().__init__(settings, Providers(provider, settings))
        self._nothing_named = self.settings.provider is None and provider is None
        self._resumed = False
        self._said: set[str] = set()
        if budget is not None:
            self.budget = budget

    @classmethod
    def from_env(cls) -> LLMKitClient:
        """Make a client from the environment variables and ``config.toml``."""
        return cls()

    @property
    def provider(self) -> str:
        """Name of the provider for requests that name none."""
        return self._providers.default

    @property
    def default_model(self) -> str:
        """The model of requests that name none; empty where that is the provider's business."""
        return self.settings.model or self._providers[self.provider].default_model

    @property
    def notices(self) -> list[str]:
        """Plain sentences that a person should be told once."""
        own: list[str] = []
        if self._nothing_named and self.provider == "preview":
            own = [f"No key is set, so {PREVIEW_NOTICE}"]
        return own + self._engine.journal.notices

    @overload
    def generate_video(
        self,
        request: VideoGenerationRequest,
        *,
        wait: bool = True,
        timeout: float | None = None,
        confirm: bool = False,
        reuse: bool | None = None,
    ) -> VideoGenerationResponse: ...

    @overload
    def generate_video(
        self,
        request: VideoGenerationRequest,
        *,
        count: int,
        wait: bool = True,
        timeout: float | None = None,
        confirm: bool = False,
        reuse: bool | None = None,
    ) -> list[VideoGenerationResponse]: ...

    def generate_video(
        self,
        request: VideoGenerationRequest,
        *,
        count: int | None = None,
        wait: bool = True,
        timeout: float | None = None,
        confirm: bool = False,
        reuse: bool | None = None,
    ) -> VideoGenerationResponse | list[VideoGenerationResponse]:
        """Generate a video and wait for it.

        Args:
            request: what to generate.
            count: make that many, as one submission; gives a list. A seed is the first one's,
                and goes up by one: the same seed would give the same video.
            wait: ``False`` returns right after the submission, with status ``processing``.
            timeout: seconds; ``LLMKIT_VIDEO_TIMEOUT`` by default.
            confirm: ``True`` agrees to a price above ``confirm_above``.
            reuse: ``True`` answers from the library where it has the same, ``False`` never does;
                by default it does so for a request with a seed. See ``client.reuse``.

        Raises:
            InvalidRequestError: before anything was sent.
            ConfirmationRequiredError, BudgetExceededError: the same, because of the price.
            VideoTimeoutError: the wait ran out; the job goes on and is not lost.
            LLMKitError: the generation failed.
        """
        number = 1 if count is None else whole_number("count", count, 1, MAX_COUNT)
        # Told now: after the submission the video would be paid for already.
        timeout = None if timeout is None else check_seconds("timeout", timeout)
        jobs = self.submit_videos(several(request, number), confirm=confirm, reuse=reuse)
        responses = self.wait(jobs, timeout) if wait else [job.response for job in jobs]
        return responses[0] if count is None else responses

    def submit_video(
        self,
        request: VideoGenerationRequest,
        *,
        confirm: bool = False,
        reuse: bool | None = None,
    ) -> VideoJob:
        """Start a job and return at once; ``await job`` or ``job.result()`` waits for it.

        ``reuse`` is that of ``generate_video``.

        Raises:
            InvalidRequestError: before anything was sent.
            ConfirmationRequiredError, BudgetExceededError: the same, because of the price.
            JournalError: the job cannot be recorded, so it was not sent.
        """
        return self.submit_videos([request], confirm=confirm, reuse=reuse)[0]

    def submit_videos(
        self,
        requests: Sequence[VideoGenerationRequest],
        *,
        confirm: bool = False,
        reuse: bool | None = None,
        places: Sequence[Place] | None = None,
        check: Callable[[Sequence[float | None]], None] | None = None,
    ) -> list[VideoJob]:
        """Start many jobs, one submission a provider; if one cannot be made, none is sent.

        ``reuse`` is that of ``generate_video``: requests that name the same seed, and nothing
        else that differs, share a job. ``places`` are the rows of a sweep that they are for.
        ``check`` is called with the price of each before they are recorded, and may raise.
        """
        check_flag("confirm", confirm)
        rule = self._rule(reuse)
        checked = self._providers.checked(requests)
        self.resume_once()
        while True:
            drafts = self._engine.draft(requests, checked, rule=rule, places=places)
            prices = self._prices_of(drafts)
            self.check_prices(prices, confirm=confirm)
            if check is not None:
                check(prices)
            budget = self._budget()
            try:
                submitted = self._engine.submit(drafts, prices, budget=budget)
            except OvertakenError:
                continue  # what was free a moment ago has a price now
            if budget is not None and None in prices:
                tell(PRICE_UNKNOWN, once=True)
            return [self._handle(each.live, reused=each.reused) for each in submitted]

    def take_up(
        self, records: Sequence[JobRecord], *, reused: Sequence[bool] | None = None
    ) -> list[VideoJob]:
        """Give the jobs of records that were read from the journal.

        ``reused`` says of each whether it was there already when it was asked for.
        """
        lives = self._engine.take_up(records)
        marks = reused or [False] * len(lives)
        return [self._handle(live, reused=mark) for live, mark in zip(lives, marks, strict=True)]

    def wait(
        self, jobs: Sequence[VideoJob], timeout: float | None = None
    ) -> list[VideoGenerationResponse]:
        """Wait until all jobs have ended; then raise the first failure, if there is one.

        In a notebook their cards are shown meanwhile.
        """
        seconds = self.settings.timeout if timeout is None else check_seconds("timeout", timeout)
        with rendering.waiting(jobs):
            return wait_all(jobs, seconds)

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
        return self._handle(self._find(task_id))

    def _find(self, task_id: str) -> LiveJob:
        if not isinstance(task_id, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidRequestError("task_id", task_id, "the text of a task id")
        self.resume_once()
        try:
            return self._engine.find(task_id.strip())
        finally:
            self._say_notices()

    def pick_up_video(
        self,
        task_id: str,
        request: VideoGenerationRequest | None = None,
        *,
        provider: str | None = None,
    ) -> VideoJob:
        """Take up a job that another program submitted: the TypeScript client, a script, a page.

        From now on it is like any job here: in the journal, asked for, its video kept. It is never
        submitted. What it costs counts when the provider tells it; no budget refuses it.

        Args:
            task_id: at Runware the ``taskUUID``, elsewhere the id that the server gave it. One
                that the journal has gives that job.
            request: what was asked for, where you know it; by default what the provider tells.
            provider: where it is, if not at the provider that the request means.

        Raises:
            InvalidRequestError: no id of that provider's.
            NotSupportedError: the provider has no jobs of other programs.
            JobNotFoundError: it was forgotten here. One that the provider does not know fails.
        """
        try:
            live = self._find(task_id)
        except JobNotFoundError:
            pass
        else:
            if not live.record.not_there:
                return self._handle(live)
            # The provider did not know it then.
            task_id, provider = str(live.record.provider_task_id), live.record.provider
        found = self._providers.elsewhere(task_id, request, provider)
        return self._handle(self._engine.pick_up(found))

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
        self._say_notices()  # of rows that had to be left out
        return [self._handle(live) for live in lives]

    def resume(self) -> list[VideoJob]:
        """Take up unfinished jobs of earlier sessions; gives those that were taken up."""
        lives = self._engine.resume(self._providers.all())
        self._resumed = True
        return [self._handle(live) for live in lives]

    @property
    def resumed(self) -> list[VideoJob]:
        """The jobs of earlier sessions that this one has taken up, newest first; ended ones too."""
        return [self._handle(live) for live in self._engine.adopted]

    def resume_once(self) -> None:
        """At the first use: take up earlier sessions' jobs, and say what a person should know."""
        if not self._resumed:
            self._resume_and_say()
        self._say_notices()

    def _resume_and_say(self) -> None:
        resumed = len(self.resume())
        if resumed:
            jobs = "1 unfinished job" if resumed == 1 else f"{resumed} unfinished jobs"
            where = "LLMKitClient().jobs() or %llmkit jobs lists them"
            tell(f"Resumed {jobs} of an earlier session; {where}.")
        others = len(self._engine.strangers())
        if others:
            jobs = f"{others} unfinished jobs wait" if others > 1 else "1 unfinished job waits"
            tell(f"{jobs} for the key or address that began it; see %llmkit jobs.", once=True)

    def _say_notices(self) -> None:
        """Say what came up since the last time."""
        for notice in self.notices:
            if notice not in self._said:
                self._said.add(notice)
                tell(notice, once=True)

    def _handle(self, live: LiveJob, *, reused: bool = False) -> VideoJob:
        return VideoJob(self._engine, live, timeout=self.settings.timeout, reused=reused)

    def __repr__(self) -> str:
        # A traceback may show one that could not be made.
        providers = getattr(self, "_providers", None)
        return f"LLMKitClient(provider={providers.default!r})" if providers else "LLMKitClient()"


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
