"""What killed processes leave behind, and who sweeps it away."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
from llmkit_jupyter.engine import strays
from llmkit_jupyter.engine.inputs import Inputs
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.providers.preview.workshop import FOLDER, Workshop
from tests.engine.test_care import PNG
from tests.engine.test_journal import record
from tests.engine.waiting import until


@pytest.fixture(scope="module")
def gone() -> int:
    """The number of a process that is gone."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def part(home: Path, task_id: str, pid: int, seconds_old: float) -> Path:
    folder = home / "library" / "parts"
    folder.mkdir(parents=True, exist_ok=True)
    return written(folder / f"{task_id}.{pid}.part", seconds_old)


def written(path: Path, seconds_old: float) -> Path:
    path.write_bytes(b"half")
    at = time.time() - seconds_old
    os.utime(path, (at, at))
    return path


def test_parts_are_swept_where_nobody_writes_them_any_more(home: Path, gone: int):
    home.mkdir()
    journal = Journal(home)
    begun, done = journal.add([record(), record()]).result()
    journal.save([replace(done, status="failed", phase="done", error_code="x")]).result()
    stray = [
        part(home, done.task_id, gone, 120),
        part(home, str(uuid.uuid4()), gone, 120),  # of a job that nobody knows
        written(home / "library" / "parts" / "odd.part", 4000),
    ]
    inputs = home / "inputs"
    inputs.mkdir()
    stray.append(written(inputs / f"{uuid.uuid4()}.part", 4000))
    kept = [
        part(home, begun.task_id, gone, 120),  # its next download takes it
        part(home, done.task_id, gone + 2**22, 5),  # of another machine, and just written
        part(home, done.task_id, os.getpid(), 120),
        written(inputs / f"{uuid.uuid4()}.part", 120),
        written(inputs / f"{uuid.uuid4()}.png", 4000),
    ]
    asyncio.run(strays.sweep(home, journal))
    journal.close()
    assert [path for path in stray if path.exists()] == []
    assert [path for path in kept if not path.exists()] == []


@pytest.mark.parametrize("set_aside", [False, True])
def test_pictures_of_no_job_are_swept_unless_they_may_be_of_a_journal_that_was_set_aside(
    home: Path, set_aside: bool
):
    home.mkdir()
    inputs = home / "inputs"
    inputs.mkdir()
    named, refused, young = (f"{letter * 64}.png" for letter in "abc")
    written(inputs / named, 4000)
    written(inputs / refused, 4000)
    written(inputs / young, 10)
    journal = Journal(home)
    request = VideoGenerationRequest("x", image=str(inputs / named))
    journal.add([record(sent=request)]).result()
    if set_aside:
        (home / "jobs.db.damaged-1").touch()
    picture = inputs / f"{hashlib.sha256(PNG).hexdigest()}.png"
    written(picture, 4000).write_bytes(PNG)
    os.utime(picture, (1, 1))
    # Somebody is about to submit a job with it.
    assert Inputs(home).store(PNG) == picture
    asyncio.run(strays.sweep(home, journal))
    journal.close()
    left = {path.name for path in inputs.iterdir()}
    assert left == {named, young, picture.name} | ({refused} if set_aside else set())


def test_an_hour_without_a_byte_is_enough(home: Path):
    home.mkdir()
    journal = Journal(home)
    [begun] = journal.add([record()]).result()
    old = part(home, begun.task_id, os.getpid(), 4000)
    asyncio.run(strays.sweep(home, journal))
    journal.close()
    assert not old.exists()


def test_the_first_use_sweeps_and_waits_for_nothing(home: Path, provider, monkeypatch):
    old = part(home, str(uuid.uuid4()), 1, 4000)
    client = LLMKitClient(provider)
    client.jobs()
    until(lambda: not old.exists())
    # Once a process.
    again = part(home, str(uuid.uuid4()), 1, 4000)
    client.resume()
    LLMKitClient(provider).generate_video(VideoGenerationRequest("hills"))
    assert again.exists()


def test_a_sweep_that_fails_is_logged_and_stops_nothing(home: Path, provider, gone, caplog):
    # A folder by the name of a part cannot be removed as a file.
    folder = part(home, str(uuid.uuid4()), gone, 4000).parent
    bad = folder / "bad.part"
    bad.mkdir()
    os.utime(bad, (1, 1))
    client = LLMKitClient(provider)
    assert client.generate_video(VideoGenerationRequest("hills")).status == "completed"
    until(lambda: [path.name for path in folder.iterdir()] == ["bad.part"])
    assert "bad.part cannot be removed" in caplog.text


def test_a_journal_that_cannot_be_read_stops_no_sweep(home: Path, gone, caplog):
    part(home, str(uuid.uuid4()), gone, 120)
    (home / "jobs.db").mkdir()
    caplog.set_level(logging.INFO)
    asyncio.run(strays.sweep(home, Journal(home)))
    assert "could not be swept" in caplog.text


def test_folders_of_previews_are_swept_when_their_process_is_gone(
    tmp_path: Path, gone: int, monkeypatch
):
    def folder(name: str, seconds_old: float) -> Path:
        path = tmp_path / f"{FOLDER}{name}"
        path.mkdir()
        (path / "clip.mp4").write_bytes(b"drawn")
        at = time.time() - seconds_old
        os.utime(path, (at, at))
        return path

    dead = folder(f"{gone}-x", 4000)
    alive = folder(f"{os.getpid()}-x", 4000)
    young = folder(f"{gone}-y", 10)
    strange = folder("x", 4000)
    target = tmp_path / "somebody's"
    target.mkdir()
    link = tmp_path / f"{FOLDER}{gone}-z"
    link.symlink_to(target)
    os.utime(link, (1, 1), follow_symlinks=False)
    strays.sweep_previews(tmp_path)
    found = [path.exists() for path in (dead, alive, young, strange, target)]
    assert found == [False, True, True, True, True]
    # And that is how they are called.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    workshop = Workshop()
    task_id = str(uuid.uuid4())
    workshop.order(task_id, VideoGenerationRequest("x", duration=1, width=64, height=64))
    until(lambda: workshop.find(task_id).state == "finished")
    assert workshop._folder is not None
    assert workshop._folder.name.startswith(f"{FOLDER}{os.getpid()}-")
    shutil.rmtree(workshop._folder, ignore_errors=True)
