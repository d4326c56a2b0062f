"""Asking for jobs: outages, odd answers and long silences."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
from llmkit_jupyter.engine import polling
from llmkit_jupyter.errors import (
    NetworkError,
    SubmissionUnknownError,
)
from llmkit_jupyter.providers.base import Update
from tests.engine.waiting import until

REQUEST = VideoGenerationRequest("hills")


def test_failing_polls_only_postpone_the_end(client, provider, quick):
    troubles = iter([NetworkError("reset"), ValueError("a bug"), NetworkError("reset")])
    notices = []

    def look(ticket):
        notices.append(job.notice)
        for trouble in troubles:
            raise trouble
        return Update(ticket=ticket, state="succeeded")

    provider.on_poll = look
    job = client.submit_video(REQUEST)
    assert job.result().status == "completed"
    assert any("did not answer" in (n or "") for n in notices)
    assert job.notice is None


def test_an_id_that_the_provider_never_shows_is_given_up_after_a_while(
    client, provider, monkeypatch
):
    monkeypatch.setattr(polling, "GRACE", 0.3)
    provider.on_poll = lambda _: None
    job = client.submit_video(REQUEST)
    with pytest.raises(SubmissionUnknownError):
        job.result()
    assert len(provider.polled) > 3


def test_an_accepted_job_survives_an_answer_that_lacks_it(client, provider, monkeypatch):
    monkeypatch.setattr(polling, "GRACE", 0.3)
    started = time.monotonic()

    def look(ticket):
        # Long after the submission's own grace, one answer without the id.
        passed = time.monotonic() - started
        if 0.5 < passed < 0.6:
            return None
        return Update(ticket=ticket, state="processing" if passed < 1 else "succeeded")

    provider.on_poll = look
    assert client.generate_video(REQUEST).status == "completed"


def test_an_answer_that_is_none_at_all_only_postpones(client, provider, quick):
    poll = provider.poll
    answers = iter([None, None])

    async def odd(tickets):
        return next(answers, None) if not provider.polled else await poll(tickets)

    async def first(tickets):
        provider.poll = odd
        provider.polled.append([])

    provider.poll = first
    assert client.generate_video(REQUEST).status == "completed"


def test_a_job_that_was_asked_for_ahead_of_its_time_is_asked_for_again(
    client, provider, monkeypatch
):
    provider.poll_hint = None
    monkeypatch.setattr(type(provider), "poll_limit", 100)
    delays = iter([0.05, 0.8])
    monkeypatch.setattr(polling, "next_delay", lambda *_, **__: next(delays, 0.8))
    first, second = client.submit_videos([REQUEST, REQUEST])

    def look(ticket):
        # The first is due and done; the second shared its request and has time left.
        mine = ticket.task_id == second.task_id
        early = mine and sum(second.task_id in ids for ids in provider.polled) == 1
        return Update(ticket=ticket, state="processing" if early else "succeeded")

    provider.on_poll = look
    assert first.result(timeout=5).status == second.result(timeout=5).status == "completed"
    assert provider.polled[0] == [first.task_id, second.task_id]


def test_jobs_that_fall_due_one_after_the_other_are_asked_for_together(
    client, provider, monkeypatch
):
    provider.poll_hint = None
    delays = iter(itertools.cycle([0.1, 0.15, 0.2]))
    monkeypatch.setattr(polling, "next_delay", lambda *_, **__: next(delays))
    provider.on_poll = lambda ticket: Update(
        ticket=ticket, state="processing" if len(provider.polled) < 6 else "succeeded"
    )
    started = time.monotonic()
    client.wait(client.submit_videos([REQUEST] * 5))
    rounds = len(provider.polled)
    assert rounds <= 2 + (time.monotonic() - started) / 0.5


def test_an_id_that_is_shown_late_is_waited_for(client, provider):
    states = iter([None, None, None])
    provider.on_poll = lambda t: next(states, Update(ticket=t, state="succeeded"))
    assert client.generate_video(REQUEST).status == "completed"


def test_a_job_that_is_polled_for_too_long_sleeps_until_it_is_resumed(provider, home: Path):
    home.mkdir()
    (home / "config.toml").write_text("polling_minutes = 0.005")
    client = LLMKitClient(provider)
    provider.polls = 10**9
    job = client.submit_video(REQUEST)
    until(lambda: "%llmkit resume" in (job.notice or ""))
    assert job.status == "processing"
    polled = len(provider.polled)
    time.sleep(0.1)
    assert len(provider.polled) == polled
    provider.polls = 1
    assert client.resume() == [job]
    assert job.result().status == "completed"


def test_a_job_that_sleeps_twice_is_listed_once_as_resumed(provider, home: Path):
    home.mkdir()
    (home / "config.toml").write_text("polling_minutes = 0.005")
    client = LLMKitClient(provider)
    provider.polls = 10**9
    job = client.submit_video(REQUEST)
    for _ in range(2):
        until(lambda: "%llmkit resume" in (job.notice or ""))
        assert client.resume() == [job]
    assert client.resumed == [job]
    job.cancel()
