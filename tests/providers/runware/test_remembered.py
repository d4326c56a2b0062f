"""What settings tell a provider, and what one provider has learned for the next."""

from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient, ModelNotFoundError, VideoGenerationRequest, settings
from llmkit_jupyter.errors import InvalidVideoError
from llmkit_jupyter.providers.base import Submission, Ticket, Update
from llmkit_jupyter.providers.runware.provider import RunwareProvider
from tests.providers.runware.conftest import video
from tests.transport.servers import Server, always


def provider() -> RunwareProvider:
    return RunwareProvider.from_settings(settings.load())


def submit(to: RunwareProvider, number: int) -> None:
    """Hand over so many jobs, and see them accepted."""
    sent = to.validate(video())
    submissions = [Submission(str(uuid.uuid4()), sent) for _ in range(number)]
    answers = asyncio.run(to.submit(submissions))
    assert answers == {s.task_id: Ticket(s.task_id, s.task_id) for s in submissions}


@pytest.fixture
def config(home: Path):
    home.mkdir(exist_ok=True)
    return (home / "config.toml").write_text


def test_the_settings_file_reaches_the_service(emulator, config):
    config("runware_batch = 3\nresult_days = 2\n")
    client = LLMKitClient()
    client.wait(client.submit_videos([video(f"Cat {i}") for i in range(7)], confirm=True))
    log = emulator.stats()["log"]
    assert sorted(e["tasks"] for e in log if e["kind"] == "submit") == [1, 3, 3]
    assert {row.request["ttl"] for row in emulator.ledger()} == {2 * 24 * 3600}


def test_who_wants_no_successor_gets_none(emulator, config):
    config("strict_models = true\n")
    with pytest.raises(ModelNotFoundError, match="strict_models"):
        LLMKitClient().submit_video(VideoGenerationRequest("A cat", model="runway-gen-4"))
    assert "submit" not in emulator.stats()["requests"]


@pytest.mark.parametrize(("text", "limit"), [("", 2 * 2**30), ("download_limit_gb = 0.5\n", 2**29)])
def test_a_larger_file_than_the_limit_is_refused_by_its_announced_length(
    emulator, config, text, limit
):
    config(text)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {limit + 1}\r\n\r\n"

    async def fetch() -> None:
        async with Server(always(head.encode())) as server:
            # The service's own origin may be private.
            mine = RunwareProvider.from_settings(settings.load(runware_url=server.url))
            update = Update(ticket=Ticket("x", "x"), state="succeeded", video_url=server.url)
            await mine.fetch(update, sink=None)  # type: ignore[arg-type]

    with pytest.raises(InvalidVideoError, match=f"larger than the limit of {limit} bytes"):
        asyncio.run(fetch())


def test_a_second_provider_knows_what_arrays_the_service_takes(emulator):
    emulator.set(max_array=2)
    submit(provider(), 8)
    refused = emulator.stats()["statuses"]["submit:400"]
    assert provider().submit_limit == 2
    submit(provider(), 8)
    assert emulator.stats()["statuses"]["submit:400"] == refused
    assert [row.times_charged for row in emulator.ledger()] == [1] * 16


def test_a_second_provider_knows_that_the_service_takes_no_ttl(emulator):
    emulator.set(refuse_ttl=True)
    emulator.fault("schema", "503", times=-1)  # which would tell as well
    submit(provider(), 1)
    assert emulator.stats()["requests"]["submit"] == 2
    submit(provider(), 1)
    assert emulator.stats()["requests"]["submit"] == 3
    assert all("ttl" not in row.request for row in emulator.ledger())


def test_the_list_of_models_is_asked_for_by_the_tag_that_is_kept(emulator, home: Path):
    wanted = [VideoGenerationRequest("A cat", model="kling-2.0")]
    asyncio.run(provider().prepare(wanted))
    [kept] = (home / "schemas").glob("registry*.json")
    values = json.loads(kept.read_text())
    kept.write_text(json.dumps(values | {"checked": 0}))
    asyncio.run(provider().prepare(wanted))
    asked = [e for e in emulator.stats()["log"] if str(e.get("path")).endswith("/registry.json")]
    assert [(entry["tag"], entry["status"]) for entry in asked] == [
        (None, 200),
        (values["etag"], 304),
    ]
