from __future__ import annotations

import logging
import sys
import threading
import time

import pytest

from llmkit_jupyter import JobView, VideoJob
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.failure import VideoError
from llmkit_jupyter.notebook import live
from llmkit_jupyter.widgets import job as jobs
from tests.notebook.fakes import TASK_ID, FakeJob, a_response


@pytest.fixture(autouse=True)
def _no_page_yet(monkeypatch):
    monkeypatch.setattr(jobs, "_page_has_widgets", threading.Event())


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(live, "PACE", 0.02)
    monkeypatch.setattr(live, "RATE", 200.0)


def test_it_opens_with_the_card_in_one_message_of_its_own(page):
    view = JobView(FakeJob(a_response(progress=0.25), eta=30.0))
    mine = page.of(view)
    assert [each.kind for each in mine] == ["comm_open"]
    # The other one is the layout that every widget has.
    assert len(page.sent) == 2
    card = mine[0].data["state"]["card"]
    assert card["task_id"] == TASK_ID
    assert card["headline"] == "Generating"
    assert "25%" in card["facts"]
    assert card["share"] == 0.25
    assert card["can_cancel"]
    assert card["video"] is None


def test_a_change_is_one_message_from_a_thread_that_is_not_the_cell_s(page, quick, shown):
    job = FakeJob(a_response(phase="queued"))
    view = JobView(job)
    page.say(view, kind="hello")
    before = len(page.sent)
    job.become(phase="generating", progress=0.5)
    page.wait(lambda: len(page.sent) > before, "an update")
    news = page.sent[before]
    assert list(news.data["state"]) == ["card"]
    assert news.data["state"]["card"]["headline"] == "Generating"
    assert news.thread == "llmkit-cards"


def test_the_plain_card_moves_as_well_until_a_page_has_said_that_it_shows_widgets(
    page, quick, shown
):
    job = FakeJob(a_response(phase="queued"))
    view = JobView(job)
    view.show()
    [(first, name, update)] = shown
    assert not update
    assert "Waiting in the queue" in first["text/html"]
    assert f"llmkit-slot-{view.slot}" in first["text/html"]
    job.become(phase="generating")
    page.wait(lambda: len(shown) > 1, "a plain card")
    assert shown[1][1:] == (name, True)
    assert "Generating" in shown[1][0]["text/html"]
    assert f"llmkit-slot-{view.slot}" in shown[1][0]["text/html"]
    page.say(view, kind="hello")
    time.sleep(0.1)  # one may be under way
    count = len(shown)
    for percent in range(5):
        job.become(phase="generating", progress=percent / 10)
        page.wait(lambda: view.card["share"] == percent / 10, "an update")  # noqa: B023
    assert len(shown) == count
    # A notebook that is saved from now on tells the phase as it is.
    job.become(phase="downloading")
    page.wait(lambda: len(shown) > count, "a plain card")
    assert "Downloading" in shown[-1][0]["text/html"]


def test_a_page_that_was_loaded_anew_keeps_the_view_to_the_end(page, quick, shown):
    view = JobView(FakeJob(a_response()))
    page.say(view, kind="hello")
    assert view.plain_end
    page.say(view, kind="hello")
    assert not view.plain_end


def test_at_the_end_the_plain_video_takes_the_place_of_the_view(page, quick, shown, finished):
    job = FakeJob(a_response())
    view = JobView(job)
    page.say(view, kind="hello")
    view.show()
    view.show()
    names = {name for _, name, _ in shown}
    job.response = finished(task_id=TASK_ID)
    job.become = None
    for listener in list(job.listeners):
        listener(job)
    page.wait(lambda: len([s for s in shown if s[2]]) >= 2, "the video")
    assert {name for _, name, update in shown if update} == names
    bundle = shown[-1][0]
    assert "<video" in bundle["text/html"]
    assert "llmkit-slot" not in bundle["text/html"]
    page.wait(lambda: view.card["state"] == "done", "the end")
    video = view.card["video"]
    assert (video["width"], video["height"], video["mime"]) == (96, 64, "video/mp4")
    assert ["Seed", "1"] in video["details"]


def test_an_end_that_comes_while_it_is_shown_is_left_behind_as_well(
    page, quick, shown, finished, monkeypatch
):
    job = FakeJob(a_response())
    view = JobView(job)
    page.say(view, kind="hello")
    drawn = view._repr_mimebundle_

    def slowly():
        bundle = drawn()
        job.response = finished(task_id=TASK_ID)
        for listener in list(job.listeners):
            listener(job)
        page.wait(lambda: view.card["state"] == "done", "the end")
        return bundle

    monkeypatch.setattr(view, "_repr_mimebundle_", slowly)
    view.show()
    bundle, name, update = shown[-1]
    assert update
    assert name == next(name for _, name, update in shown if not update)
    assert "<video" in bundle["text/html"]


def test_a_failure_is_the_last_word_in_both(page, quick, shown):
    job = FakeJob(a_response())
    view = JobView(job)
    view.show()
    job.become(status="failed", phase="done", error=VideoError("content", "No <b>cats</b>"))
    page.wait(lambda: view.card["state"] == "failed", "the failure")
    page.wait(lambda: shown[-1][2], "the plain failure")
    assert view.card["message"] == "No <b>cats</b>"
    assert not view.card["can_cancel"]
    assert "No &lt;b&gt;cats&lt;/b&gt;" in shown[-1][0]["text/html"]


def test_cancel_is_passed_on(page):
    job = FakeJob(a_response())
    asked = []
    job.cancel = lambda: asked.append(1)
    page.say(JobView(job), kind="cancel", task_id=TASK_ID)
    assert asked == [1]


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "generate", "id": "1", "confirm": True},
        {"kind": "cancel", "task_id": 5},
        {"kind": "__init__"},
        {"kind": "fetch", "request": "1", "task_id": "../../etc/passwd"},
        "cancel",
        None,
    ],
)
def test_what_it_does_not_know_is_refused_and_logged(page, caplog, content):
    job = FakeJob(a_response())
    job.cancel = lambda: pytest.fail("cancelled")
    view = JobView(job)
    with caplog.at_level(logging.WARNING):
        data = {"method": "custom", "content": content}
        view._handle_msg({"content": {"data": data}, "buffers": []})
    assert "refused" in caplog.text
    assert page.told(view, "piece") == []


def test_a_page_cannot_write_the_card(page, caplog):
    view = JobView(FakeJob(a_response()))
    card = view.card
    with caplog.at_level(logging.WARNING):
        page.write(view, card={"headline": "Mine"}, job="x", _esm="alert(1)")
    assert view.card == card
    assert "refused card, which only the kernel writes" in caplog.text
    # And is told how it really is.
    assert page.written(view, "card")[-1] == card
    assert view._esm != "alert(1)"


def test_the_bytes_of_its_video_go_out_and_no_other_job_s(page, finished, video_bytes):
    view = JobView(FakeJob(finished(task_id=TASK_ID)))
    page.say(view, kind="fetch", request="7", task_id=TASK_ID, part="video", start=0, text=False)
    [piece] = page.wait(lambda: page.told(view, "piece"), "a piece")
    assert piece.buffers == [video_bytes]
    assert piece.data["content"]["total"] == len(video_bytes)
    page.say(view, kind="fetch", request="8", task_id="other", part="video", start=0, text=False)
    [refusal] = page.wait(lambda: page.told(view, "refused"), "a refusal")
    assert refusal.data["content"]["request"] == "8"


def test_only_a_job_can_be_viewed():
    with pytest.raises(InvalidRequestError, match="job is"):
        JobView("0b9cbb51")


def test_a_real_job_is_watched_to_its_end(page, client, small):
    job = client.submit_video(small)
    view = JobView(job)
    assert isinstance(view.job, VideoJob)
    page.wait(lambda: view.card["state"] == "done", "the end")
    assert view.card["video"]["size"] == job.response.size
    assert view.card["video"]["fps"] == 24.0
    assert repr(view) == f"JobView({job!r})"


def test_a_job_that_ended_before_anybody_looked_shows_its_end(page, client, small):
    job = client.submit_video(small)
    job.result()
    view = JobView(job)
    assert view.card["state"] == "done"
    assert len(job._live._listeners) == 0


def test_without_the_built_front_end_a_job_has_its_plain_card_and_the_reason_comes_once(
    tmp_path, monkeypatch, caplog
):
    import llmkit_jupyter
    from llmkit_jupyter.widgets import bundles

    monkeypatch.setattr(bundles, "FOLDER", tmp_path)
    monkeypatch.delitem(sys.modules, "llmkit_jupyter.widgets.job")
    assert llmkit_jupyter._clickable_surface() is None
    assert llmkit_jupyter._clickable_surface() is None
    [warning] = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert "npm ci && npm run build" in warning.getMessage()
    assert warning.exc_info is None
