"""Observers of the user's own, which may fail, wait, and change the form, on any thread."""

from __future__ import annotations

import threading

import pytest

from tests.widgets.studios import answered, click, ended

pytestmark = pytest.mark.usefixtures("quick")


def broken(_change):
    raise ZeroDivisionError


@pytest.mark.parametrize("trait", ["job", "shown", "batch", "request", "answer", "prompt"])
def test_an_observer_that_fails_makes_no_paid_job_look_unsent(page, paid, provider, caplog, trait):
    studio = paid()
    studio.shown = "an earlier one"
    studio.observe(broken, trait)
    click(page, studio, prompt="Another one", seed=5)
    answered(page, studio, "submitted")
    ended(page, studio)
    assert (studio.job.request.prompt, studio.job.seed) == ("Another one", 5)
    assert studio.batch[0]["state"] == "done"
    assert len(set(provider.submitted)) == 1
    assert "ZeroDivisionError" in caplog.text


def test_an_observer_that_fails_keeps_no_job_from_the_cell(page, paid, provider):
    studio = paid()
    studio.observe(broken, ["job", "batch"])
    job = studio.generate()
    assert job == studio.job
    page.wait(lambda: provider.submitted == [job.task_id], "the submission")


def test_an_observer_that_fails_keeps_no_other_field_from_being_taken(page, make):
    studio = make()
    studio.observe(broken, "prompt")
    page.write(studio, prompt="New", seed=4, negative_prompt="people")
    assert (studio.prompt, studio.seed, studio.negative_prompt) == ("New", 4, "people")
    assert studio.request.seed == 4


def test_a_change_beside_an_observer_that_waits_is_judged(page, make):
    studio = make(model="kling-2.0", duration=8)
    gate, waits = threading.Event(), threading.Event()

    def slow(_change):
        waits.set()
        gate.wait(10)

    studio.observe(slow, "duration")
    # A model that makes no more than five seconds moves the duration, and the observer waits.
    other = threading.Thread(target=page.write, args=(studio,), kwargs={"duration": 5})
    other.start()
    assert waits.wait(10)
    page.write(studio, model="leonardo-ultra", prompt="")
    assert studio.controls["model"] == "leonardo-ultra"
    assert studio.problems == {"prompt": "Write what the video should show."}
    gate.set()
    other.join(10)
    assert not other.is_alive()


def test_an_observer_may_choose_another_model_because_a_field_has_moved(page, make):
    studio = make(model="runway-gen-4", duration=30)
    studio.observe(lambda _change: setattr(studio, "model", "leonardo-ultra"), "duration")
    page.write(studio, model="kling-2.0")
    assert studio.model == "leonardo-ultra"
    assert studio.controls["model"] == "leonardo-ultra"


def test_a_price_that_could_not_be_told_is_not_the_last(page, paid, provider, monkeypatch):
    studio = paid(prompt="")
    told, failures = studio._pricing._told, []

    def fails():
        failures.append(1)
        raise ZeroDivisionError

    monkeypatch.setattr(studio._pricing, "_told", fails)
    studio.prompt = "One"
    page.wait(lambda: failures, "the first price")
    monkeypatch.setattr(studio._pricing, "_told", told)
    studio.duration = 2
    page.wait(lambda: studio.check["cost"] == "about $0.10", "the second price")


def test_problems_are_those_of_the_form_as_it_stands_while_another_thread_judges(
    page, make, judged_elsewhere
):
    studio = make()
    assert studio.problems == {}
    with judged_elsewhere(studio):
        page.write(studio, prompt="")
        assert list(studio.problems) == ["prompt"]
    assert list(studio.problems) == ["prompt"]


def test_a_verdict_is_that_of_the_form_which_an_observer_of_the_request_has_changed(page, make):
    studio = make()
    studio.observe(lambda _change: setattr(studio, "prompt", ""), "request")
    page.write(studio, seed=5)
    assert studio.request is None
    assert list(studio.problems) == ["prompt"]
