"""A finished video whose file somebody removed: fetched again, and never paid for again."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest, VideoGenerationResponse
from llmkit_jupyter.engine import owner
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.errors import (
    GenerationFailedError,
    InvalidVideoError,
    LLMKitError,
    NetworkError,
    ResultExpiredError,
    VideoTimeoutError,
)
from llmkit_jupyter.providers.base import Update
from tests.engine.waiting import until
from tests.scripted import ScriptedProvider

HILLS = VideoGenerationRequest("hills")


def without_its_file(client: LLMKitClient, request=HILLS) -> VideoGenerationResponse:
    """Make a video, and remove its file by hand."""
    response = client.generate_video(request)
    assert response.path is not None
    response.path.unlink()
    return response


def row_of(client: LLMKitClient, task_id: str | None) -> dict:
    def read(db):
        return dict(db.execute("SELECT * FROM jobs WHERE task_id = ?", (task_id,)).fetchone())

    row = client._engine.journal._writer.submit(read).result()
    return {name: value for name, value in row.items() if not name.startswith("lease")}


@pytest.mark.usefixtures("quick")
def test_it_is_fetched_again_and_nothing_else_changes(client, provider, monkeypatch):
    provider.polls = 3
    first = without_its_file(client)
    before, spent = row_of(client, first.task_id), client.spending()
    provider.on_poll = lambda t: Update(ticket=t, state="succeeded", cost=9.0, seed=9)
    gate = threading.Event()

    async def slowly(sink):
        await asyncio.to_thread(gate.wait, 30)
        await sink.write(provider.video)

    provider.on_fetch = slowly
    job = client.job(first.task_id)
    until(lambda: provider.fetched == 2)
    assert (job.status, job.phase) == ("processing", "downloading")
    assert job.response.path is None
    # Nobody can tell from its first submission how long it is going to take now.
    job._live.progress = 0.5
    assert job.eta is None
    cancelled = []
    monkeypatch.setattr(provider, "cancel", cancelled.append)
    job.cancel()
    until(lambda: job.notice is not None)
    # Nobody is told: a server might delete the video.
    assert ("made already" in job.notice, cancelled) == (True, [])
    gate.set()
    again = job.result(20)
    assert again.video_bytes == provider.video == first.video_bytes
    after = row_of(client, first.task_id)
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {"provider_status", "video_url"}
    assert client.spending() == spent
    assert provider.submitted == [first.task_id]


def test_the_preview_draws_it_again_from_its_seed(small):
    client = LLMKitClient("preview")
    first = without_its_file(client, small)
    before = row_of(client, first.task_id)
    # As in another process: the one that drew it has nothing of it any more.
    client._engine._runner._lanes.clear()
    again = LLMKitClient("preview").job(first.task_id).result(60)
    changed = {n for n, v in row_of(client, first.task_id).items() if v != before[n]}
    assert changed <= {"sent_at", "video_url"}
    assert again.size > 0


def test_listing_jobs_asks_nobody(client, provider):
    first = without_its_file(client)
    polled = len(provider.polled)
    assert [job.status for job in client.jobs()] == ["completed"]
    client.resume()
    assert len(provider.polled) == polled
    assert client.poll_video(first.task_id).status == "processing"


def test_two_that_ask_at_once_fetch_once(client, provider):
    first = without_its_file(client)
    with ThreadPoolExecutor(4) as pool:
        jobs = list(pool.map(lambda _: client.job(first.task_id), range(4)))
    assert {job.result(20).status for job in jobs} == {"completed"}
    assert provider.fetched == 2


def test_one_process_alone_can_take_it_on(client, home):
    first = without_its_file(client)
    journal = client._engine.journal
    [record] = journal.get([first.task_id]).result()
    ours = journal.reopen(record.task_id).result()
    assert (ours.status, ours.lease_owner) == ("processing", owner.own_name())
    other = Journal(home)
    assert other.reopen(record.task_id).result() is None
    # The former holder, whose lease the job had when it was first made, is fenced.
    assert other.save([record]).result() == {record.task_id}
    other.close()
    assert ours.lease_epoch == record.lease_epoch + 1


def test_one_that_another_kernel_fetches_again_is_waited_for(client, home):
    job = client.submit_video(HILLS)
    job.result(20).path.unlink()
    other = Journal(home)
    [record] = other.get([job.task_id]).result()
    taken = other.reopen(job.task_id).result()
    [seen] = client.jobs()
    assert seen.status == "processing"
    with pytest.raises(VideoTimeoutError):
        seen.result(0.05)
    back = replace(taken, status=record.status, phase=record.phase)
    assert other.save([back]).result() == set()
    other.close()
    assert seen.result(20).status == "completed"


def gone(text: str):
    def update(ticket):
        if text == "unknown":
            return None
        return Update(ticket=ticket, state="failed", error=GenerationFailedError(text), cost=7.0)

    return update


def forget_address(client: LLMKitClient) -> None:
    def work(db):
        db.execute("UPDATE jobs SET video_url = NULL")

    client._engine.journal._writer.submit(work).result()


def expired(_sink):
    raise ResultExpiredError("gone")


def no_video(_sink):
    raise InvalidVideoError("a page of a hotel")


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "way",
    [
        {"on_poll": gone("unknown"), "on_fetch": expired},
        {"on_poll": gone("unknown"), "address": None},
        {"on_poll": gone("it expired")},
        {"on_fetch": expired},
        {"on_fetch": no_video},
    ],
    ids=["not known", "not known and no address", "failed", "expired", "no video"],
)
def test_one_that_the_provider_has_no_longer_stays_completed(client, provider, way):
    first = without_its_file(client)
    if "address" in way:
        forget_address(client)
    before = row_of(client, first.task_id)
    for name, value in way.items():
        setattr(provider, name, value)
    job = client.job(first.task_id)
    response = job.result(20)
    assert (response.status, response.error, response.cost) == ("completed", None, 0.5)
    assert "cannot be fetched again" in job.notice
    changed = {n for n, v in row_of(client, first.task_id).items() if v != before[n]}
    assert changed <= {"provider_status", "video_url"}
    for use in (lambda: response.video_bytes, response.save):
        with pytest.raises(LLMKitError, match="was removed from the library") as caught:
            use()
        assert caught.value.code == "file_gone"
    asked = len(provider.polled), provider.fetched
    again = client.job(first.task_id)
    assert (again.status, again.notice) == ("completed", job.notice)
    assert (len(provider.polled), provider.fetched) == asked
    assert provider.submitted == [first.task_id]


def test_one_of_another_key_stays_completed(client, provider, monkeypatch):
    first = without_its_file(client)
    polled = len(provider.polled)
    monkeypatch.setattr(ScriptedProvider, "endpoint", "https://elsewhere.test")
    client._engine._runner._lanes.clear()
    job = LLMKitClient(ScriptedProvider()).job(first.task_id)
    assert job.status == "completed"
    assert "another key or address" in job.notice
    assert len(provider.polled) == polled


def test_a_local_provider_that_is_paid_is_not_asked_to_make_it_again(client, provider):
    first = without_its_file(client)
    provider.remote = False
    job = client.job(first.task_id)
    assert job.status == "completed"
    assert "cannot be fetched again" in job.notice
    assert provider.submitted == [first.task_id]


@pytest.mark.usefixtures("quick")
def test_without_a_network_it_is_completed_as_it_was_and_the_next_look_tries_again(
    client, provider
):
    first = without_its_file(client)
    before = row_of(client, first.task_id)

    def offline(_ticket):
        raise NetworkError("no network")

    provider.on_poll = offline
    runner = client._engine._runner
    runner._polling_seconds = runner._delivery._downloads._patience = 0.2
    for lane in runner._lanes.values():
        lane._polls._polling_seconds = 0.2
    job = client.job(first.task_id)
    assert job.result(20).status == "completed"
    assert job.notice.endswith(f"%llmkit job {first.task_id} tries again.")
    assert row_of(client, first.task_id) == before
    assert client.forget(first.task_id, dry_run=True).unfinished == 0
    provider.on_poll = None
    response = client.job(first.task_id).result(20)
    assert response.video_bytes == provider.video
    changed = {n for n, v in row_of(client, first.task_id).items() if v != before[n]}
    assert changed <= {"provider_status", "video_url"}


def test_one_that_a_killed_kernel_was_fetching_is_fetched_by_the_next(client, provider, home):
    first = without_its_file(client)
    journal = Journal(home)
    taken = journal.reopen(first.task_id).result()
    journal.release(taken).result()
    journal.close()
    # Not shown any more, but its last address still does.
    provider.on_poll = lambda _: None
    [job] = client.resume()
    response = job.result(20)
    assert response.video_bytes == provider.video
    assert (response.cost, response.elapsed) == (first.cost, first.elapsed)
    assert provider.submitted == [first.task_id]
