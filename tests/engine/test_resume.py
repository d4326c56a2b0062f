"""Jobs of earlier processes: what is taken up, how, and what is left alone."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
from llmkit_jupyter.engine import heartbeat, owner
from llmkit_jupyter.engine.claims import LEASE_SECONDS
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.engine.record import JobRecord, new_record
from llmkit_jupyter.errors import JobCancelledError, NetworkError, SubmissionUnknownError
from llmkit_jupyter.providers.base import Submission, Ticket, Update
from tests.engine.waiting import until
from tests.processes import Child


def left_behind(home: Path, **changes) -> JobRecord:
    """Write the job of a process that is gone."""
    home.mkdir(exist_ok=True)
    request = VideoGenerationRequest("hills", model="any-model")
    record = new_record(provider="scripted", endpoint="", account="", request=request, sent=request)
    journal = Journal(home)
    [record] = journal.add([replace(record, **changes)]).result()
    journal.release(record).result()
    journal.close()
    return record


def test_a_job_that_never_left_is_sent_now(home: Path, provider):
    record = left_behind(home)
    job = LLMKitClient(provider).job(record.task_id)
    assert job.result().video_bytes == provider.video
    assert provider.submitted == [record.task_id]


@pytest.mark.parametrize("phase", ["generating", "downloading"])
def test_a_job_that_was_accepted_is_only_asked_for(home: Path, provider, phase):
    record = left_behind(home, phase=phase, provider_task_id="theirs", submitted_at=time.time() - 5)
    job = LLMKitClient(provider).job(record.task_id)
    assert job.result().video_bytes == provider.video
    assert provider.submitted == []


def test_a_job_that_was_perhaps_sent_is_sent_again_only_under_an_id_that_pays_once(
    home: Path, provider
):
    record = left_behind(home, phase="submitting")
    assert LLMKitClient(provider).job(record.task_id).result().status == "completed"
    assert provider.submitted == [record.task_id]


def test_elsewhere_it_is_asked_for_and_turns_out_to_have_been_sent(home: Path, provider):
    provider.idempotent_submit = False
    provider.polls = 10**9
    record = left_behind(home, phase="submitting")
    job = LLMKitClient(provider).job(record.task_id)
    until(lambda: job.phase == "generating")
    job.cancel()
    with pytest.raises(JobCancelledError):
        job.result(20)
    assert provider.submitted == []


def test_or_cannot_be_told_and_is_not_sent_again(home: Path, provider, monkeypatch):
    monkeypatch.setattr("llmkit_jupyter.engine.polling.GRACE", 0.2)
    provider.idempotent_submit = False
    provider.on_poll = lambda _: None
    record = left_behind(home, phase="submitting")
    with pytest.raises(SubmissionUnknownError, match="cannot be told"):
        LLMKitClient(provider).job(record.task_id).result()
    assert provider.submitted == []


@pytest.mark.parametrize("changes", [{"account": "somebody-elses"}, {"endpoint": "elsewhere"}])
def test_a_job_of_another_account_or_place_is_left_alone(home: Path, provider, changes):
    record = left_behind(home, **changes)
    client = LLMKitClient(provider)
    assert client.resume() == []
    assert client.generate_video(VideoGenerationRequest("hills")).status == "completed"
    assert record.task_id not in provider.submitted
    assert client.poll_video(record.task_id).status == "processing"


def test_a_process_does_not_take_over_what_it_works_on_itself(home: Path, provider, monkeypatch):
    # As after a laptop's sleep: the wall clock says that the lease has run out.
    provider.polls = 10**9
    client = LLMKitClient(provider)
    job = client.submit_video(VideoGenerationRequest("hills"))
    now = time.time()
    monkeypatch.setattr("llmkit_jupyter.engine.claims.time.time", lambda: now + 3600)
    monkeypatch.setattr("llmkit_jupyter.engine.claims.LEASE_SECONDS", 0.0)
    assert LLMKitClient(provider).resume() == []
    assert LLMKitClient(provider).resume() == []
    provider.polls = 1
    assert job.result().status == "completed"
    assert provider.submitted == [job.task_id]


def test_the_part_of_a_killed_process_is_swept_away(home: Path, provider):
    record = left_behind(home, phase="downloading", provider_task_id="x", submitted_at=1.0)
    parts = home / "library" / "parts"
    parts.mkdir(parents=True)
    (parts / f"{record.task_id}.99999.part").write_bytes(b"half")
    response = LLMKitClient(provider).job(record.task_id).result()
    assert [path for path in (home / "library").rglob("*") if path.is_file()] == [response.path]


def test_a_job_that_another_kernel_has_taken_over_is_left_to_it_and_watched(home: Path, provider):
    provider.polls = 10**9
    client = LLMKitClient(provider)
    job = client.submit_video(VideoGenerationRequest("hills"))
    until(lambda: job.phase == "generating")
    other = Journal(home)

    def take_over(db):
        db.execute("UPDATE jobs SET lease_owner = 'another/1:1:x', lease_epoch = 99")

    other._writer.submit(take_over).result()
    provider.on_poll = lambda t: Update(ticket=t, state="succeeded")
    [theirs] = other.get([job.task_id]).result()
    done = replace(theirs, status="failed", phase="done", error_code="network", error_message="n")
    assert other.save([done]).result() == set()
    other.close()
    with pytest.raises(NetworkError):
        job.result(20)
    assert provider.fetched == 0


def test_an_id_that_came_too_late_is_kept_and_the_job_goes_on(home: Path, provider, monkeypatch):
    """A process that stood still with its answer on the way, while another one gave the job up."""
    monkeypatch.setattr(heartbeat, "FOLLOW_SECONDS", 0.05)
    monkeypatch.setattr(heartbeat, "ORPHAN_SECONDS", 0.05)
    provider.idempotent_submit = False

    def answered_at_last(submission: Submission) -> Ticket:
        other = Journal(home)

        def give_up(db):
            db.execute(
                "UPDATE jobs SET lease_owner = 'another/1:1:x', lease_epoch = 99, "
                "status = 'failed', phase = 'done', error_code = 'submission_unknown'"
            )

        other._writer.submit(give_up).result()
        other.close()
        return Ticket(submission.task_id, "theirs")

    provider.on_submit = answered_at_last
    job = LLMKitClient(provider).submit_video(VideoGenerationRequest("hills"))
    assert job.result(20).video_bytes == provider.video
    assert provider.submitted == [job.task_id]


def test_the_job_of_a_process_that_dies_later_is_adopted_by_one_that_does_nothing(
    home: Path, provider, monkeypatch
):
    monkeypatch.setattr(heartbeat, "IDLE_SECONDS", 0.1)
    assert LLMKitClient(provider).jobs() == []
    record = left_behind(home, phase="generating", provider_task_id="x", submitted_at=1.0)
    journal = Journal(home)

    def dead_holder(db):
        name = owner.own_name().rpartition(":")[0] + ":dead"
        db.execute("UPDATE jobs SET lease_owner = ?, lease_expires = 1e10", (name,))

    journal._writer.submit(dead_holder).result()
    until(lambda: journal.get([record.task_id]).result()[0].status == "completed")
    journal.close()


@pytest.mark.parametrize("jump", [86_400.0, -86_400.0])
def test_a_clock_that_jumps_changes_nothing(home: Path, provider, monkeypatch, jump: float):
    provider.polls = 10**9
    job = LLMKitClient(provider).submit_video(VideoGenerationRequest("hills"))
    until(lambda: job.phase == "generating")
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + jump)
    seen = len(provider.polled)
    until(lambda: len(provider.polled) > seen + 3)
    assert job.status == "processing"
    assert job.elapsed >= 0
    provider.polls = 1
    assert job.result(20).status == "completed"
    assert provider.submitted == [job.task_id]


NAME = "from llmkit_jupyter.engine import owner\nprint(owner.own_name(), flush=True)\ninput()"


def test_a_job_in_a_connection_of_another_process_is_left_to_it_while_it_lives(
    home: Path, provider, monkeypatch
):
    monkeypatch.setattr("llmkit_jupyter.engine.claims.LEASE_SECONDS", 0.0)
    provider.lives_in_process = lambda _: True
    record = left_behind(home, phase="generating", provider_task_id="x", submitted_at=1.0)
    journal = Journal(home)
    with Child(NAME) as child:
        name = child.line()
        journal._writer.submit(
            lambda db: (
                db.execute("UPDATE jobs SET lease_owner = ?, lease_expires = 1", (name,)) and None
            )
        ).result()
        client = LLMKitClient(provider)
        assert [client.resume(), client.resume()] == [[], []]
        child.kill()
    assert [job.task_id for job in client.resume()] == [record.task_id]
    journal.close()


def written_elsewhere(home: Path, change: str) -> None:
    journal = Journal(home)
    journal._writer.submit(lambda db: db.execute(f"UPDATE jobs SET {change}") and None).result()
    journal.close()


@pytest.fixture
def quick_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FOLLOW_SECONDS", "ORPHAN_SECONDS", "RENEW_SECONDS", "IDLE_SECONDS"):
        monkeypatch.setattr(heartbeat, name, 0.05)


def test_a_job_that_was_put_to_rest_is_watched_when_another_kernel_takes_it_up(
    home: Path, provider, quick_heart
):
    home.mkdir()
    (home / "config.toml").write_text("polling_minutes = 0.001")
    provider.polls = 10**9
    job = LLMKitClient(provider).submit_video(VideoGenerationRequest("hills"))
    until(lambda: job.notice is not None and "The job is kept" in job.notice)
    written_elsewhere(home, "status = 'failed', phase = 'done', error_code = 'network'")
    with pytest.raises(NetworkError):
        job.result(20)


def test_a_job_that_the_journal_has_no_longer_is_not_looked_for_for_ever(
    home: Path, provider, quick_heart
):
    with Child(NAME) as child:
        name = child.line()
        record = left_behind(home, phase="generating", provider_task_id="x", submitted_at=1.0)
        written_elsewhere(home, f"lease_owner = '{name}', lease_expires = 1e10")
        client = LLMKitClient(provider)
        job = client.job(record.task_id)
        written_elsewhere(home, "forgotten_at = 1")
        until(lambda: job.notice == "The journal has this job no longer.")
        assert client._engine._runner._heartbeat._followed == {}


def test_a_dead_kernel_is_noticed_within_the_time_of_a_lease():
    for pause in (heartbeat.RENEW_SECONDS, heartbeat.IDLE_SECONDS, heartbeat.ORPHAN_SECONDS):
        assert pause + heartbeat.FOLLOW_SECONDS < LEASE_SECONDS
