from __future__ import annotations

import asyncio
import multiprocessing
import threading
import time

import pytest

from llmkit_jupyter import (
    InvalidRequestError,
    InvalidSweepError,
    LLMKitClient,
    LLMKitError,
    Sweep,
    SweepExistsError,
    SweepNotFoundError,
    VideoTimeoutError,
    sweep,
)
from llmkit_jupyter.engine import loop
from llmkit_jupyter.sweeps.pace import Pace
from llmkit_jupyter.sweeps.table import Table
from tests.durability.journals import alter
from tests.processes import Child
from tests.sweeps.conftest import until_sent

PROMPTS = ["a cat", "a dog"]
MODELS = ["m1", "m2"]


@pytest.fixture
def study(client):
    return sweep(PROMPTS, models=MODELS, seeds=[1, 2], client=client, name="study")


def held(client, provider, count=3, **more):
    """Begin a sweep of which one job is under way."""
    provider.open = False
    prompts = [f"cat {number}" for number in range(count)]
    found = sweep(prompts, client=client, wait=False, concurrency=1, confirm=True, **more)
    until_sent(found, provider, 1)
    return found


def test_it_is_a_row_of_rows_and_slices_are_sweeps(study):
    assert len(study) == 8
    assert study.name == "study"
    assert [row.place for row in study] == list(range(8))
    assert study[-1].place == 7
    part = study[2:5]
    assert isinstance(part, Sweep)
    assert (len(part), part[0].place, part.name) == (3, 2, "study")
    assert part[0] is study[2]
    assert [row.place for row in part[1:]] == [3, 4]
    assert repr(study) == "Sweep('study', 8 rows, 8 completed, 0 failed)"
    assert repr(part) == "Sweep('study', 3 of 8 rows, 3 completed, 0 failed)"
    with pytest.raises(IndexError):
        study[8]


def test_a_row_tells_what_was_asked_and_what_came_of_it(study, client):
    row = study[3]
    assert (row.prompt, row.model, row.seed, row.status) == ("a cat", "m2", 2, "completed")
    assert row.response.status == "completed"
    assert row.job.task_id == row.response.task_id
    assert (row.cost, row.estimate, row.reused, row.error) == (0.05, 0.1, False, None)
    assert row.duration == pytest.approx(1, abs=0.2)
    assert row.size == (96, 64)
    assert row.rating is None
    row.rate(4)
    assert row.rating == 4
    assert client.job(row.job.task_id).rating == 4
    row.rate(None)
    assert row.rating is None
    with pytest.raises(InvalidRequestError):
        row.rate(6)


def test_filters_keep_the_type_and_what_they_share(study):
    study[0].rate(5)
    study[1].rate(2)
    assert [row.place for row in study.filter(model="m2")] == [2, 3, 6, 7]
    assert [row.place for row in study.filter(prompt="DOG", seed=1)] == [4, 6]
    # Words, as in the history of jobs, and not a piece of the text.
    assert [row.place for row in study.filter(prompt="cat A", seed=1)] == [0, 2]
    assert [row.place for row in study.filter(rating=2)] == [0, 1]
    assert [row.place for row in study.filter(lambda row: row.place > 5)] == [6, 7]
    assert len(study.filter(status="failed")) == len(study.failed) == 0
    assert len(study.completed) == 8
    best = study.filter(rating=4)
    assert isinstance(best, Sweep)
    assert best.cost == pytest.approx(0.05)
    assert [r.status for r in best.responses] == ["completed"]
    assert best.done()


@pytest.mark.parametrize(
    "wrong", [{"status": "done"}, {"model": 3}, {"prompt": 3}, {"seed": "x"}, {"rating": 6}]
)
def test_filters_that_are_none(study, wrong):
    with pytest.raises(InvalidRequestError) as caught:
        study.filter(**wrong)
    assert caught.value.field == next(iter(wrong))


def test_it_is_found_again_by_its_name_and_is_the_same(study, client):
    again = Sweep.load("study", client)
    assert again[0] is study[0]
    with pytest.raises(SweepNotFoundError, match="did you mean study"):
        Sweep.load("studdy", client)
    with pytest.raises(InvalidRequestError):
        Sweep.load("a/b", client)


def test_the_same_name_goes_on_where_the_contents_are_the_same(client, provider):
    found = held(client, provider, name="study")
    found.stop()
    provider.open = True
    prompts = [row.prompt for row in found]
    again = sweep(prompts, client=client, name="study")
    assert len(again.completed) == 3
    assert again[0] is found[0]
    assert len(set(provider.submitted)) == len(provider.submitted) == 3
    with pytest.raises(SweepExistsError, match="row 1 is another request"):
        sweep(["cat 0", "dog", "cat 2"], client=client, name="study")
    with pytest.raises(SweepExistsError, match="3 rows, and 2 were given"):
        sweep(["cat 0", "dog"], client=client, name="study")


def test_the_same_name_does_not_try_again_what_failed(client, provider):
    provider.on_submit = lambda submission: InvalidRequestError("prompt", "", "another")
    assert len(sweep(PROMPTS, client=client, name="study").failed) == 2
    provider.on_submit = None
    assert len(sweep(PROMPTS, client=client, name="study").failed) == 2
    assert len(provider.submitted) == 2


def test_what_a_model_cannot_make_is_told_of_all_rows_before_anything_is_sent():
    client = LLMKitClient("preview")
    with pytest.raises(InvalidSweepError) as caught:
        sweep(
            PROMPTS,
            models=["runway-gen-4", "hailuo-mini", "no-such-model"],
            durations=[5, 20],
            client=client,
            name="study",
        )
    assert [number for number, _ in caught.value.problems] == [3, 4, 5, 9, 10, 11]
    assert "rows 3, 9: duration is 20; allowed: 1 to 10 seconds for hailuo-mini" in str(
        caught.value
    )
    assert "rows 4, 5, 10, 11: Model not found" in str(caught.value)
    assert client.jobs() == []
    with pytest.raises(SweepNotFoundError):
        Sweep.load("study", client)


def test_what_only_live_limits_tell_names_its_rows_as_well(emulator):
    rows = [{"prompt": "a cat", "model": "runway:1@2", "seed": seed} for seed in range(3)]
    rows[1]["settings.nothing"] = 5
    with pytest.raises(InvalidSweepError, match="row 1: ") as caught:
        sweep(rows=rows)
    assert [number for number, _ in caught.value.problems] == [1]
    assert emulator.ledger() == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"confirm": "yes"}, "confirm"),
        ({"wait": 1}, "wait"),
        ({"timeout": -1}, "timeout"),
        ({"client": "preview"}, "client"),
        ({"name": "a/b"}, "name"),
        ({"concurrency": 0}, "concurrency"),
        ({"budget": -5}, "budget"),
    ],
)
def test_arguments_that_are_none(client, wrong, field):
    with pytest.raises(InvalidRequestError) as caught:
        sweep("a cat", **{"client": client, **wrong})
    assert caught.value.field == field
    assert client.jobs() == []


def test_a_wait_that_runs_out_says_how_to_go_on(client, provider):
    found = held(client, provider, name="study")
    with pytest.raises(VideoTimeoutError, match=r"Sweep\.load\('study'\)"):
        found.wait(0.2)
    provider.open = True
    assert len(found.wait().completed) == 3


def test_a_failed_row_raises_nothing(client, provider):
    provider.on_submit = lambda submission: InvalidRequestError("prompt", "", "another")
    found = sweep(PROMPTS, client=client)
    assert [row.error.code for row in found.failed] == ["invalid_request"] * 2
    assert found.cost == 0


def test_it_can_be_awaited(client, provider):
    async def cell():
        found = sweep(PROMPTS, client=client, wait=False)
        ticks = []

        async def tick():
            while True:
                ticks.append(1)
                await asyncio.sleep(0.005)

        ticking = asyncio.create_task(tick())
        result = await found
        ticking.cancel()
        return found, result, len(ticks)

    found, result, ticks = asyncio.run(cell())
    assert result is found
    assert found.done()
    assert ticks > 1


def test_the_background_loop_cannot_wait_for_itself(study):
    async def inside():
        with pytest.raises(RuntimeError, match="await sweep"):
            study.wait()

    loop.shared().wait(inside())


def test_changes_are_told_until_nobody_listens(client, provider):
    found = held(client, provider)
    seen = []
    leave = found.on_change(lambda sweep: seen.append(sweep is found))
    broken = found.on_change(lambda sweep: 1 / 0)
    provider.open = True
    found.wait()
    assert seen
    assert set(seen) == {True}
    leave()
    count = len(seen)
    broken()
    found[0].job.rate(3)
    found.retry()
    assert len(seen) == count


def test_forgetting_it_keeps_the_jobs(study, client):
    with pytest.raises(InvalidRequestError, match="a whole sweep"):
        study[:2].forget()
    study.forget()
    with pytest.raises(SweepNotFoundError):
        Sweep.load("study", client)
    assert len(client.jobs()) == 8
    # Its name is free.
    assert len(sweep("another", client=client, name="study")) == 1


def test_a_row_whose_job_was_forgotten_stays_as_such(study, client, provider):
    forgotten = study[1].job.task_id
    client.forget([forgotten])
    # As in a later kernel, which knows no more than the journal.
    again = Sweep.load("study", client)
    row = again[1]
    assert (row.request, row.job, row.prompt, row.status) == (None, None, "", "failed")
    assert row.error.code == "forgotten"
    assert len(again.completed) == 7
    assert again.retry().done()
    assert again.resume().done()
    assert len(provider.submitted) == 8
    with pytest.raises(LLMKitError, match="cannot be rated"):
        row.rate(3)


def test_a_pending_row_cannot_be_rated(client, provider):
    found = held(client, provider)
    with pytest.raises(LLMKitError, match="Row 2 cannot be rated: it was not submitted"):
        found[2].rate(3)
    provider.open = True
    found.wait()


def test_many_threads_may_read_and_resume_it_at_once(client, provider):
    found = held(client, provider, 12)
    found.stop()
    provider.open = True
    threads = [threading.Thread(target=lambda: found.resume().wait()) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found.completed) == 12
    assert len(set(provider.submitted)) == len(provider.submitted) == 12


INTERRUPTED = """
import sys
sys.stderr = open(sys.argv[1], "w")
from llmkit_jupyter import sweep
from tests.processes import hold_drawing
hold_drawing()
import threading, time
def watch():
    from llmkit_jupyter.client import default_client
    while len(default_client().jobs()) < 2:
        time.sleep(0.02)
    print("under way", flush=True)
threading.Thread(target=watch, daemon=True).start()
try:
    sweep([f"cat {n}" for n in range(5)], durations=1, sizes=(96, 64), concurrency=2, name="study")
except KeyboardInterrupt as interrupt:
    print(interrupt._render_traceback_()[0], flush=True)
"""


def test_an_interrupt_is_one_sentence_and_stops_the_submitting(tmp_path):
    script = tmp_path / "interrupted.py"
    script.write_text(INTERRUPTED)
    with Child(arguments=[str(script), str(tmp_path / "err")]) as child:
        assert child.line() == "under way"
        child.interrupt()
        assert child.line() == (
            "KeyboardInterrupt: Stopped waiting; 2 jobs go on, 3 are not submitted. "
            'Sweep.load("study").resume() goes on with it.'
        )
        child.kill()
    found = Sweep.load("study")
    assert [row.status for row in found][2:] == ["pending"] * 3
    assert len(found.resume().wait().completed) == 5
    assert len({row.job.task_id for row in found}) == 5


def _in_child(found, connection):
    connection.send((found.name, [row.status for row in found], len(found.wait(60).completed)))
    connection.close()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_reads_it_anew_and_submits_nothing(study, provider):
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    child = context.Process(target=_in_child, args=(study, theirs))
    child.start()
    assert ours.poll(60)
    assert ours.recv() == ("study", ["completed"] * 8, 8)
    child.join()
    assert len(provider.submitted) == 8


def test_two_kernels_that_resume_one_sweep_submit_each_row_once(client, provider, home):
    """The second one knows the sweep from before the first had submitted anything."""
    found = held(client, provider, 4)
    found.stop()
    planned = client.engine.journal.sweep(found.name).result()
    from llmkit_jupyter.sweeps.table import Table

    other = Sweep(Table(client, planned))
    provider.open = True
    found.wait()
    assert len(found.resume().wait().completed) == 4
    assert [row.status for row in other] == ["completed", "pending", "pending", "pending"]
    assert len(other.resume().wait().completed) == 4
    assert [row.job for row in other] == [row.job for row in found]
    assert len(provider.submitted) == 4


def test_reading_it_costs_no_time_while_it_runs(client, provider):
    found = held(client, provider, 300)
    started = time.process_time()
    for _ in range(1000):
        found.done()
    assert time.process_time() - started < 1
    found.stop()
    provider.open = True
    found.wait()


def test_its_limits_bind_a_later_session_too(client, home):
    sweep(PROMPTS[:2], client=client, name="study", budget=3, concurrency=2, reuse=False)
    later = Table(client, client.engine.journal.sweep("study").result())
    assert later.submitter.pace == Pace(budget=3.0, concurrency=2, reuse=False)
    Sweep.load("study", client).resume(budget=5)
    assert client.engine.journal.sweep("study").result().terms["budget"] == 5.0


@pytest.mark.parametrize("terms", ["[rubbish", "[]", '{"budget": -1}', '{"budgt": 9}'])
def test_limits_that_cannot_be_read_let_nothing_be_spent(client, home, terms):
    sweep(PROMPTS[:2], client=client, name="study", budget=3)
    alter(home, f"UPDATE sweeps SET terms = '{terms}'")
    later = Table(client, client.engine.journal.sweep("study").result())
    assert later.submitter.pace.budget == 0.0
