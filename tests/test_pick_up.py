"""Jobs that another program submitted: taken up here, paid for there, and never sent again."""

from __future__ import annotations

import json
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import pytest

from llmkit_jupyter import (
    InvalidRequestError,
    JobNotFoundError,
    LLMKitClient,
    NotSupportedError,
    SubmissionUnknownError,
    VideoGenerationRequest,
    VideoJob,
)
from llmkit_jupyter.engine import polls
from tests.emulator.fixtures import point_at
from tests.emulator.process import Emulator
from tests.engine.waiting import until
from tests.processes import Child
from tests.quick import shorten_waits

TASK = {
    "taskType": "videoInference",
    "model": "runway:1@2",
    "positivePrompt": "A cat on a wall",
    "duration": 5,
    "width": 1280,
    "height": 720,
    "seed": 7,
    "deliveryMethod": "async",
    "includeCost": True,
}
SAME = (
    VideoGenerationRequest("A cat on a wall", model="runway:1@2", duration=5)
    .with_width(1280)
    .with_height(720)
    .with_seed(7)
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten_waits(monkeypatch)
    monkeypatch.setattr(polls, "PICKED_UP_GRACE", 0.3)


@pytest.fixture
def router(emulator_process: Emulator, home: Path, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    point_at(emulator_process, "vllm-omni", monkeypatch)
    return emulator_process


def post(url: str, body: object) -> Any:
    headers = {"Content-Type": "application/json", "Authorization": "Bearer emulator"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def submitted(emulator: Emulator, **changes: object) -> str:
    """Submit a job as a script would; gives its id."""
    task_id = str(uuid.uuid4())
    post(emulator.url, [{**TASK, "taskUUID": task_id, **changes}])
    return task_id


def ordered(emulator: Emulator) -> str:
    emulator.set(dialect="openai")
    body = {"prompt": "A dog", "model": "open-video-1", "seconds": "5", "size": "832x480"}
    return post(f"{emulator.origin}/v1/videos", body)["id"]


def nothing_was_sent(emulator: Emulator, task_id: str) -> bool:
    [row] = emulator.ledger()
    told = (row.task_id, row.times_submitted, row.times_charged)
    return told == (task_id, 1, 1) and emulator.stats()["requests"]["submit"] == 1


def test_a_task_of_another_program_is_taken_up(emulator: Emulator):
    task_id = submitted(emulator)
    job = LLMKitClient().pick_up_video(f" {task_id.upper()} ")
    response = job.result()
    assert (response.status, response.task_id, job.status) == ("completed", task_id, "completed")
    assert response.video_bytes
    assert (response.seed, response.model, response.provider) == (7, "runway:1@2", "runware")
    assert response.cost == emulator.ledger()[0].price > 0
    assert job.request == SAME
    assert nothing_was_sent(emulator, task_id)


def test_and_in_another_session_it_is_a_job_like_any_other(emulator: Emulator):
    task_id = submitted(emulator)
    LLMKitClient().pick_up_video(task_id).result()
    with Child(f"from llmkit_jupyter import *\nprint(LLMKitClient().job('{task_id}').status)") as c:
        assert c.line() == "completed"


def test_a_second_time_gives_the_same_job(emulator: Emulator):
    emulator.set(seconds=60)
    task_id = submitted(emulator)
    client = LLMKitClient()
    first = client.pick_up_video(task_id)
    assert client.pick_up_video(task_id) == first
    assert LLMKitClient().pick_up_video(task_id.upper()) == first
    assert len(client.jobs()) == 1
    emulator.finish()
    assert first.result().status == "completed"
    assert client.pick_up_video(task_id).response.status == "completed"


def test_a_job_of_our_own_is_given_as_it_is(client: LLMKitClient, small: VideoGenerationRequest):
    job = client.submit_video(small)
    assert client.pick_up_video(job.task_id, VideoGenerationRequest("Another")) == job
    assert job.result().request == small


def test_a_server_s_own_id_becomes_a_job_with_an_id_of_ours(router: Emulator):
    server_id = ordered(router)
    client = LLMKitClient()
    job = client.pick_up_video(server_id)
    assert uuid.UUID(job.task_id)
    assert job.result().status == "completed"
    assert client.pick_up_video(server_id) == job
    assert LLMKitClient().pick_up_video(job.task_id) == job
    assert job.request.prompt == "A dog"
    assert (job.request.duration, job.request.width, job.request.height) == (5, 832, 480)
    assert nothing_was_sent(router, server_id)


KILLED = (
    "from llmkit_jupyter import LLMKitClient\n"
    "job = LLMKitClient().pick_up_video(input())\n"
    "print(job.task_id, flush=True)\ninput()"
)


@pytest.mark.parametrize("where", ["runware", "router"])
def test_a_process_that_is_killed_is_followed_by_the_next(
    where: str, request: pytest.FixtureRequest
):
    emulator = request.getfixturevalue("emulator" if where == "runware" else where)
    emulator.set(seconds=60)
    their_id = submitted(emulator) if where == "runware" else ordered(emulator)
    with Child(KILLED) as child:
        child.say(their_id)
        task_id = child.line()
        until(lambda: emulator.stats()["requests"].get("poll", 0))
        child.kill()
    emulator.finish()
    client = LLMKitClient()
    assert [job.task_id for job in client.resume()] == [task_id]
    assert client.job(task_id).result().status == "completed"
    assert nothing_was_sent(emulator, their_id)


def fails(job: VideoJob) -> SubmissionUnknownError:
    with pytest.raises(SubmissionUnknownError) as caught:
        job.result(20)
    return caught.value


def test_an_id_that_nobody_knows_fails_soon_and_says_so(emulator: Emulator):
    task_id = str(uuid.uuid4())
    job = LLMKitClient().pick_up_video(task_id)
    assert f"Runware knows no job '{task_id}'" in str(fails(job))
    assert job.elapsed < 10
    assert emulator.ledger() == []
    assert LLMKitClient().spending().spent == 0


def test_the_same_at_a_server(router: Emulator):
    job = LLMKitClient().pick_up_video("video_nobody")
    assert "DiffusionRouter knows no job 'video_nobody'" in str(fails(job))
    assert router.ledger() == []


def test_one_that_was_not_there_yet_is_asked_for_again(emulator: Emulator):
    task_id = str(uuid.uuid4())
    client = LLMKitClient()
    fails(client.pick_up_video(task_id))
    submitted(emulator, taskUUID=task_id)
    again = client.pick_up_video(task_id)
    assert (again.task_id, again.result().status) == (task_id, "completed")
    assert len(client.jobs()) == 1
    assert nothing_was_sent(emulator, task_id)


def test_the_same_at_a_server_by_either_id(router: Emulator):
    server_id = ordered(router)
    router.fault("any", "404", times=-1, body="json")
    client = LLMKitClient()
    lost = client.pick_up_video(server_id)
    fails(lost)
    router.calm()
    again = client.pick_up_video(lost.task_id)
    assert (again.task_id, again.result().status) == (lost.task_id, "completed")
    assert client.pick_up_video(server_id) == lost
    assert nothing_was_sent(router, server_id)


def test_one_that_failed_there_has_failed(emulator: Emulator):
    task_id = submitted(emulator, positivePrompt="A cat [emulator: fail=contentPolicyViolation]")
    client = LLMKitClient()
    job = client.pick_up_video(task_id)
    until(job.done)
    assert job.error is not None
    assert job.error.code == "content_filtered"
    polls = emulator.stats()["requests"]["poll"]
    assert client.pick_up_video(task_id) == job
    assert emulator.stats()["requests"]["poll"] == polls


def test_a_bad_moment_when_it_is_picked_up_costs_only_the_words(emulator: Emulator):
    task_id = submitted(emulator)
    emulator.fault("details", "503")
    job = LLMKitClient().pick_up_video(task_id)
    assert job.request.prompt == "A video made elsewhere"
    assert job.result().status == "completed"


@pytest.mark.parametrize(
    "given", ["", " ", "video_1", "1234", "{01234567-89ab-4def-8123-456789abcdef}"]
)
def test_what_is_no_task_id_is_refused(emulator: Emulator, given: str):
    with pytest.raises(InvalidRequestError, match=r"task_id is .*; allowed: "):
        LLMKitClient().pick_up_video(given)
    assert emulator.stats()["requests"] == {}


@pytest.mark.parametrize("given", ["", "two\nlines", "x" * 2001, None])
def test_the_same_at_a_server_whose_ids_are_its_own(router: Emulator, given: Any):
    with pytest.raises(InvalidRequestError, match="task_id is"):
        LLMKitClient().pick_up_video(given)


def test_what_lives_in_a_connection_cannot_be_picked_up(router: Emulator):
    with pytest.raises(NotSupportedError, match="connection"):
        LLMKitClient().pick_up_video("open-connection:01234567-89ab-4def-8123-456789abcdef")


def test_the_preview_has_no_jobs_of_others(client: LLMKitClient):
    with pytest.raises(NotSupportedError, match="in this process"):
        client.pick_up_video(str(uuid.uuid4()))
    assert client.jobs() == []


def test_the_provider_is_named_or_meant_by_the_request(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LLMKIT_VIDEO_PROVIDER", "preview")
    named = LLMKitClient().pick_up_video(submitted(emulator), provider="Runware")
    meant = LLMKitClient().pick_up_video(
        submitted(emulator), VideoGenerationRequest("A cat", model="runware/runway-gen-4")
    )
    assert [job.result().provider for job in (named, meant)] == ["runware", "runware"]


def test_a_job_that_was_forgotten_is_not_taken_up_again(emulator: Emulator):
    task_id = submitted(emulator)
    client = LLMKitClient()
    client.pick_up_video(task_id).result()
    client.forget([task_id])
    with pytest.raises(JobNotFoundError, match="forgotten"):
        client.pick_up_video(task_id)


def test_the_error_for_an_unknown_id_says_how(client: LLMKitClient):
    with pytest.raises(JobNotFoundError, match=r"LLMKitClient\(\).pick_up_video\('x'\)"):
        client.job("x")


def test_what_a_person_says_of_it_is_what_was_asked_for(emulator: Emulator):
    said = VideoGenerationRequest("My cat", model="runway-gen-4")
    job = LLMKitClient().pick_up_video(submitted(emulator), said)
    assert job.request == said
    assert job.model == "runway:1@2"
    assert job.result().file_stem == "my-cat"


def test_what_is_no_request_is_refused(emulator: Emulator):
    with pytest.raises(InvalidRequestError, match="a VideoGenerationRequest"):
        LLMKitClient().pick_up_video(submitted(emulator), "A cat")  # type: ignore[arg-type]


# -- reuse and money


def test_the_same_request_is_answered_by_it(emulator: Emulator):
    client = LLMKitClient()
    client.pick_up_video(submitted(emulator)).result()
    assert client.generate_video(SAME).reused
    assert emulator.stats()["requests"]["submit"] == 1


def test_another_request_is_not_however_it_was_told(emulator: Emulator):
    client = LLMKitClient()
    more: dict[str, object] = {"outputFormat": "WEBM"}
    client.pick_up_video(submitted(emulator, **more)).result()
    assert not client.generate_video(SAME).reused


def test_one_of_which_nobody_knows_what_was_asked_for_answers_nothing(router: Emulator):
    client = LLMKitClient()
    found = client.pick_up_video(ordered(router))
    found.result()
    assert not client.generate_video(found.request, reuse=True).reused
    assert len(router.ledger()) == 2


def test_nor_does_a_prompt_that_says_so(emulator: Emulator):
    emulator.fault("details", "503")
    client = LLMKitClient()
    found = client.pick_up_video(submitted(emulator))
    found.result()
    assert not client.generate_video(found.request, reuse=True).reused


def test_its_cost_counts_once_it_is_told_and_nothing_before(emulator: Emulator):
    emulator.set(seconds=60)
    client = LLMKitClient(budget=0.01)
    job = client.pick_up_video(submitted(emulator))
    now = client.spending()
    assert (now.spent, now.reserved, now.unknown) == (0, 0, 0)
    emulator.finish()
    assert job.result().cost == emulator.ledger()[0].price > 0.01
    now = client.spending()
    assert (now.spent, now.reserved, now.left) == (job.cost, 0, 0)


def test_its_time_teaches_nothing(emulator: Emulator):
    client = LLMKitClient()
    client.pick_up_video(submitted(emulator)).result()
    assert client.expected(SAME) is None
