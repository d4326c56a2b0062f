from __future__ import annotations

import sqlite3

import pytest
from IPython.core.completer import provisionalcompleter

from llmkit_jupyter import client as client_module
from llmkit_jupyter import sweep
from llmkit_jupyter.engine import schema
from llmkit_jupyter.engine.record import COLUMNS
from llmkit_jupyter.notebook.completions import complete
from tests.durability.journals import a_job, alter, left_behind
from tests.engine.waiting import until
from tests.notebook.fakes import stop

OTHERS = ", ".join(name for name in COLUMNS if name != "task_id")


def offered(shell, text, cursor=None):
    shell.Completer.use_jedi = False
    position = len(text) if cursor is None else cursor
    with provisionalcompleter():
        return [c.text for c in shell.Completer.completions(text, position)]


@pytest.mark.parametrize(
    ("line", "some", "not_there"),
    [
        ("%video ", ["--model", "--duration", "--vars", "--help"], "map"),
        ("%%video ", ["--model"], "map"),
        ("%video --mo", ["--model"], "--seed"),
        ("%video -m ", ["runway-gen-4", "kling-2.0", "pika-1.0"], "--model"),
        ("%video -m run", ["runway-gen-4"], "kling-2.0"),
        ("%video -d 5 --model=run", ["runway-gen-4"], "kling-2.0"),
        ("%video -s ", ["576p", "hd", "fullhd", "4k"], "--size"),
        ("%video -p ", ["preview"], "runway-gen-4"),
        ("%video -b --", ["--model", "--yes"], "runway-gen-4"),
        ("%llmkit ", ["models", "jobs", "resume", "config", "login", "nested", "help"], "map"),
        ("%llmkit j", ["jobs"], "models"),
        ("%llmkit nested ", ["on", "off", "status"], "jobs"),
        ("%llmkit login --", ["--keyring", "--forget"], "jobs"),
        ("%llmkit help m", ["models"], "jobs"),
        ("%llmkit budget ", ["off"], "jobs"),
        ("%llmkit models ", ["text", "image", "-d", "-s"], "jobs"),
        ("%llmkit models image -s h", ["hd"], "-d"),
        ("%video --ne", ["--negative"], "--seed"),
        ("%%video -m kling-2.0 -m r", ["runway-gen-4"], "kling-2.0"),
        ("%%video --seeds 1:4 --", ["--lines", "--name", "--fresh"], "map"),
        ("%llmkit reuse ", ["on", "off", "seeded"], "jobs"),
        ("%llmkit costs ", ["all"], "jobs"),
        ("%llmkit sweeps ", ["--forget"], "--yes"),
        ("%llmkit sweeps --forget x ", ["--yes"], "--forget"),
    ],
)
def test_only_ours_are_offered(shell, line, some, not_there):
    found = offered(shell, line)
    assert set(some) <= set(found)
    assert not_there not in found
    assert len(found) == len(set(found))


def test_pictures_are_offered_where_one_is_wanted(shell, tmp_path):
    from pathlib import Path

    folder = Path.cwd() / "art"
    folder.mkdir()
    for name in ("a.png", "b.JPG", "c.txt", ".d.png", "two words.png"):
        (folder / name).touch()
    assert complete("%video -i ar", first_line=True) == ("ar", ["art/"])
    assert complete("%video --image=art/", first_line=True) == ("art/", ["art/a.png", "art/b.JPG"])
    assert complete("%video -i nowhere/", first_line=True) == ("nowhere/", [])


def test_sweeps_are_offered_by_name(shell, small):
    assert complete("%llmkit sweeps k", first_line=True) == ("k", [])
    for name in ("kite", "my study"):
        sweep(small.prompt, durations=1, sizes="96x64", seeds=1, name=name)
    assert complete("%llmkit sweeps k", first_line=True) == ("k", ["kite"])
    assert complete("%llmkit sweeps --forget ", first_line=True) == ("", ["kite", "--yes"])
    assert complete("%llmkit sweeps kite -", first_line=True) == ("-", ["--forget"])
    assert complete("%%video --name ", first_line=True) == ("", ["kite"])


def test_a_cell_that_has_a_body_already(shell):
    text = "%%video -m run\nma"
    assert offered(shell, text, len("%%video -m run")) == ["runway-gen-4"]
    assert "--model" not in offered(shell, text)
    assert "map" in offered(shell, text)


def test_a_line_in_the_middle_of_a_cell(shell):
    assert "--seed" in offered(shell, "x = 1\n%video --s")
    assert complete("%%video --s", first_line=False) is None


@pytest.mark.parametrize(
    "line",
    ["%video A cat ", "%video -d 5 A ca", "%video -- --mo", "%video A --mo", "%videos ", "ma"],
)
def test_not_in_a_prompt_nor_elsewhere(line):
    assert complete(line, first_line=True) is None


def test_a_broken_setting_leaves_the_known_models(shell, monkeypatch):
    monkeypatch.setenv("LLMKIT_VIDEO_PROVIDER", "nobody")
    assert "runway-gen-4" in offered(shell, "%video -m ")


def test_unfinished_jobs_can_be_resumed_by_name(shell, client, long):
    job = client.submit_video(long)
    # At once or none, while the journal is being written to.
    until(lambda: offered(shell, "%llmkit cancel ") == [job.task_id])
    assert offered(shell, "%llmkit job ") == [job.task_id]
    stop(job)


def test_a_journal_that_somebody_else_writes_holds_nobody_up_who_types(shell, home):
    done, waiting = left_behind(home, a_job("done"), a_job("generating"))
    hostile = f"SELECT 'x; %rm', {OTHERS} FROM jobs WHERE phase = 'done'"
    alter(home, f"INSERT INTO jobs (task_id, {OTHERS}) {hostile}")
    db = sqlite3.connect(home / schema.FILE_NAME, isolation_level=None)
    # Who is about to write keeps nobody from reading, and is not waited for.
    db.execute("BEGIN IMMEDIATE")
    assert offered(shell, "%llmkit job ") == [waiting.task_id, done.task_id]
    assert offered(shell, "%llmkit cancel ") == [waiting.task_id]
    db.execute("ROLLBACK")
    # Nor was anything taken up.
    assert db.execute("SELECT lease_owner FROM jobs WHERE lease_expires > 0").fetchall() == []
    assert client_module._default is None
    # Who writes is not waited for either; there is nothing to offer then.
    db.execute("BEGIN EXCLUSIVE")
    assert complete("%llmkit job ", first_line=True) == ("", [])
    db.close()


def test_nothing_of_it_is_left_after_unloading(shell):
    shell.run_cell("1")
    from llmkit_jupyter.notebook import extension

    extension.unload(shell)
    assert "--model" not in offered(shell, "%video --mo")
