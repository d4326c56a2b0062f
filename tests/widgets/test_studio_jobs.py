from __future__ import annotations

import subprocess
import sys
import time

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest, VideoStudio
from llmkit_jupyter.notebook import live
from llmkit_jupyter.notebook import shell as shells
from tests.widgets.studios import PROMPT, SMALL, click, ended

pytestmark = pytest.mark.usefixtures("quick")


def test_a_status_change_is_one_message(page, make):
    studio = make()
    click(page, studio)
    ended(page, studio)
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


def test_what_is_asked_for_again_moves_up_and_is_made_once(page, make):
    studio = make(seed=7)
    first = studio.generate()
    first.result()
    studio.seed = 8
    studio.generate().result()
    studio.seed = 7
    again = studio.generate()
    assert (again.task_id, again.reused) == (first.task_id, True)
    page.wait(lambda: studio.response and studio.response.reused, "the end")
    assert [card["task_id"] for card in studio.batch] == [first.task_id]
    assert len(studio.earlier) == 1


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
    ended(page, studio)
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
    ended(page, studio)
    begun, (bundle, same, update) = page.wait(lambda: shown[3:] and shown[2:], "the video")
    assert "1 video was not finished here" in begun[0]["text/html"]
    assert (same, update) == (name, True)
    assert "not finished" not in bundle["text/html"]
    assert f"llmkit-covered-by-{studio.slot}" in bundle["text/html"]
    assert f"llmkit-task-{studio.job.task_id}" in bundle["text/html"]


def test_a_job_that_an_earlier_session_left_is_there_to_be_seen(page):
    script = (
        "import os\n"
        "from llmkit_jupyter import LLMKitClient, VideoGenerationRequest\n"
        "r = VideoGenerationRequest('A city', duration=3, width=640, height=360, seed=1)\n"
        "print(LLMKitClient().submit_video(r).task_id, flush=True)\n"
        "os._exit(1)\n"
    )
    command = [sys.executable, "-c", script]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    task_id = process.stdout.strip()
    studio = VideoStudio()
    state = page.of(studio)[0].data["state"]
    assert [card["task_id"] for card in state["earlier"]] == [task_id]
    page.wait(lambda: studio.earlier[0]["state"] == "done", "its end")
    assert studio.response.task_id == task_id
    page.say(studio, kind="reuse", task_id=task_id, vary=False)
    assert studio.request.prompt == "A city"
    # Also in a studio that is opened when all is over.
    assert [card["state"] for card in VideoStudio().earlier] == ["done"]


def test_settings_that_are_used_again_make_one_video(page, make):
    studio = make(count=3)
    studio.generate()
    page.say(studio, kind="reuse", task_id=studio.jobs[1].task_id, vary=False)
    assert studio.count == 1
