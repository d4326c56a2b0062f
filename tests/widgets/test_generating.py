from __future__ import annotations

import logging
import threading
import time

import pytest

from llmkit_jupyter import LLMKitClient, VideoStudio
from llmkit_jupyter.errors import ConfirmationRequiredError, InvalidRequestError, JournalError
from llmkit_jupyter.notebook import live
from tests.widgets.studios import PROMPT, answered, click, ended

pytestmark = pytest.mark.usefixtures("quick")


def test_a_click_makes_the_video_and_leaves_it_to_be_read(page, make):
    studio = make()
    seen = []
    studio.observe(lambda change: seen.append(change["new"]), "response")
    click(page, studio)
    answered(page, studio, "submitted")
    page.wait(lambda: seen, "the response")
    assert seen == [studio.response]
    assert studio.response.status == "completed"
    assert studio.job.task_id == studio.response.task_id
    [card] = studio.batch
    assert card["state"] == "done"
    assert card["video"]["task_id"] == studio.job.task_id


def test_the_response_is_there_as_soon_as_the_job_has_been_waited_for(page, make, monkeypatch):
    monkeypatch.setattr(live, "RATE", 0.001)  # cards that hear of it much later
    studio = make()
    seen = []
    studio.observe(lambda change: seen.append(change["new"].seed), "response")
    for seed in (1, 2):
        studio.seed = seed
        studio.generate().result()
        assert studio.response.seed == seed
    assert seen == [1, 2]


def test_what_was_still_being_typed_comes_along_with_the_click(page, make):
    studio = make()
    click(page, studio, prompt="A blue whale under the ice", seed=5)
    answered(page, studio, "submitted")
    assert studio.job.request.prompt == "A blue whale under the ice"
    assert studio.job.seed == 5
    assert studio.prompt == "A blue whale under the ice"


def test_a_click_s_form_that_cannot_be_read_submits_nothing(page, paid, provider, caplog):
    studio = paid()
    with caplog.at_level(logging.WARNING):
        click(page, studio, prompt=["x"], seed=5)
        assert answered(page, studio, "refused") == "The form cannot be read."
        click(page, studio, "2", answer={"state": "confirm"})
        answered(page, studio, "refused", "2")
        page.say(studio, kind="generate", id="3", confirm="yes", form={})
    [refusal] = page.told(studio, "refused")
    assert refusal.data["content"]["request"] == "3"
    assert provider.submitted == []


def test_a_click_that_comes_twice_is_one_job(page, paid, provider):
    gate = threading.Event()
    provider.on_submit = lambda submission: gate.wait(5) and None
    studio = paid()
    click(page, studio)
    click(page, studio)
    click(page, studio, "2")
    [refusal] = page.told(studio, "refused")
    assert refusal.data["content"]["request"] == "2"
    gate.set()
    answered(page, studio, "submitted")
    click(page, studio)
    time.sleep(0.2)
    assert len(set(provider.submitted)) == 1


def test_a_click_that_comes_again_late_leaves_the_form_as_it_is(page, paid, provider):
    studio = paid()
    click(page, studio, prompt="A blue whale")
    answered(page, studio, "submitted")
    page.write(studio, prompt="A red whale")
    click(page, studio, prompt="A blue whale")
    assert studio.prompt == "A red whale"
    ended(page, studio)
    assert len(set(provider.submitted)) == 1


def test_a_click_is_about_its_own_form_while_another_thread_looks_at_it(
    page, make, judged_elsewhere
):
    studio = make()
    with judged_elsewhere(studio):
        click(page, studio, prompt="A blue whale under the ice", count=2)
        answered(page, studio, "submitted")
    assert [job.request.prompt for job in studio.jobs] == ["A blue whale under the ice"] * 2


def test_what_was_handed_over_is_said_to_be_whatever_those_who_watch_it_do(page, make, caplog):
    studio = make()
    studio.observe(lambda change: 1 / 0, "job")
    click(page, studio)
    answered(page, studio, "submitted")
    page.wait(lambda: "ZeroDivisionError" in caplog.text, "their fault")


def test_a_form_with_a_problem_is_refused_with_its_words(page, paid, provider):
    studio = paid()
    click(page, studio, prompt="")
    assert answered(page, studio, "refused") == "Write what the video should show."
    assert provider.submitted == []


def test_a_sum_above_the_limit_is_a_question_and_yes_is_another_click(page, paid, provider):
    provider.price = 0.6
    studio = paid(count=2)
    click(page, studio)
    words = answered(page, studio, "confirm")
    assert words == "2 videos would cost about $1.20, more than confirm_above ($1.00)."
    assert provider.submitted == []
    click(page, studio, "2", confirm=True)
    answered(page, studio, "submitted", "2")
    page.wait(lambda: len(provider.submitted) == 2, "the jobs")
    assert len(studio.batch) == 2
    assert [job.seed for job in studio.jobs] == [7, 8]


def test_a_yes_is_to_the_question_that_was_asked(page, paid, provider):
    provider.on_estimate = lambda request: 0.6 * request.duration
    studio = paid(duration=2)
    click(page, studio)
    assert "$1.20" in answered(page, studio, "confirm")
    click(page, studio, "2", confirm=True, duration=30)
    assert "$18.00" in answered(page, studio, "confirm", "2")
    click(page, studio, "3", confirm=True, count=2)
    assert "$36.00" in answered(page, studio, "confirm", "3")
    studio._client._prices._told.clear()  # as after ten minutes
    provider.on_estimate = lambda request: 0.7 * request.duration
    click(page, studio, "4", confirm=True)
    assert "$42.00" in answered(page, studio, "confirm", "4")
    assert provider.submitted == []
    click(page, studio, "5", confirm=True)
    answered(page, studio, "submitted", "5")
    page.wait(lambda: len(set(provider.submitted)) == 2, "the jobs")


def test_a_yes_without_a_question_is_none(page, paid, provider):
    provider.price = 2.0
    studio = paid()
    click(page, studio, confirm=True)
    answered(page, studio, "confirm")
    assert provider.submitted == []


def test_what_is_submitted_is_the_form_of_the_click(page, paid, monkeypatch):
    studio = paid()
    judged, gate, waits = studio._judged, threading.Event(), threading.Event()

    def slowly(values):
        if threading.current_thread() is other:
            waits.set()
            gate.wait(10)
        return judged(values)

    monkeypatch.setattr(studio, "_judged", slowly)
    # As when a price has come: the latest judgement is under way on another thread.
    other = threading.Thread(target=studio._recheck)
    monkeypatch.setattr(studio, "_follow", lambda: (other.start(), waits.wait(10)))
    click(page, studio, prompt="What the click says")
    answered(page, studio, "submitted")
    gate.set()
    assert studio.job.request.prompt == "What the click says"


def test_a_click_that_comes_twice_takes_no_form_back(page, make):
    studio = make()
    click(page, studio, prompt="First")
    answered(page, studio, "submitted")
    page.write(studio, prompt="Second")
    click(page, studio, prompt="First")
    assert studio.prompt == "Second"


def test_a_click_that_cannot_be_judged_is_answered_and_so_is_the_next(page, make, monkeypatch):
    studio = make()
    monkeypatch.setattr(studio, "_judged", lambda _: 1 / 0)
    click(page, studio)
    assert "log" in answered(page, studio, "refused")
    monkeypatch.undo()
    click(page, studio, "2")
    answered(page, studio, "submitted", "2")


def test_an_option_without_a_name_is_a_problem_among_others(page, make):
    studio = make()
    click(page, studio, options={"": 1}, count=1000)
    answered(page, studio, "refused")
    assert {"options", "count"} <= set(studio.problems)


def test_a_budget_that_is_used_up_refuses_and_nothing_is_sent(page, make, provider):
    client = LLMKitClient(provider, budget=0.05)
    studio = make(client)
    click(page, studio, confirm=True)
    assert "budget" in answered(page, studio, "refused")
    assert provider.submitted == []


def test_an_error_inside_is_an_answer_too(page, paid, monkeypatch):
    studio = paid()

    def broken(*_, **__):
        raise JournalError("The journal cannot be written.")

    monkeypatch.setattr(studio._client, "submit_videos", broken)
    click(page, studio)
    assert answered(page, studio, "refused") == "The journal cannot be written."
    monkeypatch.setattr(studio._client, "submit_videos", lambda *_, **__: 1 / 0)
    click(page, studio, "2")
    assert "log" in answered(page, studio, "refused", "2")
    monkeypatch.undo()
    click(page, studio, "3")
    answered(page, studio, "submitted", "3")


def test_warnings_are_told_with_the_answer_and_nowhere_else(page, emulator, recwarn, capsys):
    studio = VideoStudio(LLMKitClient(), prompt=PROMPT, model="kling-2.0")
    capsys.readouterr()
    click(page, studio)
    assert "Kling" in answered(page, studio, "submitted")
    assert len(recwarn) == 0
    assert capsys.readouterr().out == ""
    ended(page, studio)


def test_nothing_waits_in_the_thread_of_the_message(page, paid, provider):
    gate = threading.Event()
    provider.on_estimate = lambda request: gate.wait(5) and 0.1
    studio = paid()
    began = time.monotonic()
    click(page, studio)
    page.write(studio, prompt="Another one")
    assert time.monotonic() - began < 2
    assert studio.answer["state"] == "checking"
    gate.set()
    answered(page, studio, "submitted")


def test_generate_in_python_does_what_the_button_does(page, make, paid, provider):
    studio = make(count=2)
    job = studio.generate()
    assert studio.job is job
    assert studio.jobs[0].task_id == job.task_id
    assert len(studio.jobs) == 2
    job.result()
    studio.duration = 99
    with pytest.raises(InvalidRequestError, match="duration is 99; allowed: 1 to 30 seconds"):
        studio.generate()
    studio.prompt = ""
    with pytest.raises(InvalidRequestError, match="prompt is ''; allowed: a text"):
        studio.generate()
    provider.price = 2.0
    costly = paid()
    with pytest.raises(ConfirmationRequiredError):
        costly.generate()
    agreed = costly.generate(confirm=True)
    agreed.result()
    assert provider.submitted == [agreed.task_id]
