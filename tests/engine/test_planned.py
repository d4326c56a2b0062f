"""Sweeps in the journal: what is planned stays, and no row is submitted twice."""

from __future__ import annotations

import json

import pytest

from llmkit_jupyter import (
    BudgetExceededError,
    InvalidRequestError,
    JobNotFoundError,
    LLMKitClient,
    SweepExistsError,
    SweepNotFoundError,
    VideoGenerationRequest,
)
from llmkit_jupyter.engine.planned import Place
from tests.durability.journals import alter
from tests.engine.test_reuse import PNG
from tests.engine.waiting import until

REQUESTS = [VideoGenerationRequest(f"hills {number}", duration=5) for number in range(3)]


def places(*numbers: int, instead: str | None = None) -> list[Place]:
    return [Place("study", number, instead) for number in numbers]


def test_a_sweep_is_read_again_with_the_jobs_of_its_rows(client, provider):
    fresh = client.engine.begin_sweep("study", REQUESTS)
    assert [row.request for row in fresh.rows] == REQUESTS
    assert [row.task_id for row in fresh.rows] == [None] * 3
    jobs = client.submit_videos(REQUESTS[:2], places=places(0, 1))
    client.wait(jobs)
    jobs[0].rate(4)
    there = client.engine.journal.sweep("study").result()
    assert [row.task_id for row in there.rows] == [jobs[0].task_id, jobs[1].task_id, None]
    assert [row.record.rating for row in there.rows if row.record] == [4, None]
    assert client.take_up([row.record for row in there.rows if row.record]) == jobs
    [summary] = client.engine.journal.sweeps().result()
    assert (summary.name, summary.rows, summary.submitted) == ("study", 3, 2)
    assert (summary.completed, summary.failed, summary.cost) == (2, 0, 1.0)


def test_a_sweep_is_one_query(client):
    client.engine.begin_sweep("study", REQUESTS)
    client.wait(client.submit_videos(REQUESTS, places=places(0, 1, 2)))
    seen: list[str] = []
    trace(client, seen.append)
    client.engine.journal.sweep("study").result()
    trace(client, None)
    assert len([query for query in seen if query.lstrip().startswith("SELECT")]) == 1


def trace(client, into) -> None:
    client.engine.journal._writer.submit(lambda db: db.set_trace_callback(into)).result()


def test_the_same_contents_are_the_same_sweep_and_others_are_refused(client):
    client.engine.begin_sweep("study", REQUESTS)
    assert len(client.engine.begin_sweep("study", REQUESTS).rows) == 3
    with pytest.raises(SweepExistsError, match=r"it has 3 rows, and 2 were given.*Sweep\.load"):
        client.engine.begin_sweep("study", REQUESTS[:2])
    with pytest.raises(SweepExistsError, match="row 1 is another request"):
        client.engine.begin_sweep("study", [REQUESTS[0], REQUESTS[2], REQUESTS[1]])
    assert client.engine.begin_sweep("other", REQUESTS[:2]).rows[1].request == REQUESTS[1]


def test_what_is_not_there_is_named(client):
    with pytest.raises(SweepNotFoundError, match="there are no sweeps yet"):
        client.engine.journal.sweep("study").result()
    client.engine.begin_sweep("study", REQUESTS)
    with pytest.raises(SweepNotFoundError, match="did you mean study"):
        client.engine.journal.sweep("stdy").result()
    assert client.engine.journal.drop_sweep("study").result() is True
    assert client.engine.journal.drop_sweep("study").result() is False
    with pytest.raises(SweepNotFoundError):
        client.engine.journal.sweep("study").result()


def test_a_row_that_another_process_has_submitted_is_not_submitted_again(client, provider):
    client.engine.begin_sweep("study", REQUESTS)
    # Both have read the sweep before either of them submits.
    [first] = client.submit_videos(REQUESTS[:1], places=places(0))
    second, new = LLMKitClient(provider).submit_videos(REQUESTS[:2], places=places(0, 1))
    assert (second.task_id, second.reused) == (first.task_id, True)
    assert new.reused is False
    client.wait([first, new])
    assert len(provider.submitted) == 2
    assert not any(row.reused for row in client.engine.journal.sweep("study").result().rows)


def test_rows_alike_of_which_another_process_has_submitted_one_come_to_an_end(client, provider):
    """What failed there answers no other row, however often that is looked at."""
    alike = [REQUESTS[0].with_seed(7)] * 2
    client.engine.begin_sweep("study", alike)
    provider.on_submit = lambda _: InvalidRequestError("prompt", "", "another")
    [theirs] = client.submit_videos(alike[:1], places=places(0))
    until(theirs.done)
    provider.on_submit = None
    first, second = client.submit_videos(alike, places=places(0, 1))
    assert first.task_id == theirs.task_id != second.task_id
    assert second.result(20).video_bytes
    assert len(provider.submitted) == 2


def test_a_row_that_another_process_has_submitted_costs_no_yes(client, provider):
    provider.price = 5.0
    client.engine.begin_sweep("study", REQUESTS)
    [theirs] = client.submit_videos(REQUESTS[:1], places=places(0), confirm=True)
    assert client.submit_videos(REQUESTS[:1], places=places(0)) == [theirs]


def test_the_budget_of_a_sweep_holds_for_all_who_submit_it(client, provider):
    provider.price, provider.polls = 0.2, 10**9
    client.engine.begin_sweep("study", REQUESTS)
    within = [Place("study", number, budget=0.5) for number in range(3)]
    # Each has looked at what is left before the other one submits.
    client.submit_videos(REQUESTS[:2], places=within[:2])
    with pytest.raises(BudgetExceededError, match=r"of \$0.50 is used up: \$0.40 spent"):
        LLMKitClient(provider).submit_videos(REQUESTS[2:], places=within[2:])
    assert len(provider.submitted) == 2
    assert client.submit_videos(REQUESTS[2:], places=[Place("study", 2, budget=0.6)])


def test_what_a_row_has_cost_counts_after_its_job_is_replaced_or_forgotten(client, provider):
    client.engine.begin_sweep("study", REQUESTS)
    journal = client.engine.journal
    jobs = client.submit_videos(REQUESTS[:2], places=places(0, 1))
    client.wait(jobs)  # of 0.50 each
    client.wait(client.submit_videos(REQUESTS[:1], places=places(0, instead=jobs[0].task_id)))
    assert journal.spent_on("study").result() == pytest.approx(1.5)
    client.forget(jobs[1].task_id)
    assert journal.spent_on("study").result() == pytest.approx(1.5)
    client.submit_videos(REQUESTS[1:2], places=places(1), reuse=False)[0].result(20)
    assert journal.spent_on("study").result() == pytest.approx(2.0)


def test_what_was_there_already_does_not_count(client):
    seeded = REQUESTS[0].with_seed(7)
    client.generate_video(seeded)
    client.engine.begin_sweep("study", [seeded])
    [job] = client.submit_videos([seeded], places=[Place("study", 0, budget=0.0)])
    assert job.reused
    assert client.engine.journal.spent_on("study").result() == 0
    client.forget(job.task_id)
    assert client.engine.journal.spent_on("study").result() == 0


def test_a_sweep_has_its_terms_from_its_first_moment(client):
    """Whoever is killed before anything is submitted leaves no sweep without limits."""
    assert client.engine.begin_sweep("study", REQUESTS, {"budget": 1.0}).terms == {"budget": 1.0}
    assert client.engine.begin_sweep("study", REQUESTS, {}).terms == {"budget": 1.0}


def test_a_retry_takes_the_place_of_the_job_that_it_names(client, provider):
    client.engine.begin_sweep("study", REQUESTS)
    [first] = client.submit_videos(REQUESTS[:1], places=places(0))
    [again] = client.submit_videos(REQUESTS[:1], places=places(0, instead=first.task_id))
    assert again.task_id != first.task_id
    # Who retries the same row at the same time gets the first one's retry.
    [late] = client.submit_videos(REQUESTS[:1], places=places(0, instead=first.task_id))
    assert late.task_id == again.task_id
    client.wait([first, again])
    assert len(provider.submitted) == 2


def test_a_row_says_that_its_job_was_there_already(client, provider):
    seeded = REQUESTS[0].with_seed(7)
    made = client.generate_video(seeded)
    client.engine.begin_sweep("study", [seeded])
    [job] = client.submit_videos([seeded], places=places(0))
    [row] = client.engine.journal.sweep("study").result().rows
    assert (row.task_id, row.reused) == (made.task_id, True) == (job.task_id, job.reused)
    [summary] = client.engine.journal.sweeps().result()
    assert summary.cost == 0


def test_rows_that_ask_for_the_same_without_a_seed_are_different_videos(client, provider):
    same = [REQUESTS[0]] * 3
    old = client.generate_video(REQUESTS[0])
    client.engine.begin_sweep("study", same)
    found = [
        client.submit_videos([each], places=places(number), reuse=True)[0]
        for number, each in enumerate(same)
    ]
    assert [job.reused for job in found] == [True, False, False]
    assert len({job.task_id for job in found}) == 3
    assert found[0].task_id == old.task_id
    client.wait(found)
    assert len(provider.submitted) == 3


def test_what_was_forgotten_elsewhere_is_not_gone_on_with(client, provider):
    client.engine.begin_sweep("study", REQUESTS)
    client.engine.journal.drop_sweep("study").result()
    with pytest.raises(SweepNotFoundError, match="it was forgotten"):
        client.submit_videos(REQUESTS[:1], places=places(0))
    assert provider.submitted == []
    assert client.engine.journal.sweeps().result() == []
    client.engine.begin_sweep("study", REQUESTS)
    assert client.submit_videos(REQUESTS[:1], places=places(0))[0].result(20).video_bytes


def test_a_name_that_was_given_to_another_sweep_mixes_no_rows(client, provider):
    client.engine.begin_sweep("study", REQUESTS)
    client.engine.journal.drop_sweep("study").result()
    client.engine.begin_sweep("study", REQUESTS[1:])
    with pytest.raises(SweepExistsError, match="row 0 is another request"):
        client.submit_videos(REQUESTS[:1], places=places(0))
    # Nor does what is there already stand for it.
    [theirs] = client.submit_videos(REQUESTS[1:2], places=places(0))
    with pytest.raises(SweepExistsError):
        client.submit_videos(REQUESTS[:1], places=places(0))
    assert provider.submitted == [theirs.task_id]


def test_what_is_forgotten_leaves_no_word_in_a_sweep(client, home):
    client.engine.begin_sweep("study", REQUESTS)
    [job] = client.submit_videos(REQUESTS[:1], places=places(0))
    client.wait([job])
    client.forget(job.task_id)
    rows = client.engine.journal.sweep("study").result().rows
    assert [(row.request, row.task_id) for row in rows[:1]] == [(None, None)]
    client.engine.journal.close()
    assert b"hills 0" not in (home / "jobs.db").read_bytes()
    # Who asks for the same once more fills it anew.
    again = client.engine.begin_sweep("study", REQUESTS).rows[0]
    assert (again.request, again.task_id) == (REQUESTS[0], None)


def test_a_row_that_asks_for_little_is_not_taken_for_a_forgotten_one(client):
    least = VideoGenerationRequest("-")
    assert client.engine.begin_sweep("study", [least]).rows[0].request == least


def test_pictures_of_rows_that_wait_are_kept_under_their_content(client, home, tmp_path):
    path = tmp_path / "sketch.png"
    path.write_bytes(PNG)
    planned = client.engine.begin_sweep("study", [REQUESTS[0].with_image(path)])
    path.unlink()
    [row] = planned.rows
    assert row.request.image.startswith(str(home / "inputs"))
    assert client.engine.journal.pictures().result() == {row.request.image[-68:]}
    assert client.engine.begin_sweep("study", [REQUESTS[0].with_image(PNG)]).rows == planned.rows
    [job] = client.submit_videos([row.request], places=places(0))
    assert job.result(20).video_bytes


def test_a_journal_that_somebody_brought_names_no_file_of_this_machine(client, home):
    client.engine.begin_sweep("study", REQUESTS)
    secret = json.dumps({"prompt": "hills", "image": "/home/me/private.png"})
    alter(home, f"UPDATE sweep_rows SET request = '{secret}' WHERE place = 0")
    alter(home, "UPDATE sweep_rows SET request = '[rubbish' WHERE place = 1")
    first, second, third = client.engine.journal.sweep("study").result().rows
    assert first.request.image == str(home / "inputs" / "private.png")
    assert second.request is None
    assert third.request == REQUESTS[2]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE sweep_rows SET place = 'x' WHERE place = 2",
        "UPDATE sweep_rows SET place = x'00ff' WHERE place = 2",
        "UPDATE sweep_rows SET place = 2.5 WHERE place = 2",
        "UPDATE sweep_rows SET place = -2 WHERE place = 2",
        "UPDATE sweep_rows SET place = 99999999999 WHERE place = 2",
    ],
)
def test_a_row_whose_number_is_none_costs_no_other(client, home, damage):
    client.engine.begin_sweep("study", REQUESTS)
    alter(home, damage)
    rows = client.engine.journal.sweep("study").result().rows
    assert [(row.number, row.request) for row in rows] == [(0, REQUESTS[0]), (1, REQUESTS[1])]


@pytest.mark.parametrize("moment", ["'yesterday'", "x'00ff'", "1e300", "-5"])
def test_a_sweep_of_no_known_moment_can_be_read(client, home, moment):
    client.engine.begin_sweep("study", REQUESTS)
    alter(home, f"UPDATE sweeps SET created_at = {moment}")
    alter(home, "INSERT INTO sweeps (name, created_at) VALUES (x'00ff', 5)")
    alter(home, "INSERT INTO sweep_rows VALUES (x'00ff', 0, '', '', NULL, 0, 0)")
    assert client.engine.journal.sweep("study").result().created_at == 0
    [summary] = client.engine.journal.sweeps().result()
    assert (summary.name, summary.created_at) == ("study", 0)


def test_stars_are_kept_and_shown_to_everybody(client):
    job = client.submit_video(REQUESTS[0])
    job.result(20)
    heard: list[int | None] = []
    job.on_change(lambda each: heard.append(each.rating))
    job.rate(5)
    assert job.rating == LLMKitClient(client._providers["scripted"]).job(job.task_id).rating == 5
    job.rate(None)
    assert job.rating is None
    assert heard == [5, None]
    client.forget(job.task_id)
    with pytest.raises(JobNotFoundError):
        job.rate(3)


@pytest.mark.parametrize("stars", [0, 6, 2.5, "three", True])
def test_stars_that_are_none_are_refused(client, stars):
    job = client.submit_video(REQUESTS[0])
    job.result(20)
    with pytest.raises(InvalidRequestError, match=r"stars is .*a whole number from 1 to 5"):
        job.rate(stars)


def test_what_has_no_video_has_no_stars(client, provider):
    provider.polls = 10**9
    job = client.submit_video(REQUESTS[0])
    with pytest.raises(InvalidRequestError, match="this one is processing"):
        job.rate(3)
    provider.polls = 1


def test_a_rating_outlives_what_its_holder_writes(client, provider, home):
    """The process that makes a video may write its row after somebody else has rated it."""
    job = client.submit_video(REQUESTS[0])
    job.result(20)
    record = client.engine.journal.get([job.task_id]).result()[0]
    job.rate(4)
    client.engine.journal.save([record]).result()
    assert client.engine.journal.get([job.task_id]).result()[0].rating == 4
