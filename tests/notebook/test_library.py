"""`%llmkit library` and `%llmkit jobs --forget`, as they are typed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.notebook import commands, tables
from llmkit_jupyter.notebook.completions import complete
from llmkit_jupyter.notebook.flags import UsageError
from llmkit_jupyter.notebook.wording import amount
from tests.durability.journals import a_job, left_behind
from tests.engine.test_care import age
from tests.notebook.fakes import stop


@pytest.fixture
def say(monkeypatch):
    """Type a line after `%llmkit`, and get what it shows as plain text."""
    shown = []
    monkeypatch.setattr(tables, "publish", lambda bundle: shown.append(bundle["text/plain"]))

    def typed(line):
        commands.run(line)
        return shown[-1]

    return typed


def test_the_library_is_shown(client, small, say, home):
    assert re.search(r"videos +0\n", say("library"))
    response = client.generate_video(small)
    (home / "library" / "parts" / "odd.part").write_bytes(b"half")
    text = say("library")
    assert str(home / "library") in text
    assert re.search(r"videos +1\n", text)
    assert amount(response.size) in text
    assert re.search(r"free on the disk +\d", text)
    assert re.search(r"unfinished downloads +1 part\n", text)


def test_a_purge_says_what_would_go_and_goes_with_a_yes(client, small, say):
    response = client.generate_video(small)
    assert say("library purge 30d") == "No videos are older than 30d."
    age(client, response.task_id, 31)
    text = say("library purge 30d")
    assert text.startswith(f"1 file ({amount(response.size)}) older than 30d would be deleted")
    assert text.endswith("%llmkit library purge 30d --yes")
    assert response.path.exists()
    assert say("library purge 30d --yes").startswith("Deleted 1 file")
    assert not response.path.exists()
    # And its display says a sentence, in place of a broken player.
    bundle = client.job(response.task_id)._repr_mimebundle_()
    assert "purged from the library" in bundle["text/html"]
    assert "<video" not in bundle["text/html"]


def test_a_job_whose_file_cannot_be_had_any_more_says_why(client, small, monkeypatch, capsys):
    response = client.generate_video(small)
    response.path.unlink()
    client._engine._runner._lanes.clear()
    job = client.job(response.task_id)
    text = job._repr_mimebundle_()["text/plain"]
    assert "removed from the library" in text
    assert "another key or address" in text
    monkeypatch.setattr("llmkit_jupyter.client.default_client", lambda: client)
    commands.run(f"job {job.task_id}")
    assert "another key or address" in capsys.readouterr().out


def test_an_export_by_its_command(client, small, say):
    client.generate_video(small)
    folder = Path.cwd() / "my videos"
    assert say(f"library export '{folder}'").startswith(f"Copied 1 video to {folder}.")
    assert "Copied 0 videos" in say(f"library export {folder}")
    assert "1 were there already" in say(f"library export {folder}")
    assert len(list(folder.glob("a-red-balloon-over-the-sea-*.mp4"))) == 1


def test_forgetting_says_what_would_go_and_goes_with_a_yes(client, small, say):
    first, second = client.generate_video(small), client.generate_video(small)
    line = f"jobs --forget {first.task_id}"
    text = say(line)
    assert text.startswith("1 job would be forgotten for good: prompts")
    assert f"1 file ({amount(first.size)})" in text
    assert text.endswith(f"Say yes with: %llmkit {line} --yes")
    assert first.path.exists()
    assert say(f"jobs --yes --forget '{first.task_id}',").startswith("Forgotten: 1 job, with 1 f")
    assert not first.path.exists()
    assert first.task_id not in say("jobs")
    assert "No such jobs" in say("jobs --forget all --older-than 30d --yes")
    assert second.path.exists()
    age(client, second.task_id, 31)
    assert say("jobs --forget --older-than 30d --yes").startswith("Forgotten: 1 job")
    assert say("jobs").startswith("No jobs yet")


def test_what_it_means_to_forget_a_job_of_another_key_is_said_before(client, say, home):
    [old] = left_behind(home, a_job("generating", account="of-another-key"))
    (home / "jobs.db.damaged-1").touch()
    text = say(f"jobs --forget {old.task_id}")
    assert "1 of them unfinished: it may have been paid for, and nobody will fetch" in text
    assert f"keep all that was in them; delete them: {home / 'jobs.db.damaged-1'}" in text
    assert client.job(old.task_id).status == "processing"
    assert str(home / "jobs.db.damaged-1") in say(f"jobs --forget {old.task_id} --yes")
    assert say("jobs").startswith("No jobs yet")


def test_an_unfinished_job_is_refused_by_name(client, long, say):
    job = client.submit_video(long)
    with pytest.raises(InvalidRequestError, match=f"cancel it first: %llmkit cancel {job.task_id}"):
        say(f"jobs --forget {job.task_id} --yes")
    assert "No such jobs" in say("jobs --forget all --yes")
    stop(job)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("library sell", "takes purge AGE, export FOLDER or nothing, and got 'sell'"),
        ("library purge", "takes one age, such as 12h, 30d or 8w, and got nothing"),
        ("library purge 1d 2d", "and got 2 words"),
        ("library purge soon", "older_than is 'soon'; allowed: a number of hours, days or weeks"),
        ("library export", "takes a folder"),
        ("jobs --forget", "takes task ids, or all"),
        ("jobs --forget --yes", "takes task ids, or all"),
        ("jobs --forget all --older-than", "--older-than needs an age"),
        ("jobs --forget all --now", "has no option '--now'"),
        ("jobs --forget all --older-than x", "such as 12h, 30d or 8w"),
    ],
)
def test_what_is_refused(line, told, say):
    with pytest.raises((UsageError, InvalidRequestError), match=told):
        say(line)


def test_what_is_offered(client, small):
    job = client.submit_video(small)
    job.result()

    def offered(line):
        found = complete(line, first_line=True)
        return None if found is None else found[1]

    assert offered("%llmkit library ") == ["purge", "export"]
    assert offered("%llmkit library purge 30d ") == ["--yes"]
    assert offered("%llmkit jobs ") == ["--forget"]
    assert offered("%llmkit jobs --forget ") == ["all", "--older-than", "--yes", job.task_id]
    assert offered(f"%llmkit jobs --forget {job.task_id} ") == ["--older-than", "--yes"]
    assert offered("%llmkit jobs --forget all --older-than ") == []
