"""Event loops of the user's: closed and opened again, several at once; the jobs have their own."""

from __future__ import annotations

import asyncio
import threading

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest, VideoJob

REQUEST = VideoGenerationRequest("hills")


async def wait_for(job: VideoJob, seconds: float) -> str:
    async def result() -> str:
        return (await job).status

    return await asyncio.wait_for(result(), seconds)


def test_a_job_outlives_the_loop_that_it_was_begun_and_awaited_in(client: LLMKitClient, provider):
    provider.polls = 10**9

    async def begin() -> VideoJob:
        job = client.submit_video(REQUEST)
        with pytest.raises(TimeoutError):
            await wait_for(job, 0.05)
        return job

    job = asyncio.run(begin())
    # A loop that is closed while somebody waits in it, without a word.
    loop = asyncio.new_event_loop()
    waiting = loop.create_task(wait_for(job, 20))
    loop.call_later(0.05, loop.stop)
    loop.run_forever()
    waiting.cancel()
    loop.run_until_complete(asyncio.gather(waiting, return_exceptions=True))
    loop.close()
    assert job.status == "processing"
    provider.polls = 1
    assert asyncio.run(wait_for(job, 20)) == "completed"
    assert provider.submitted == [job.task_id]


def test_loops_of_several_threads_wait_for_the_same_job(client: LLMKitClient, provider):
    provider.polls = 10**9
    job = client.submit_video(REQUEST)
    ends: list[str] = []
    threads = [
        threading.Thread(target=lambda: ends.append(asyncio.run(wait_for(job, 20))))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    provider.polls = 1
    for thread in threads:
        thread.join(20)
    assert ends == ["completed"] * 3


def test_one_client_in_one_loop_after_another(client: LLMKitClient, provider):
    async def make() -> str:
        # As in a cell: the call itself blocks this loop, and must not need it.
        return client.generate_video(REQUEST).status

    assert [asyncio.run(make()) for _ in range(3)] == ["completed"] * 3
    assert len(provider.submitted) == 3
