"""What is kept can be looked at, purged, exported and forgotten; what was spent stays counted."""

from __future__ import annotations

import itertools
import json
import time
from datetime import timedelta
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient, OutputExistsError, VideoGenerationRequest
from llmkit_jupyter.engine.care import age_seconds
from llmkit_jupyter.engine.glance import count_unfinished
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.errors import (
    GenerationFailedError,
    InvalidRequestError,
    JobNotFoundError,
    LibraryError,
    LLMKitError,
)
from llmkit_jupyter.providers.base import Update
from tests.durability.journals import a_job, left_behind
from tests.engine.test_journal import record

SECRET = "a very private horse 4711"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64

_seeds = itertools.count(4)


def request(prompt: str = SECRET) -> VideoGenerationRequest:
    # Another seed each time: the same one would be answered from the library.
    return VideoGenerationRequest(prompt, duration=5, seed=next(_seeds))


def files(home: Path) -> set[str]:
    return {path.name for path in home.rglob("*") if path.is_file()}


def everything(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())


def age(client: LLMKitClient, task_id: str | None, days: float) -> None:
    """Move the end of a job into the past."""

    def back(db):
        db.execute(
            "UPDATE jobs SET finished_at = ? WHERE task_id = ?",
            (time.time() - days * 86400, task_id),
        )

    client._engine.journal._writer.submit(back).result()


def fail(ticket):
    error = GenerationFailedError(f"refused because of {SECRET}")
    return Update(ticket=ticket, state="failed", error=error, cost=0.25)


def test_what_is_forgotten_is_gone_from_the_disk_and_stays_counted(client, provider, home):
    # Long enough for pages of its own, and short.
    made = client.generate_video(request((SECRET + " ") * 400).with_image(PNG))
    other = client.generate_video(request("other hills"))
    provider.on_poll = fail
    failed = client.submit_video(request())
    with pytest.raises(GenerationFailedError):
        failed.result(20)
    spent, usual = client.spending(), client.expected(request())
    price = client._engine.journal.price("scripted", made.request.with_model("any-model"))
    assert (spent.spent, price.result()) == (1.25, 0.5)
    assert SECRET.encode() in everything(home)
    ids = [made.task_id, failed.task_id]

    told = client.forget(ids, dry_run=True)
    assert SECRET.encode() in everything(home)
    assert client.job(made.task_id).response.video_bytes
    done = client.forget(ids)
    assert told == done
    assert (set(done.task_ids), done.files) == (set(ids), 2)
    assert done.size == len(provider.video) + len(PNG)

    left = everything(home)
    for private in (SECRET, "https://x.test/v.mp4\x00", PNG.hex()):
        assert private.encode() not in left
    assert not list((home / "inputs").iterdir())
    assert files(home / "library") == {f"{other.task_id}.mp4"}
    for task_id in ids:
        with pytest.raises(JobNotFoundError):
            client.job(task_id)
        with pytest.raises(JobNotFoundError):
            client.forget(task_id)
    assert [job.task_id for job in client.jobs()] == [other.task_id]
    assert client.spending() == spent
    assert client.expected(request()) == usual
    price = client._engine.journal.price("scripted", made.request.with_model("any-model"))
    assert price.result() == 0.5
    # And for another process.
    client._engine.journal.close()
    again = Journal(home)
    assert [found.task_id for found in again.newest(None).result()] == [other.task_id]
    assert again.claim(lambda _: True).result() == []
    again.close()


def test_a_tombstone_is_a_row_that_still_reads_and_keeps_ids_apart(client, provider, home):
    made = client.generate_video(request())
    client.forget(made.task_id)
    journal = client._engine.journal

    def read(db):
        db.execute("UPDATE jobs SET forgotten_at = NULL")

    others = journal.others("scripted", "", set()).result()
    # What a server lists under this id is nobody else's video.
    assert others.ids == {f"theirs-{made.task_id}"}
    journal._writer.submit(read).result()
    [row] = journal.newest(None).result()
    assert (row.request.prompt, row.sent.prompt, row.cost) == ("-", "-", 0.5)
    assert (row.video_url, row.seed, row.file, row.lease_owner) == (None, None, None, None)


def test_jobs_without_an_answer_are_forgotten_for_the_search_as_well(home):
    home.mkdir()
    journal = Journal(home)
    now = time.time()
    [lost] = journal.add(
        [record(phase="done", status="failed", error_code="submission_unknown", sent_at=now)]
    ).result()
    assert journal.others("p", "", set()).result().unknown
    from llmkit_jupyter.engine.removal import Folders

    folders = Folders(home / "library", home / "inputs")
    journal.forget(folders, [lost.task_id]).result()
    assert journal.others("p", "", set()).result().unknown == ()
    journal.close()


def test_an_unfinished_job_is_not_forgotten_and_neither_are_those_beside_it(client, provider):
    made = client.generate_video(request())
    provider.polls = 10**9
    job = client.submit_video(request())
    with pytest.raises(InvalidRequestError, match=job.task_id) as caught:
        client.forget([made.task_id, job.task_id])
    assert "cancel" in str(caught.value)
    with pytest.raises(JobNotFoundError):
        client.forget([made.task_id, "nobody"])
    assert made.video_bytes
    assert client.forget("all").task_ids == (made.task_id,)
    assert [left.task_id for left in client.jobs()] == [job.task_id]
    provider.polls = 1
    assert job.result(20).video_bytes


@pytest.mark.parametrize(
    ("phase", "restoring", "expected"),
    [
        ("queued", False, ("failed", "cancelled", 0.0)),
        ("generating", False, ("failed", "submission_unknown", 0.5)),
        ("downloading", True, ("completed", None, 0.5)),
    ],
)
def test_a_job_that_nobody_can_go_on_with_is_forgotten_by_its_name_and_counted(
    home, provider, phase, restoring, expected
):
    again = {"finished_at": time.time(), "estimate": 0.5} if restoring else {}
    [old] = left_behind(home, a_job(phase, account="of-another-key", **again))
    client = LLMKitClient(provider)
    assert client.forget("all").task_ids == ()
    told = client.forget(old.task_id, dry_run=True)
    assert (told.task_ids, told.unfinished) == ((old.task_id,), 1)
    assert client.job(old.task_id).status == "processing"
    assert client.forget(old.task_id) == told
    with pytest.raises(JobNotFoundError):
        client.job(old.task_id)
    [row] = client._engine.journal._writer.submit(
        lambda db: [dict(row) for row in db.execute("SELECT * FROM jobs")]
    ).result()
    assert (row["status"], row["error_code"], client.spending().spent) == expected
    assert count_unfinished(home) == 0
    # Whoever goes on with it all the same is fenced.
    assert client._engine.journal.save([old]).result() == {old.task_id}


def test_others_can_submit_while_many_files_are_deleted(client, home, monkeypatch):
    jobs = left_behind(home, *(a_job("done", created_at=1.0) for _ in range(101)))
    (home / "library").mkdir()
    for job in jobs:
        (home / "library" / job.file).write_bytes(b"x")
    other, deleted, waiting = Journal(home), [], []
    other.newest(1).result()
    unlink = Path.unlink

    def noted(self, **more):
        if self.suffix == ".mp4":
            deleted.append(self.name)
        if len(deleted) == 1:
            added = other.add([a_job()])
            added.add_done_callback(lambda _: waiting.append(len(deleted)))
        unlink(self, **more)

    monkeypatch.setattr(Path, "unlink", noted)
    assert client.library.purge("1h").files == len(deleted) == 101
    assert waiting
    assert waiting[0] < 101
    other.close()


def test_what_is_forgotten_tells_of_damaged_journals_that_were_set_aside(client, home):
    home.mkdir(exist_ok=True)
    (home / "jobs.db").write_bytes(b"damaged")
    [copy] = client.forget("all").copies
    assert copy.name.startswith("jobs.db.damaged-")


def test_only_what_ended_so_long_ago_is_forgotten(client):
    old, new = client.generate_video(request()), client.generate_video(request())
    age(client, old.task_id, 31)
    assert client.forget([old.task_id, new.task_id], older_than="5w").task_ids == ()
    assert client.forget("all", older_than="30d").task_ids == (old.task_id,)
    assert client.forget("all", older_than=timedelta(days=30)).task_ids == ()


def test_a_picture_stays_for_as_long_as_a_job_refers_to_it(client, home):
    first = client.generate_video(request().with_image(PNG))
    second = client.generate_video(request().with_image(PNG))
    client.forget(first.task_id)
    assert len(files(home / "inputs")) == 1
    client.forget(second.task_id)
    assert files(home / "inputs") == set()


def test_files_outside_are_never_touched(client, home, tmp_path):
    mine = tmp_path / f"{'a' * 64}.png"
    mine.write_bytes(PNG)
    made = client.generate_video(request().with_image(mine))
    outside = home / "config.toml"
    outside.write_text("")

    def evil(db):
        db.execute("UPDATE jobs SET file = '../config.toml'")

    client._engine.journal._writer.submit(evil).result()
    client.library.purge("1h", dry_run=True)
    client.forget(made.task_id)
    assert mine.exists()
    assert outside.exists()


def test_a_file_that_cannot_be_deleted_leaves_the_journal_as_it_was(client, monkeypatch):
    made = client.generate_video(request())
    age(client, made.task_id, 2)

    def locked(self, **_):
        raise PermissionError(13, "in use")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", locked)
        with pytest.raises(LibraryError, match="in use"):
            client.forget(made.task_id)
        with pytest.raises(LibraryError, match="in use"):
            client.library.purge("1d")
    assert client.job(made.task_id).response.video_bytes


def test_a_purge_deletes_files_and_keeps_the_records(client, provider):
    old, new = client.generate_video(request()), client.generate_video(request())
    age(client, old.task_id, 31)
    job = client.job(old.task_id)
    spent = client.spending()
    told = client.library.purge("30d", dry_run=True)
    assert (told.task_ids, told.files, told.size) == ((old.task_id,), 1, len(provider.video))
    assert old.path.exists()
    assert client.library.purge("30d") == told
    assert (old.path.exists(), new.path.exists()) == (False, True)
    assert client.library.videos == [new.path]
    assert client.spending() == spent
    assert job.response.path is None
    # It is known to be purged: nobody fetches it again.
    response = client.poll_video(old.task_id)
    assert (response.status, response.path, response.cost) == ("completed", None, 0.5)
    assert response.request.prompt == SECRET
    assert provider.fetched == 2
    for use in (lambda: response.video_bytes, response.save):
        with pytest.raises(LLMKitError, match="purged from the library"):
            use()


@pytest.mark.parametrize(
    "text", ["30", "0d", "d", "-1d", "1.5d", "30 d", "3m", "30D", "", 30, None]
)
def test_other_ages_are_refused_with_what_is_allowed(client, text):
    with pytest.raises(InvalidRequestError, match="such as 12h, 30d or 8w"):
        client.library.purge(text)


def test_ages():
    assert [age_seconds(a) for a in ("12h", "30d", "8w")] == [43200, 2592000, 4838400]


def test_what_there_is(client, provider, home):
    assert (client.library.size, client.library.videos, client.library.parts) == (0, [], [])
    made = client.generate_video(request())
    (home / "library" / "notes.txt").write_text("mine")
    part = home / "library" / "parts" / f"{made.task_id}.1.part"
    part.write_bytes(b"half")
    kept = client.library
    assert (kept.folder, kept.videos) == (home / "library", [made.path])
    assert (kept.size, kept.parts) == (len(provider.video), [part])
    assert kept.free > 0


def test_an_export_is_whole_readable_and_goes_on_where_it_stopped(client, provider, tmp_path):
    first = client.generate_video(request("A horse!"))
    target = tmp_path / "deep" / "out"
    done = client.library.export(target)
    assert (done.folder, done.copied, done.there) == (target, 1, 0)
    name = f"a-horse-{first.task_id[:8]}.mp4"
    assert (target / name).read_bytes() == provider.video
    (target / name).write_bytes(b"cut by its owner")
    second = client.generate_video(request("A horse!"))
    other = f"a-horse-{second.task_id[:8]}.mp4"
    # As it is left where a copy was cut off on a disk without hard links.
    (target / other).touch()
    done = client.library.export(str(target))
    assert (done.copied, done.there) == (1, 1)
    assert (target / name).read_bytes() == b"cut by its owner"
    assert (target / other).read_bytes() == provider.video
    # What is purged here is still there.
    client.forget(first.task_id)
    assert client.library.export(target).copied == 0
    rows = json.loads((target / "jobs.json").read_text(encoding="utf-8"))
    assert [row["file"] for row in rows] == [name, other]
    row = rows[1]
    assert (row["prompt"], row["cost"], row["size"]) == ("A horse!", 0.5, len(provider.video))
    assert row["finished_at"] > row["created_at"] > "2020"
    assert sorted(files(target)) == sorted([name, other, "jobs.json"])
    text = (target / "jobs.json").read_text(encoding="utf-8")
    record = client._engine.journal.get([second.task_id]).result()[0]
    assert "x.test" not in text
    assert str(client.library.folder) not in text
    assert not record.account or record.account not in text


@pytest.mark.parametrize("content", ["[1]", "{}", "no json", '[{"prompt": "mine"}]', None])
def test_a_list_of_somebody_else_s_is_not_overwritten(client, tmp_path, content):
    client.generate_video(request())
    path = tmp_path / "jobs.json"
    if content is None:
        path.symlink_to(tmp_path / "elsewhere")
    else:
        path.write_text(content)
    with pytest.raises(OutputExistsError):
        client.library.export(tmp_path)
    assert not list(tmp_path.glob("*.mp4"))
    assert content is None or path.read_text() == content


def test_folders_that_cannot_be_exported_to(client, home, tmp_path):
    client.generate_video(request())
    (tmp_path / "file").write_text("in the way")
    for folder in (tmp_path / "file", home / "library", "", "a\0b", 5, "~nobody-at-all/x"):
        with pytest.raises(InvalidRequestError):
            client.library.export(folder)
    assert files(home / "library") == {path.name for path in client.library.videos}


def test_a_resumed_job_that_is_forgotten_is_listed_no_more(home, provider):
    from tests.engine.test_resume import left_behind

    left = left_behind(home)
    client = LLMKitClient(provider)
    client.job(left.task_id).result(20)
    assert [job.task_id for job in client.resumed] == [left.task_id]
    client.forget("all")
    assert client.resumed == []
