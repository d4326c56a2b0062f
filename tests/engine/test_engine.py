"""The engine as the client uses it, with a provider that does what each test tells it."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
from llmkit_jupyter.engine import downloads, lane, polling, runner
from llmkit_jupyter.errors import (
    AuthenticationError,
    ContentFilteredError,
    GenerationFailedError,
    InvalidVideoError,
    JobCancelledError,
    JobNotFoundError,
    JournalError,
    LLMKitError,
    NetworkError,
    RateLimitError,
    SubmissionUnknownError,
    TemporaryJournalWarning,
    VideoTimeoutError,
)
from llmkit_jupyter.providers.base import Ticket, Update
from tests.scripted import ScriptedProvider

REQUEST = VideoGenerationRequest("hills")


@pytest.fixture
def provider(video_bytes: bytes) -> ScriptedProvider:
    return ScriptedProvider(video=video_bytes)


@pytest.fixture
def client(provider: ScriptedProvider) -> LLMKitClient:
    return LLMKitClient(provider)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits between tries, not the rules."""
    monkeypatch.setattr(polling, "retry_delay", lambda *_, **__: 0.01)
    monkeypatch.setattr(runner, "JOURNAL_RETRY_SECONDS", 0.05)
    monkeypatch.setattr(downloads, "PARKED_SECONDS", 0.05)


def until(condition, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def test_a_job_goes_through_its_phases_and_ends_with_a_file(client, provider):
    provider.polls = 3
    job = client.submit_video(REQUEST)
    seen = [job.phase]
    job.on_change(lambda job: seen.append(job.phase))
    response = job.result()
    until(lambda: seen[-1] == "done")
    order = list(dict.fromkeys(seen))
    assert order == ["queued", "submitting", "generating", "downloading", "done"][-len(order) :]
    assert {"generating", "downloading"} <= set(order)
    assert response.status == "completed"
    assert response.video_bytes == provider.video
    assert (response.width, response.height, response.duration) == (96, 64, 1.0)
    assert (response.cost, response.video_url) == (0.5, "https://x.test/v.mp4")
    assert response.size == len(provider.video)


def test_the_job_is_in_the_journal_before_anything_is_sent(client, provider, home: Path):
    def look(submission) -> Ticket:
        # Read through a connection of its own, as another process would.
        from llmkit_jupyter.engine import schema

        db = schema.connect_to_read(home / schema.FILE_NAME)
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


def test_a_failure_is_raised_with_its_reason_and_told_by_polling(client, provider):
    provider.on_poll = lambda ticket: Update(
        ticket=ticket, state="failed", error=ContentFilteredError("The prompt was declined.")
    )
    job = client.submit_video(REQUEST)
    with pytest.raises(ContentFilteredError, match="declined") as caught:
        job.result()
    assert caught.value.task_id == job.task_id
    response = client.poll_video(job.task_id)
    assert response.status == "failed"
    assert response.error is not None
    assert response.error.code == "content_filtered"


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


def test_submissions_are_not_repeated_for_ever(client, provider, quick):
    provider.on_submit = lambda _: NetworkError("unreachable")
    with pytest.raises(SubmissionUnknownError, match="unreachable"):
        client.submit_video(REQUEST).result()
    assert len(provider.submitted) == lane.MAX_SUBMITS


def test_failing_polls_only_postpone_the_end(client, provider, quick):
    troubles = iter([NetworkError("reset"), ValueError("a bug"), NetworkError("reset")])
    notices = []

    def look(ticket):
        notices.append(job.notice)
        for trouble in troubles:
            raise trouble
        return Update(ticket=ticket, state="succeeded")

    provider.on_poll = look
    job = client.submit_video(REQUEST)
    assert job.result().status == "completed"
    assert any("did not answer" in (n or "") for n in notices)
    assert job.notice is None


def test_an_id_that_the_provider_never_shows_is_given_up_after_a_while(
    client, provider, monkeypatch
):
    monkeypatch.setattr(polling, "GRACE", 0.3)
    provider.on_poll = lambda _: None
    job = client.submit_video(REQUEST)
    with pytest.raises(SubmissionUnknownError):
        job.result()
    assert len(provider.polled) > 3


def test_an_accepted_job_survives_an_answer_that_lacks_it(client, provider, monkeypatch):
    monkeypatch.setattr(polling, "GRACE", 0.3)
    started = time.monotonic()

    def look(ticket):
        # Long after the submission's own grace, one answer without the id.
        passed = time.monotonic() - started
        if 0.5 < passed < 0.6:
            return None
        return Update(ticket=ticket, state="processing" if passed < 1 else "succeeded")

    provider.on_poll = look
    assert client.generate_video(REQUEST).status == "completed"


def test_an_answer_that_is_none_at_all_only_postpones(client, provider, quick):
    poll = provider.poll
    answers = iter([None, None])

    async def odd(tickets):
        return next(answers, None) if not provider.polled else await poll(tickets)

    async def first(tickets):
        provider.poll = odd
        provider.polled.append([])

    provider.poll = first
    assert client.generate_video(REQUEST).status == "completed"


def test_being_offline_during_a_download_is_waited_out(client, provider, quick):
    async def offline(sink):
        if provider.fetched <= 2 * downloads.TRIES:
            raise NetworkError("unreachable")
        await sink.write(provider.video)

    provider.on_fetch = offline
    assert client.generate_video(REQUEST).video_bytes == provider.video


def test_an_estimate_that_cannot_be_read_stops_no_job(client, provider, monkeypatch):
    from concurrent.futures import Future

    def failing(_):
        future: Future[None] = Future()
        future.set_exception(JournalError("locked"))
        return future

    monkeypatch.setattr(client._engine.journal, "usual_seconds", failing)
    assert client.generate_video(REQUEST).status == "completed"


def test_a_provider_that_fails_to_cancel_leaves_the_job_as_it_was(client, provider):
    async def failing(_):
        raise ZeroDivisionError("oops")

    provider.cancel = failing
    provider.polls = 10**9
    job = client.submit_video(REQUEST)
    until(lambda: job.phase == "generating")
    job.cancel()
    until(lambda: "could not be told to cancel" in (job.notice or ""))
    assert not job.cancelling
    provider.polls = 1
    assert job.result().status == "completed"


def test_a_job_whose_video_is_being_fetched_is_not_cancelled_any_more(client, provider):
    async def slow(sink):
        await asyncio.sleep(0.3)
        await sink.write(provider.video)

    provider.on_fetch = slow
    job = client.submit_video(REQUEST)
    until(lambda: job.phase == "downloading")
    job.cancel()
    assert job.result().status == "completed"
    assert "cannot be cancelled any more" in (job.notice or "")
    assert client.poll_video(job.task_id).status == "completed"


def test_a_failure_among_many_names_those_that_were_made(client, provider):
    def look(ticket):
        if ticket.task_id == provider.submitted[1]:
            return Update(ticket=ticket, state="failed", error=ContentFilteredError("no"))
        return Update(ticket=ticket, state="succeeded")

    provider.on_poll = look
    with pytest.raises(ContentFilteredError) as caught:
        client.generate_video(REQUEST, count=3)
    [note] = caught.value.__notes__
    assert note.startswith("2 of 3 were made")
    assert provider.submitted[0] in note
    assert provider.submitted[2] in note


def test_an_id_that_is_shown_late_is_waited_for(client, provider):
    states = iter([None, None, None])
    provider.on_poll = lambda t: next(states, Update(ticket=t, state="succeeded"))
    assert client.generate_video(REQUEST).status == "completed"


def test_a_broken_download_is_fetched_again_and_half_of_it_never_shown(client, provider, quick):
    async def broken(sink):
        await sink.write(provider.video[:100])
        if provider.fetched < 3:
            raise NetworkError("cut off")
        await sink.write(provider.video[100:])

    provider.on_fetch = broken
    response = client.generate_video(REQUEST)
    assert response.video_bytes == provider.video
    assert provider.fetched == 3


def test_what_is_no_video_fails_the_job_with_what_came(client, provider, quick):
    provider.on_fetch = lambda sink: sink.write(b"<html>Sorry</html>")
    with pytest.raises(InvalidVideoError, match="Sorry"):
        client.generate_video(REQUEST)
    assert provider.fetched == downloads.TRIES


def test_a_full_disk_parks_the_job_and_it_goes_on_afterwards(client, provider, quick, home: Path):
    home.mkdir()
    (home / "library").write_text("in the way")
    job = client.submit_video(REQUEST)
    until(lambda: "cannot be stored" in (job.notice or ""))
    assert job.status == "processing"
    (home / "library").unlink()
    assert job.result().video_bytes == provider.video


def test_a_job_that_is_polled_for_too_long_sleeps_until_it_is_resumed(provider, home: Path):
    home.mkdir()
    (home / "config.toml").write_text("polling_minutes = 0.005")
    client = LLMKitClient(provider)
    provider.polls = 10**9
    job = client.submit_video(REQUEST)
    until(lambda: "%llmkit resume" in (job.notice or ""))
    assert job.status == "processing"
    polled = len(provider.polled)
    time.sleep(0.1)
    assert len(provider.polled) == polled
    provider.polls = 1
    assert client.resume() == [job]
    assert job.result().status == "completed"


def test_the_end_of_a_wait_is_not_the_end_of_the_job(client, provider):
    provider.polls = 10**9
    job = client.submit_video(REQUEST)
    with pytest.raises(VideoTimeoutError, match=job.task_id) as caught:
        job.result(timeout=0.05)
    assert isinstance(caught.value, TimeoutError)
    assert job.status == "processing"
    provider.polls = 1
    assert client.job(job.task_id).result().status == "completed"


def test_cancelling_before_the_submission_sends_nothing(client, provider, quick):
    refused = RateLimitError("later", retry_after_seconds=0.01)

    def answer(submission):
        job.cancel()
        time.sleep(0.05)
        return refused

    provider.on_submit = answer
    job = client.submit_video(REQUEST)
    with pytest.raises(JobCancelledError) as caught:
        job.result()
    assert caught.value.code == "cancelled"
    assert provider.submitted == [job.task_id]
    assert client.poll_video(job.task_id).status == "failed"


def test_cancelling_stops_a_job_where_the_provider_can(client, provider):
    provider.polls = 10**9
    job = client.submit_video(REQUEST)
    until(lambda: job.phase == "generating")
    assert client.cancel_video(job.task_id).status in ("processing", "failed")
    with pytest.raises(JobCancelledError):
        job.result()
    assert (job.status, job.phase, job.cancelling) == ("failed", "done", False)


def test_where_nothing_can_be_cancelled_it_says_so_and_keeps_the_video(client, provider):
    provider.cancellable = False
    provider.polls = 10**9
    job = client.submit_video(REQUEST)
    until(lambda: job.phase == "generating")
    job.cancel()
    until(lambda: "will be charged" in (job.notice or ""))
    provider.polls = 1
    assert job.result().video_bytes == provider.video


def test_an_exception_of_a_provider_from_elsewhere_ends_only_its_job(client, provider):
    def answer(_):
        raise ZeroDivisionError("oops")

    provider.on_submit = answer
    with pytest.raises(LLMKitError, match="unexpected ZeroDivisionError: oops"):
        client.generate_video(REQUEST)
    provider.on_submit = None
    assert client.generate_video(REQUEST).status == "completed"


def test_a_listener_that_fails_takes_nothing_with_it(client, provider, caplog):
    provider.polls = 3
    job = client.submit_video(REQUEST)
    job.on_change(lambda _: 1 / 0)
    assert job.result().status == "completed"
    until(lambda: "listener" in caplog.text)


def test_an_unknown_id_is_told(client):
    with pytest.raises(JobNotFoundError, match="no job"):
        client.poll_video(str(uuid.uuid4()))


def test_await_works_and_giving_up_the_wait_keeps_the_job(client, provider):
    async def main():
        first = client.submit_video(REQUEST)
        response = await first
        provider.polls = 10**9
        second = client.submit_video(REQUEST)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.ensure_future(_wait(second)), 0.05)
        return response, second

    async def _wait(job):
        return await job

    response, second = asyncio.run(main())
    assert response.status == "completed"
    provider.polls = 1
    assert second.result().status == "completed"


def test_a_home_that_cannot_be_written_is_told_at_each_submission(provider, tmp_path: Path):
    in_the_way = tmp_path / "file"
    in_the_way.write_text("x")
    client = LLMKitClient(provider, home=in_the_way / "home")
    for _ in range(2):
        with pytest.warns(TemporaryJournalWarning, match="LLMKIT_HOME"):
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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_child_can_work_too(client, provider):
    assert client.generate_video(REQUEST).status == "completed"
    pid = os.fork()
    if pid == 0:
        ok = False
        try:
            ok = LLMKitClient(provider).generate_video(REQUEST).status == "completed"
        finally:
            os._exit(0 if ok else 1)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert len(client.jobs()) == 2


def test_failed_generations_are_failures_of_one_class(client, provider):
    provider.on_poll = lambda t: Update(ticket=t, state="failed")
    with pytest.raises(GenerationFailedError, match="without a reason"):
        client.generate_video(REQUEST)
