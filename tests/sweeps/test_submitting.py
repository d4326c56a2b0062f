from __future__ import annotations

import sqlite3
import time
from contextlib import closing, contextmanager

import pytest

from llmkit_jupyter import (
    BudgetExceededError,
    ConfirmationRequiredError,
    InvalidRequestError,
    LLMKitClient,
    Sweep,
    VideoGenerationRequest,
    VideoTimeoutError,
    sweep,
)
from llmkit_jupyter.engine.planned import Place
from llmkit_jupyter.providers.base import Ticket
from llmkit_jupyter.sweeps.pace import Pace
from tests.engine.waiting import until
from tests.sweeps.conftest import until_sent

PROMPTS = [f"cat number {number}" for number in range(12)]


def begin(client, prompts=PROMPTS, **more):
    return sweep(prompts, client=client, wait=False, **{"confirm": True, **more})


def sent(provider):
    """The places of the rows that were submitted, in their order."""
    return len(provider.submitted)


def order(client, found):
    return sorted(
        (row.place for row in found if row.job), key=lambda place: found[place].job.created_at
    )


def test_rows_are_submitted_in_order_and_never_more_than_may_run(client, provider):
    provider.open = False
    found = begin(client, concurrency=4)
    until_sent(found, provider, 4)
    assert [row.status for row in found[:5]] == ["processing"] * 4 + ["pending"]
    while not found.done():
        provider.let(2)
        time.sleep(0.02)
    assert provider.most == 4
    assert [row.status for row in found] == ["completed"] * 12
    assert order(client, found) == list(range(12))
    assert len(set(provider.submitted)) == 12


def test_places_that_come_free_together_are_filled_in_one_request(client, provider):
    provider.open = False
    found = begin(client, concurrency=6)
    until_sent(found, provider, 6)
    provider.let(6)
    until_sent(found, provider, 12)
    provider.open = True
    found.wait()
    assert provider.batches == [6, 6]


def test_all_that_fit_are_one_submission(client, provider):
    begin(client, concurrency=100).wait()
    assert provider.batches == [12]


def test_a_gap_is_kept_between_submissions_of_one_video_each(client, provider):
    started = time.monotonic()
    begin(client, PROMPTS[:4], min_interval=0.5).wait()
    assert time.monotonic() - started >= 1.5
    assert provider.batches == [1, 1, 1, 1]


def test_a_gap_is_kept_across_a_stop_as_well(client, provider):
    found = begin(client, PROMPTS[:2], min_interval=600)
    until(lambda: found[0].status == "completed")
    found.stop()
    found.resume()
    with pytest.raises(VideoTimeoutError):
        found.wait(1)
    assert sent(provider) == 1
    found.resume(min_interval=0).wait()
    assert sent(provider) == 2


def test_what_is_reused_needs_no_gap_and_no_place(client, provider):
    begin(client, seeds=1).wait()
    provider.open = False
    # A gap that no test waits for: it would have to pass eleven times.
    found = begin(client, seeds=1, min_interval=600, concurrency=1).wait()
    assert [row.reused for row in found] == [True] * 12
    assert sent(provider) == 12
    assert found.cost == 0


def test_the_sweeps_own_budget_stops_it_in_order(client, provider):
    found = begin(client, budget=0.5, concurrency=3).wait()
    # Of 0.10 that were expected, each costs 0.05 in the end.
    statuses = [row.status for row in found]
    made = statuses.count("completed")
    assert 5 <= made < 10
    assert statuses == ["completed"] * made + ["pending"] * (12 - made)
    assert found.stopped.startswith("The sweep's budget of $0.50 is used up: $")
    assert "the next video would cost about $0.10. Raise it with .resume(budget=1)." in (
        found.stopped
    )
    assert found.resume(budget=10).wait().stopped is None
    assert [row.status for row in found] == ["completed"] * 12
    assert len(set(provider.submitted)) == 12


def test_what_another_process_submits_counts_against_the_sweeps_budget(client, provider):
    stopped = begin(client, name="study", budget=0.0).wait()
    # It has read the sweep before the other one submits.
    requests = [row.request for row in stopped]
    places = [Place("study", number) for number in range(12)]
    client.wait(client.submit_videos(requests[:4], places=places[:4]))
    stopped.resume(budget=0.2).wait()
    assert sent(provider) == 4
    assert "budget of $0.20 is used up" in stopped.stopped


def test_a_sweep_that_was_begun_and_no_more_is_bound_to_its_budget(client, provider):
    requests = [VideoGenerationRequest(prompt) for prompt in PROMPTS]
    client.engine.begin_sweep("study", requests, Pace(budget=0.1).terms)
    found = Sweep.load("study", client).resume(confirm=True).wait()
    assert "budget of $0.10 is used up" in found.stopped
    assert sent(provider) < 3


def test_a_budget_covers_what_is_reused_for_nothing(client, provider):
    begin(client, PROMPTS[:6], seeds=1).wait()
    found = begin(client, seeds=1, budget=0.3).wait()
    assert [row.status for row in found] == ["completed"] * 9 + ["pending"] * 3


def test_the_clients_budget_stops_it_at_the_longest_prefix(client, provider):
    client.budget = 0.75
    provider.open = False
    found = begin(client, concurrency=100)
    until(lambda: found.stopped)
    assert sent(provider) == 7
    assert [row.status for row in found] == ["processing"] * 7 + ["pending"] * 5
    assert "of the budget of $0.75" in found.stopped
    assert found.stopped.endswith("Then .resume() goes on.")
    client.budget = 5
    provider.open = True
    found.resume().wait()
    assert len(found.completed) == 12


def test_a_price_needs_a_yes_before_anything_is_sent(client, provider):
    with pytest.raises(ConfirmationRequiredError) as caught:
        sweep(PROMPTS, client=client, name="study")
    assert "12 videos would cost about $1.20" in str(caught.value)
    assert caught.value.estimate == pytest.approx(1.2)
    assert provider.submitted == []
    # Nothing was written down either: the name is free for another try.
    assert sweep(PROMPTS[:3], client=client, name="study").cost == pytest.approx(0.15)


def test_what_is_reused_needs_no_yes(client, provider):
    begin(client, seeds=1).wait()
    assert len(sweep(PROMPTS, seeds=1, client=client).completed) == 12


def test_what_was_free_at_first_is_not_paid_for_without_a_yes(client, provider):
    """Its videos may be forgotten, or the rule be changed, before its rows are submitted."""
    begin(client, seeds=1).wait()
    provider.open = False
    found = sweep(["a dog", *PROMPTS], seeds=1, client=client, wait=False, concurrency=1)
    until(lambda: sent(provider) == 13)
    client.reuse = False
    provider.open = True
    found.wait()
    assert "more than expected at first" in found.stopped
    made = len(found.completed)
    # Of 0.10 each, at most 1.00 without one.
    assert 1 < made <= 10
    assert sent(provider) == 12 + made
    assert len(found.resume(confirm=True).wait().completed) == 13


def test_unknown_prices_need_a_yes_where_a_budget_should_hold_them(client, provider):
    provider.price = None
    with pytest.raises(ConfirmationRequiredError, match="price of 12 videos is not known"):
        sweep(PROMPTS, client=client, budget=5)
    assert provider.submitted == []


def test_stop_leaves_the_rest_and_resume_submits_it(client, provider):
    provider.open = False
    found = begin(client, concurrency=3)
    until_sent(found, provider, 3)
    found.stop()
    provider.open = True
    found.wait()
    assert [row.status for row in found] == ["completed"] * 3 + ["pending"] * 9
    assert found.stopped == "It was stopped; .resume() submits the rest."
    assert sent(provider) == 3
    assert found.resume().wait() is found
    assert len(found.completed) == 12
    assert found.stopped is None
    assert len(set(provider.submitted)) == 12


def test_some_rows_can_be_resumed_alone(client, provider):
    provider.open = False
    found = begin(client, concurrency=1)
    until_sent(found, provider, 1)
    found.stop()
    provider.open = True
    found[4:6].resume().wait()
    assert [row.place for row in found if row.status == "completed"] in ([4, 5], [0, 4, 5])
    assert len(set(provider.submitted)) == 3


def test_what_the_provider_refuses_fails_by_itself(client, provider):
    provider.on_submit = lambda submission: (
        InvalidRequestError("prompt", "cat number 1", "another")
        if submission.request.prompt == "cat number 1"
        else Ticket(submission.task_id, submission.task_id)
    )
    found = begin(client, PROMPTS[:3]).wait()
    assert [row.status for row in found] == ["completed", "failed", "completed"]
    assert found.stopped is None
    assert "prompt is 'cat number 1'" in found[1].error.message


def test_a_journal_that_cannot_be_written_stops_it_and_loses_nothing(client, provider, home):
    provider.open = False
    found = begin(client, PROMPTS[:4], concurrency=2)
    until_sent(found, provider, 2)
    with version_of(home, 99):
        provider.let(2)
        until(lambda: found.stopped)
        found.wait()
    assert "newer version" in found.stopped
    assert [row.status for row in found] == ["completed"] * 2 + ["pending"] * 2
    provider.open = True
    assert len(found.resume().wait().completed) == 4
    assert len(set(provider.submitted)) == sent(provider) == 4


@contextmanager
def version_of(home, version):
    """As if a newer program had carried the journal over."""
    path = home / "jobs.db"
    with closing(sqlite3.connect(path, timeout=30)) as db:
        [before] = db.execute("PRAGMA user_version").fetchone()
        db.execute(f"PRAGMA user_version = {version}")
        yield
        db.execute(f"PRAGMA user_version = {before}")


def test_failed_rows_are_retried_alone_and_keep_their_places(client, provider):
    provider.open = False
    found = begin(client, PROMPTS[:4])
    until_sent(found, provider, 4)
    bad = found[1].job.task_id
    provider.failing.add(bad)
    provider.open = True
    found.wait()
    assert [row.place for row in found.failed] == [1]
    assert found[1].error.message == "It did not work."
    retried = found.failed.retry(confirm=True).wait()
    assert [row.place for row in retried] == [1]
    assert found[1].status == "completed"
    assert found[1].job.task_id != bad
    assert len(found.completed) == 4
    assert sent(provider) == 5
    # A later kernel sees the new job in its place.
    assert client.engine.journal.sweep(found.name).result().rows[1].task_id == found[1].job.task_id


def test_a_retry_that_waits_counts_as_pending(client, provider):
    provider.open = False
    found = begin(client, PROMPTS[:2], concurrency=1)
    until_sent(found, provider, 1)
    provider.failing.add(found[0].job.task_id)
    provider.let(1)
    until_sent(found, provider, 2)
    assert found[0].status == "failed"
    found.failed.retry()
    assert (found[0].status, found[0].job, found[0].error) == ("pending", None, None)
    found.stop()
    assert found[0].status == "failed"
    provider.open = True
    found.wait()
    assert [row.status for row in found] == ["failed", "completed"]


def test_the_price_of_a_retry_needs_a_yes(client, provider, home):
    provider.on_submit = lambda submission: InvalidRequestError("prompt", "", "another")
    found = sweep(PROMPTS[:3], client=client)
    assert len(found.failed) == 3
    (home / "config.toml").write_text("confirm_above = 0.2\n")
    found = Sweep.load(found.name, LLMKitClient(provider))
    with pytest.raises(ConfirmationRequiredError, match="3 videos would cost about"):
        found.retry()
    assert len(found.failed) == 3
    assert sent(provider) == 3


def test_a_refused_budget_is_the_clients_error_in_other_calls(client):
    client.budget = 0.05
    found = begin(client, PROMPTS[:2]).wait()
    assert [row.status for row in found] == ["pending"] * 2
    with pytest.raises(BudgetExceededError):
        client.submit_video(found[0].request)
