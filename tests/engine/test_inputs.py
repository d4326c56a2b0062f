"""Pictures of requests: kept once, out of the journal, and as they were."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
from llmkit_jupyter.errors import LibraryError
from llmkit_jupyter.providers.base import Submission, Ticket
from tests.scripted import ScriptedProvider

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 400
JPEG = b"\xff\xd8\xff" + b"j" * 100


def requests() -> VideoGenerationRequest:
    return VideoGenerationRequest("It moves")


def test_bytes_go_beside_the_journal_and_not_into_it(client, home: Path):
    jobs = client.submit_videos([requests().with_image(PNG), requests().with_image(PNG)])
    client.wait(jobs)
    [kept] = (home / "inputs").iterdir()
    assert kept.read_bytes() == PNG
    assert kept.suffix == ".png"
    assert [job.request.image for job in jobs] == [str(kept)] * 2
    if os.name == "posix":
        assert kept.stat().st_mode & 0o777 == 0o600
        assert kept.parent.stat().st_mode & 0o777 == 0o700
    assert sum(path.stat().st_size for path in home.glob("journal*")) < len(PNG)


def test_a_file_that_changes_later_is_sent_as_it_was(
    client: LLMKitClient, provider: ScriptedProvider, tmp_path: Path
):
    picture = tmp_path / "first.jpg"
    picture.write_bytes(JPEG)
    sent: list[bytes] = []

    def take(submission: Submission) -> Ticket | None:
        picture.write_bytes(PNG)
        sent.append(Path(submission.request.image or "").read_bytes())
        # The first answer is lost, so that it is sent again.
        return Ticket(submission.task_id, submission.task_id) if len(sent) > 1 else None

    provider.on_submit = take
    response = client.generate_video(requests().with_image(picture))
    assert sent == [JPEG, JPEG]
    assert response.request is not None
    assert response.request.image == str(picture)


def test_an_address_stays_one(client: LLMKitClient, provider: ScriptedProvider, home: Path):
    images: list[str | None] = []

    def take(submission: Submission) -> Ticket:
        images.append(submission.request.image)
        return Ticket(submission.task_id, submission.task_id)

    provider.on_submit = take
    client.generate_video(requests().with_image("https://example.com/a.png"))
    assert images == ["https://example.com/a.png"]
    assert not (home / "inputs").exists()


def test_a_picture_that_cannot_be_kept_stops_the_job(client, provider, home: Path):
    home.mkdir(exist_ok=True)
    (home / "inputs").write_text("in the way")
    with pytest.raises(LibraryError, match="image cannot be stored"):
        client.submit_video(requests().with_image(PNG))
    assert provider.submitted == []
    assert client.jobs() == []
