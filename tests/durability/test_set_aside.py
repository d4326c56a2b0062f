"""A journal that one kernel sets aside while another one works: nothing of that one's is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest, VideoJob
from llmkit_jupyter.engine import heartbeat, schema
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.settings import Secret
from tests.durability.journals import a_job, alter, set_aside
from tests.engine.waiting import until
from tests.scripted import ScriptedProvider

KEY = Secret("of the living")
REQUEST = VideoGenerationRequest("hills")


class WithKey(ScriptedProvider):
    credential = KEY  # type: ignore[assignment]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "RENEW_SECONDS", 0.05)
    monkeypatch.setattr(heartbeat, "FOLLOW_SECONDS", 0.05)


@pytest.fixture
def provider(video_bytes: bytes) -> ScriptedProvider:
    return WithKey(video=video_bytes, polls=10**9, idempotent_submit=False)


@pytest.fixture
def client(provider: ScriptedProvider) -> LLMKitClient:
    return LLMKitClient(provider)


@pytest.fixture
def job(client: LLMKitClient) -> VideoJob:
    """One that is paid for, and under way in this process."""
    job = client.submit_video(REQUEST)
    until(lambda: job.phase == "generating")
    return job


@pytest.fixture
def other(home: Path, job: VideoJob) -> Journal:
    """That of another kernel, which finds the file altered and begins a new one."""
    alter(home, "CREATE TABLE more (x)")
    journal = Journal(home)
    assert journal.newest(None).result() == []
    assert len(set_aside(home)) == 1
    return journal


def test_who_works_on_a_job_ends_it_in_the_new_journal(
    client: LLMKitClient, provider: ScriptedProvider, job: VideoJob, other: Journal
):
    provider.polls = 1
    assert job.result(20).video_bytes == provider.video
    [found] = other.newest(None).result()
    assert (found.task_id, found.status) == (job.task_id, "completed")
    assert found.provider_task_id == f"theirs-{job.task_id}"
    assert client.submit_video(REQUEST).result(20).status == "completed"
    assert len(other.newest(None).result()) == 2
    assert len(provider.submitted) == 2
    other.close()


def test_the_heartbeat_writes_a_job_down_for_whoever_comes_after(job: VideoJob, other: Journal):
    until(lambda: other.newest(None).result())
    [found] = other.newest(None).result()
    assert (found.task_id, found.phase) == (job.task_id, "generating")
    assert found.provider_task_id == f"theirs-{job.task_id}"
    # The next process knows it by the same key.
    assert found.account == other.fingerprint(KEY).result() != ""
    assert other.claim(lambda _: True).result() == []  # it is held
    other.close()


def test_a_reader_follows_and_a_parked_job_goes_along(home: Path, client: LLMKitClient):
    mine = Journal(home)
    [held] = mine.add([a_job("generating")]).result()
    (home / schema.FILE_NAME).rename(home / "elsewhere")
    other = Journal(home)
    [added] = other.add([a_job()]).result()
    assert [found.task_id for found in mine.newest(None).result()] == [added.task_id]
    mine.release(held).result()
    assert held.task_id in [record.task_id for record in other.claim(lambda _: True).result()]
    mine.close()
    other.close()
