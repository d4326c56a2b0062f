from __future__ import annotations

import io
import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from llmkit_jupyter import (
    InvalidRequestError,
    LLMKitClient,
    Sweep,
    VideoTimeoutError,
    rendering,
    sweep,
)
from llmkit_jupyter.notebook import arrangement, live, shell, summary, surfaces, watching
from llmkit_jupyter.notebook.summary import Summary, as_line, as_text
from llmkit_jupyter.notebook.summary_html import as_html
from tests.engine.waiting import until
from tests.notebook.fakes import NASTY, FakeJob, a_response
from tests.sweeps.conftest import Held, until_sent


@pytest.fixture
def provider(video_bytes):
    made = Held(video_bytes)
    yield made
    made.open = True


@pytest.fixture
def client(provider):
    return LLMKitClient(provider)


def begin(client, count=60, **more):
    prompts = [f"cat number {number}" for number in range(count)]
    values = {"client": client, "wait": False, "confirm": True, "name": "study", **more}
    return sweep(prompts, **values)


@pytest.fixture
def running(client, provider):
    """Sixty rows: two are made, eighteen under way, forty wait."""
    provider.open = False
    found = begin(client)
    until_sent(found, provider, 20)
    provider.let(2)
    until_sent(found, provider, 22)
    until(lambda: len(found.completed) == 2)
    yield found
    found.stop()
    provider.open = True
    found.wait()


class Sent:
    """A place that keeps what it was sent, with the time."""

    live = True

    def __init__(self):
        self.summaries = []
        self.times = []

    def draw(self, summary):
        self.summaries.append(summary)
        self.times.append(time.monotonic())


def test_the_headline_counts_and_the_facts_are_money(running):
    found = Summary.of(running)
    assert found.headline == "Sweep study: 2 of 60 done"
    assert found.facts[0] == "$0.10 of about $5.90"
    assert not found.ended
    assert (found.completed, found.failed, found.pending) == (2, 0, 38)
    # What is under way fills the bar as well, by as much as is expected of it.
    assert 2 / 60 <= found.share < 20 / 60
    assert found.state == "running"


def test_running_jobs_have_a_line_each_up_to_twelve(running):
    found = Summary.of(running)
    assert [line.number for line in found.running] == list(range(2, 14))
    assert found.more == 8
    assert found.running[0].prompt == "cat number 2"
    assert "and 8 more" in as_text(found)
    html = as_html(found)
    assert html.count("<tr") == 12
    assert "and 8 more" in html
    assert 'aria-label="Progress of the sweep"' in html


def test_time_is_told_once_a_video_is_made(running):
    assert any(fact.endswith("left") for fact in Summary.of(running).facts)


def test_what_stopped_it_is_said(client):
    found = begin(client, 6, budget=0.2).wait()
    ended = Summary.of(found)
    assert ended.ended
    assert ended.headline.endswith("not submitted")
    assert "budget of $0.20 is used up" in as_line(ended)
    assert "budget of $0.20 is used up" in as_html(ended)
    assert ended.state == "cancelled"


def test_what_can_be_done_about_the_rest_is_said(client, provider):
    provider.on_submit = lambda submission: InvalidRequestError("seed", 5, "another")
    found = begin(client, 3).wait()
    assert ".retry() makes again what failed." in as_html(Summary.of(found))
    provider.on_submit = None
    begin(client, 6, budget=0.2, name="other").wait()
    # Who loads it knows nothing of the budget that had stopped it.
    loaded = Summary.of(Sweep.load("other", client))
    assert loaded.message == "" if loaded.stopped else ".resume() submits" in loaded.message
    assert Summary.of(found.retry().wait()).message == ""


def test_no_bar_goes_back_when_a_video_takes_longer_than_expected(running):
    line = summary.RunningLine(7, "running", "Generating", "m", "a cat", 1, 0.6, "")
    other = replace(line, number=8, share=None)
    before = replace(Summary.of(running), share=0.5, running=(line,))
    after = replace(before, share=0.2, running=(replace(line, share=None), other)).after(before)
    assert after.share == 0.5
    assert [line.share for line in after.running] == [0.6, None]
    further = replace(before, share=0.7, running=(replace(line, share=0.1),)).after(before)
    assert (further.share, further.running[0].share) == (0.7, 0.1)


def test_its_end_is_a_table_of_what_differs(client, provider):
    provider.on_submit = None
    found = sweep(
        ["a cat", "a dog"], models=["m1", "m2"], seeds=[4, 5], durations=3, client=client, name="s"
    )
    found[0].rate(3)
    ended = Summary.of(found)
    assert ended.headers == ("row", "prompt", "model", "seed", "outcome", "cost", "rating")
    assert ended.rows[0].cells[:4] == ("0", "a cat", "m1", "4")
    assert ended.rows[0].cells[4].startswith("done in ")
    assert ended.rows[0].cells[5:] == ("$0.05", "\u2605\u2605\u2605\u2606\u2606")
    assert ended.headline == "Sweep s: 8 of 8 done"
    assert ended.facts == ["$0.40"]
    text = as_text(ended)
    assert text.count("\n") == 9
    again = Summary.of(sweep(["a cat", "a dog"], models=["m1", "m2"], seeds=4, client=client))
    # Other requests: they leave the duration open.
    assert again.reused == 0
    same = Summary.of(sweep(["a cat", "a dog"], models=["m1", "m2"], seeds=4, client=client))
    assert same.headline.endswith("4 of 4 done, 4 reused")
    assert same.facts == []
    assert {row.cells[4] for row in same.rows} == {"reused"}


def test_its_end_has_a_picture_of_each_video_and_the_text_a_table(client):
    found = sweep(["a cat", "a <b>dog</b>"], models=["m1", "m2"], client=client, name="s")
    bundle = rendering.render(found)
    assert bundle["text/html"].count("<img") == 4
    assert "Sweep s: 4 of 4 done" in bundle["text/html"]
    assert "<b>" not in bundle["text/html"]
    assert bundle["image/jpeg"]
    assert bundle["text/plain"].count("\n") == 5
    # Where there is no video there are words.
    assert "<img" not in rendering.render(found.failed)["text/html"]


def test_what_differs_most_stands_at_the_sides(client):
    def sides(**values):
        found = sweep(**{"prompts": "a cat", "client": client, "confirm": True, **values})
        return arrangement.sides(found.rows)

    both = ["a cat", "a dog"]
    assert sides(prompts=both, models=["m1", "m2"], seeds=[1, 2]) == ("prompt", "model")
    assert sides(prompts=both, seeds=[1, 2]) == ("prompt", "seed")
    assert sides(models=["m1", "m2"], seeds=[1, 2]) == ("model", "seed")
    assert sides(seeds=[1, 2]) == ("prompt", "seed")
    assert sides(sizes=["96x64", "64x96"]) == ("prompt", "size")
    assert sides(prompts=both) == ("prompt", "model")
    assert sides() == ("prompt", "model")


def test_of_many_rows_sixty_are_shown(client):
    ended = Summary.of(begin(client, 70, concurrency=100).wait())
    assert len(ended.rows) == 60
    assert "and 10 more: .to_frame() has all" in as_html(ended)


def test_failures_say_why(client, provider):
    provider.on_submit = lambda submission: InvalidRequestError("seed", 5, "another")
    ended = Summary.of(begin(client, 2).wait())
    assert ended.headline == "Sweep study: 0 of 2 done, 2 failed"
    assert ended.rows[0].cells[-1] == "invalid request: seed is 5; allowed: another"
    assert ended.state == "failed"


@pytest.mark.parametrize("text", NASTY)
def test_nothing_from_outside_becomes_markup(client, provider, text):
    provider.on_submit = lambda submission: InvalidRequestError("prompt", text, text)
    name = "".join(c for c in text if c.isprintable() and c not in "/\\")[:80].strip()
    found = sweep([text, "b"], client=client, model=text.strip("\x00 "), name=name)
    html = rendering.render(found)["text/html"] + as_html(Summary.of(found))
    for mark in ("<script", "<img", "<iframe", "onmouseover='window", "\u202e", "\x1b"):
        assert mark not in html
    assert "\x1b" not in as_text(Summary.of(found))


def test_many_jobs_send_few_messages(client, provider, monkeypatch):
    assert max(live.RATE, 1 / live.PACE) <= 4  # messages a second
    place = Sent()
    pace = 0.05
    monkeypatch.setattr(live, "PACE", pace)
    monkeypatch.setattr(live, "RATE", 40.0)
    found = begin(client, 400, concurrency=50)
    with watching.watching(found, place):
        until(found.done)
    assert len(found.completed) == 400
    # Twenty times as often as usual, and no oftener, whatever the jobs do.
    spent = place.times[-1] - place.times[0]
    assert len(place.times) <= spent / pace + 3
    assert place.summaries[-1].ended
    assert not any(each.ended for each in place.summaries[:-1])


def test_cards_and_summaries_share_the_rate(running, monkeypatch):
    monkeypatch.setattr(live, "PACE", 0.01)
    monkeypatch.setattr(live, "RATE", 40.0)
    place, cards = Sent(), Sent()
    surface = SimpleNamespace(
        live=True,
        place=lambda card, job: SimpleNamespace(begin=cards.draw, update=cards.draw),
    )
    monkeypatch.setattr(surfaces, "surface", lambda *, waiting: surface)
    live.follow([FakeJob(a_response()) for _ in range(9)])
    live.cards.add(watching.LiveSummary(running, place))
    until(lambda: len(place.times) >= 12)
    # The first ones may come at once; ten things share what comes after.
    times = sorted([*place.times, *cards.times[9:]])[50:]
    assert (len(times) - 1) / (times[-1] - times[0]) < 44


def test_the_last_word_comes_before_the_wait_returns(client, provider):
    place = Sent()
    found = begin(client, 3)
    with watching.watching(found, place):
        until(found.done)
    assert place.summaries[-1].ended
    assert all(card.ended for card in live.cards.following())


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (KeyboardInterrupt(), "Stopped waiting; what is under way goes on."),
        (VideoTimeoutError("x"), "The wait ran out; the sweep goes on."),
    ],
)
def test_a_wait_that_is_given_up_says_so_and_goes_on(running, provider, error, text):
    place = Sent()
    with pytest.raises(type(error)), watching.watching(running, place):
        raise error
    assert place.summaries[-1].message == text
    provider.open = True
    until(lambda: place.summaries[-1].ended)
    assert place.summaries[-1].completed == 60


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_has_one_line(client):
    stream, out = Terminal(), io.StringIO()
    found = begin(client, 3)
    with watching.watching(found, watching.TerminalPlace(stream, out)):
        until(found.done)
    assert "\rSweep study: 0 of 3 done \u00b7 0%" in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K")
    assert "\n" not in stream.getvalue()
    assert out.getvalue() == ""


def test_where_there_is_no_terminal_nothing_is_drawn(client, capsys):
    begin(client, 3).wait()
    assert capsys.readouterr() == ("", "")


@pytest.fixture
def published(monkeypatch):
    sent = []

    def publish(bundle, *, display_id=None, update=False):
        sent.append((bundle, display_id, update))

    monkeypatch.setattr(shell, "publish", publish)
    monkeypatch.setattr(rendering, "in_notebook", lambda: True)
    return sent


def test_a_waiting_cell_has_one_output_that_becomes_the_table(client, published):
    found = begin(client, 5)
    found.wait()
    assert len({name for _, name, _ in published}) == 1
    assert [update for _, _, update in published][:1] == [False]
    assert all(update for _, _, update in published[1:])
    assert "<progress" in published[0][0]["text/html"]
    assert "Sweep study: 5 of 5 done" in published[-1][0]["text/html"]


def test_one_that_is_shown_while_it_runs_moves(running, provider, published):
    running._ipython_display_()
    assert not published[0][2]
    assert "Sweep study: 2 of 60 done" in published[0][0]["text/plain"]
    provider.open = True
    until(lambda: "60 of 60 done" in published[-1][0]["text/plain"])
    with pytest.raises(NotImplementedError):
        running._ipython_display_()
    assert "60 of 60 done" in running._repr_mimebundle_()["text/html"]


def test_a_cell_that_waited_for_it_does_not_show_it_twice(client, published, monkeypatch):
    events = SimpleNamespace(register=lambda *_: None, unregister=lambda *_: None)
    cell = SimpleNamespace(execution_count=7, events=events)
    monkeypatch.setattr(rendering, "current_shell", lambda: cell)
    found = begin(client, 2).wait()
    count = len(published)
    found._ipython_display_()
    assert len(published) == count
    with pytest.raises(NotImplementedError):  # which shows the table
        found[:1]._ipython_display_()
    cell.execution_count += 1
    with pytest.raises(NotImplementedError):
        found._ipython_display_()


def test_a_saved_state_says_that_it_may_have_changed(running):
    bundle = rendering.render(running)
    assert "as of " in bundle["text/html"]
    assert "Run the cell again" in bundle["text/html"]


def test_threads_draw_nothing(client, published):
    thread = threading.Thread(target=lambda: begin(client, 2).wait())
    thread.start()
    thread.join()
    assert published == []


class Row:
    def __init__(self, waits=False, job=None):
        self.waits, self.job = waits, job


class Job:
    reused = False

    def __init__(self, elapsed, status="completed", eta=None):
        self.elapsed, self.status, self.eta = elapsed, status, eta

    def done(self):
        return self.status != "processing"


def test_time_left_is_that_of_the_rounds_to_come():
    made = [Row(job=Job(60.0)) for _ in range(3)]
    going = [Row(job=Job(20.0, "processing")) for _ in range(2)]
    waiting = [Row(waits=True) for _ in range(5)]
    assert summary.time_left(made + going + waiting, 2) == 40 + 3 * 60
    assert summary.time_left(made + waiting, 5) == 60
    assert summary.time_left(waiting, 5) is None
    assert summary.time_left([Row(job=Job(5.0, "processing", eta=30.0))], 5) == 30


def test_a_row_that_is_retried_while_it_is_looked_at_has_a_job_or_none():
    class Leaving(Row):
        looks = 0

        @property
        def job(self):
            self.looks += 1
            return self._job if self.looks == 1 else None

        @job.setter
        def job(self, job):
            self._job = job

    assert summary.time_left([Leaving(job=Job(20.0, "failed")), Row(job=Job(60.0))], 2) == 0
