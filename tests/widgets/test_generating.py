from __future__ import annotations

import logging
import threading
import time

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest, VideoStudio
from llmkit_jupyter.errors import ConfirmationRequiredError, InvalidRequestError, JournalError
from llmkit_jupyter.notebook import live
from llmkit_jupyter.notebook import shell as shells
from tests.widgets.studios import PROMPT, SMALL, answered, click

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
    page.wait(lambda: studio.response, "the end")
    assert len(set(provider.submitted)) == 1


def test_a_click_is_about_its_own_form_while_another_thread_looks_at_it(page, make, monkeypatch):
    studio = make()
    validate = studio._client.validate
    inside, leave = threading.Event(), threading.Event()
    # As the one that has just heard a price.
    other = threading.Thread(target=studio._recheck)

    def slowly(request, **more):
        if threading.current_thread() is other:
            inside.set()
            leave.wait(5)
        elif not inside.is_set():
            other.start()
            inside.wait(5)
        return validate(request, **more)

    monkeypatch.setattr(studio._client, "validate", slowly)
    click(page, studio, prompt="A blue whale under the ice", count=2)
    answered(page, studio, "submitted")
    leave.set()
    other.join()
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
    page.wait(lambda: studio.response, "the end")


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


# -- its jobs


def test_a_status_change_is_one_message(page, make):
    studio = make()
    click(page, studio)
    page.wait(lambda: studio.response, "the end")
    states = [list(each.data["state"]) for each in page.of(studio, "update")]
    updates = [names for names in states if "batch" in names]
    assert updates
    assert all(names == ["batch"] for names in updates)


def test_earlier_jobs_stay_in_sight_newest_first(page, make):
    studio = make()
    ids = []
    for number in range(3):
        ids.append(studio.generate().task_id)
        studio.job.result()
        studio.seed = number
    page.wait(lambda: studio.batch[0]["state"] == "done", "the end")
    assert [card["task_id"] for card in studio.batch] == [ids[2]]
    page.wait(lambda: {card["state"] for card in studio.earlier} == {"done"}, "the others")
    assert [card["task_id"] for card in studio.earlier] == [ids[1], ids[0]]


def test_cancel_reaches_the_job_that_is_meant(page, client, make):
    studio = make(duration=30, width=1280, height=720)
    job = studio.generate()
    page.say(studio, kind="cancel", task_id="another")
    page.say(studio, kind="cancel", task_id=job.task_id)
    page.wait(lambda: studio.batch[0]["state"] == "cancelled", "the end")
    assert studio.response.error.code == "cancelled"


def test_settings_are_used_again_with_the_seed_that_was_drawn_or_another(page, make):
    studio = make(seed=None, model="kling-2.0", negative_prompt=None)
    job = studio.generate()
    job.result()
    drawn = job.response.seed
    assert drawn is not None
    page.write(studio, model="runway-gen-4", prompt="Another", duration=20, seed=1)
    page.say(studio, kind="reuse", task_id=job.task_id, vary=False)
    assert studio.request == job.request.with_seed(drawn)
    page.say(studio, kind="reuse", task_id=job.task_id, vary=True)
    assert studio.seed not in (None, drawn)
    assert studio.job is job  # nothing was started by that


def test_the_bytes_of_its_videos_and_of_no_others(page, make, video_bytes):
    studio = make()
    job = studio.generate()
    job.result()
    task_id = job.task_id
    page.say(studio, kind="fetch", request="1", task_id=task_id, part="video", start=0, text=False)
    [piece] = page.wait(lambda: page.told(studio, "piece"), "a piece")
    assert piece.buffers == [job.response.video_bytes]
    other = studio._client.submit_video(VideoGenerationRequest(PROMPT, **SMALL))
    other.result()
    page.say(
        studio, kind="fetch", request="2", task_id=other.task_id, part="video", start=0, text=False
    )
    page.wait(lambda: page.told(studio, "refused"), "a refusal")


def test_a_picture_from_the_page_becomes_the_first_frame(page, emulator):
    import base64
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (640, 360), "teal").save(out, "PNG")
    data = out.getvalue()
    studio = VideoStudio(LLMKitClient(), prompt=PROMPT, model="pixverse-v6")
    half = len(data) // 2
    for start, part in ((0, data[:half]), (half, data[half:])):
        page.say(
            studio,
            kind="upload",
            id="1",
            name="first.png",
            total=len(data),
            start=start,
            data=base64.b64encode(part).decode(),
        )
        received = start + len(part)
        page.wait(
            lambda: [
                each
                for each in page.told(studio, "uploaded")
                if each.data["content"]["received"] == received  # noqa: B023
            ],
            "the receipt",
        )
    assert studio.image is not None
    assert studio.request.image == studio.image
    page.say(studio, kind="upload", id="2", name="a.svg", total=5, start=0, data="PHN2Zz4=")
    [refusal] = page.wait(lambda: page.told(studio, "refused"), "a refusal")
    assert refusal.data["content"]["request"] == "2"


# -- safety


def test_no_key_reaches_the_page(page, emulator):
    key = emulator.environment["LLMKIT_API_KEY"]
    studio = VideoStudio(LLMKitClient(), prompt=PROMPT)
    click(page, studio)
    page.wait(lambda: studio.response, "the end")
    assert key not in str([each.data for each in page.sent])


def test_state_that_comes_back_starts_nothing(page, paid, provider):
    studio = paid()
    state = studio.get_state()
    page.write(studio, **{name: value for name, value in state.items() if name != "slot"})
    page.write(studio, answer={"id": "9", "state": "submitted", "message": ""}, batch=[{}])
    time.sleep(0.1)
    assert provider.submitted == []
    assert studio.batch == []
    assert studio.answer["state"] == "none"


# -- in the cell


def test_a_notebook_may_be_told_twice_and_an_observer_hears_of_each_video_once(
    page, make, monkeypatch
):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setattr(live.cards, "_cell_runs", False)
    studio = make(count=2)
    seen = []
    studio.observe(lambda change: seen.append(change["new"].task_id), "response")
    studio.generate()
    page.wait(lambda: len(seen) == 2, "both videos")
    page.wait(lambda: all(card.ended for card in live.cards.following()), "their cards' end")
    assert len(live.cards.following()) == 2
    live.cards._before_cell()
    assert sorted(seen) == sorted(job.task_id for job in studio.jobs)


def test_in_a_notebook_the_last_video_stays_below(page, make, monkeypatch):
    shown = []
    monkeypatch.setattr(
        shells,
        "publish",
        lambda bundle, *, display_id=None, update=False: shown.append((bundle, display_id, update)),
    )
    studio = make()
    studio.show()
    (form, _, _), (below, name, _) = shown
    assert f"llmkit-slot-{studio.slot}" in form["text/html"]
    assert "run this cell" in form["text/html"]
    assert f"llmkit-covered-by-{studio.slot}" in below["text/html"]
    studio.generate()
    page.wait(lambda: studio.response, "the end")
    bundle, same, update = page.wait(lambda: shown[2:], "the video")[0]
    assert (same, update) == (name, True)
    assert f"llmkit-covered-by-{studio.slot}" in bundle["text/html"]
    assert f"llmkit-task-{studio.job.task_id}" in bundle["text/html"]
