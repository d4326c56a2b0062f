from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient
from llmkit_jupyter.engine import opening, schema
from llmkit_jupyter.engine.history import Filter, words_of
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.engine.record import JobRecord, new_record
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.request import VideoGenerationRequest

JOBS = 10_000
BEGIN = 1_000_000.0  # seconds since the epoch


def record(prompt: str = "hills", asked: str | None = "m", **changes) -> JobRecord:
    options = changes.pop("options", {})
    negative = changes.pop("negative", None)
    request = VideoGenerationRequest(
        prompt, model=asked, duration=5, negative_prompt=negative, options=options
    )
    sent = request.with_model(changes.pop("model", asked or "m"))
    provider = changes.pop("provider", "p")
    made = new_record(provider=provider, endpoint="", account="", request=request, sent=sent)
    return replace(made, **changes)


@pytest.fixture
def prompts(journal: Journal):
    """The prompts of the jobs that a filter lets through, newest first."""

    def prompts(limit: int = 100, offset: int = 0, **wanted) -> list[str]:
        text = wanted.pop("text", "")
        found = journal.history(Filter(words=words_of(text), **wanted), limit, offset).result()
        assert len(found.records) == max(0, min(limit, found.total - offset))
        return [each.request.prompt for each in found.records]

    return prompts


def test_every_word_must_occur_in_whatever_case_and_script(journal: Journal, prompts):
    sea = "\u0421\u0438\u043d\u0435\u0435 \u043c\u043e\u0440\u0435"
    texts = ["A cat on a BOAT", "a boat", "Stra\u00dfe am Fluss", sea, "cafe\u0301 at night"]
    journal.add([record(text, created_at=float(n)) for n, text in enumerate(texts)]).result()
    journal.add([record("sea", negative="no Boat", created_at=9.0)]).result()
    assert prompts(text="boat") == ["sea", "a boat", "A cat on a BOAT"]
    assert prompts(text="  BOAT  Cat ") == ["A cat on a BOAT"]
    assert prompts(text="STRASSE") == [texts[2]]
    assert prompts(text="\u041c\u041e\u0420\u0415") == [texts[3]]
    assert prompts(text="caf\u00c9") == [texts[4]]
    assert prompts(text="boats") == prompts(text="%") == prompts(text="prompt") == []


def test_a_model_is_found_by_the_name_that_was_asked_for_and_by_the_one_that_ran(
    journal: Journal, prompts
):
    journal.add(
        [
            record("as asked", "runway-gen-4", model="runway:1@2", created_at=4.0),
            record("with its provider", "p/Runway-Gen-4", model="runway:1@2", created_at=3.0),
            record("by its id", "runway:1@2", provider="q", created_at=2.0),
            record("by default", None, model="runway:1@2", created_at=1.0),
            record("another", "kling-2.0", created_at=0.0),
        ]
    ).result()
    assert prompts(model="runway-gen-4") == ["as asked", "with its provider"]
    assert len(prompts(model="RUNWAY:1@2")) == 4
    assert prompts(model="runway:1@2", provider="q") == ["by its id"]
    found = journal.history(Filter(model="kling-2.0"), 1, 0).result()
    assert found.models == (("runway:1@2", 4), ("kling-2.0", 1))


def test_status_time_rating_and_sweep_narrow_it_down_together(journal: Journal, prompts):
    request = VideoGenerationRequest("in the sweep", model="m", duration=5)
    made = [record(str(n), created_at=float(n), status="completed") for n in range(10)]
    journal.add([*made, record("failed", status="failed", created_at=20.0)]).result()
    for each, stars in zip(made, [None, 1, 2, 3, 4, 5], strict=False):
        journal.rate(each.task_id, stars).result()
    journal.begin_sweep("study", [request], {}).result()
    db = opening.connect(journal.path)
    db.execute("UPDATE sweep_rows SET task_id = ?", (made[3].task_id,))
    db.close()
    assert prompts(status="failed") == ["failed"]
    assert prompts(since=3.0, until=5.0) == ["4", "3"]
    assert prompts(rating=4) == ["5", "4"]
    assert prompts(rating="unrated", status="completed") == ["9", "8", "7", "6", "0"]
    assert prompts(sweep="study") == prompts(sweep="study", rating=3, text="3") == ["3"]
    assert prompts(sweep="study", rating=4) == prompts(sweep="no such") == []


def test_pages_follow_each_other_without_gaps_also_where_many_began_at_once(
    journal: Journal, prompts
):
    journal.add([record(str(n), created_at=7.0) for n in range(25)]).result()
    pages = [prompts(10, offset) for offset in (0, 10, 20, 30)]
    assert [len(page) for page in pages] == [10, 10, 5, 0]
    assert [prompt for page in pages for prompt in page] == [str(n) for n in reversed(range(25))]


def test_a_forgotten_job_is_not_found_in_any_way(client: LLMKitClient, small):
    job = client.submit_video(small)
    job.result(60)
    job.rate(5)
    assert [each.task_id for each in client.history("balloon", rating=5).jobs] == [job.task_id]
    client.forget(job.task_id)
    page = client.history()
    assert (page.jobs, page.total, page.models) == ([], 0, [])
    assert client.history("-").total == 0


@pytest.mark.parametrize(
    "request_",
    [
        "'no json'",
        "'[' || 1",
        "'null'",
        '\'{"prompt": [1, {"a": "hills"}]}\'',
        "x'00ff'",
        "CAST(x'7b2270726f6d7074223a2268696c6c73ff227d' AS TEXT)",
        "5",
    ],
)
def test_a_request_that_is_not_ours_costs_its_own_row_alone(journal: Journal, request_: str):
    good, bad = record("hills"), record("hills")
    journal.add([good, bad]).result()
    db = opening.connect(journal.path)
    db.execute(f"UPDATE jobs SET request = {request_} WHERE task_id = ?", (bad.task_id,))
    db.close()
    for wanted in (Filter(words=("hills",)), Filter(model="m"), Filter(model="asked"), Filter()):
        found = journal.history(wanted, 10, 0).result()
        expected = [] if wanted.model == "asked" else [good.task_id]
        assert [each.task_id for each in found.records] == expected


@pytest.fixture(scope="module")
def many(tmp_path_factory) -> Path:
    """A home with many jobs, some of which carry large requests."""
    home = tmp_path_factory.mktemp("many")
    journal = Journal(home)
    large = {"mask": "x" * 200_000}
    journal.add(
        [
            record(
                f"A {'boat' if n % 100 == 0 else 'garden'}, number {n}",
                f"m{n % 3}",
                options=large if n % 500 == 0 else {},
                status="failed" if n % 10 == 0 else "completed",
                created_at=BEGIN + n,
            )
            for n in range(JOBS)
        ]
    ).result()
    journal.close()
    return home


def steps_of(home: Path, wanted: Filter) -> tuple[list[str], int, int]:
    """How SQLite goes about it: its plans, its steps, and how many rows are read whole."""
    from llmkit_jupyter.engine.history import find
    from llmkit_jupyter.engine.inputs import Inputs
    from llmkit_jupyter.engine.rows import Rows

    db = opening.connect(home / schema.FILE_NAME)
    asked: list[str] = []
    db.set_trace_callback(asked.append)
    found = find(db, Rows(home / schema.FILE_NAME, Inputs(home), print), wanted, 24, 48)
    db.set_trace_callback(None)
    plans = [
        str(row["detail"]) for query in asked for row in db.execute(f"EXPLAIN QUERY PLAN {query}")
    ]
    db.close()
    return plans, found.total, len(found.records)


def test_among_ten_thousand_an_index_answers_all_but_the_words(many: Path):
    plans, total, read = steps_of(
        many, Filter(status="completed", since=BEGIN + 500, rating="unrated", provider="p")
    )
    assert (total, read) == (8550, 24)
    assert "COVERING INDEX jobs_history" in plans[0]
    # Only jobs of the same moment are sorted, and of whole rows those of the page alone.
    assert "USE TEMP B-TREE FOR ORDER BY" not in plans[:2]
    assert [plan for plan in plans if "INTEGER PRIMARY KEY" in plan], plans
    assert not [plan for plan in plans if plan == "SCAN jobs"], plans


def test_words_are_looked_for_only_in_rows_that_the_index_lets_through(many: Path, monkeypatch):
    from llmkit_jupyter.engine import history

    looked_at: list[str] = []
    folded = history._folded
    monkeypatch.setattr(history, "_folded", lambda text: looked_at.append(text) or folded(text))
    plans, total, _ = steps_of(many, Filter(words=("boat",), status="failed", until=BEGIN + 1000))
    assert total == 10
    assert len(looked_at) == 2 * 100  # prompt and negative prompt
    assert "INDEX jobs_history" in plans[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"text": 5}, "text is 5; allowed: a text of at most"),
        ({"text": "x" * 1001}, "text is"),
        ({"status": "done"}, "status is 'done'; allowed: processing, completed, failed"),
        ({"rating": 0}, "rating is 0; allowed: 1 to 5 stars, or 'unrated'"),
        ({"rating": True}, "rating is True"),
        ({"rating": "good"}, "rating is 'good'"),
        ({"since": "yesterday"}, "since is 'yesterday'; allowed: seconds since the epoch"),
        ({"until": float("nan")}, "until is nan"),
        ({"since": -1}, "since is -1"),
        ({"limit": 0}, "limit is 0"),
        ({"offset": -1}, "offset is -1"),
        ({"model": b"m"}, "model is b'm'"),
    ],
)
def test_an_argument_that_cannot_be_is_named(client: LLMKitClient, arguments, words: str):
    with pytest.raises(InvalidRequestError) as raised:
        client.history(**arguments)
    assert words in str(raised.value)


def test_the_client_gives_jobs_that_live(small):
    before, client = time.time(), LLMKitClient()
    job = client.submit_video(small)
    job.result(60)
    page = client.history("BALLOON red", model="preview/runway-gen-4", limit=5)
    assert [each.response.status for each in page.jobs] == ["completed"]
    assert page.models == [("runway-gen-4", 1)]
    since = datetime.fromtimestamp(before, UTC)
    assert client.history(since=since).total == 1
    assert client.history(until=since).total == 0
    assert client.history(model="diffusionrouter/runway-gen-4").total == 0
    assert client.history(offset=1) == type(page)([], 1, page.models)
    assert json.dumps(page.models)
