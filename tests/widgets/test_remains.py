from __future__ import annotations

from llmkit_jupyter.failure import VideoError
from llmkit_jupyter.notebook import shell as shells
from llmkit_jupyter.widgets.remains import Remains
from tests.notebook.fakes import FakeJob, a_response


def done(finished, task_id):
    return FakeJob(finished(task_id=task_id))


def failed(task_id):
    error = VideoError("content", "No cats")
    return FakeJob(a_response(status="failed", phase="done", task_id=task_id, error=error))


def test_a_place_is_kept_and_all_videos_of_a_submission_come_into_it(shown, finished):
    remains = Remains("abc")
    remains.show([])
    [(first, name, _)] = shown
    assert 'class="llmkit-covered-by-abc' in first["text/html"]
    assert "image/jpeg" not in first
    jobs = [done(finished, "one"), FakeJob(a_response(task_id="two"))]
    remains.draw(jobs)
    jobs[1] = done(finished, "two")
    remains.draw(jobs)
    bundle, same, update = shown[-1]
    assert (same, update) == (name, True)
    assert bundle["text/html"].count("<figure") == 2
    assert "llmkit-task-one" in bundle["text/html"]
    assert "llmkit-task-two" in bundle["text/html"]
    assert bundle["text/plain"].count("Video ") == 2
    assert bundle["image/jpeg"]


def test_a_failure_takes_no_video_s_place_and_a_later_video_does(shown, finished):
    remains = Remains("abc")
    remains.show([])
    remains.draw([done(finished, "one")])
    remains.draw([failed("two")])
    html = shown[-1][0]["text/html"]
    assert html.index("llmkit-task-one") < html.index("No cats")
    remains.draw([done(finished, "three")])
    html = shown[-1][0]["text/html"]
    assert "llmkit-task-three" in html
    assert "llmkit-task-one" not in html


def test_what_ends_while_the_place_is_made_is_not_lost(shown, finished, monkeypatch):
    remains = Remains("abc")
    jobs = [FakeJob(a_response(task_id="one"))]
    publish = shells.publish

    def and_ends(bundle, **kwargs):
        publish(bundle, **kwargs)
        jobs[0] = done(finished, "one")

    monkeypatch.setattr(shells, "publish", and_ends)
    remains.show(jobs)
    assert "llmkit-task-one" in shown[-1][0]["text/html"]


def test_nothing_is_embedded_for_nobody(shown, finished):
    from llmkit_jupyter.notebook import media

    Remains("abc").draw([done(finished, "one")])
    assert shown == []
    assert media.ledger.without("") == 0
