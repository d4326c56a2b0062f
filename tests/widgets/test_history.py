from __future__ import annotations

import inspect
import threading
import time

import pytest
from traitlets import TraitError

from llmkit_jupyter import JobHistory, LLMKitClient, VideoGenerationRequest, rendering
from llmkit_jupyter.engine.record import new_record
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.notebook import gallery, shell
from llmkit_jupyter.widgets.finding import FILTERS
from tests.notebook.fakes import NASTY, stop

SMALL = {"duration": 1, "width": 96, "height": 64}


@pytest.fixture(autouse=True)
def _quick(quick):
    """Cards move without a pause."""


@pytest.fixture
def made(provider):
    """A client, and what makes videos of prompts with it, oldest first."""
    client = LLMKitClient(provider)

    def made(*prompts: str, **fields):
        requests = [VideoGenerationRequest(each, **{**SMALL, **fields}) for each in prompts]
        jobs = [client.submit_video(each) for each in requests]
        client.wait(jobs, 60)
        return jobs

    made.client = client
    return made


def shown(history: JobHistory) -> list[str]:
    return [tile["prompt"] for tile in history.found["tiles"]]


def showing(page, history, *prompts: str) -> None:
    """Wait until these are the tiles, and the filters are those that are set."""
    page.wait(
        lambda: shown(history) == list(prompts) and history.found["of"]["text"] == history.text,
        f"{prompts}",
    )


def opened(page, history, job):
    page.say(history, kind="show", task_id=job.task_id)
    page.wait(lambda: history.opened["task_id"] == job.task_id, "the job")
    return history.opened


def answer(page, history, kind: str, name: str = "1") -> str:
    """Wait for the answer to a deed of that name, and give its words."""
    key = "id" if kind == "done" else "request"
    contents = lambda: [each.data["content"] for each in page.told(history, kind)]  # noqa: E731
    [found] = page.wait(lambda: [c for c in contents() if c[key] == name], kind)
    return found["message"]


def test_it_begins_with_the_newest_jobs_and_what_there_is_to_filter_by(page, made):
    made("a cat", "a dog", "a bird")
    history = JobHistory(made.client, page_size=2)
    assert shown(history) == ["a bird", "a dog"]
    assert (history.found["total"], history.found["pages"], history.found["page"]) == (3, 2, 1)
    assert history.found["models"] == [{"id": "any-model", "title": "any-model", "count": 3}]
    tile = history.found["tiles"][0]
    assert (tile["state"], tile["cost"], tile["length"], tile["has_video"]) == (
        "done", "$0.50", "1 s", True
    )  # fmt: skip
    assert [job.request.prompt for job in history.jobs] == ["a bird", "a dog"]


def test_what_the_page_filters_by_is_looked_up_and_begins_at_its_first_page(page, made):
    jobs = made("a cat", "a dog", "a cat and a dog", "a bird")
    history = JobHistory(made.client, page_size=1)
    page.write(history, page=3)
    showing(page, history, "a dog")
    page.write(history, text="CAT")
    showing(page, history, "a cat and a dog")
    assert (history.page, history.found["total"]) == (1, 2)
    page.write(history, text="", status="failed", page=1)
    showing(page, history)
    jobs[1].rate(4)
    page.write(history, status="", rating=4, page=1)
    showing(page, history, "a dog")
    page.write(history, rating="unrated", since=time.time() - 60, until=time.time() + 60, page=1)
    page.wait(lambda: history.found["total"] == 3, "all that have no stars")


def test_python_filters_by_the_same_traits_and_can_wait_for_it(page, made):
    made("a cat", "a dog")
    history = JobHistory(made.client, text="dog")
    assert shown(history) == ["a dog"]
    history.text = "cat"
    history.refresh()
    assert shown(history) == ["a cat"]
    history.page = 7
    history.refresh()
    assert (history.page, shown(history)) == (1, ["a cat"])


@pytest.mark.parametrize(
    "written",
    [{"status": "done"}, {"rating": 6}, {"page": 0}, {"since": -1}, {"text": 5}, {"found": {}}],
)
def test_what_no_filter_can_be_is_not_taken(page, made, written):
    history = JobHistory(made.client)
    before = history.found["of"]
    page.write(history, **written)
    assert {name: getattr(history, name) for name in before} == before
    name = next(iter(written))
    assert page.written(history, name)[-1] == getattr(history, name)
    if name != "found":
        with pytest.raises((InvalidRequestError, TraitError), match=name):
            setattr(history, name, written[name])


def test_of_many_changes_the_last_one_holds_and_few_are_looked_up(page, made, monkeypatch):
    made("a cat", "a dog")
    history = JobHistory(made.client)
    looked, gate = [], threading.Event()
    real = made.client.history

    def slowly(text, **wanted):
        looked.append(text)
        gate.wait(10)
        return real(text, **wanted)

    monkeypatch.setattr(made.client, "history", slowly)
    for text in ("a", "a ", "a c", "a ca", "a cat"):
        page.write(history, text=text, page=1)
    page.wait(lambda: looked, "a look")
    gate.set()
    showing(page, history, "a cat")
    assert looked[-1] == "a cat"
    assert len(looked) <= 3
    assert [each["of"]["text"] for each in page.written(history, "found")] == ["a cat"]


def test_a_job_that_runs_is_kept_current_and_a_new_one_shows_up(page, made, client, long):
    made("a cat")
    history = JobHistory(client)
    job = client.submit_video(long)
    page.wait(lambda: shown(history) == ["A city at night", "a cat"], "the new job")
    page.wait(lambda: history.found["tiles"][0]["headline"] == "Generating", "its progress")
    assert opened(page, history, job)["card"]["can_cancel"]
    page.say(history, kind="forget", id="1", task_id=job.task_id)
    assert "still running: cancel it first" in answer(page, history, "refused")
    page.say(history, kind="cancel", task_id=job.task_id)
    page.wait(lambda: history.found["tiles"][0]["state"] == "cancelled", "its end")
    page.wait(lambda: history.opened["card"]["state"] == "cancelled", "its end")
    stop(job)


def test_the_one_that_is_open_has_its_video_its_settings_and_code(page, made):
    [job] = made("a cat", seed=7, negative_prompt="no dogs", options={"style": "oil"})
    history = JobHistory(made.client)
    state = opened(page, history, job)
    assert state["card"]["video"]["task_id"] == job.task_id
    settings = dict(state["settings"])
    assert settings["Seed"] == "7"
    assert (settings["Negative prompt"], settings["style"]) == ("no dogs", "oil")
    assert 'LLMKitClient("scripted")' in state["python"]
    assert "-p scripted" in state["magic"]
    assert "its video" in state["goes"]
    assert history.job == job
    page.say(history, kind="show", task_id="")
    page.wait(lambda: history.opened["task_id"] == "", "the end of it")
    assert history.job is None


def test_code_names_a_provider_that_is_not_the_usual_one(page, made, client, small):
    """What was free must not cost money when its code is run, nor the other way round."""
    free = client.submit_video(small)
    free.result(60)
    [paid] = made("a cat")
    history = JobHistory()
    assert "from_env()" in opened(page, history, free)["python"]
    assert 'LLMKitClient("scripted")' in opened(page, history, paid)["python"]


def test_stars_go_to_the_journal_and_to_the_tile(page, made):
    [job] = made("a cat")
    history = JobHistory(made.client)
    opened(page, history, job)
    page.say(history, kind="rate", task_id=job.task_id, rating=4)
    page.wait(lambda: history.found["tiles"][0]["rating"] == 4, "stars")
    page.wait(lambda: history.opened["rating"] == 4, "stars")
    assert made.client.history(rating=4).total == 1
    page.say(history, kind="rate", task_id=job.task_id, rating=None)
    page.wait(lambda: history.found["tiles"][0]["rating"] is None, "no stars")
    assert made.client.history(rating="unrated").total == 1
    made.client.forget(job.task_id)
    page.say(history, kind="rate", task_id=job.task_id, rating=5)
    assert "no job" in answer(page, history, "refused", job.task_id)


def test_saving_writes_beside_the_notebook_and_over_nothing(page, made, tmp_path, monkeypatch):
    [job] = made("../../a cat")
    monkeypatch.chdir(tmp_path)
    history = JobHistory(made.client)
    (tmp_path / "a-cat.mp4").write_text("mine")
    page.say(history, kind="save", id="1", task_id=job.task_id)
    assert f"Saved as a-cat-2.mp4 in {tmp_path}" in answer(page, history, "done")
    assert (tmp_path / "a-cat.mp4").read_text() == "mine"
    assert (tmp_path / "a-cat-2.mp4").read_bytes() == job.response.video_bytes
    job.response.path.unlink()
    page.say(history, kind="save", id="2", task_id=job.task_id)
    assert "removed from the library" in answer(page, history, "refused", "2")


def test_forgetting_takes_the_job_its_file_and_what_the_notebook_keeps(page, made):
    keep, gone = made("a cat", "a secret")
    history = JobHistory(made.client)
    opened(page, history, gone)
    page.say(history, kind="forget", id="1", task_id=gone.task_id)
    answer(page, history, "done")
    showing(page, history, "a cat")
    page.wait(lambda: history.opened["task_id"] == "", "the end of it")
    assert made.client.library.videos == [keep.response.path]
    assert "secret" not in str(history.plain())
    page.say(history, kind="forget", id="2", task_id=gone.task_id)
    assert "no job" in answer(page, history, "refused", "2")


def test_only_jobs_that_were_shown_can_be_acted_on(page, made):
    old, _new = made("a cat", "a dog")
    history = JobHistory(made.client, page_size=1)
    page.say(history, kind="forget", id="1", task_id=old.task_id)
    assert "has not shown a job" in answer(page, history, "refused")
    page.say(history, kind="fetch", request="f", task_id=old.task_id, part="poster", start=0,
             text=False)  # fmt: skip
    answer(page, history, "refused", "f")
    page.write(history, page=2)
    showing(page, history, "a cat")
    page.write(history, page=1)
    showing(page, history, "a dog")
    # What is on its way to an earlier page still comes.
    page.say(history, kind="fetch", request="g", task_id=old.task_id, part="poster", start=0,
             text=False)  # fmt: skip
    page.wait(lambda: page.told(history, "piece"), "a picture")
    assert made.client.history().total == 2


def test_settings_go_to_the_form_or_to_python_and_nothing_is_made(page, made, make, provider):
    [job] = made("a cat")
    before = list(provider.submitted)
    studio = make(made.client, prompt="something else")
    history = JobHistory(made.client, studio=studio)
    page.say(history, kind="reuse", task_id=job.task_id, vary=False)
    page.wait(lambda: studio.prompt == "a cat", "the settings")
    assert opened(page, history, job)["has_form"]
    alone = JobHistory(made.client)
    page.say(alone, kind="reuse", task_id=job.task_id, vary=False)
    page.wait(lambda: alone.request is not None, "the request")
    assert alone.request.prompt == "a cat"
    assert not opened(page, alone, job)["has_form"]
    assert provider.submitted == before


def test_a_video_that_was_removed_is_said_and_one_that_is_gone_for_good_as_well(page, made):
    [job] = made("a cat")
    history = JobHistory(made.client)
    made.client.forget(job.task_id)
    page.say(history, kind="show", task_id=job.task_id)
    page.wait(lambda: "no job" in history.opened["problem"], "the reason")
    page.say(history, kind="refresh")
    showing(page, history)
    assert history.plain()["text/plain"].startswith("No jobs")


def test_a_journal_that_cannot_be_read_is_a_sentence_and_not_the_end(page, made):
    made("a cat")
    history = JobHistory(made.client)
    path = made.client.engine.journal.path
    aside = path.with_name("aside")
    made.client.engine.journal.close()
    path.rename(aside)
    path.mkdir()
    history.refresh()
    assert str(path) in history.found["problem"]
    path.rmdir()
    aside.rename(path)
    history.refresh()
    assert (history.found["problem"], shown(history)) == ("", ["a cat"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"client": "preview"}, "client is 'preview'"),
        ({"studio": 5}, "studio is 5; allowed: a VideoStudio"),
        ({"page_size": 0}, "page_size is 0"),
        ({"status": "done"}, "status is 'done'; allowed: processing"),
        ({"rating": 7}, "rating is 7; allowed: 1 to 5 stars"),
    ],
)
def test_an_argument_that_cannot_be_is_named(page, arguments, words):
    with pytest.raises(InvalidRequestError) as raised:
        JobHistory(**arguments)
    assert words in str(raised.value)


def test_tab_and_help_name_what_it_takes():
    parameters = inspect.signature(JobHistory).parameters
    assert list(parameters) == ["client", "studio", "page_size", *FILTERS, "page"]
    assert (parameters["page_size"].default, parameters["rating"].default) == (24, None)


def test_unknown_names_are_refused_by_name(page):
    with pytest.raises(TypeError, match="no field 'txt'; did you mean 'text'"):
        JobHistory(txt="cat")


# -- plain output


@pytest.fixture
def outputs(monkeypatch):
    """What was shown in the cell, and as what it was changed, by the output's name."""
    outputs: dict[str | None, list[str]] = {}

    def publish(bundle, *, display_id=None, update=False):
        assert update == (display_id in outputs)
        outputs.setdefault(display_id, []).append(bundle["text/html"])

    monkeypatch.setattr(shell, "publish", publish)
    monkeypatch.setattr(rendering, "in_notebook", lambda: True)
    return outputs


def test_the_notebook_keeps_the_page_that_was_looked_at_last(page, made, outputs, monkeypatch):
    monkeypatch.setattr("llmkit_jupyter.widgets.history.SETTLED", 0.02)
    made("a cat", "a dog")
    history = JobHistory(made.client)
    history.show()
    view, kept = list(outputs)[-2:]
    assert f"llmkit-slot-{history.slot}" in outputs[view][0]
    assert f"llmkit-covered-by-{history.slot}" in outputs[kept][0]
    assert outputs[kept][0].count("data:image/jpeg") == 2
    page.write(history, text="dog")
    page.wait(lambda: "a cat" not in outputs[kept][-1], "what is looked at now")
    assert "a dog" in outputs[kept][-1]
    assert len(outputs[view]) == 1


def test_plain_output_is_escaped_and_bounded(made, monkeypatch):
    jobs = made(*(each.replace("\x00", "") for each in NASTY))
    jobs[0].rate(3)
    bundle = gallery.gallery(jobs, 2000)
    html = bundle["text/html"]
    for bad in ("<script", "<iframe", "onmouseover='", '"><img src=x'):
        assert bad not in html
    assert html.count("<img ") == len(jobs)
    assert f"{len(jobs)} of 2,000 jobs" in html
    assert 'aria-label="3 of 5 stars"' in html
    assert "\u2605\u2605\u2605\u2606\u2606" in html
    assert "\u2605\u2605\u2605\u2606\u2606" in bundle["text/plain"]
    assert "\x1b" not in bundle["text/plain"]
    assert "\u202e" not in html + bundle["text/plain"]
    monkeypatch.setattr(gallery, "MAX_BYTES", 5000)
    assert len(gallery.gallery(jobs, 2000)["text/html"]) < 5000 + 1500 * len(jobs)
    monkeypatch.setattr(gallery, "MAX_JOBS", 2)
    assert gallery.gallery(jobs, 2000)["text/html"].count("<td") == 2


def test_a_job_of_another_tool_shows_what_it_can(page, made, home):
    client = made.client
    request = VideoGenerationRequest("x" * 90_000, model="m" * 900)
    record = new_record(provider="p", endpoint="", account="", request=request, sent=request)
    client.engine.journal.add([record]).result()
    history = JobHistory(client)
    [tile] = history.found["tiles"]
    assert len(str(history.found)) < 3000
    assert tile["state"] == "waiting"
