"""A disk that is full: at the journal, at a download, at its last step."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
from llmkit_jupyter.engine import downloads, engine, schema
from llmkit_jupyter.errors import JournalError
from tests.emulator.process import Emulator
from tests.engine.waiting import until
from tests.processes import Child
from tests.scripted import ScriptedProvider

# The kernel's own limit on the size of files: every write beyond it fails, as on a full disk.
BEGIN = """
import resource, signal
from llmkit_jupyter import JournalError, LLMKitClient, VideoGenerationRequest
from llmkit_jupyter.engine import downloads, runner
from tests.engine.waiting import until
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
downloads.PARKED_SECONDS = runner.JOURNAL_RETRY_SECONDS = 0.05
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)

def room(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))

def say(*words):
    print(*words, flush=True)

client = LLMKitClient()
request = VideoGenerationRequest("hills [emulator: size=2000000]")
"""


@pytest.mark.parametrize("used", [True, False])
def test_a_journal_that_cannot_be_written_sends_nothing(home: Path, emulator: Emulator, used: bool):
    code = BEGIN + (
        ("client.generate_video(request)\n" if used else "")
        + "room(0)\ntry:\n    client.generate_video(request)\n"
        "except JournalError as error:\n    say(error)\n"
        "input()\nroom(most)\nsay(client.generate_video(request).status)\n"
    )
    with Child(code) as child:
        told = child.line()
        assert str(home / schema.FILE_NAME) in told
        assert "Make room on that disk, or set LLMKIT_HOME" in told
        assert len(emulator.ledger()) == used
        assert list(home.glob("jobs.db?*")) == []
        # In the same process, as soon as there is room again.
        child.say()
        assert child.line() == "completed"
        assert child.end()[0] == 0
    assert len(emulator.ledger()) == used + 1
    client = LLMKitClient()
    assert len(client.jobs()) == used + 1
    assert client.notices == []


def test_a_download_that_finds_no_room_says_so_and_goes_on_when_there_is(
    home: Path, emulator: Emulator
):
    code = BEGIN + (
        "room(1_000_000)\njob = client.submit_video(request)\n"
        "until(lambda: 'cannot be stored' in (job.notice or ''))\nsay(job.status, job.notice)\n"
        "input()\nroom(most)\nresponse = job.result()\nsay(response.status, response.size)\n"
    )
    with Child(code) as child:
        told = child.line()
        assert told.startswith("processing The video cannot be stored in")
        assert "Trying again." in told
        library = home / "library"
        assert [path for path in library.iterdir() if path.is_file()] == []
        child.say()
        status, size = child.line().split()
        assert status == "completed"
        assert int(size) >= 1_900_000
        assert child.end()[0] == 0
    assert [path.stat().st_size for path in library.rglob("*") if path.is_file()] == [int(size)]
    assert [row.times_charged for row in emulator.ledger()] == [1]


def test_what_happened_while_the_journal_was_full_is_written_when_it_can_be(emulator: Emulator):
    # The job is with the service already: what became of it must not be forgotten.
    code = BEGIN + (
        "job = client.submit_video(request)\nuntil(lambda: job.phase == 'generating')\n"
        "room(0)\nsay(job.task_id)\ninput()\nuntil(lambda: 'Trying again' in (job.notice or ''))\n"
        "say(job.notice)\nroom(most)\nsay(job.result().status)\n"
    )
    emulator.set(seconds=1000.0)
    with Child(code) as child:
        emulator.finish(child.line())
        child.say()
        assert "Make room on that disk" in child.line()
        assert child.line() == "completed"
        assert child.end()[0] == 0
    assert [job.status for job in LLMKitClient().jobs()] == ["completed"]
    assert [row.times_submitted for row in emulator.ledger()] == [1]


@pytest.mark.parametrize("step", ["replace", "fsync"])
def test_no_room_at_the_last_step_leaves_no_half_file_and_is_waited_out(
    home: Path, video_bytes: bytes, monkeypatch: pytest.MonkeyPatch, step: str
):
    monkeypatch.setattr(downloads, "PARKED_SECONDS", 0.05)
    original = getattr(os, step)
    seen: list[list[str]] = []

    def full(first, *others):
        is_video = str(first).endswith(".part") or step == "fsync"
        library = home / "library"
        if is_video and library.exists() and len(seen) < 3:
            seen.append([path.name for path in library.iterdir() if path.is_file()])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return original(first, *others)

    monkeypatch.setattr(os, step, full)
    response = LLMKitClient(ScriptedProvider(video=video_bytes)).generate_video(
        VideoGenerationRequest("hills")
    )
    assert response.video_bytes == video_bytes
    assert seen == [[], [], []]
    assert [path for path in (home / "library").rglob("*") if path.is_file()] == [response.path]


def test_a_home_on_a_full_disk_is_not_exchanged_for_one_that_does_not_last(
    home: Path, video_bytes: bytes, monkeypatch: pytest.MonkeyPatch
):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    provider = ScriptedProvider(video=video_bytes)
    with monkeypatch.context() as no_room:
        no_room.setattr(Path, "mkdir", full)
        no_room.setattr(engine.tempfile, "TemporaryFile", full)
        client = LLMKitClient(provider)
        with pytest.raises(JournalError, match=r"No space left.*Make room on that disk"):
            client.generate_video(VideoGenerationRequest("hills"))
    assert provider.submitted == []
    assert client.generate_video(VideoGenerationRequest("hills")).status == "completed"
    assert (home / schema.FILE_NAME).exists()
    until(lambda: client.jobs(unfinished=True) == [])
