"""What tells of the key, the question or the moment ends no job that was paid for."""

from __future__ import annotations

import time

import pytest

from llmkit_jupyter import LLMKitClient, LLMKitError
from llmkit_jupyter.engine import downloads, polling
from llmkit_jupyter.errors import InsufficientCreditError, WrongAddressError
from llmkit_jupyter.providers.runware import verdict
from tests.emulator.process import Emulator
from tests.engine.waiting import until
from tests.processes import Child
from tests.providers.runware.conftest import video
from tests.providers.runware.test_faults import paid_once
from tests.providers.runware.test_kills import SUBMITS

MINUTES = 100.0


@pytest.fixture
def for_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A doubtful word counts as late as it does for users."""
    monkeypatch.setattr(verdict, "CERTAIN_SECONDS", MINUTES)


def killed_after_sending(emulator: Emulator) -> str:
    """Give the id of a job that was sent by a process that is gone."""
    with Child(SUBMITS) as child:
        task_id = child.line()
        until(emulator.ledger)
        child.kill()
    emulator.calm()
    return task_id


@pytest.mark.parametrize("what", ["402", "401", "429", "offline"])
def test_a_submission_that_was_perhaps_sent_is_asked_for_whatever_the_next_try_says(
    emulator: Emulator, what: str
):
    emulator.fault("submit", "lost:timeout", times=-1)
    task_id = killed_after_sending(emulator)
    if what == "offline":
        emulator.stop()
    else:
        emulator.fault("submit", what, times=3)
    job = LLMKitClient().job(task_id)
    time.sleep(1.5)
    assert job.status != "failed"
    if what == "offline":
        emulator.start()
    assert job.result(60).status == "completed"
    paid_once(emulator)


@pytest.mark.parametrize("code", ["rateLimitExceeded", "internalServerError", "unknownError"])
def test_a_fault_of_the_moment_that_is_told_for_some_polls(client, emulator, for_minutes, code):
    job = client.submit_video(video("A cat [emulator: seconds=1]"))
    emulator.fault("poll", "item-error", code=code, times=8)
    assert job.result(30).status == "completed"


@pytest.mark.parametrize("code", ["conflictTaskUUID", "requestTimeout", "missingParameter"])
def test_a_fault_of_the_question_itself(client, emulator, for_minutes, code):
    job = client.submit_video(video("A cat [emulator: seconds=0.5]"))
    emulator.fault("poll", "item-error", code=code, times=2)
    assert job.result(30).status == "completed"


def test_a_fault_that_names_nobody_ends_none_of_many(client, emulator, for_minutes):
    emulator.set(seconds=2)
    jobs = client.submit_videos([video(f"Cat number {i}") for i in range(6)], confirm=True)
    emulator.fault("poll", "anonymous-error", code="internalServerError", times=40)
    time.sleep(1)
    emulator.calm()
    assert all(response.status == "completed" for response in client.wait(jobs, 30))


@pytest.mark.parametrize("code", ["internalServerError", "insufficientCredits"])
def test_an_outage_ends_no_job_however_long_it_is_told(client, emulator, code):
    emulator.fault("poll", "singular-error", code=code, times=-1)
    job = client.submit_video(video("A cat [emulator: seconds=0]"))
    # Far more often, and for longer, than a doubtful word is taken for true.
    until(lambda: emulator.stats()["faults"].get("poll:singular-error", 0) > 20)
    assert job.status == "processing"
    emulator.calm()
    assert job.result(30).status == "completed"


def test_a_doubtful_word_that_is_told_for_minutes_is_believed(client, emulator):
    emulator.fault("poll", "item-error", code="unknownError", times=-1)
    with pytest.raises(LLMKitError, match="unknownError"):
        client.generate_video(video("A cat [emulator: seconds=30]"))


def test_a_doubtful_word_does_not_outweigh_a_video_in_the_archive(client, emulator):
    emulator.fault("poll", "singular-error", code="unknownError", times=-1)
    # And an archive that cannot be asked at the moment is no reason to believe it.
    emulator.fault("details", "503", times=3)
    assert client.generate_video(video("A cat [emulator: seconds=0]")).status == "completed"
    paid_once(emulator)


def test_an_archive_that_cannot_answer_at_the_moment_is_asked_again(client, emulator, monkeypatch):
    monkeypatch.setattr(polling, "GRACE", 0.3)
    emulator.fault("details", "item-error", code="rateLimitExceeded", times=4)
    response = client.generate_video(video("A cat [emulator: forget=poll]"))
    assert response.status == "completed"


def test_an_outage_before_it_costs_no_job_its_grace(client, emulator, monkeypatch):
    monkeypatch.setattr(polling, "GRACE", 0.5)
    job = client.submit_video(video("A cat [emulator: seconds=1.5]"))
    until(lambda: job.phase == "generating")
    emulator.fault("poll", "503", times=-1)
    time.sleep(1)
    emulator.calm()
    emulator.fault("poll", "no-data", times=1)
    assert job.result(30).status == "completed"


def test_a_file_that_is_not_there_for_a_while(client, emulator, monkeypatch):
    monkeypatch.setattr(downloads, "WRONG_SECONDS", MINUTES)
    emulator.fault("file", "404", times=8)
    assert client.generate_video(video()).status == "completed"


@pytest.mark.parametrize("code", ["unknownError", "providerUnavailable", "requestTimeout"])
def test_a_submission_that_is_not_taken_for_the_moment_is_tried_again(client, emulator, code):
    emulator.fault("submit", "item-error", code=code, times=2)
    assert client.generate_video(video()).status == "completed"
    paid_once(emulator)


def test_a_refusal_of_a_part_that_was_perhaps_taken_before_is_no_certain_one(client, emulator):
    emulator.fault("submit", "partial", times=1)
    emulator.fault("submit", "402", times=3)
    jobs = client.submit_videos([video(f"Cat number {i}") for i in range(4)], confirm=True)
    assert all(response.status == "completed" for response in client.wait(jobs, 30))
    paid_once(emulator, 4)


def test_a_refusal_for_lack_of_credit_that_came_first_is_certain(client, emulator):
    emulator.fault("submit", "402")
    with pytest.raises(InsufficientCreditError):
        client.generate_video(video())
    assert emulator.ledger() == []


def test_who_cancels_after_an_answer_was_lost_is_not_told_that_nothing_was_sent(client, emulator):
    emulator.fault("submit", "lost:reset", times=1)
    emulator.fault("submit", "429", times=1, retry_after="2")
    job = client.submit_video(video("A cat [emulator: seconds=1]"))
    until(emulator.ledger)
    time.sleep(0.3)
    job.cancel()
    assert job.result(30).status == "completed"
    paid_once(emulator)


def test_an_address_where_something_else_answers_is_told_at_once(emulator, monkeypatch):
    monkeypatch.setenv("LLMKIT_RUNWARE_URL", f"{emulator.origin}/v2")
    client = LLMKitClient()
    with pytest.raises(WrongAddressError, match=r"/v2 answers with HTTP status 404.*LLMKIT_RUNW"):
        client.generate_video(video())
    assert client.jobs() == []


def test_jobs_of_another_key_say_so(emulator, monkeypatch, capsys):
    emulator.fault("poll", "empty", times=-1)
    task_id = killed_after_sending(emulator)
    monkeypatch.setenv("LLMKIT_API_KEY", "another-key")
    client = LLMKitClient()
    job = client.job(task_id)
    told = capsys.readouterr()
    assert "1 unfinished job waits for the key" in told.out + told.err
    assert "another key or address" in (job.notice or "")
    job.cancel()
    time.sleep(0.3)
    assert "another key or address" in (job.notice or "")
    with pytest.raises(LLMKitError, match="another key or address"):
        job.result(timeout=0.1)
