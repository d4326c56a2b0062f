"""Journals that somebody has altered: set aside whole, or refused row by row."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient
from llmkit_jupyter.engine import opening, schema
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.engine.record import COLUMNS, seal_of
from tests.durability.journals import a_job, alter, left_behind, set_aside
from tests.scripted import ScriptedProvider


@pytest.fixture
def provider(video_bytes: bytes) -> ScriptedProvider:
    return ScriptedProvider(video=video_bytes)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t BEFORE INSERT ON jobs BEGIN SELECT RAISE(IGNORE); END",
        "CREATE VIEW v AS SELECT * FROM jobs",
        "CREATE TABLE more (x)",
        "CREATE VIRTUAL TABLE words USING fts5(x)",
        "CREATE UNIQUE INDEX one ON jobs (provider)",
        "DROP INDEX jobs_money",
        "ALTER TABLE jobs ADD COLUMN more TEXT",
        "ALTER TABLE jobs ADD COLUMN more TEXT GENERATED ALWAYS AS (upper(model)) VIRTUAL",
        "ALTER TABLE jobs DROP COLUMN error_details",
        "ALTER TABLE meta RENAME COLUMN value TO worth",
        # Of an older version, and altered: what carries it over must not stumble over that.
        "PRAGMA user_version = 3",
    ],
)
def test_a_journal_that_somebody_has_altered_is_set_aside(home: Path, statement: str):
    left_behind(home, a_job())
    alter(home, statement)
    before = (home / schema.FILE_NAME).read_bytes()
    journal = Journal(home)
    [added] = journal.add([a_job()]).result()
    assert [job.task_id for job in journal.newest(None).result()] == [added.task_id]
    assert "not as llmkit-jupyter makes it" in journal.notices[0]
    assert set_aside(home) == [before]
    journal.close()


def test_statistics_that_another_program_has_added_cost_nothing(home: Path):
    [job] = left_behind(home, a_job("generating"))
    alter(home, "ANALYZE")
    db = sqlite3.connect(home / schema.FILE_NAME)
    assert db.execute("SELECT count(*) FROM sqlite_stat1").fetchone() > (0,)
    db.close()
    journal = Journal(home)
    assert [found.task_id for found in journal.newest(None).result()] == [job.task_id]
    assert journal.notices == []
    journal.close()


def test_tables_that_only_look_like_ours_are_set_aside(home: Path):
    home.mkdir()
    db = sqlite3.connect(home / schema.FILE_NAME)
    fake = schema._CREATE.replace(
        "task_id          TEXT PRIMARY KEY", "task_id TEXT PRIMARY KEY ON CONFLICT IGNORE"
    )
    assert fake != schema._CREATE
    db.executescript(fake + schema._INDEXES + f"PRAGMA user_version = {schema.VERSION};")
    db.close()
    journal = Journal(home)
    journal.add([a_job()]).result()
    assert "not as llmkit-jupyter makes it: jobs" in journal.notices[0]
    journal.close()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("task_id", b"\xff\xfe"),
        ("request", "[1]"),
        ("request", "[" * 100_000),
        ("sent", '{"prompt": "x", "evil": 1}'),
        ("model", b"blob"),
        ("account", "CAST(X'FF' AS TEXT)"),
        ("status", "queued"),
        ("phase", "sent"),
        ("file", "../../etc/passwd"),
        ("estimate", -1),
        ("submitted_at", 1e300),
        ("lease_epoch", 2**63 - 1),
        ("lease_epoch", "x"),
        ("lease_expires", "never"),
    ],
)
def test_a_hostile_value_costs_its_own_row_alone(
    home: Path, provider: ScriptedProvider, column: str, value: object
):
    good, bad = left_behind(home, a_job(), a_job())
    db = sqlite3.connect(home / schema.FILE_NAME)
    if isinstance(value, str) and value.startswith("CAST"):
        db.execute(f"UPDATE jobs SET {column} = {value} WHERE task_id = ?", (bad.task_id,))
        db.text_factory = bytes  # what follows must not seal it
    else:
        db.execute(f"UPDATE jobs SET {column} = ? WHERE task_id = ?", (value, bad.task_id))
    rows = db.execute(f"SELECT rowid, {', '.join(COLUMNS)} FROM jobs").fetchall()
    for rowid, *values in rows:
        row = dict(zip(COLUMNS, values, strict=True))
        if not any(isinstance(each, bytes) for each in values):
            db.execute("UPDATE jobs SET seal = ? WHERE rowid = ?", (seal_of(row), rowid))
    db.commit()
    db.close()
    provider.price = None  # so that it is learned from the journal
    client = LLMKitClient(provider)
    assert client.job(good.task_id).result().status == "completed"
    assert provider.submitted == [good.task_id]
    assert [job.task_id for job in client.jobs()] == [good.task_id]
    assert client.generate_video(good.request).status == "completed"


def test_a_value_beyond_all_measure_is_not_read(home: Path, monkeypatch: pytest.MonkeyPatch):
    left_behind(home, a_job())
    monkeypatch.setattr(opening, "LARGEST", 10**6)
    alter(home, "UPDATE jobs SET request = printf('%.*c', 2000000, 'x')")
    journal = Journal(home)
    assert journal.newest(None).result() == []
    assert "too big" in journal.notices[0]
    assert len(set_aside(home)) == 1
    journal.close()
