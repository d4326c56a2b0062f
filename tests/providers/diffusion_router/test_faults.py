"""What goes wrong on the way to a server: nothing is lost and nothing is ordered twice."""

from __future__ import annotations

import time

import pytest

from llmkit_jupyter import LLMKitClient, LLMKitError
from llmkit_jupyter.engine import polling
from llmkit_jupyter.errors import JobLostError, ResultExpiredError, SubmissionUnknownError
from llmkit_jupyter.providers.base import Others, Submission, Unanswered
from llmkit_jupyter.providers.diffusion_router import service
from llmkit_jupyter.providers.diffusion_router.provider import DiffusionRouterProvider
from tests.engine.waiting import until
from tests.processes import Child
from tests.providers.diffusion_router.conftest import SMALL, asked, paid_once, run


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "DEADLINE", 1.0)


def wordy(words: str, prompt: str = "A cat"):
    """The request with wishes for the emulator."""
    return SMALL.__class__(f"{prompt} [emulator: {words}]", duration=1, width=256, height=256)


@pytest.mark.parametrize("how", ["reset", "timeout", "502"])
def test_a_job_whose_answer_was_lost_is_found_in_the_list(client, server, impatient, how):
    job = client.submit_video(wordy(f"lost={how} seconds=0.2"))
    assert job.result().status == "completed"
    paid_once(server)
    # By its words or, where a server does not tell them and is ours alone, by its time.
    assert ("found again by its time" in (job.notice or "")) == (
        server.options["dialect"] == "sglang"
    )


def test_one_lost_answer_among_many_finds_its_own_job(client, server):
    server.set(seconds=0.3)
    client.generate_video(SMALL)
    server.fault("submit", "lost:reset", after=2)
    prompts = [f"Cat number {i}" for i in range(5)]
    jobs = client.submit_videos([SMALL.__class__(prompt) for prompt in prompts])
    assert [response.status for response in client.wait(jobs)] == ["completed"] * 5
    by_id = {row.task_id: row.request["positivePrompt"] for row in server.ledger()}
    found = [by_id[str(job._live.record.provider_task_id)] for job in jobs]
    assert found == prompts
    paid_once(server, 6)


@pytest.mark.parametrize("kind", ["openai", "vllm-omni"])
def test_alike_jobs_whose_answers_are_lost_get_one_each(as_dialect, kind):
    server = as_dialect(kind)
    client = LLMKitClient()
    client.generate_video(SMALL)
    server.fault("submit", "lost:reset", times=2)
    jobs = [client.submit_video(SMALL) for _ in range(2)]
    assert [job.result().status for job in jobs] == ["completed"] * 2
    assert len({job._live.record.provider_task_id for job in jobs}) == 2
    paid_once(server, 3)


@pytest.mark.parametrize("what", ["reset", "500", "504", "html", "no-data"])
def test_what_never_arrived_or_may_have_is_not_sent_again(client, server, what):
    client.generate_video(SMALL)
    sent = asked(server, "submit")
    server.fault("submit", what)
    if what in ("html", "no-data"):
        # Worked on, and the answer spoilt: it is in the list.
        assert client.generate_video(SMALL).status == "completed"
        paid_once(server, 2)
    else:
        with pytest.raises(SubmissionUnknownError) as caught:
            client.generate_video(SMALL)
        assert f"{server.origin}/v1/videos before you repeat" in str(caught.value)
        paid_once(server, 1)
    assert asked(server, "submit") == sent + 1


def test_one_submitted_while_the_list_comes_is_not_taken_for_another(server):
    provider = DiffusionRouterProvider(server.origin)
    lost, taken = Submission("lost", SMALL), Submission("taken", SMALL)

    async def others() -> Others:
        # As if the second one's submission had begun together with the look.
        return Others(on_their_way=(taken,) if asked(server, "list") else ())

    async def look() -> object:
        await provider.submit([taken])
        now = time.time()
        unanswered = Unanswered(submission=lost, earliest=now - 1, latest=now + 1)
        return await provider.look_for([unanswered], others)

    assert run(look()) == {}


def test_without_a_list_it_says_that_nobody_can_tell(client, server):
    server.set(without_list=True)
    client.generate_video(SMALL)
    started = time.monotonic()
    with pytest.raises(SubmissionUnknownError, match="was not sent again"):
        client.generate_video(wordy("lost=reset"))
    assert time.monotonic() - started < 10
    paid_once(server, 2)


def test_a_list_that_cannot_be_had_for_a_while_is_waited_for(client, server):
    client.generate_video(SMALL)
    for what in ("503", "500", "reset", "401"):
        server.fault("list", what, times=2)
    server.fault("list", "404", body="html", times=2)
    assert client.generate_video(wordy("lost=reset")).status == "completed"
    paid_once(server, 2)


SUBMITS = (
    "from llmkit_jupyter import LLMKitClient, VideoGenerationRequest\n"
    "job = LLMKitClient().submit_video(VideoGenerationRequest('A cat that is lost'))\n"
    "print(job.task_id, flush=True)\ninput()"
)


@pytest.mark.parametrize("stage", ["lost:timeout", "timeout"])
def test_a_process_that_is_killed_while_it_submits(client, server, stage):
    client.generate_video(SMALL)
    server.fault("submit", stage, times=-1)
    before = asked(server, "submit")
    with Child(SUBMITS) as child:
        task_id = child.line()
        until(
            lambda: (
                len(server.ledger()) == 2
                if stage.startswith("lost")
                else asked(server, "submit") > before
            )
        )
        child.kill()
    server.calm()
    job = LLMKitClient().job(task_id)
    if stage.startswith("lost"):
        assert job.result().status == "completed"
        paid_once(server, 2)
    else:
        with pytest.raises(SubmissionUnknownError, match="cannot be told"):
            job.result()
        paid_once(server, 1)


@pytest.mark.parametrize("stage", ["poll", "file"])
def test_a_process_that_is_killed_later(client, server, stage, home):
    client.generate_video(SMALL)
    server.fault(stage, "timeout" if stage == "poll" else "slow", times=-1)
    before = asked(server, stage)
    with Child(SUBMITS) as child:
        task_id = child.line()
        until(lambda: asked(server, stage) > before)
        child.kill()
    server.calm()
    assert LLMKitClient().job(task_id).result().status == "completed"
    paid_once(server, 2)


def test_a_server_that_is_busy_is_asked_again_as_it_wishes(client, server):
    server.fault("submit", "429:0.1", times=2)
    assert client.generate_video(SMALL).status == "completed"
    paid_once(server)


def test_a_gateway_that_says_come_back_later_may_have_passed_it_on(client, server):
    client.generate_video(SMALL)
    server.fault("submit", "lost:503", retry_after="0.1", body="json")
    assert client.generate_video(SMALL).status == "completed"
    paid_once(server, 2)


def test_each_answer_is_written_down_when_it_comes(client, server, monkeypatch):
    """One of many that hangs holds up neither the news of the others nor their safety."""
    monkeypatch.setattr(service, "DEADLINE", 2.5)
    client.generate_video(SMALL)
    server.fault("submit", "lost:timeout", after=1)
    jobs = client.submit_videos([SMALL] * 4)
    until(lambda: sum(job.status == "completed" for job in jobs) == 3)
    [hanging] = [job for job in jobs if job.status != "completed"]
    assert hanging.phase == "submitting"
    assert hanging.result().status == "completed"
    paid_once(server, 5)


def test_a_process_that_is_killed_in_the_middle_of_many(client, server):
    client.generate_video(SMALL)
    # The first of a new process finds out how the server wants to be asked.
    server.fault("submit", "lost:timeout", after=3, times=1)
    server.set(seconds=60.0)
    many = (
        "from llmkit_jupyter import LLMKitClient, VideoGenerationRequest\n"
        "from tests.engine.waiting import until\n"
        "request = VideoGenerationRequest('A cat in a crowd', duration=1, width=320, height=192)\n"
        "jobs = LLMKitClient().submit_videos([request] * 5)\n"
        "until(lambda: sum(job.phase == 'generating' for job in jobs) == 4)\n"
        "print(*[job.task_id for job in jobs], flush=True)\ninput()"
    )
    with Child(many) as child:
        ids = child.line().split()
        child.kill()
    server.finish()
    statuses = [LLMKitClient().job(task_id).result().status for task_id in ids]
    assert statuses == ["completed"] * 5
    paid_once(server, 6)


def test_jobs_that_wait_for_their_turn_are_sent_by_the_next_process(client, server):
    client.generate_video(SMALL)
    server.fault("submit", "timeout", times=-1)
    many = (
        "from llmkit_jupyter import LLMKitClient, VideoGenerationRequest\n"
        "from tests.engine.waiting import until\n"
        "jobs = LLMKitClient().submit_videos([VideoGenerationRequest('A cat')] * 5)\n"
        "until(lambda: any(job.phase == 'submitting' for job in jobs))\n"
        "print(*[job.task_id for job in jobs], flush=True)\ninput()"
    )
    before = asked(server, "submit")
    with Child(many) as child:
        ids = child.line().split()
        until(lambda: asked(server, "submit") == before + 1)
        child.kill()
    server.calm()
    outcomes = []
    for task_id in ids:
        try:
            outcomes.append(LLMKitClient().job(task_id).result().status)
        except SubmissionUnknownError:
            outcomes.append("unknown")
    # One was on its way, of which nobody can tell; the others were certainly not.
    assert sorted(outcomes) == ["completed"] * 4 + ["unknown"]
    paid_once(server, 5)


def test_a_gateway_s_page_is_no_word_about_a_job(client, server):
    """It answers 404 to everything while the server behind it is started again."""
    job = client.submit_video(wordy("seconds=1"))
    until(lambda: job.phase == "generating")
    server.fault("poll", "404", body="html", times=12)
    assert job.result().status == "completed"


@pytest.mark.parametrize(
    "what",
    ["reset", "503", "429", "401", "html", "invalid-json", "bare-list", "404"],
)  # fmt: skip
def test_a_poll_that_goes_wrong_ends_no_job(client, server, what, monkeypatch):
    monkeypatch.setattr(polling, "GRACE", 20.0)
    server.fault("poll", what, times=2)
    assert client.generate_video(wordy("seconds=0.3")).status == "completed"
    paid_once(server)


def test_a_job_that_is_shown_late(client, server, monkeypatch):
    monkeypatch.setattr(polling, "GRACE", 20.0)
    assert client.generate_video(wordy("hidden=0.5")).status == "completed"


def test_a_word_that_nobody_knows_counts_as_processing(client, server):
    server.fault("poll", "status:daydreaming", times=2)
    job = client.submit_video(wordy("seconds=0.5"))
    until(lambda: job.provider_status == "daydreaming")
    assert job.result().status == "completed"


def test_a_job_that_a_server_has_forgotten_is_told_as_such(client, server):
    job = client.submit_video(wordy("seconds=60"))
    until(lambda: job.phase == "generating")
    server.forget()
    with pytest.raises(JobLostError) as caught:
        job.result()
    assert server.origin in str(caught.value)
    assert str(job._live.record.provider_task_id) in str(caught.value)
    assert "started again" in str(caught.value)
    paid_once(server)


def test_a_video_whose_job_is_forgotten_after_it_was_made_is_still_fetched(as_dialect):
    server = as_dialect("sglang")
    server.set(in_cloud=True, seconds=0.2)
    server.fault("file", "slow", times=-1)
    code = SUBMITS.replace("input()", "until(lambda: job.phase == 'downloading')\nprint()\ninput()")
    with Child("from tests.engine.waiting import until\n" + code) as child:
        task_id = child.line()
        child.line()
        child.kill()
    server.calm()
    server.forget()  # the file is where it was
    assert LLMKitClient().job(task_id).result().status == "completed"


@pytest.mark.parametrize("what", ["cut:0.5", "503", "reset", "no-range", "redirect:3", "404"])
def test_a_download_that_goes_wrong_at_first(client, server, what):
    server.fault("file", what, times=2)
    assert client.generate_video(SMALL).status == "completed"
    paid_once(server)


@pytest.mark.parametrize("what", ["html", "empty"])
def test_content_that_is_no_video_is_told_with_its_address(client, server, what):
    server.fault("file", what, times=-1)
    job = client.submit_video(SMALL)
    until(lambda: "resume fetches the video" in (job.notice or ""))
    assert f"{server.origin}/v1/videos/" in (job.notice or "")
    assert job.status == "processing"
    server.calm()
    client.resume()
    assert job.result().status == "completed"
    paid_once(server)


def test_a_result_that_is_gone_is_told_with_its_address(client, server):
    server.set(file_lifetime=-1.0)
    with pytest.raises(ResultExpiredError, match=rf"{server.origin}/v1/videos/.*gave no video"):
        client.generate_video(SMALL)


def test_a_video_in_cloud_storage_is_fetched_from_there_without_the_key(as_dialect):
    server = as_dialect("sglang")
    server.set(in_cloud=True, seconds=0.3)
    response = LLMKitClient("diffusion-router", api_key="mine").generate_video(SMALL)
    assert response.status == "completed"
    assert str(response.video_url).startswith(server.other_origin)
    assert server.stats()["statuses"]["file:400"] >= 1  # from the server itself it cannot be had
    assert server.stats()["files_with_credentials"] == 0


def test_an_address_on_the_server_s_disk_is_not_opened(as_dialect, tmp_path, monkeypatch):
    opened: list[str] = []
    import sys

    active = [True]
    sys.addaudithook(
        lambda event, args: opened.append(str(args[0])) if active and event == "open" else None
    )
    try:
        as_dialect("sglang")
        LLMKitClient().generate_video(SMALL)
    finally:
        active.clear()
    assert not [path for path in opened if "/etc/passwd-" in path]


def test_a_failed_job_told_of_with_an_error_s_status_is_not_asked_for_again(as_dialect):
    server = as_dialect("vllm-omni")
    with pytest.raises(LLMKitError, match="The generation failed"):
        LLMKitClient().generate_video(wordy("fail=broken"))
    assert server.stats()["statuses"]["poll:500"] == 1
