"""A server that answers with the finished video: one connection a job, and nothing to ask for."""

from __future__ import annotations

import contextlib

import pytest

from llmkit_jupyter import InvalidRequestError, JobCancelledError, LLMKitClient, LLMKitError
from llmkit_jupyter.errors import JobLostError
from llmkit_jupyter.providers.diffusion_router import synchronous
from tests.emulator.process import Emulator
from tests.engine.waiting import until
from tests.processes import Child
from tests.providers.diffusion_router.conftest import SMALL, asked, fields, paid_once
from tests.providers.diffusion_router.test_bad_input import saying


@pytest.fixture
def dynamo(as_dialect, monkeypatch) -> Emulator:
    monkeypatch.setattr(synchronous, "QUICK", 0.2)
    server = as_dialect("dynamo")
    server.set(seconds=0.5)
    return server


def test_a_prompt_becomes_a_video(dynamo: Emulator):
    job = LLMKitClient().submit_video(SMALL.with_option("num_inference_steps", 4))
    until(lambda: job.phase == "generating")
    response = job.result()
    assert (response.status, response.duration, response.video_url) == ("completed", 1.0, None)
    assert response.size > 1000
    paid_once(dynamo)
    assert fields(dynamo) == {
        "prompt": "A cat on a wall",
        "model": "Wan-AI/Wan2.1-T2V-1.3B-Diffusers",
        "seconds": 1,
        "size": "256x256",
        "response_format": "b64_json",
        "nvext": {"fps": 16, "num_frames": 17, "seed": response.seed, "num_inference_steps": 4},
    }
    requests = dynamo.stats()["requests"]
    assert requests.keys() == {"models", "submit"}
    assert requests["submit"] == 1


def test_many_at_once(dynamo: Emulator):
    responses = LLMKitClient().generate_video(SMALL, count=6)
    assert [response.status for response in responses] == ["completed"] * 6
    paid_once(dynamo, 6)
    assert dynamo.stats()["most_in_flight"]["api"] <= 4


def test_a_failure_comes_under_a_good_status(dynamo: Emulator):
    with pytest.raises(LLMKitError, match=r"made no video: The generation failed \(oom\)"):
        LLMKitClient().generate_video(SMALL.__class__("A cat [emulator: fail=oom]"))
    paid_once(dynamo)


def test_what_is_refused_at_once_is_told_at_once(dynamo: Emulator):
    dynamo.fault("submit", "400", code="size is not possible")
    with pytest.raises(InvalidRequestError, match="size is '256x256'"):
        LLMKitClient().generate_video(SMALL)
    assert dynamo.ledger() == []


def test_a_connection_that_breaks_takes_the_video_along_and_that_is_told(dynamo: Emulator):
    job = LLMKitClient().submit_video(SMALL.__class__("A cat [emulator: seconds=60]"))
    until(lambda: job.phase == "generating")
    dynamo.kill()
    try:
        with pytest.raises(JobLostError, match=r"broke off .* nobody can have its video"):
            job.result()
    finally:
        dynamo.start()
    assert asked(dynamo, "submit") == 0  # since the start: not sent again


def test_so_does_a_process_that_ends(dynamo: Emulator):
    code = (
        "from llmkit_jupyter import LLMKitClient, VideoGenerationRequest\n"
        "from tests.engine.waiting import until\n"
        "request = VideoGenerationRequest('A cat [emulator: seconds=60]')\n"
        "job = LLMKitClient().submit_video(request)\n"
        "until(lambda: job.phase == 'generating')\n"
        "print(job.task_id, flush=True)\ninput()"
    )
    with Child(code) as child:
        task_id = child.line()
        child.kill()
    with pytest.raises(JobLostError, match="is closed"):
        LLMKitClient().job(task_id).result()
    paid_once(dynamo)


def test_jobs_that_wait_for_a_connection_are_not_sent_and_made_by_the_next_process(dynamo):
    dynamo.set(seconds=60.0)
    code = (
        "from llmkit_jupyter import LLMKitClient, VideoGenerationRequest\n"
        "from tests.engine.waiting import until\n"
        "jobs = LLMKitClient().submit_videos([VideoGenerationRequest('A cat')] * 6)\n"
        "until(lambda: sum(job.phase == 'generating' for job in jobs) == 4)\n"
        "print(*[job.task_id for job in jobs], flush=True)\ninput()"
    )
    with Child(code) as child:
        ids = child.line().split()
        child.kill()
    dynamo.set(seconds=0.2)
    statuses = []
    for task_id in ids:
        job = LLMKitClient().job(task_id)
        with contextlib.suppress(JobLostError):
            job.result()
        statuses.append(job.status)
    assert statuses.count("completed") == 2
    assert len(dynamo.ledger()) == 6


def test_a_video_at_an_address_of_the_server_s_own_is_told_as_such(home):
    body = (
        b'{"id":"x","object":"video","status":"completed","created":1,'
        b'"data":[{"url":"file:///videos/v.mp4"}]}'
    )

    def say(path: str, _body: bytes) -> tuple[int, bytes]:
        models = b'{"data":[{"id":"wan","owned_by":"nvidia"}]}'
        return (200, models) if path == "/v1/models" else (200, body)

    with saying(say) as url, pytest.raises(LLMKitError, match="media_output_http_url"):
        LLMKitClient(base_url=url).generate_video(SMALL)


def test_cancelling_closes_the_connection_and_says_what_that_means(dynamo: Emulator):
    job = LLMKitClient().submit_video(SMALL.__class__("A cat [emulator: seconds=60]"))
    until(lambda: job.phase == "generating")
    job.cancel()
    with pytest.raises(JobCancelledError, match="may go on computing"):
        job.result()
