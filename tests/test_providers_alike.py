"""The client's promises, kept by the offline preview and by the paid service alike."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from llmkit_jupyter import (
    InvalidRequestError,
    LLMKitClient,
    LLMKitError,
    ModelNotFoundError,
    VideoGenerationRequest,
    VideoTimeoutError,
)
from tests.processes import Child
from tests.test_client_results import PROMPTS


@dataclass
class Side:
    """One provider: a client of it, requests that end soon and late, and what was charged."""

    client: LLMKitClient
    soon: VideoGenerationRequest
    late: VideoGenerationRequest
    charges: Callable[[], list[int]]
    let_end: Callable[[], None]


@pytest.fixture(params=["preview", "runware"])
def side(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Side:
    if request.param == "preview":
        small = VideoGenerationRequest("A red balloon", duration=1, width=96, height=64)
        late = small.with_duration(4).with_width(1280).with_height(720)
        return Side(LLMKitClient(), small, late, list, lambda: None)
    emulator = request.getfixturevalue("emulator")
    small = VideoGenerationRequest("A red balloon", model="runway:1@2")
    late = VideoGenerationRequest("A red balloon [emulator: seconds=60]", model="runway:1@2")
    return Side(
        LLMKitClient(),
        small,
        late,
        lambda: [row.times_charged for row in emulator.ledger()],
        emulator.finish,
    )


def charged_once(side: Side, jobs: int) -> bool:
    return side.charges() in ([], [1] * jobs)


def test_a_response_before_and_after_the_end(side: Side):
    before = side.client.generate_video(side.late, wait=False)
    assert before.status == "processing"
    assert (before.video_url, before.video_bytes, before.path, before.size) == (None, None, None, 0)
    assert (before.duration, before.width, before.height) == (None, None, None)
    with pytest.raises(LLMKitError, match="no video yet"):
        before.save("x.mp4")
    job = side.client.job(before.task_id or "")
    while job.phase in ("queued", "submitting"):
        time.sleep(0.01)
    side.let_end()
    after = job.result()
    assert (after.status, after.phase, after.format) == ("completed", "done", "mp4")
    assert after.video_bytes
    assert after.size == len(after.video_bytes)
    assert after.width
    assert after.duration
    assert after.seed is not None
    assert after.path == side.client.poll_video(job.task_id).path
    assert before.status == "processing"
    assert charged_once(side, 1)


def test_every_prompt_arrives_and_is_found_so_by_another_process(side: Side, request):
    jobs = side.client.submit_videos([side.soon.__class__(**side.soon.to_dict() | {"prompt": p})
                                      for p in PROMPTS[:-1]], confirm=True)  # fmt: skip
    responses = side.client.wait(jobs)
    assert [response.request.prompt for response in responses if response.request] == PROMPTS[:-1]
    if side.charges():
        emulator = request.getfixturevalue("emulator")
        sent = {row.request["positivePrompt"] for row in emulator.ledger()}
        assert sent == set(PROMPTS[:-1])
    code = (
        "import json\nfrom llmkit_jupyter import LLMKitClient\nclient = LLMKitClient()\n"
        "found = [client.poll_video(task_id) for task_id in json.loads(input())]\n"
        "print(json.dumps([[r.request.prompt, r.status, r.seed, str(r.path)] for r in found]))"
    )
    with Child(code) as child:
        child.say(json.dumps([job.task_id for job in jobs]))
        status, out, err = child.end()
    assert (status, err) == (0, "")
    assert json.loads(out) == [
        [prompt, "completed", response.seed, str(response.path)]
        for prompt, response in zip(PROMPTS[:-1], responses, strict=True)
    ]


def test_many_at_once_are_different_videos_in_a_list(side: Side):
    responses = side.client.generate_video(side.soon, count=3)
    assert len({r.task_id for r in responses}) == len({r.path for r in responses}) == 3
    assert [r.status for r in responses] == ["completed"] * 3
    assert charged_once(side, 3)


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
    assert charged_once(side, 3)


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
    while job.phase in ("queued", "submitting"):
        time.sleep(0.01)
    side.let_end()
    assert job.result().status == "completed"
    assert charged_once(side, 1)


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
        while side.client.job(task_id).phase in ("queued", "submitting"):
            time.sleep(0.02)
        child.interrupt()
        assert child.line() == "stopped"
        side.let_end()
        child.say()
        assert child.line() == "completed"
    assert side.client.poll_video(task_id).path
    assert charged_once(side, 1)


def test_a_killed_process_s_job_is_taken_up(side: Side):
    code = (
        "from llmkit_jupyter import LLMKitClient, VideoGenerationRequest\n"
        "job = LLMKitClient().submit_video(VideoGenerationRequest.from_dict(eval(input())))\n"
        "while job.phase != 'generating': pass\n"
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
    assert charged_once(side, 1)


def test_a_file_that_somebody_removed_is_told_as_such(side: Side, tmp_path):
    response = side.client.generate_video(side.soon)
    assert response.path is not None
    response.path.unlink()
    with pytest.raises(LLMKitError) as caught:
        response.save(tmp_path / "x.mp4")
    assert response.task_id in str(caught.value) or str(response.path) in str(caught.value)


def test_what_cannot_be_made_is_told_before_anything_is_sent(side: Side):
    for request, error in (
        (side.soon.with_duration(61), InvalidRequestError),
        (side.soon.with_width(96).with_height(63), InvalidRequestError),
        (side.soon.with_model("zzz"), ModelNotFoundError),
    ):
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
    while job.phase != "generating":
        time.sleep(0.01)
    job.cancel()
    side.let_end()
    with contextlib.suppress(LLMKitError):
        job.result()
    # Where it cannot be stopped any more, that is told and the video is kept.
    assert job.error is not None or job.notice
    assert (job.error.code if job.error else job.status) in ("cancelled", "completed")
    assert charged_once(side, 1)
