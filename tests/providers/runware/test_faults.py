"""What goes wrong on the way, one fault at a time: nothing is lost and nothing is paid twice."""

from __future__ import annotations

import logging

import pytest

from llmkit_jupyter import LLMKitClient, LLMKitError
from llmkit_jupyter.engine import polling
from llmkit_jupyter.errors import (
    ResultExpiredError,
    SubmissionUnknownError,
    UnreachableError,
)
from llmkit_jupyter.providers.runware import arrays, service
from tests.emulator.process import Emulator
from tests.engine.waiting import until
from tests.providers.runware.conftest import video


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "DEADLINE", 1.0)


def paid_once(emulator: Emulator, number: int = 1) -> None:
    rows = emulator.ledger()
    assert len(rows) == number
    assert all(row.times_charged == 1 for row in rows)


@pytest.mark.parametrize("how", ["reset", "timeout", "502"])
def test_an_answer_to_a_submission_that_is_lost(client, emulator, impatient, how):
    response = client.generate_video(video(f"A cat [emulator: lost={how}]"))
    assert response.status == "completed"
    paid_once(emulator)
    assert emulator.ledger()[0].times_submitted >= 2


@pytest.mark.parametrize("what", ["reset", "500", "502", "503", "504", "408", "429"])
@pytest.mark.parametrize("kind", ["submit", "poll"])
def test_a_refusal_that_passes(client, emulator, kind, what):
    emulator.fault(kind, what, times=2)
    assert client.generate_video(video()).status == "completed"
    paid_once(emulator)


@pytest.mark.parametrize(
    "what", ["html", "json-error", "invalid-json", "empty", "no-data", "bare-list", "foreign"]
)
def test_nonsense_instead_of_an_answer_to_a_poll(client, emulator, what):
    emulator.fault("poll", what, times=2)
    assert client.generate_video(video()).status == "completed"
    paid_once(emulator)


@pytest.mark.parametrize("what", ["html", "invalid-json", "empty", "no-data", "foreign"])
def test_nonsense_instead_of_an_answer_to_a_submission(client, emulator, what):
    emulator.fault("submit", what)
    assert client.generate_video(video()).status == "completed"
    paid_once(emulator)


def test_a_key_that_is_refused_for_a_moment_ends_no_job(client, emulator):
    job = client.submit_video(video("A cat [emulator: seconds=0.5]"))
    emulator.fault("poll", "401", times=3)
    assert job.result().status == "completed"


def test_a_word_for_the_status_that_nobody_knows(client, emulator):
    words: set[str | None] = set()
    job = client.submit_video(video("A cat [emulator: seconds=0.6 status=dreaming progress]"))
    job.on_change(lambda job: words.add(job.provider_status))
    assert job.result().status == "completed"
    assert "dreaming" in words


def test_a_job_that_is_shown_late(client, emulator):
    assert client.generate_video(video("A cat [emulator: hidden=1]")).status == "completed"
    paid_once(emulator)


def test_a_job_that_polls_forget_is_found_in_the_archive(client, emulator, monkeypatch):
    monkeypatch.setattr(polling, "GRACE", 0.3)
    assert client.generate_video(video("A cat [emulator: forget=poll]")).status == "completed"
    assert emulator.stats()["requests"]["details"] >= 1
    paid_once(emulator)


def test_a_job_that_the_service_forgets_altogether_is_not_sent_again(client, emulator, monkeypatch):
    monkeypatch.setattr(polling, "GRACE", 0.3)
    with pytest.raises(SubmissionUnknownError, match="not paid twice"):
        client.generate_video(video("A cat [emulator: forget]"))
    paid_once(emulator)


def test_an_archive_that_holds_the_refusal_of_a_repetition_is_not_taken_for_the_outcome(
    client, emulator, monkeypatch
):
    monkeypatch.setattr(polling, "GRACE", 0.3)
    with pytest.raises(SubmissionUnknownError, match="archive does not tell"):
        client.generate_video(video("A cat [emulator: lost=502 forget=poll]"))
    paid_once(emulator)


@pytest.mark.parametrize(
    "what", ["cut:0.5", "short-length", "long-length", "503", "reset", "404", "html", "empty"]
)
def test_a_download_that_goes_wrong_at_first(client, emulator, what):
    emulator.fault("file", what, times=2)
    response = client.generate_video(video())
    assert response.video_bytes
    assert response.duration == 1.0
    paid_once(emulator)


@pytest.mark.parametrize(
    "what", ["gzip-bomb", "html", "json-error", "redirect-origin", "401", "403"]
)
def test_a_download_that_is_no_video_at_all_leaves_nothing_and_is_kept_for_better_times(
    client, emulator, home, what
):
    emulator.fault("file", what, times=-1)
    job = client.submit_video(video())
    until(lambda: "%llmkit resume fetches" in (job.notice or ""))
    assert not [path for path in (home / "library").rglob("*") if path.is_file()]
    emulator.calm()
    assert client.resume() == [job]
    assert job.result().video_bytes
    paid_once(emulator)


def test_a_result_whose_time_is_over_is_told_as_such(client, emulator):
    emulator.set(file_lifetime=0.0)
    with pytest.raises(ResultExpiredError):
        client.generate_video(video())


def test_a_service_that_cannot_be_reached_was_sent_nothing(emulator, monkeypatch):
    monkeypatch.setenv("LLMKIT_RUNWARE_URL", "http://127.0.0.1:9/v1")
    client = LLMKitClient()
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1:9 could not be reached"):
        client.generate_video(video())


def test_one_bad_job_among_many_fails_alone(client, emulator):
    prompts = ["A cat [emulator: fail=inferenceError]", "A dog", "A cow"]
    jobs = client.submit_videos([video(p).with_model("klingai:6@1") for p in prompts])
    outcomes: list[str] = []
    for job in jobs:
        try:
            outcomes.append(job.result().status)
        except LLMKitError as error:
            outcomes.append(error.code)
    assert outcomes == ["generation_failed", "completed", "completed"]


def test_many_jobs_share_their_requests(client, emulator):
    emulator.set(seconds=0.5)
    jobs = client.submit_videos([video(f"Cat {i}") for i in range(250)], confirm=True)
    assert all(r.status == "completed" for r in client.wait(jobs))
    stats = emulator.stats()
    assert stats["requests"]["submit"] == 3
    assert stats["requests"]["poll"] < 120
    assert stats["most_in_flight"]["api"] <= 4
    paid_once(emulator, 250)


@pytest.mark.parametrize("option", ["max_array", "answer_only"])
@pytest.mark.parametrize("size", [1, 7])
def test_arrays_become_smaller_where_the_service_wants_that(client, emulator, option, size):
    emulator.set(**{option: size})
    jobs = client.submit_videos([video(f"Cat {i}") for i in range(20)], confirm=True)
    assert all(r.status == "completed" for r in client.wait(jobs))
    paid_once(emulator, 20)
    limits = arrays._known[emulator.url]
    assert limits.submit <= size
    assert limits.poll <= size
    # Remembered: a later client does not try again.
    before = emulator.stats()["statuses"].get("submit:400", 0)
    LLMKitClient().wait(
        LLMKitClient().submit_videos([video(f"Dog {i}") for i in range(8)], confirm=True)
    )
    assert emulator.stats()["statuses"].get("submit:400", 0) == before


def test_a_service_that_takes_no_ttl_is_sent_none(client, emulator):
    emulator.set(refuse_ttl=True)
    client.generate_video(video())
    client.generate_video(video())
    assert all("ttl" not in row.request for row in emulator.ledger())
    assert emulator.stats()["requests"]["submit"] == 3


@pytest.mark.parametrize("style", ["partial", "anonymous-error", "foreign-error"])
def test_an_answer_about_a_part_of_the_jobs(client, emulator, style):
    emulator.set(seconds=0.3)
    jobs = client.submit_videos([video(f"Cat {i}") for i in range(5)], confirm=True)
    emulator.fault("poll", style, times=2)
    assert all(r.status == "completed" for r in client.wait(jobs))


def test_without_schemas_the_snapshot_serves(client, emulator, caplog):
    emulator.fault("schema", "503", times=-1)
    with caplog.at_level(logging.INFO):
        assert client.generate_video(video()).status == "completed"
    assert "using the bundled snapshot" in caplog.text


def test_schemas_are_fetched_once_and_kept(client, emulator, home):
    client.generate_video(video())
    client.generate_video(video())
    assert emulator.stats()["requests"]["schema"] == 1
    assert list((home / "schemas").glob("runway*.json"))
    assert LLMKitClient().generate_video(video()).status == "completed"
    assert emulator.stats()["requests"]["schema"] == 1
