"""Cancelling, as far as the provider can."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from llmkit_jupyter import VideoGenerationRequest
from llmkit_jupyter.errors import (
    JobCancelledError,
    RateLimitError,
)
from tests.engine.waiting import until

REQUEST = VideoGenerationRequest("hills")


def test_a_provider_that_fails_to_cancel_leaves_the_job_as_it_was(client, provider):
    async def failing(_):
        raise ZeroDivisionError("oops")

    provider.cancel = failing
    provider.polls = 10**9
    job = client.submit_video(REQUEST)
    until(lambda: job.phase == "generating")
    job.cancel()
    until(lambda: "could not be told to cancel" in (job.notice or ""))
    assert not job.cancelling
    provider.polls = 1
    assert job.result().status == "completed"


def test_a_job_whose_video_is_being_fetched_is_not_cancelled_any_more(client, provider):
    asked = threading.Event()

    async def slow(sink):
        await asyncio.to_thread(asked.wait, 30)
        await sink.write(provider.video)

    provider.on_fetch = slow
    job = client.submit_video(REQUEST)
    until(lambda: job.phase == "downloading")
    job.cancel()
    until(lambda: job.notice)
    asked.set()
    assert job.result().status == "completed"
    assert "cannot be cancelled any more" in (job.notice or "")
    assert client.poll_video(job.task_id).status == "completed"


def test_cancelling_before_the_submission_sends_nothing(client, provider, quick):
    refused = RateLimitError("later", retry_after_seconds=0.01)

    def answer(submission):
        job.cancel()
        time.sleep(0.05)
        return refused

    provider.on_submit = answer
    job = client.submit_video(REQUEST)
    with pytest.raises(JobCancelledError) as caught:
        job.result()
    assert caught.value.code == "cancelled"
    assert provider.submitted == [job.task_id]
    assert client.poll_video(job.task_id).status == "failed"


def test_cancelling_stops_a_job_where_the_provider_can(client, provider):
    provider.polls = 10**9
    job = client.submit_video(REQUEST)
    until(lambda: job.phase == "generating")
    assert client.cancel_video(job.task_id).status in ("processing", "failed")
    with pytest.raises(JobCancelledError):
        job.result()
    assert (job.status, job.phase, job.cancelling) == ("failed", "done", False)


def test_where_nothing_can_be_cancelled_it_says_so_and_keeps_the_video(client, provider):
    provider.cancellable = False
    provider.polls = 10**9
    job = client.submit_video(REQUEST)
    until(lambda: job.phase == "generating")
    job.cancel()
    until(lambda: "will be charged" in (job.notice or ""))
    provider.polls = 1
    assert job.result().video_bytes == provider.video
