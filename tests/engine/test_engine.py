"""The engine as the client uses it, with a provider that does what each test tells it."""

from __future__ import annotations

import asyncio
import os
import uuid
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
from llmkit_jupyter.caution import TemporaryJournalWarning
from llmkit_jupyter.errors import (
    ContentFilteredError,
    GenerationFailedError,
    JobNotFoundError,
    VideoTimeoutError,
)
from llmkit_jupyter.providers.base import Update
from tests.engine.waiting import until

REQUEST = VideoGenerationRequest("hills")


def test_a_job_goes_through_its_phases_and_ends_with_a_file(client, provider):
    provider.polls = 3
    job = client.submit_video(REQUEST)
    seen = [job.phase]
    job.on_change(lambda job: seen.append(job.phase))
    response = job.result()
    until(lambda: seen[-1] == "done")
    order = list(dict.fromkeys(seen))
    assert order == ["queued", "submitting", "generating", "downloading", "done"][-len(order) :]
    assert {"generating", "downloading"} <= set(order)
    assert response.status == "completed"
    assert response.video_bytes == provider.video
    assert (response.width, response.height, response.duration) == (96, 64, 1.0)
    assert (response.cost, response.video_url) == (0.5, "https://x.test/v.mp4")
    assert response.size == len(provider.video)


def test_a_failure_is_raised_with_its_reason_and_told_by_polling(client, provider):
    provider.on_poll = lambda ticket: Update(
        ticket=ticket, state="failed", error=ContentFilteredError("The prompt was declined.")
    )
    job = client.submit_video(REQUEST)
    with pytest.raises(ContentFilteredError, match="declined") as caught:
        job.result()
    assert caught.value.task_id == job.task_id
    response = client.poll_video(job.task_id)
    assert response.status == "failed"
    assert response.error is not None
    assert response.error.code == "content_filtered"


def test_a_failure_among_many_names_those_that_were_made(client, provider):
    def look(ticket):
        if ticket.task_id == provider.submitted[1]:
            return Update(ticket=ticket, state="failed", error=ContentFilteredError("no"))
        return Update(ticket=ticket, state="succeeded")

    provider.on_poll = look
    with pytest.raises(ContentFilteredError) as caught:
        client.generate_video(REQUEST, count=3)
    [note] = caught.value.__notes__
    assert note.startswith("2 of 3 were made")
    assert provider.submitted[0] in note
    assert provider.submitted[2] in note


def test_the_end_of_a_wait_is_not_the_end_of_the_job(client, provider):
    provider.polls = 10**9
    job = client.submit_video(REQUEST)
    with pytest.raises(VideoTimeoutError, match=job.task_id) as caught:
        job.result(timeout=0.05)
    assert isinstance(caught.value, TimeoutError)
    assert job.status == "processing"
    provider.polls = 1
    assert client.job(job.task_id).result().status == "completed"


def test_a_listener_that_fails_takes_nothing_with_it(client, provider, caplog):
    provider.polls = 3
    job = client.submit_video(REQUEST)
    job.on_change(lambda _: 1 / 0)
    assert job.result().status == "completed"
    until(lambda: "listener" in caplog.text)


def test_an_unknown_id_is_told(client):
    with pytest.raises(JobNotFoundError, match="no job"):
        client.poll_video(str(uuid.uuid4()))


def test_await_works_and_giving_up_the_wait_keeps_the_job(client, provider):
    async def main():
        first = client.submit_video(REQUEST)
        response = await first
        provider.polls = 10**9
        second = client.submit_video(REQUEST)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.ensure_future(_wait(second)), 0.05)
        return response, second

    async def _wait(job):
        return await job

    response, second = asyncio.run(main())
    assert response.status == "completed"
    provider.polls = 1
    assert second.result().status == "completed"


def test_a_home_that_cannot_be_written_is_told_at_each_submission(provider, tmp_path: Path):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("x")
    client = LLMKitClient(provider, home=in_the_way / "home")
    for _ in range(2):
        with pytest.warns(TemporaryJournalWarning, match="LLMKIT_HOME"):
            assert client.generate_video(REQUEST).status == "completed"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_can_work_too(client, provider):
    assert client.generate_video(REQUEST).status == "completed"
    pid = os.fork()
    if pid == 0:
        ok = False
        try:
            ok = LLMKitClient(provider).generate_video(REQUEST).status == "completed"
        finally:
            os._exit(0 if ok else 1)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert len(client.jobs()) == 2


def test_failed_generations_are_failures_of_one_class(client, provider):
    provider.on_poll = lambda t: Update(ticket=t, state="failed")
    with pytest.raises(GenerationFailedError, match="without a reason"):
        client.generate_video(REQUEST)
