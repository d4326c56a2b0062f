"""Bringing finished videos in."""

from __future__ import annotations

import asyncio
import os
import threading
import uuid
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
from llmkit_jupyter.engine import downloads, heartbeat, names, owner, polling
from llmkit_jupyter.errors import (
    AuthenticationError,
    InvalidVideoError,
    NetworkError,
    ResultExpiredError,
)
from llmkit_jupyter.transport import retry
from tests.durability.journals import a_job, alter, left_behind
from tests.engine.waiting import until

REQUEST = VideoGenerationRequest("hills")


def test_being_offline_during_a_download_is_waited_out(client, provider, quick):
    async def offline(sink):
        if provider.fetched <= 2 * downloads.TRIES:
            raise NetworkError("unreachable")
        await sink.write(provider.video)

    provider.on_fetch = offline
    assert client.generate_video(REQUEST).video_bytes == provider.video


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


def test_what_this_machine_made_and_is_no_video_fails_the_job_with_what_came(
    client, provider, quick
):
    provider.remote = False
    provider.on_fetch = lambda sink: sink.write(b"<html>Sorry</html>")
    with pytest.raises(InvalidVideoError, match="Sorry"):
        client.generate_video(REQUEST)
    assert provider.fetched == downloads.TRIES


def test_a_page_in_the_place_of_a_paid_video_is_waited_out(client, provider, quick):
    async def portal(sink):
        page = provider.fetched <= 3 * downloads.TRIES
        await sink.write(b"<html>Please log in</html>" if page else provider.video)

    provider.on_fetch = portal
    assert client.generate_video(REQUEST).video_bytes == provider.video


def test_what_stays_no_video_is_kept_for_the_next_resume(client, provider, quick, monkeypatch):
    monkeypatch.setattr(downloads, "WRONG_SECONDS", 0.1)
    provider.on_fetch = lambda sink: sink.write(b"<html>Sorry</html>")
    job = client.submit_video(REQUEST)
    until(lambda: "Sorry" in (job.notice or "") and "resume" in (job.notice or ""))
    assert job.status == "processing"
    provider.on_fetch = None
    assert client.resume() == [job]
    assert job.result().video_bytes == provider.video


def test_a_video_that_is_gone_for_good_is_told_as_such(client, provider, quick, monkeypatch):
    monkeypatch.setattr(downloads, "WRONG_SECONDS", 0.5)

    def gone(sink):
        raise ResultExpiredError("not here any more")

    provider.on_fetch = gone
    with pytest.raises(ResultExpiredError, match="not here any more"):
        client.generate_video(REQUEST)
    assert provider.fetched > downloads.TRIES


def test_downloads_that_wait_for_their_next_try_hold_up_no_others(
    client, provider, quick, monkeypatch
):
    monkeypatch.setattr(retry, "delay", lambda *_, **__: 30.0)
    stuck: list[int] = []

    async def fetch(sink):
        if len(stuck) < downloads.AT_ONCE:
            stuck.append(1)
            raise NetworkError("cut off")
        await sink.write(provider.video)

    provider.on_fetch = fetch
    jobs = client.submit_videos([REQUEST] * (downloads.AT_ONCE + 1), confirm=True)
    until(lambda: sum(job.done() for job in jobs) == 1)
    assert len(stuck) == downloads.AT_ONCE


def test_a_full_disk_parks_the_job_and_it_goes_on_afterwards(client, provider, quick, home: Path):
    home.mkdir()
    (home / "library").write_text("in the way")
    job = client.submit_video(REQUEST)
    until(lambda: "cannot be stored" in (job.notice or ""))
    assert job.status == "processing"
    (home / "library").unlink()
    assert job.result().video_bytes == provider.video


@pytest.mark.parametrize("error", [AuthenticationError("not today"), ZeroDivisionError("oops")])
def test_a_refused_key_or_a_mistake_in_a_provider_costs_no_video(client, provider, quick, error):
    def wrong(sink):
        raise error

    provider.on_fetch = wrong
    job = client.submit_video(REQUEST)
    until(lambda: job.notice is not None and "The job is kept" in job.notice)
    assert job.status == "processing"
    provider.on_fetch = None
    assert [each.task_id for each in client.resume()] == [job.task_id]
    assert job.result(20).video_bytes == provider.video
    assert provider.submitted == [job.task_id]


@pytest.mark.parametrize("when", ["before", "meanwhile"])
@pytest.mark.parametrize("remote", [True, False])
def test_a_whole_file_that_was_not_written_down_is_the_video_whatever_the_provider_says(
    home: Path, provider, quick, monkeypatch, when, remote
):
    monkeypatch.setattr(polling, "GRACE", 0.0)
    monkeypatch.setattr(downloads, "WRONG_SECONDS", 0.0)
    provider.remote = remote
    [left] = left_behind(home, a_job("downloading", cost=0.5))
    file = home / "library" / f"{left.task_id}.mp4"
    file.parent.mkdir()

    def gone(_sink):
        # As its former holder, that has the last bytes at this moment.
        file.write_bytes(provider.video)
        raise ResultExpiredError("gone")

    provider.on_fetch = gone
    if when == "before":
        file.write_bytes(provider.video)
    response = LLMKitClient(provider).job(left.task_id).result(20)
    assert (response.status, response.path, response.duration) == ("completed", file, 1.0)
    assert response.error is None
    assert (provider.fetched == 0) == (when == "before")


def test_half_a_file_of_somebody_else_s_making_is_no_video(home: Path, provider):
    [left] = left_behind(home, a_job("downloading"))
    file = home / "library" / f"{left.task_id}.mp4"
    file.parent.mkdir()
    file.write_bytes(provider.video[:500])
    response = LLMKitClient(provider).job(left.task_id).result(20)
    assert response.video_bytes == provider.video


def test_a_job_that_was_lost_and_came_back_is_fetched_once(home: Path, provider, monkeypatch):
    monkeypatch.setattr(heartbeat, "FOLLOW_SECONDS", 0.05)
    monkeypatch.setattr(heartbeat, "ORPHAN_SECONDS", 0.05)
    monkeypatch.setattr(heartbeat, "RENEW_SECONDS", 0.1)
    go_on = threading.Event()

    async def slowly(sink):
        await sink.write(provider.video[:1000])
        await asyncio.to_thread(go_on.wait, 30)
        await sink.write(provider.video[1000:])

    provider.on_fetch = slowly
    client = LLMKitClient(provider)
    job = client.submit_video(REQUEST)
    until(lambda: provider.fetched)
    polls = len(provider.polled)
    dead = f"{owner.own_name().rpartition(':')[0]}:dead"
    # A kernel took it over, and was killed.
    alter(home, f"UPDATE jobs SET lease_owner = '{dead}', lease_epoch = lease_epoch + 1")
    until(lambda: len(provider.polled) > polls and job._live in client._engine._runner._held)
    until(lambda: job._live.record.lease_epoch == 3)
    go_on.set()
    assert job.result(20).video_bytes == provider.video
    assert provider.fetched == 1


def test_two_processes_of_the_same_number_have_parts_of_their_own():
    task_id = str(uuid.uuid4())
    one, other = names.new_part(task_id), names.new_part(task_id)
    assert one != other
    assert names.read_part(one) == names.read_part(other) == (task_id, os.getpid())
