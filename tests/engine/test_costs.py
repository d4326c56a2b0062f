"""What was spent, by day and model."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient
from llmkit_jupyter.engine.costs import DayCost, beginning
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.engine.removal import Folders
from llmkit_jupyter.errors import InvalidRequestError
from tests.durability.journals import alter
from tests.engine.test_journal import record
from tests.scripted import ScriptedProvider

NOON = time.mktime((2026, 3, 3, 12, 0, 0, 0, 0, -1))
DAY = date(2026, 3, 3)


def a_job(**changes):
    return record(**{"status": "completed", "phase": "done", "created_at": NOON, **changes})


def add(journal: Journal, *records) -> None:
    journal.add(list(records)).result()


def test_videos_are_added_up_by_day_and_model(journal: Journal):
    add(
        journal,
        a_job(model="a", cost=0.1),
        a_job(model="a", cost=0.2),
        a_job(model="b", cost=1.0),
        a_job(model="a", cost=0.4, created_at=NOON + 86_400),
        a_job(model="a", cost=0.8, provider="q"),
    )
    assert journal.costs(None).result() == [
        DayCost(day=DAY, provider="p", model="a", videos=2, cost=0.3),
        DayCost(day=DAY, provider="p", model="b", videos=1, cost=1.0),
        DayCost(day=DAY, provider="q", model="a", videos=1, cost=0.8),
        DayCost(day=DAY + timedelta(1), provider="p", model="a", videos=1, cost=0.4),
    ]
    assert [row.cost for row in journal.costs(NOON + 1).result()] == [0.4]


@pytest.mark.parametrize(
    ("changes", "videos", "cost", "unknown", "unfinished", "reserved"),
    [
        ({"cost": 0.5}, 1, 0.5, 0, 0, 0),
        ({"cost": 0.0}, 1, 0, 0, 0, 0),
        ({"cost": None}, 1, 1, 0, 0, 0),
        ({"cost": None, "estimate": None}, 1, 0, 1, 0, 0),
        ({"cost": -3.0}, 1, 0, 0, 0, 0),
        ({"status": "processing"}, 1, 0, 0, 1, 1),
        ({"status": "processing", "estimate": None}, 1, 0, 1, 1, 0),
        ({"status": "processing", "cost": 0.25, "phase": "downloading"}, 1, 0.25, 0, 0, 0),
        ({"status": "failed", "error_code": "network"}, 0, 0, 0, 0, 0),
        ({"status": "failed", "error_code": None}, 0, 0, 0, 0, 0),
        ({"status": "failed", "error_code": "x", "cost": 0.0}, 0, 0, 0, 0, 0),
        ({"status": "failed", "error_code": "cancelled", "cost": 0.5}, 1, 0.5, 0, 0, 0),
        ({"status": "failed", "error_code": "submission_unknown"}, 1, 1, 0, 0, 0),
        ({"status": "failed", "error_code": "result_expired"}, 1, 1, 0, 0, 0),
        ({"status": "failed", "error_code": "library", "generated_at": 1.0}, 1, 1, 0, 0, 0),
    ],
)
def test_what_counts_is_what_the_budget_counts(
    journal: Journal, changes, videos, cost, unknown, unfinished, reserved
):
    add(journal, a_job(**{"estimate": 1.0, **changes}))
    rows = journal.costs(None).result()
    assert sum(row.videos for row in rows) == videos
    assert sum(row.cost for row in rows) == cost == journal.spending(None).result().spent
    assert sum(row.unknown for row in rows) == unknown
    assert sum(row.unfinished for row in rows) == unfinished
    assert sum(row.reserved for row in rows) == reserved


def test_a_forgotten_job_has_cost_what_it_cost(journal: Journal, folder: Path):
    job = a_job(cost=0.5)
    add(journal, job)
    before = journal.costs(None).result()
    journal.forget(Folders(folder / "library", folder / "inputs"), [job.task_id]).result()
    assert journal.newest(None).result() == []
    assert journal.costs(None).result() == before


def test_a_day_is_one_of_this_machines_clock(journal: Journal, monkeypatch):
    evening = datetime.fromisoformat("2026-03-03T23:30:00+00:00").timestamp()
    add(journal, a_job(cost=0.5, created_at=evening))
    try:
        for zone, day in (("UTC", 3), ("Asia/Tokyo", 4), ("America/New_York", 3)):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            assert [row.day for row in journal.costs(None).result()] == [date(2026, 3, day)]
            first = beginning(1, evening)
            assert time.localtime(first)[:6] == (2026, 3, day, 0, 0, 0)
            assert [row.cost for row in journal.costs(first).result()] == [0.5]
            assert journal.costs(first + 86_400).result() == []
            assert time.localtime(beginning(3, evening))[:4] == (2026, 3, day - 2, 0)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("change", "cost", "unknown"),
    [
        ("cost = 'much'", 1.0, 0),
        ("cost = 9e999", 1.0, 0),
        ("cost = 'much', estimate = X'00'", 0.0, 1),
        ("model = X'61FF'", 0.5, 0),
    ],
)
def test_values_that_nobody_of_us_wrote_cost_themselves_alone(
    folder: Path, change: str, cost: float, unknown: int
):
    journal = Journal(folder)
    add(journal, a_job(cost=0.5, estimate=1.0))
    journal.close()
    alter(folder, f"UPDATE jobs SET {change}")
    again = Journal(folder)
    [row] = again.costs(None).result()
    assert (row.cost, row.unknown) == (cost, unknown)
    again.close()


@pytest.mark.parametrize("moment", ["'noon'", "9e999", "-1e15", "1e15"])
def test_a_day_that_is_none_is_left_out(folder: Path, moment: str):
    journal = Journal(folder)
    add(journal, a_job(cost=0.5), a_job(cost=0.25, created_at=NOON + 1))
    journal.close()
    alter(folder, f"UPDATE jobs SET created_at = {moment} WHERE cost = 0.5")
    again = Journal(folder)
    assert [row.cost for row in again.costs(None).result()] == [0.25]
    again.close()


def test_a_client_tells_the_costs_of_the_last_days(client, provider: ScriptedProvider, small):
    before = datetime.now().astimezone().date()
    client.generate_video(small)
    [row] = client.costs()
    assert (row.provider, row.videos, row.cost) == ("scripted", 1, 0.5)
    assert before <= row.day <= before + timedelta(1)
    # Another client of the same home, and another provider: all count.
    assert LLMKitClient("preview").costs(None) == client.costs(2) == [row]


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "30", True, 10**6])
def test_days_that_are_none_are_refused(client, wrong):
    with pytest.raises(InvalidRequestError, match=r"days is .*a whole number from 1 to 36500 days"):
        client.costs(wrong)
