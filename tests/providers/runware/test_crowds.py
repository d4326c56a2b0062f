"""Many jobs: how many requests are in flight, how large they are, and when none is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
from tests.engine.waiting import until
from tests.providers.runware.conftest import video

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def config(home: Path):
    """Write the settings' file; clients that are made after that heed it."""

    def write(text: str) -> None:
        home.mkdir(exist_ok=True)
        (home / "config.toml").write_text(text)

    return write


def sizes(emulator, kind: str) -> list[int]:
    """How many tasks each request held."""
    return [entry["tasks"] for entry in emulator.stats()["log"] if entry["kind"] == kind]


def test_as_many_requests_are_in_flight_as_the_service_likes_and_no_more(emulator, config):
    config("runware_batch = 10")
    emulator.set(latency=0.2)
    client = LLMKitClient()
    jobs = client.submit_videos([video(f"Cat {i}") for i in range(100)], confirm=True)
    assert all(response.status == "completed" for response in client.wait(jobs))
    assert sizes(emulator, "submit") == [10] * 10
    assert max(sizes(emulator, "poll")) == 10
    assert emulator.stats()["most_in_flight"]["api"] == 4


def test_two_clients_of_one_account_share_what_the_service_likes(emulator, config):
    config("runware_batch = 10")
    emulator.set(latency=0.5)
    clients = [LLMKitClient(), LLMKitClient("runware")]
    jobs = [
        client.submit_videos([video(f"Cat {i}") for i in range(60)], confirm=True)
        for client in clients
    ]
    for client, theirs in zip(clients, jobs, strict=True):
        assert all(response.status == "completed" for response in client.wait(theirs))
    assert emulator.stats()["most_in_flight"]["api"] == 4


def test_a_request_holds_eight_megabytes_of_pictures_at_most(client, emulator):
    # In base64 each is almost three million characters long.
    requests = [
        VideoGenerationRequest("It moves", model="runway:1@1").with_image(
            PNG + bytes([number]) * 2_200_000
        )
        for number in range(4)
    ]
    jobs = client.submit_videos(requests, confirm=True)
    assert all(response.status == "completed" for response in client.wait(jobs))
    assert sizes(emulator, "submit") == [2, 2]


def test_a_poll_that_came_too_soon_holds_up_all_jobs_of_the_account(client, emulator):
    emulator.fault("poll", "429", retry_after="1.5")
    first = client.submit_video(video())
    until(lambda: emulator.stats()["faults"])
    second = client.submit_video(video())
    assert first.result().status == second.result().status == "completed"
    refused, *later = (e["at"] for e in emulator.stats()["log"] if e["kind"] == "poll")
    assert min(later) - refused >= 1.4


@pytest.mark.parametrize("status", [403, 404])
def test_a_file_whose_address_has_expired_is_fetched_from_a_new_one(client, emulator, status):
    emulator.set(stale_addresses=1, gone_status=status)
    response = client.generate_video(video())
    assert response.video_bytes
    statuses = emulator.stats()["statuses"]
    assert (statuses[f"file:{status}"], statuses["file:200"]) == (1, 1)
    assert emulator.stats()["requests"]["poll"] == 2
