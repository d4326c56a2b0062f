"""Event loops of the user's: closed and opened again, several at once; the jobs have their own."""

from __future__ import annotations

import asyncio
import ctypes
import threading
import time

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest, VideoJob
from llmkit_jupyter.engine import loop

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
    cut_off = asyncio.new_event_loop()
    waiting = cut_off.create_task(wait_for(job, 20))
    cut_off.call_later(0.05, cut_off.stop)
    cut_off.run_forever()
    waiting.cancel()
    cut_off.run_until_complete(asyncio.gather(waiting, return_exceptions=True))
    cut_off.close()
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


def test_a_call_that_waits_for_the_loop_hears_an_interrupt(client: LLMKitClient):
    client.jobs()
    ends: list[type[BaseException]] = []
    held = threading.Event()

    async def hold() -> None:
        await asyncio.to_thread(held.wait, 30)

    def wait() -> None:
        try:
            loop.shared().wait(hold())
        except KeyboardInterrupt as interrupt:
            ends.append(type(interrupt))

    thread = threading.Thread(target=wait)
    thread.start()
    # Comes when the thread next runs a line of Python, as an interrupt does on every system.
    interrupt = ctypes.py_object(KeyboardInterrupt)
    time.sleep(0.1)
    assert ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), interrupt)
    thread.join(10)
    held.set()
    assert ends == [KeyboardInterrupt]
