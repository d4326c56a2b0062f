from __future__ import annotations

import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest

from llmkit_jupyter.engine import opening, schema
from llmkit_jupyter.engine.glance import count_unfinished
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.engine.record import JobRecord, new_record
from llmkit_jupyter.engine.usual import Usual
from llmkit_jupyter.engine.writer import Writer
from llmkit_jupyter.errors import JournalError, ProviderDetails
from llmkit_jupyter.failure import VideoError
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.settings import Secret


def record(prompt: str = "hills", **changes) -> JobRecord:
    request = VideoGenerationRequest(prompt, model="m", duration=5)
    made = new_record(provider="p", endpoint="", account="", request=request, sent=request)
    return replace(made, **changes)


def test_what_was_written_is_read_back_in_another_process(journal: Journal, folder: Path):
    prompt = "quotes \"' {braces} $x <b> \U0001f680 \u05e9\u05dc\u05d5\u05dd\n\0" + "x" * 5000
    [written] = journal.add([record(prompt)]).result()
    journal.save([replace(written, phase="generating", provider_status="odd")]).result()
    db = opening.connect(folder / schema.FILE_NAME)
    row = db.execute("SELECT * FROM jobs").fetchone()
    again = JobRecord.from_row(dict(row))
    assert again.request.prompt == prompt
    assert (again.phase, again.provider_status) == ("generating", "odd")
    db.close()


def test_the_settings_that_a_crash_relies_on(journal: Journal, folder: Path):
    journal.add([record()]).result()
    found = journal._writer.submit(
        lambda db: [
            db.execute(f"PRAGMA {n}").fetchone()[0] for n in ("journal_mode", "synchronous")
        ]
    ).result()
    assert found == ["delete", 2]
    assert (folder / schema.FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_a_batch_is_written_whole_or_not_at_all(journal: Journal):
    first = record()
    with pytest.raises(JournalError):
        journal.add([record(), first, first]).result()
    assert journal.newest(None).result() == []


def test_one_bad_piece_of_work_does_not_take_its_neighbours_with_it(journal: Journal):
    good = [journal.add([record()]) for _ in range(3)]
    [first] = good[0].result()
    again = journal.add([first])
    more = journal.add([record()])
    with pytest.raises(JournalError):
        again.result()
    assert len(more.result()) == 1
    assert len(journal.newest(None).result()) == 4


def test_a_journal_that_was_moved_away_under_a_kernel_is_not_written_into_the_void(
    journal: Journal, folder: Path
):
    journal.add([record()]).result()
    path = folder / schema.FILE_NAME
    path.rename(folder / "backup")
    with pytest.raises(JournalError, match="moved or deleted: put it back"):
        journal.add([record()]).result()
    (folder / "backup").rename(path)
    journal.add([record()]).result()
    assert len(journal.newest(None).result()) == 2


def test_a_failure_that_cannot_even_be_taken_back_stops_nobody_s_later_writes(folder: Path):
    class Failing(sqlite3.Connection):
        def execute(self, sql: str, *values):
            if sql in ("COMMIT", "ROLLBACK"):
                raise sqlite3.OperationalError("disk I/O error")
            return super().execute(sql, *values)

    kinds = [Failing, sqlite3.Connection]
    path = folder / "x.db"
    writer = Writer(path, lambda: sqlite3.connect(path, isolation_level=None, factory=kinds.pop(0)))
    with pytest.raises(JournalError, match="disk I/O error"):
        writer.submit(lambda db: db.execute("CREATE TABLE t (x)") and None).result()
    writer.submit(lambda db: db.execute("CREATE TABLE t (x)") and None).result(30)
    writer.close()


def test_the_newest_come_first_and_only_as_many_as_asked(journal: Journal):
    journal.add([record(created_at=float(t)) for t in (3, 1, 2)]).result()
    assert [r.created_at for r in journal.newest(2).result()] == [3, 2]


def test_a_job_is_held_by_one_process_and_only_that_one_writes(journal: Journal):
    [held] = journal.add([record()]).result()
    stranger = replace(held, lease_owner="elsewhere:1:x", phase="done")
    assert journal.save([stranger]).result() == {held.task_id}
    assert journal.get([held.task_id]).result()[0].phase == "queued"
    assert journal.save([replace(held, phase="done")]).result() == set()


def test_only_wanted_and_unfinished_jobs_are_claimed(journal: Journal):
    mine, theirs, ended = journal.add([record(), record(), record(status="failed")]).result()
    for r in (mine, theirs, ended):
        journal.release(r).result()
    claimed = journal.claim(lambda r: r.task_id != theirs.task_id).result()
    assert [r.task_id for r in claimed] == [mine.task_id]


def test_the_usual_time_is_learned_per_kind_of_job(journal: Journal):
    def done(seconds: float, **sent) -> JobRecord:
        made = record(status="completed", submitted_at=100.0, generated_at=100.0 + seconds)
        return replace(made, sent=replace(made.sent, **sent))

    journal.add([done(10), done(20), done(90), done(500, duration=10)]).result()
    assert journal.usual(record()).result().median == 20
    assert journal.usual(done(0, duration=10)).result().median == 500
    assert journal.usual(record(model="other")).result() is None


def test_the_usual_time_comes_with_its_spread_and_the_price_with_the_highest(journal: Journal):
    def done(seconds: float, cost: float | None, **changes) -> JobRecord:
        times = {"submitted_at": 100.0, "generated_at": 100.0 + seconds}
        return record(status="completed", cost=cost, **times, **changes)

    assert journal.usual(record()).result() is None
    assert journal.price("p", record().sent).result() is None
    journal.add([done(900, 9.0, created_at=1.0)]).result()
    journal.add([done(10 + i, 0.5 + i / 100) for i in range(19)]).result()
    journal.add([done(30, 0.0), done(30, None), done(30, 8.0, model="other")]).result()
    assert journal.usual(record()).result() == Usual(median=20.5, low=11, high=30)
    # Among the latest twenty prices the old one still is: what is free or unknown is none.
    assert journal.price("p", record().sent).result() == 9.0
    journal.add([done(30, 0.6)]).result()
    assert journal.price("p", record().sent).result() == pytest.approx(0.68)
    assert journal.price("p", replace(record().sent, duration=6)).result() is None
    assert journal.price("q", record().sent).result() is None


def test_estimate_and_details_are_read_back(journal: Journal):
    details = ProviderDetails(
        code="invalidDuration",
        parameters=("duration",),
        allowed=(5, 10, "auto"),
        documentation="https://x.test/doc",
        status=400,
    )
    [held] = journal.add([record(estimate=0.25)]).result()
    journal.save([replace(held, error_code="x", error_details=details)]).result()
    [again] = journal.get([held.task_id]).result()
    assert again.estimate == 0.25
    assert again.error == VideoError("x", "", details)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("rubbish", None),
        ("[1]", None),
        ('{"code": 5, "parameters": "x", "allowed": {}, "status": true}', ProviderDetails()),
        ('{"parameters": ["a", 1], "evil": 1}', ProviderDetails(parameters=("a",))),
    ],
)
def test_details_that_nobody_of_us_wrote_do_not_cost_the_job(journal: Journal, text: str, read):
    [held] = journal.add([record(error_code="x")]).result()
    journal._writer.submit(
        lambda db: db.execute("UPDATE jobs SET error_details = ?", (text,)) and None
    ).result()
    assert journal.get([held.task_id]).result()[0].error_details == read


def test_a_fingerprint_tells_accounts_apart_and_gives_nothing_away(
    journal: Journal, folder: Path, tmp_path: Path
):
    key = "sk-canary-4711"
    first = journal.fingerprint(Secret(key)).result()
    assert first == journal.fingerprint(Secret(key)).result()
    assert first != journal.fingerprint(Secret("another")).result()
    assert journal.fingerprint(None).result() == ""
    journal.add([record(account=first)]).result()
    assert key.encode() not in (folder / schema.FILE_NAME).read_bytes()
    other_home = tmp_path / "other"
    other_home.mkdir()
    other = Journal(other_home)
    assert other.fingerprint(Secret(key)).result() != first
    other.close()


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"\0" * 4096, None])
def test_a_damaged_journal_is_set_aside_and_never_deleted(
    journal: Journal, folder: Path, content: bytes | None
):
    path = folder / schema.FILE_NAME
    if content is None:
        db = sqlite3.connect(path)
        db.execute("CREATE TABLE somebody_elses (x)")
        db.close()
        content = path.read_bytes()
    path.write_bytes(content)
    journal.add([record()]).result()
    [aside] = folder.glob("jobs.db.damaged-*")
    assert aside.read_bytes() == content
    assert "set aside" in journal.notices[0]
    assert aside.name in journal.notices[0]
    assert len(journal.newest(None).result()) == 1


def test_only_the_file_that_was_found_damaged_is_moved(folder: Path):
    path = folder / schema.FILE_NAME
    path.write_bytes(b"damaged")
    damaged = opening.identity(path)
    path.rename(folder / "moved-by-another-kernel")
    path.write_bytes(b"a new one")
    assert opening.set_aside(path, damaged) is None
    assert path.read_bytes() == b"a new one"


def test_a_flipped_bit_in_the_pages_is_noticed(folder: Path):
    first = Journal(folder)
    first.add([record(f"prompt {i}") for i in range(200)]).result()
    first.close()
    path = folder / schema.FILE_NAME
    data = bytearray(path.read_bytes())
    data[4096:8192] = b"\xff" * 4096
    path.write_bytes(bytes(data))
    second = Journal(folder)
    assert second.newest(None).result() == []
    assert second.notices
    second.close()


def test_a_newer_journal_is_left_alone_and_asks_for_an_upgrade(journal: Journal, folder: Path):
    db = sqlite3.connect(folder / schema.FILE_NAME)
    db.execute("CREATE TABLE jobs (task_id)")
    db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    db.close()
    before = (folder / schema.FILE_NAME).read_bytes()
    with pytest.raises(JournalError, match="Upgrade with: pip install -U"):
        journal.add([record()]).result()
    assert (folder / schema.FILE_NAME).read_bytes() == before


def test_a_row_that_this_program_did_not_write_is_refused_alone(journal: Journal):
    good, bad = journal.add([record(), record()]).result()
    evil = {"file": "../../etc/passwd"}
    journal._writer.submit(
        lambda db: (
            db.execute(
                "UPDATE jobs SET file = :file WHERE task_id = :id", {**evil, "id": bad.task_id}
            )
            and None
        )
    ).result()
    assert [r.task_id for r in journal.newest(None).result()] == [good.task_id]


@pytest.mark.parametrize(
    "change",
    [
        "task_id = '00000000-0000-4000-8000-000000000000'",
        "endpoint = 'https://elsewhere.test'",
        "model = 'n'",
        "sent = replace(sent, 'hills', 'hillt')",
        "created_at = created_at + 1",
    ],
)
def test_a_row_in_which_a_bit_has_flipped_is_refused(journal: Journal, change: str):
    good, bad = journal.add([record(), record()]).result()
    journal.release(bad).result()
    journal._writer.submit(
        lambda db: (
            db.execute(f"UPDATE jobs SET {change} WHERE task_id = ?", (bad.task_id,)) and None
        )
    ).result()
    assert [r.task_id for r in journal.newest(None).result()] == [good.task_id]
    assert journal.claim(lambda _: True).result() == []


def test_counting_unfinished_jobs_is_cheap_and_harmless(journal: Journal, folder: Path):
    assert count_unfinished(folder / "nowhere") == 0
    free, held = journal.add([record(), record()]).result()
    journal.release(free).result()
    assert count_unfinished(folder) == 1
    (folder / schema.FILE_NAME).write_bytes(b"rubbish" * 1000)
    assert count_unfinished(folder) == 0
    assert held


def test_an_id_of_the_provider_s_belongs_to_one_job(journal: Journal):
    first, second, elsewhere = journal.add(
        [record(endpoint="a"), record(endpoint="a"), record(endpoint="b")]
    ).result()
    assert journal.identify(first, "theirs").result()
    assert not journal.identify(second, "theirs").result()
    assert journal.identify(elsewhere, "theirs").result()
    assert journal.identify(first, "theirs").result()  # its own
    stranger = replace(second, lease_epoch=second.lease_epoch + 1)
    assert not journal.identify(stranger, "another").result()


def test_what_must_not_be_mistaken_for_a_lost_job(journal: Journal):
    now = time.time()
    lost, known, sent, given_up, refused, waiting, old, away = journal.add(
        [
            record(endpoint="a", phase="submitting", sent_at=now),
            record(endpoint="a", provider_task_id="theirs", phase="generating", sent_at=now),
            record(endpoint="a", phase="submitting", sent_at=now),
            record(
                endpoint="a", phase="done", status="failed", error_code="submission_unknown",
                sent_at=now,
            ),
            record(endpoint="a", phase="done", status="failed", error_code="server", sent_at=now),
            record(endpoint="a", phase="queued"),
            record(endpoint="a", phase="submitting", sent_at=now - 10_000),
            record(endpoint="b", phase="submitting", sent_at=now),
        ]
    ).result()  # fmt: skip
    del known, refused, waiting, old, away
    others = journal.others("p", "a", {lost.task_id}).result()
    assert others.ids == {"theirs"}
    assert [each.task_id for each in others.on_their_way] == [sent.task_id]
    assert [each.task_id for each in others.unknown] == [given_up.task_id]
