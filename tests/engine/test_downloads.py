"""Bringing finished videos in."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmkit_jupyter import VideoGenerationRequest
from llmkit_jupyter.engine import downloads
from llmkit_jupyter.errors import (
    InvalidVideoError,
    NetworkError,
)
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
