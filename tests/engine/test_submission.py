"""Handing jobs over: once, after they were recorded, whatever the answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmkit_jupyter import VideoGenerationRequest
from llmkit_jupyter.engine import polling
from llmkit_jupyter.errors import (
    AuthenticationError,
    JournalError,
    LLMKitError,
    NetworkError,
    RateLimitError,
    SubmissionUnknownError,
    UnreachableError,
)
from llmkit_jupyter.providers.base import Ticket

REQUEST = VideoGenerationRequest("hills")


def test_the_job_is_in_the_journal_before_anything_is_sent(client, provider, home: Path):
    def look(submission) -> Ticket:
        # Read through a connection of its own, as another process would.
        from llmkit_jupyter.engine import opening, schema

        db = opening.connect_to_read(home / schema.FILE_NAME)
        rows = db.execute("SELECT task_id, phase FROM jobs").fetchall()
        db.close()
        found.append((submission.task_id, "submitting") in rows)
        return Ticket(submission.task_id, "x")

    found: list[bool] = []
    provider.on_submit = look
    client.generate_video(REQUEST)
    assert found == [True]


def test_without_a_journal_nothing_is_sent(client, provider, home: Path):
    home.mkdir(exist_ok=True)
    (home / "jobs.db").mkdir()
    with pytest.raises(JournalError):
        client.submit_video(REQUEST)
    assert provider.submitted == []


def test_many_jobs_are_one_submission_and_share_their_polls(client, provider):
    calls = []
    submit = provider.submit

    async def counted(submissions):
        calls.append(len(submissions))
        return await submit(submissions)

    provider.submit = counted
    provider.polls = 3
    responses = client.generate_video(REQUEST, count=20)
    assert len({r.task_id for r in responses}) == 20
    assert calls == [20]
    assert len(provider.polled) < 20


def test_a_refused_submission_fails_only_its_own_job(client, provider):
    def answer(submission):
        if submission.request.prompt == "bad":
            return AuthenticationError("The key was refused.")
        return Ticket(submission.task_id, submission.task_id)

    provider.on_submit = answer
    good, bad = client.submit_videos([REQUEST, VideoGenerationRequest("bad")])
    assert good.result().status == "completed"
    with pytest.raises(AuthenticationError, match="refused"):
        bad.result()


def test_a_lost_answer_is_asked_again_under_the_same_id_where_that_is_safe(client, provider, quick):
    answers = iter([NetworkError("reset"), None])
    provider.on_submit = lambda s: next(answers, Ticket(s.task_id, s.task_id))
    job = client.submit_video(REQUEST)
    assert job.result().status == "completed"
    assert provider.submitted == [job.task_id] * 3


def test_a_lost_answer_is_never_sent_again_where_that_would_pay_twice(client, provider, quick):
    provider.idempotent_submit = False
    provider.on_submit = lambda _: NetworkError("connection reset")
    job = client.submit_video(REQUEST)
    with pytest.raises(SubmissionUnknownError, match="not paid twice"):
        job.result()
    assert provider.submitted == [job.task_id]


def test_a_refusal_for_being_too_fast_is_repeated_even_there(client, provider, quick):
    provider.idempotent_submit = False
    answers = iter([RateLimitError("slow down", retry_after_seconds=0.01)])
    provider.on_submit = lambda s: next(answers, Ticket(s.task_id, s.task_id))
    job = client.submit_video(REQUEST)
    assert job.result().status == "completed"
    assert provider.submitted == [job.task_id] * 2


def test_submissions_are_not_repeated_for_ever_but_asked_for(client, provider, quick):
    provider.on_submit = lambda _: NetworkError("the answer was lost")
    job = client.submit_video(REQUEST)
    assert job.result().status == "completed"
    assert provider.submitted == [job.task_id] * 3


def test_what_was_perhaps_sent_and_is_never_shown_is_told_as_such(
    client, provider, quick, monkeypatch
):
    monkeypatch.setattr(polling, "GRACE", 0.2)
    provider.on_submit = lambda _: NetworkError("the answer was lost")
    provider.on_poll = lambda _: None
    with pytest.raises(SubmissionUnknownError, match="cannot be told"):
        client.submit_video(REQUEST).result()


def test_what_never_left_fails_plainly(client, provider, quick):
    provider.on_submit = lambda _: UnreachableError("no route")
    with pytest.raises(UnreachableError, match="no route"):
        client.submit_video(REQUEST).result()
    assert len(provider.submitted) == 3
    assert provider.polled == []


def test_an_estimate_that_cannot_be_read_stops_no_job(client, provider, monkeypatch):
    from concurrent.futures import Future

    def failing(_):
        future: Future[None] = Future()
        future.set_exception(JournalError("locked"))
        return future

    monkeypatch.setattr(client._engine.journal, "usual", failing)
    assert client.generate_video(REQUEST).status == "completed"


def test_an_exception_of_a_provider_from_elsewhere_ends_only_its_job(client, provider):
    def answer(_):
        raise ZeroDivisionError("oops")

    provider.on_submit = answer
    with pytest.raises(LLMKitError, match="unexpected ZeroDivisionError: oops"):
        client.generate_video(REQUEST)
    provider.on_submit = None
    assert client.generate_video(REQUEST).status == "completed"


def test_a_journal_that_cannot_be_written_for_a_while_loses_nothing(
    client, provider, quick, monkeypatch
):
    save = client._engine.journal.save
    failures = iter(range(3))

    def failing(records):
        from concurrent.futures import Future

        if next(failures, None) is None:
            return save(records)
        future: Future[set[str]] = Future()
        future.set_exception(JournalError("disk full"))
        return future

    monkeypatch.setattr(client._engine.journal, "save", failing)
    assert client.generate_video(REQUEST).status == "completed"
    assert provider.submitted == [client.jobs()[0].task_id]
