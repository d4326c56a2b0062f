"""The journal's file: made whole or not at all, and damage that loses and sends nothing unseen."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
from llmkit_jupyter.engine import making, schema
from llmkit_jupyter.engine.glance import count_unfinished
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.engine.record import JobRecord
from llmkit_jupyter.errors import JobNotFoundError, JournalError
from tests.durability.journals import PHASES, a_job, alter, left_behind, set_aside
from tests.processes import Child
from tests.scripted import ScriptedProvider


@pytest.fixture
def provider(video_bytes: bytes) -> ScriptedProvider:
    return ScriptedProvider(video=video_bytes)


# Making it


BEGIN = """
import os, time
from pathlib import Path
from llmkit_jupyter.engine.journal import Journal
from tests.durability.journals import a_job
"""


@pytest.mark.parametrize("how", ["", "without links", "over a damaged one"])
def test_processes_that_begin_at_once_share_one_journal(tmp_path: Path, how: str):
    no_links = "def refuse(*_): raise PermissionError(1, 'no links here')\nos.link = refuse\n"
    # Others get their turn between the look at what is there and the rename.
    slow = "rename = Path.rename\nPath.rename = lambda *a: (time.sleep(0.02), rename(*a))[1]\n"
    code = (
        BEGIN
        + slow
        + (no_links if how == "without links" else "")
        + "print('ready', flush=True)\nfor home in iter(input, ''):\n"
        "    journal = Journal(Path(home))\n"
        "    print(journal.add([a_job()]).result()[0].task_id, *journal.notices, flush=True)\n"
        "    journal.close()\n"
    )
    children = [Child(code) for _ in range(4)]
    try:
        assert {child.line() for child in children} == {"ready"}
        for number in range(6):
            home = tmp_path / str(number)
            home.mkdir()
            if how == "over a damaged one":
                (home / schema.FILE_NAME).write_bytes(b"damaged")
            for child in children:
                child.say(str(home))
            told = {child.line().split()[0] for child in children}
            journal = Journal(home)
            assert {job.task_id for job in journal.newest(None).result()} == told
            journal.close()
            left = [path.name for path in home.iterdir() if "damaged" not in path.name]
            assert left == [schema.FILE_NAME]
            assert len(set_aside(home)) == (how == "over a damaged one")
    finally:
        for child in children:
            child.__exit__(None, None, None)


def test_a_process_that_is_killed_while_it_makes_one_leaves_none(home: Path):
    home.mkdir()
    code = (
        BEGIN + "from llmkit_jupyter.engine import schema\n"
        "make = schema.create\n"
        "def killed(*values):\n    make(*values)\n    os.kill(os.getpid(), 9)\n"
        "schema.create = killed\n"
        f"Journal(Path({str(home)!r})).add([a_job()]).result()\n"
    )
    with Child(code) as child:
        assert child.end()[0] == -9
    left = list(home.iterdir())
    assert left
    assert all(path.name.startswith("jobs.db.new-") for path in left)
    [job] = left_behind(home, a_job())
    assert set(left) <= set(home.iterdir())  # perhaps still being written
    old = time.time() - making.OLD_SECONDS - 1
    for path in left:
        os.utime(path, (old, old))
    journal = Journal(home)
    assert [found.task_id for found in journal.newest(None).result()] == [job.task_id]
    assert journal.notices == []
    journal.close()
    assert [path.name for path in home.iterdir()] == [schema.FILE_NAME]


def test_a_commit_that_was_cut_off_in_the_middle_hides_no_job(
    home: Path, provider: ScriptedProvider
):
    [job] = left_behind(home, a_job("generating"))
    code = (
        BEGIN + "from llmkit_jupyter.engine import opening, schema\n"
        "from tests.durability.points import cut_off\n"
        f"db = opening.connect(Path({str(home)!r}, schema.FILE_NAME))\n"
        "db.execute('BEGIN IMMEDIATE')\n"
        "db.execute('DELETE FROM jobs')\n"
        "cut_off(db.execute)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    with Child(code) as child:
        assert child.end()[0] == -9
    assert (home / f"{schema.FILE_NAME}-journal").stat().st_size > 0
    # Loading the extension looks no further where it is 0.
    assert count_unfinished(home) == 1
    [found] = LLMKitClient(provider).resume()
    assert found.task_id == job.task_id
    assert found.result(20).status == "completed"
    assert count_unfinished(home) == 0
    assert set_aside(home) == []


# Damage


def test_no_flipped_bit_is_lost_in_silence_or_sends_what_may_not_be_sent(home: Path):
    jobs = left_behind(home, *(a_job(phase) for phase in PHASES))
    whole = (home / schema.FILE_NAME).read_bytes()
    chance = random.Random(4711)
    used = [place for place, byte in enumerate(whole) if byte]
    flips = [
        (place, chance.randrange(8)) for place in (*range(0, 100, 3), *chance.sample(used, 90))
    ]
    # Where it is worst: an id that becomes another one, and a name that is no text any more.
    flips += [(whole.index(job.task_id.encode()) + at, 0) for job in jobs[:2] for at in (0, 1, 2)]
    flips.append((whole.index(b"jobs_by_time"), 7))
    noticed = 0
    for number, (place, bit) in enumerate(flips):
        print("byte", place, "bit", bit)
        damaged = bytearray(whole)
        damaged[place] ^= 1 << bit
        folder = home.with_name(f"home-{number}")
        folder.mkdir()
        (folder / schema.FILE_NAME).write_bytes(damaged)
        journal = Journal(folder)
        noticed += _is_safe(journal, jobs)
        assert set_aside(folder) in ([], [damaged])
        journal.close()
    assert noticed > len(flips) / 4


def _is_safe(journal: Journal, jobs: list[JobRecord]) -> bool:
    """Check what a resume would do with a damaged journal; gives whether the damage was seen."""
    may_be_sent = {job.task_id: job for job in jobs if job.phase in ("queued", "submitting")}
    before = journal.path.read_bytes()
    try:
        claimed = journal.claim(lambda _: True).result()
        found = journal.newest(None).result()
    except JournalError as error:
        # Neither moved nor altered, and the user is told why nothing can be sent.
        shown = str(error)
        assert str(journal.path) in shown
        assert journal.path.read_bytes() == before
        return True
    # A resume sends what it could claim and what is in these phases.
    for job in claimed:
        if job.phase in ("queued", "submitting"):
            original = may_be_sent[job.task_id]
            assert (job.sent, job.created_at) == (original.sent, original.created_at)
            assert job.phase == original.phase
    assert len(found) == len(jobs) or journal.notices
    return bool(journal.notices)


@pytest.mark.parametrize("length", [0, 1, 5000, -4096])
def test_a_truncated_journal_is_set_aside_and_sends_nothing(
    home: Path, provider: ScriptedProvider, capsys: pytest.CaptureFixture[str], length: int
):
    left_behind(home, *(a_job(phase) for phase in PHASES), *(a_job() for _ in range(60)))
    path = home / schema.FILE_NAME
    whole = path.read_bytes()
    part = whole[:length]
    path.write_bytes(part)
    client = LLMKitClient(provider)
    assert client.jobs() == []
    assert set_aside(home) == [part]
    told = capsys.readouterr().err
    assert "set aside as" in told
    assert ("it is empty" in told) == (length in (0, 1))
    assert client.generate_video(VideoGenerationRequest("hills")).status == "completed"
    assert len(provider.submitted) == 1


def test_damage_of_the_indexes_alone_costs_no_job(home: Path):
    jobs = left_behind(home, *(a_job() for _ in range(3)))
    path = home / schema.FILE_NAME
    whole, task_id = path.read_bytes(), jobs[0].task_id.encode()
    row, index = whole.index(task_id), whole.rindex(task_id)
    assert row != index
    left: list[int] = []
    for place in (row, index):
        damaged = bytearray(whole)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        journal = Journal(home)
        left.append(len(journal.newest(None).result()))
        assert bool(journal.notices) == (left[-1] < 3)
        assert len(journal.get([job.task_id for job in jobs]).result()) == left[-1]
        journal.close()
    assert sorted(left) == [2, 3]
    assert set_aside(home) == []


def test_what_is_refused_is_told_once_and_at_the_next_use(
    home: Path, provider: ScriptedProvider, capsys: pytest.CaptureFixture[str]
):
    [good, bad, other], [waiting] = (
        left_behind(home, *(a_job("done") for _ in range(3))),
        left_behind(home, a_job(account="another")),
    )
    change = "UPDATE jobs SET model = model || 'x' WHERE task_id = '{}'"
    alter(home, change.format(bad.task_id))
    client = LLMKitClient(provider)
    assert len(client.jobs()) == 3
    told = capsys.readouterr().err
    assert told.count(bad.task_id) == 1
    assert "nothing is sent or fetched for it" in told
    # A row that is found to be damaged later, in the middle of a session.
    alter(home, change.format(other.task_id))
    with pytest.raises(JobNotFoundError):
        client.job(other.task_id)
    assert [job.task_id for job in client.jobs()] == [waiting.task_id, good.task_id]
    told = capsys.readouterr().err
    assert (told.count(other.task_id), told.count(bad.task_id)) == (1, 0)
    # Or one that nobody asked for.
    alter(home, change.format(waiting.task_id))
    assert client.resume() == []
    client.submit_video(VideoGenerationRequest("hills")).result()
    assert capsys.readouterr().err.count(waiting.task_id) == 1
