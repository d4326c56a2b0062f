"""Journals that somebody else brought: what they name is neither read, asked nor fetched."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
from llmkit_jupyter.engine import downloads, polling
from llmkit_jupyter.engine.inputs import Inputs
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.engine.record import JobRecord
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.settings import Secret
from llmkit_jupyter.transport import retry
from tests.durability.journals import a_job, left_behind
from tests.emulator.process import Emulator
from tests.engine.waiting import until
from tests.scripted import ScriptedProvider

PNG = b"\x89PNG\r\n\x1a\n" + bytes(1000)


class Listener:
    """A port that nobody may connect to."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def was_reached(self) -> bool:
        try:
            self._socket.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def elsewhere() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    assert not listener.was_reached()
    listener.close()


def at_runware(home: Path, emulator: Emulator, phase: str, **changes) -> JobRecord:
    """Give a job that this user's own key and service would go on with."""
    home.mkdir(exist_ok=True)
    journal = Journal(home)
    account = journal.fingerprint(Secret(emulator.environment["LLMKIT_API_KEY"])).result()
    journal.close()
    changes = {"provider": "runware", "endpoint": emulator.url, "account": account, **changes}
    record = a_job(phase, **changes)
    return replace(record, model="runway:1@1", sent=replace(record.sent, model="runway:1@1"))


def with_image(record: JobRecord, image: Path) -> JobRecord:
    return replace(record, sent=replace(record.sent, image=str(image)))


def test_a_picture_outside_the_home_is_never_sent(home: Path, emulator: Emulator, tmp_path: Path):
    private = tmp_path / "private.png"
    private.write_bytes(PNG)
    bad = with_image(at_runware(home, emulator, "queued"), private)
    good = with_image(at_runware(home, emulator, "queued"), Inputs(home).store(PNG + b"mine"))
    left_behind(home, bad, good)
    client = LLMKitClient()
    assert client.job(good.task_id).result().status == "completed"
    with pytest.raises(InvalidRequestError, match="No such file"):
        client.job(bad.task_id).result()
    assert [row.task_id for row in emulator.ledger()] == [good.task_id]
    assert emulator.ledger()[0].request["inputs"]["frameImages"]


def test_a_home_that_was_moved_takes_its_pictures_along(
    home: Path, tmp_path: Path, video_bytes: bytes
):
    job = a_job()
    left_behind(home, with_image(job, Inputs(home).store(PNG)))
    moved = tmp_path / "elsewhere"
    shutil.move(home, moved)
    provider = ScriptedProvider(video=video_bytes)
    sent: list[bytes] = []
    provider.on_submit = lambda s: sent.append(Path(s.request.image or "").read_bytes())
    client = LLMKitClient(provider, home=moved)
    assert client.job(job.task_id).result().status == "completed"
    assert set(sent) == {PNG}


@pytest.mark.parametrize("url", ["http://{}/v.mp4", "https://{}/v.mp4", "file:///etc/passwd"])
def test_a_video_s_address_is_not_fetched_where_it_may_not_be(
    home: Path, emulator: Emulator, elsewhere: Listener, monkeypatch: pytest.MonkeyPatch, url: str
):
    monkeypatch.setattr(polling, "GRACE", 0.1)
    monkeypatch.setattr(retry, "CAP", 0.01)
    monkeypatch.setattr(downloads, "WRONG_SECONDS", 0.05)
    # The service knows nothing of it, so that what the journal says is all that there is.
    address = url.format(elsewhere.address)
    [record] = left_behind(home, at_runware(home, emulator, "downloading", video_url=address))
    job = LLMKitClient().job(record.task_id)
    until(lambda: job.done() or "resume" in (job.notice or ""))
    assert job.status == "processing"
    assert "is not fetched" in (job.notice or "")
    assert [path for path in (home / "library").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("phase", ["queued", "downloading"])
def test_a_host_that_only_the_journal_names_is_never_asked(
    home: Path, emulator: Emulator, elsewhere: Listener, phase: str
):
    endpoint = f"http://{elsewhere.address}/v1"
    [record] = left_behind(home, at_runware(home, emulator, phase, endpoint=endpoint))
    client = LLMKitClient()
    assert client.resume() == []
    done = client.generate_video(VideoGenerationRequest("hills", model="runway:1@2"))
    assert done.status == "completed"
    assert record.task_id not in [row.task_id for row in emulator.ledger()]
    assert client.job(record.task_id).status == "processing"
