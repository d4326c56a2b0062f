"""When a job is asked for again, by the vectors that the TypeScript client shares."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import pytest

from llmkit_jupyter.engine import polling
from llmkit_jupyter.engine.polling import Usual, next_delay
from llmkit_jupyter.engine.record import new_record
from llmkit_jupyter.engine.usual import usual
from llmkit_jupyter.request import VideoGenerationRequest
from tests.vectors.read import cases


@pytest.mark.parametrize("case", cases("polling"))
def test_the_seconds_until_the_next_poll(case: dict[str, Any]):
    known = Usual(**case["usual"]) if "usual" in case else None
    names = ("retry_after", "sharing", "alone", "jitter")
    more = {name: case[name] for name in names if name in case}
    assert next_delay(case["elapsed"], known, **more) == pytest.approx(case["seconds"])


def learned(times: Sequence[float]) -> Usual | None:
    """What a journal with jobs that took so long tells of the next."""
    request = VideoGenerationRequest("A cat")
    record = new_record(provider="p", endpoint="", account="", request=request, sent=request)
    db = sqlite3.connect(":memory:")
    columns = "status, provider, model, kind, submitted_at, generated_at, created_at"
    db.execute(f"CREATE TABLE jobs ({columns})")
    rows = [("completed", "p", "", ":x", 100.0, 100.0 + each, 1.0) for each in times]
    db.executemany("INSERT INTO jobs VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    return usual(db, record)


@pytest.mark.parametrize("case", cases("usual"))
def test_what_is_learned_from_earlier_jobs(case: dict[str, Any]):
    found = learned(case["times"])
    told = found and {"median": found.median, "low": found.low, "high": found.high}
    assert told == (case["usual"] and pytest.approx(case["usual"]))


def test_the_grace_of_an_id_that_is_not_shown():
    assert polling.GRACE == 60
