"""Homes with odd names, homes that cannot be written, and homes that do not last."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from llmkit_jupyter import HomeNotKeptWarning, LLMKitClient, VideoGenerationRequest
from llmkit_jupyter import settings as settings_module
from llmkit_jupyter.engine import lasting, schema
from llmkit_jupyter.engine.glance import count_unfinished
from llmkit_jupyter.errors import JournalError
from llmkit_jupyter.notebook import commands
from tests.durability.journals import a_job, left_behind
from tests.emulator.process import Emulator
from tests.processes import Child
from tests.scripted import ScriptedProvider

REQUEST = VideoGenerationRequest("hills")
BEGIN = """
import os, warnings
from llmkit_jupyter import JournalError, LLMKitClient, VideoGenerationRequest
def say(*words):
    print(*words, flush=True)
"""


def test_a_job_lives_through_two_processes_in_a_home_with_any_name(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    home = tmp_path / "Видео für 日本 'x' 100%#?&mode=ro" / "home"
    monkeypatch.setenv("LLMKIT_HOME", str(home))
    emulator.set(seconds=1000.0)
    code = (
        BEGIN + "job = LLMKitClient().submit_video(VideoGenerationRequest('hills'))\n"
        "import time\n"
        "while job.phase != 'generating':\n    time.sleep(0.01)\n"
        "say(job.task_id)\ninput()"
    )
    with Child(code) as child:
        task_id = child.line()
        child.kill()
    assert home.stat().st_mode & 0o777 == 0o700
    assert count_unfinished(home) == 1
    emulator.finish(task_id)
    client = LLMKitClient()
    assert [job.task_id for job in client.resume()] == [task_id]
    response = client.job(task_id).result()
    assert response.path == home / "library" / f"{task_id}.mp4"
    assert response.video_bytes
    assert list(tmp_path.iterdir()) == [home.parent]  # the name was not read as something else
    assert [row.times_submitted for row in emulator.ledger()] == [1]


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that others may look into, which those of tests are not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="no users on this system")
def test_a_home_of_somebody_else_is_left_as_it_is_and_told(emulator: Emulator, public: Path):
    used, other = public / "used", public / "other"
    used.mkdir()
    left_behind(other, a_job(), a_job("done"))
    (other / schema.FILE_NAME).chmod(0o644)
    for folder in (used, other):
        folder.chmod(0o755)
    before = (other / schema.FILE_NAME).read_bytes()
    # Permissions say nothing to root, so the child becomes nobody once it has loaded its code.
    code = (
        BEGIN + f"used = LLMKitClient(home={str(used)!r})\n"
        "request = VideoGenerationRequest('hills')\n"
        "say(used.generate_video(request).status)\n"
        "if os.getuid() == 0:\n    os.setgroups([])\n    os.setgid(65534)\n    os.setuid(65534)\n"
        f"else:\n    os.chmod({str(used)!r}, 0o555)\n    os.chmod({str(other)!r}, 0o555)\n"
        "try:\n    used.generate_video(request)\n"
        "except JournalError as error:\n    say(error)\n"
        "warnings.simplefilter('error')\n"
        f"fallen_back = LLMKitClient(home={str(other)!r})\n"
        "for _ in range(2):\n"
        "    with warnings.catch_warnings(record=True) as told:\n"
        "        warnings.simplefilter('always')\n"
        "        say(fallen_back.generate_video(request).status, *(w.message for w in told))\n"
        "say(len(fallen_back.jobs()), *fallen_back.notices)\n"
    )
    with Child(code) as child:
        assert child.line() == "completed"
        refusal = child.line()
        assert f"{used / schema.FILE_NAME} cannot be used" in refusal
        assert "LLMKIT_HOME" in refusal
        # Recorded nowhere, so not sent.
        assert len(emulator.ledger()) == 1
        for _ in range(2):
            told = child.line()
            assert told.startswith("completed")
            assert f"{other} cannot be written" in told
            assert "LLMKIT_HOME" in told
        assert child.line().startswith(f"2 {other} cannot be written, so that the unfinished jobs")
        assert child.end()[0] == 0
    assert (other / schema.FILE_NAME).read_bytes() == before
    assert len(emulator.ledger()) == 3
    for folder in (used, other):
        folder.chmod(0o755)


def test_a_journal_of_a_newer_version_is_neither_used_nor_touched(
    home: Path, video_bytes: bytes, monkeypatch: pytest.MonkeyPatch
):
    left_behind(home, a_job())
    path = home / schema.FILE_NAME
    with monkeypatch.context() as newer:
        newer.setattr(schema, "VERSION", schema.VERSION + 1)
        db = sqlite3.connect(path)
        # In a mode and with a table that this version would not have.
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE more (x)")
        db.execute(f"PRAGMA user_version = {schema.VERSION}")
        db.close()
    before = path.read_bytes()
    provider = ScriptedProvider(video=video_bytes)
    client = LLMKitClient(provider)
    uses = [lambda: client.generate_video(REQUEST), client.jobs, lambda: commands.run("jobs")]
    for use in uses:
        with pytest.raises(JournalError, match="Upgrade with: pip install -U"):
            use()
    assert provider.submitted == []
    assert path.read_bytes() == before
    assert [each.name for each in home.iterdir()] == [path.name]


def test_a_journal_that_a_newer_version_takes_over_is_not_written_any_more(
    home: Path, video_bytes: bytes
):
    provider = ScriptedProvider(video=video_bytes)
    client = LLMKitClient(provider)
    client.generate_video(REQUEST)
    db = sqlite3.connect(home / schema.FILE_NAME)
    db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    db.close()
    with pytest.raises(JournalError, match="Upgrade with: pip install -U"):
        client.generate_video(REQUEST)
    assert len(provider.submitted) == 1


KAGGLE = {"KAGGLE_KERNEL_RUN_TYPE": "Interactive", "COLAB_RELEASE_TAG": "release"}


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"COLAB_RELEASE_TAG": "release"}, "Google Colab.*LLMKIT_HOME.*/content/drive/MyDrive"),
        (KAGGLE, "Kaggle.*LLMKIT_HOME.*/kaggle/working"),
        ({"BINDER_REPO_URL": "https://x.test"}, "Binder.*LLMKIT_HOME"),
    ],
)
def test_a_home_that_does_not_last_is_told_once(
    home: Path, video_bytes: bytes, monkeypatch: pytest.MonkeyPatch, environment, words: str
):
    monkeypatch.setattr(settings_module, "default_home", lambda: home)
    monkeypatch.setattr(lasting, "_warned", False)
    monkeypatch.setattr(lasting.os.path, "ismount", lambda _: False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    client = LLMKitClient(ScriptedProvider(video=video_bytes))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        client.jobs()
    with pytest.warns(HomeNotKeptWarning, match=words):
        assert client.generate_video(REQUEST).status == "completed"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        client.generate_video(REQUEST)


def test_a_home_that_was_chosen_or_is_on_a_drive_is_not_warned_of(monkeypatch: pytest.MonkeyPatch):
    default = Path("/home/somebody/.local/share/llmkit-jupyter")
    monkeypatch.setattr(settings_module, "default_home", lambda: default)
    mounted = {"/"}
    monkeypatch.setattr(lasting.os.path, "ismount", lambda place: str(place) in mounted)
    colab = {"COLAB_JUPYTER_IP": "172.28.0.12"}
    assert lasting.advice(default / "mine", colab) is not None
    assert lasting.advice(default, {}) is None
    assert lasting.advice(Path("/content/drive/MyDrive/llmkit"), colab) is None
    mounted.add("/home/somebody/.local")
    assert lasting.advice(default, colab) is None
