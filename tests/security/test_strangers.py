"""What strangers may bring: a journal in a project's folder, and messages of a page."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient, VideoStudio
from llmkit_jupyter.engine import opening, schema
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.engine.record import new_record
from llmkit_jupyter.notebook.display import render_value
from llmkit_jupyter.request import VideoGenerationRequest
from tests.notebook.fakes import NASTY
from tests.widgets.studios import answered, click


def record(**changes):
    request = VideoGenerationRequest("hills", model="m", duration=5)
    made = new_record(provider="p", endpoint="", account="", request=request, sent=request)
    return replace(made, **changes)


@pytest.fixture
def journal(home: Path) -> Path:
    """A journal with one job, as somebody may bring it."""
    home.mkdir()
    made = Journal(home)
    made.add([record()]).result()
    made.close()
    return home / schema.FILE_NAME


BROUGHT = {
    "a view": "ALTER TABLE jobs RENAME TO hidden; "
    "CREATE VIEW jobs AS SELECT *, brought(task_id) AS more FROM hidden",
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON jobs BEGIN SELECT brought(new.request); END",
}


@pytest.mark.parametrize("script", BROUGHT.values(), ids=BROUGHT)
def test_code_in_a_journal_is_set_aside_and_runs_no_functions(journal: Path, script: str):
    with sqlite3.connect(journal) as db:
        db.executescript(script)
    ran = []
    # Who only looks does not check the tables.
    looks = opening.connect_to_read(journal)
    looks.create_function("brought", 1, lambda *given: ran.append(given))
    with contextlib.suppress(sqlite3.OperationalError):
        looks.execute("SELECT * FROM jobs").fetchall()
    looks.close()
    opened = Journal(journal.parent)
    opened._writer.submit(
        lambda db: db.create_function("brought", 1, lambda *given: ran.append(given))
    ).result()
    opened.add([record()]).result()
    assert len(opened.newest(None).result()) == 1
    assert "set aside" in opened.notices[0]
    assert ran == []
    opened.close()


ODD = [*NASTY[:2], b"\xff", 10**18, -1.5, float("inf")]
DESCRIBE = ("provider_status", "video_url", "error_message", "format", "seed", "cost", "duration")
DESCRIBE += ("width", "height", "generated_at", "finished_at")
DECIDE = ("provider_task_id", "error_code", "sent_at", "submitted_at", "lease_owner")
DECIDE += ("lease_epoch", "lease_expires")


def _set(journal: Path, column: str, value: object, status: str) -> list:
    with sqlite3.connect(journal) as db:
        db.execute(f"UPDATE jobs SET {column} = ?, status = ?", (value, status))
    return LLMKitClient().jobs()


@pytest.mark.parametrize("column", DESCRIBE)
@pytest.mark.parametrize("value", ODD, ids=ascii)
def test_what_describes_a_job_may_be_anything_and_the_job_is_there(journal, column, value):
    for status in ("processing", "failed", "completed"):
        [job] = _set(journal, column, value, status)
        html = render_value(job.response)["text/html"]
        assert repr(job)
        assert not any(text in html for text in NASTY)


@pytest.mark.parametrize("column", DECIDE)
def test_a_job_is_refused_where_what_decides_about_it_cannot_be_read(journal, column):
    assert len(_set(journal, "seed", 5, "processing")) == 1
    assert _set(journal, column, b"\xff", "processing") == []


SECRET = "root:x:0:0"


@pytest.mark.parametrize(
    "place", ["{file}", "file://{file}", "../{name}", "javascript:alert(1)", "ftp://x.test/a.png"]
)
def test_a_page_gets_no_file_of_this_machine(page, emulator, tmp_path: Path, place: str):
    file = tmp_path / "work" / "passwd"
    file.write_text(SECRET)
    studio = VideoStudio(LLMKitClient(), prompt="A cat", model="pixverse-v6")
    page.write(studio, image=place.format(file=file, name=file.name))
    click(page, studio)
    answered(page, studio, "refused")
    assert "image" in studio.problems
    assert emulator.ledger() == []
    assert SECRET not in repr([each.data for each in page.sent])
