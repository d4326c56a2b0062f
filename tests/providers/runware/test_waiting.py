"""Answers that ask to wait, that never end, or that are far too large."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient, RateLimitError
from llmkit_jupyter.engine import polling
from llmkit_jupyter.providers.runware import service
from llmkit_jupyter.transport import retry
from tests.engine.waiting import until
from tests.providers.runware.conftest import video
from tests.providers.runware.test_faults import paid_once


@pytest.mark.parametrize("kind", ["submit", "poll"])
@pytest.mark.parametrize(("said", "seconds"), [("2", 2.0), ("date:3", 1.9)])
def test_as_long_as_it_was_told_to_wait(client, emulator, kind, said, seconds):
    emulator.fault(kind, "429", retry_after=said)
    started = time.monotonic()
    assert client.generate_video(video()).status == "completed"
    assert time.monotonic() - started >= seconds
    paid_once(emulator)


@pytest.mark.parametrize("kind", ["submit", "poll"])
@pytest.mark.parametrize("said", ["1e9", "-5", "soon", "", "nan", "Thu, 99 Foo 2026 99:99:99 GMT"])
def test_no_wait_is_endless_and_nonsense_is_none(client, emulator, monkeypatch, kind, said):
    monkeypatch.setattr(retry, "MAX_RETRY_AFTER", 0.3)
    monkeypatch.setattr(polling, "MAX_RETRY_AFTER", 0.3)
    emulator.fault(kind, "429", retry_after=said)
    assert client.generate_video(video(), timeout=30).status == "completed"
    paid_once(emulator)


def test_a_service_that_never_takes_the_job_is_told_as_too_busy(client, emulator):
    emulator.fault("submit", "429", times=-1)
    with pytest.raises(RateLimitError):
        client.generate_video(video())
    assert emulator.stats()["requests"]["submit"] == 3
    assert emulator.ledger() == []


@pytest.mark.parametrize("what", ["slow", "huge", "gzip-bomb"])
@pytest.mark.parametrize("kind", ["submit", "poll"])
def test_an_answer_without_an_end_is_left(client, emulator, monkeypatch, kind, what):
    monkeypatch.setattr(service, "DEADLINE", 1.0)
    emulator.fault(kind, what)
    troubles: set[str] = set()
    job = client.submit_video(video())
    job.on_change(lambda job: troubles.add(job.notice or ""))
    assert job.result().status == "completed"
    assert max(map(len, troubles), default=0) < 1000
    paid_once(emulator)


@pytest.mark.parametrize("what", ["html", "503", "no-data", "empty", "invalid-json", "reset"])
def test_a_price_that_is_not_told_stops_nothing(client, emulator, what):
    emulator.fault("dryrun", what, times=-1)
    assert client.estimate(video()) is None
    assert client.generate_video(video()).status == "completed"
    # From now on the journal's own price is the guess.
    assert LLMKitClient().estimate(video()) == 0.25
    paid_once(emulator)


@pytest.mark.parametrize(("faults"), [("cut:0.5", "no-range"), ("cut:0.5", "etag-changes")])
def test_a_file_that_cannot_be_resumed_begins_again(client, emulator, faults):
    for what in faults:
        emulator.fault("file", what)
    response = client.generate_video(video())
    assert response.duration == 1.0
    paid_once(emulator)


def test_a_file_without_an_end_stops_at_the_limit(emulator, home: Path):
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text("download_limit_gb = 0.001\n")
    emulator.fault("file", "endless", times=-1)
    job = LLMKitClient().submit_video(video())
    until(lambda: "%llmkit resume fetches" in (job.notice or ""))
    assert "larger than the limit of 1073742 bytes" in (job.notice or "")
    assert emulator.stats()["requests"]["file"] == 1
    assert not [path for path in (home / "library").rglob("*") if path.is_file()]


def test_redirects_are_followed_to_an_end(client, emulator):
    emulator.fault("file", "redirect:5")
    assert client.generate_video(video()).status == "completed"
    emulator.fault("file", "redirect:6", times=-1)
    job = client.submit_video(video())
    until(lambda: "redirects too often" in (job.notice or ""))
