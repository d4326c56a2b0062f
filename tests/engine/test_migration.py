"""A journal that an older version wrote is carried over, whole or not at all."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from llmkit_jupyter.engine import opening, schema
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.engine.record import JobRecord
from llmkit_jupyter.errors import JournalError
from tests.durability.journals import alter
from tests.engine.test_journal import record

# As version 0.1 made it; not to be changed.
_VERSION_1 = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE jobs (
    task_id          TEXT PRIMARY KEY,
    provider         TEXT NOT NULL,
    endpoint         TEXT NOT NULL,
    account          TEXT NOT NULL,
    model            TEXT NOT NULL,
    request          TEXT NOT NULL,
    sent             TEXT NOT NULL,
    status           TEXT NOT NULL,
    phase            TEXT NOT NULL,
    provider_task_id TEXT,
    provider_status  TEXT,
    video_url        TEXT,
    seed             INTEGER,
    cost             REAL,
    error_code       TEXT,
    error_message    TEXT,
    file             TEXT,
    format           TEXT,
    duration         REAL,
    width            INTEGER,
    height           INTEGER,
    created_at       REAL NOT NULL,
    submitted_at     REAL,
    generated_at     REAL,
    finished_at      REAL,
    lease_owner      TEXT,
    lease_epoch      INTEGER NOT NULL,
    lease_expires    REAL NOT NULL
);
CREATE INDEX jobs_by_time ON jobs (created_at);
CREATE INDEX jobs_unfinished ON jobs (lease_expires) WHERE status = 'processing';
INSERT INTO meta VALUES ('account_salt', 'salt');
PRAGMA user_version = 1;
"""
_LATER = (
    *("estimate", "error_details", "kind", "sent_at", "seal"),
    *("rating", "likeness", "likeness_any"),
)


def version_1(folder: Path, *records: JobRecord) -> None:
    db = sqlite3.connect(folder / schema.FILE_NAME)
    db.executescript(_VERSION_1)
    for made in records:
        row = made.to_new_row()
        for name in _LATER:
            row.pop(name)
        marks = ", ".join(f":{name}" for name in row)
        db.execute(f"INSERT INTO jobs ({', '.join(row)}) VALUES ({marks})", row)
    db.commit()
    db.close()


def test_a_journal_of_the_first_version_is_carried_over(folder: Path):
    old = record(
        status="completed", phase="done", submitted_at=1.0, generated_at=31.0, cost=0.5, seed=7
    )
    version_1(folder, old, record(error_code="x", status="failed"))
    journal = Journal(folder)
    found = journal.get([old.task_id]).result()
    assert found == [old]
    assert (found[0].estimate, found[0].error_details) == (None, None)
    assert journal.usual(record()).result().median == 30
    assert journal.price("p", record().sent).result() == 0.5
    journal.add([record(estimate=1.0)]).result()
    assert len(journal.newest(None).result()) == 3
    journal.close()
    db = sqlite3.connect(folder / schema.FILE_NAME)
    assert db.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)

    def shape(of: sqlite3.Connection) -> set[tuple[str, str]]:
        columns = of.execute("SELECT name, type FROM pragma_table_info('jobs')").fetchall()
        return {*columns, *of.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index'")}

    fresh = folder / "fresh"
    fresh.mkdir()
    new = opening.connect(fresh / schema.FILE_NAME)
    new.row_factory = None
    assert shape(db) == shape(new)
    new.close()
    db.close()


@pytest.mark.parametrize(
    "change",
    [
        "sent = '[rubbish'",
        f"sent = '{'[' * 100_000}'",
        "model = CAST(X'61FF' AS TEXT)",
        "task_id = CAST(X'61FF' AS TEXT)",
        "model = X'61FF'",
    ],
)
def test_a_bad_row_does_not_keep_the_others_from_being_carried_over(folder: Path, change: str):
    good, bad = record(), record()
    version_1(folder, good, bad)
    db = sqlite3.connect(folder / schema.FILE_NAME)
    db.execute(f"UPDATE jobs SET {change} WHERE task_id = ?", (bad.task_id,))
    db.commit()
    db.close()
    journal = Journal(folder)
    assert [r.task_id for r in journal.newest(None).result()] == [good.task_id]
    assert len(journal.notices) == 1
    assert "Left alone" in journal.notices[0]
    journal.close()


def test_a_migration_that_is_cut_off_leaves_the_old_journal(folder: Path, monkeypatch):
    version_1(folder, record())
    with monkeypatch.context() as cut:

        def full(_):
            raise sqlite3.OperationalError("database or disk is full")

        cut.setattr(schema, "_name_kinds", full)
        first = Journal(folder)
        with pytest.raises(JournalError):
            first.newest(None).result()
        first.close()
    again = Journal(folder)
    assert len(again.newest(None).result()) == 1
    again.close()


def test_a_row_that_names_its_provider_by_no_text_does_not_keep_the_others_back(folder: Path):
    whole = record()
    version_1(folder, record(), whole)
    alter(folder, "UPDATE jobs SET provider = x'00ff', endpoint = x'00ff' WHERE rowid = 1")
    journal = Journal(folder)
    assert journal.newest(None).result() == [whole]
    journal.close()
