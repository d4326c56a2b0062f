"""The client's promises, kept by all providers alike."""

from __future__ import annotations

import asyncio
import contextlib
import threading

import pytest

from llmkit_jupyter import (
    InvalidRequestError,
    LLMKitClient,
    LLMKitError,
    ModelNotFoundError,
    VideoTimeoutError,
)
from tests.engine.waiting import until
from tests.processes import Child
from tests.sides import Side


def test_it_is_the_same_in_a_thread_and_under_await(side: Side):
    found: list[str] = []
    thread = threading.Thread(
        target=lambda: found.append(side.client.generate_video(side.soon).status)
    )
    thread.start()
    thread.join()

    async def main() -> None:
        job = side.client.submit_video(side.soon)
        found.append((await job).status)
        found.append(side.client.generate_video(side.soon).status)

    asyncio.run(main())
    assert found == ["completed"] * 3
    assert side.charged_once(3)


def test_what_happens_is_told_in_order(side: Side):
    job = side.client.submit_video(side.soon)
    phases: list[str] = []
    job.on_change(lambda job: phases.append(job.phase))
    assert job.result().status == "completed"
    order = ["queued", "submitting", "generating", "downloading", "done"]
    places = [order.index(phase) for phase in phases]
    assert places == sorted(places)
    assert phases[-1] == "done"


def test_a_wait_that_runs_out_leaves_the_job_alone(side: Side):
    job = side.client.submit_video(side.late)
    with pytest.raises(VideoTimeoutError) as caught:
        job.result(0.01)
    assert caught.value.task_id == job.task_id
    until(lambda: job.phase not in ("queued", "submitting"))
    side.let_end()
    assert job.result().status == "completed"
    assert side.charged_once(1)


def test_interrupting_the_wait_keeps_the_job(side: Side):
    code = (
        "import sys\nfrom llmkit_jupyter import LLMKitClient, VideoGenerationRequest\n"
        "job = LLMKitClient().submit_video(VideoGenerationRequest.from_dict(eval(input())))\n"
        "print(job.task_id, flush=True)\n"
        "try:\n    job.result()\nexcept KeyboardInterrupt:\n    print('stopped', flush=True)\n"
        "input()\nprint(job.result().status)"
    )
    with Child(code) as child:
        child.say(repr(side.late.to_dict()))
        task_id = child.line()
        until(lambda: side.client.job(task_id).phase not in ("queued", "submitting"))
        child.interrupt()
        assert child.line() == "stopped"
        side.let_end()
        child.say()
        assert child.line() == "completed"
    assert side.client.poll_video(task_id).path
    assert side.charged_once(1)


def test_a_killed_process_s_job_is_taken_up(side: Side):
    code = (
        "from llmkit_jupyter import LLMKitClient, VideoGenerationRequest\n"
        "job = LLMKitClient().submit_video(VideoGenerationRequest.from_dict(eval(input())))\n"
        "from tests.engine.waiting import until\n"
        "until(lambda: job.phase == 'generating')\n"
        "print(job.task_id, flush=True)\ninput()"
    )
    with Child(code) as child:
        child.say(repr(side.late.to_dict()))
        task_id = child.line()
        child.kill()
    side.let_end()
    response = LLMKitClient().job(task_id).result()
    assert response.status == "completed"
    assert response.video_bytes
    assert side.charged_once(1)


def test_what_cannot_be_made_is_told_before_anything_is_sent(side: Side):
    wrong = [(side.soon.with_model("zzz"), ModelNotFoundError)]
    if side.limits_known:
        wrong += [
            (side.soon.with_duration(61), InvalidRequestError),
            (side.soon.with_width(96).with_height(63), InvalidRequestError),
        ]
    for request, error in wrong:
        with pytest.raises(error):
            side.client.submit_videos([side.soon, request])
    with pytest.raises(InvalidRequestError, match="count"):
        side.client.generate_video(side.soon, count=0)
    with pytest.raises(InvalidRequestError, match="timeout"):
        side.client.generate_video(side.soon, timeout=-1)
    assert side.client.jobs() == []
    assert side.charges() == []


def test_a_job_can_be_asked_to_stop(side: Side):
    job = side.client.submit_video(side.late)
    until(lambda: job.phase == "generating")
    job.cancel()
    side.let_end()
    with contextlib.suppress(LLMKitError):
        job.result()
    # Where it cannot be stopped any more, that is told and the video is kept.
    assert job.error is not None or job.notice
    assert (job.error.code if job.error else job.status) in ("cancelled", "completed")
    assert side.charged_once(1)
