from __future__ import annotations

import io
import threading
import time
from types import SimpleNamespace

import pytest

from llmkit_jupyter import rendering
from llmkit_jupyter.errors import VideoTimeoutError
from llmkit_jupyter.failure import VideoError
from llmkit_jupyter.notebook import live, shell, surfaces
from llmkit_jupyter.notebook.card import Card
from llmkit_jupyter.notebook.surfaces import TerminalSurface
from tests.notebook.fakes import TASK_ID, FakeJob, a_response


class Record:
    """A surface that keeps what it was told, with the time."""

    live = True

    def __init__(self):
        self.sent = []
        self.places = 0

    def place(self, card, job):
        number, self.places = self.places, self.places + 1
        return SimpleNamespace(
            begin=lambda card: self.note("show", card),
            update=lambda card: self.note("update", (number, card)),
            finish=lambda card, response, final: self.note(final, (number, card)),
        )

    def note(self, kind, what):
        self.sent.append((time.monotonic(), kind, what))

    def kinds(self):
        return [kind for _, kind, _ in self.sent]

    def wait_for(self, kind, count=1, seconds=5):
        deadline = time.monotonic() + seconds
        while self.kinds().count(kind) < count:
            assert time.monotonic() < deadline, f"no {kind} among {self.kinds()}"
            time.sleep(0.005)


@pytest.fixture
def record(monkeypatch):
    surface = Record()
    monkeypatch.setattr(surfaces, "surface", lambda *, waiting: surface)
    return surface


@pytest.fixture
def quick(monkeypatch):
    """Ten times the usual pace."""
    monkeypatch.setattr(live, "PACE", live.PACE / 10)
    monkeypatch.setattr(live, "RATE", live.RATE * 10)


def test_a_card_moves_while_time_passes_and_becomes_the_video(record, quick):
    job = FakeJob(a_response())
    live.follow([job])
    record.wait_for("update", 2)
    job.become(status="completed", phase="done")
    record.wait_for("video")
    time.sleep(0.3)
    assert record.kinds().count("video") == 1
    assert record.kinds()[-1] == "video"
    assert job.listeners == []
    assert live.cards.following() == []


def test_updates_keep_their_distance_unless_the_phase_changes(record, monkeypatch):
    monkeypatch.setattr(live, "PACE", 60.0)  # far more than anything here takes
    job = FakeJob(a_response(phase="queued"))
    live.follow([job])
    for _ in range(50):
        job.become(phase="queued", progress=0.1)
    time.sleep(0.3)
    assert record.kinds() == ["show"]
    job.become(phase="generating")
    record.wait_for("update")
    assert record.sent[-1][0] - record.sent[0][0] < live.PACE
    assert record.sent[-1][2][1].headline == "Generating"


def test_many_cards_share_the_rate(record, monkeypatch):
    monkeypatch.setattr(live, "PACE", 0.01)
    monkeypatch.setattr(live, "RATE", 40.0)
    live.follow([FakeJob(a_response()) for _ in range(20)])
    record.wait_for("update", 100)
    moments = [moment for moment, kind, _ in record.sent if kind == "update"]
    per_second = (len(moments) - 41) / (moments[-1] - moments[40])
    assert per_second < 44
    # No card is forgotten.
    assert {what[0] for _, kind, what in record.sent if kind == "update"} == set(range(20))


def test_a_surface_that_fails_stops_nothing_else(record, quick, monkeypatch):
    jobs = [FakeJob(a_response()), FakeJob(a_response())]
    first, _ = live.follow(jobs)
    monkeypatch.setattr(first, "_shown", None)
    record.wait_for("update", 2)
    jobs[1].become(status="completed")
    record.wait_for("video")
    assert first not in live.cards.following()


def test_waiting_ends_with_one_line_before_it_returns(record):
    job = FakeJob(a_response())
    with live.waiting([job]) as shown:
        assert "Interrupt the kernel to stop waiting" in record.sent[0][2].message
        job.become(status="completed")
    assert record.kinds()[-1] == "line"
    assert shown[0].ended


@pytest.mark.parametrize(
    ("error", "word"),
    [(KeyboardInterrupt(), "Stopped waiting"), (VideoTimeoutError("x"), "The wait ran out")],
)
def test_the_card_of_a_wait_that_is_given_up_says_so_and_goes_on(record, quick, error, word):
    job = FakeJob(a_response())
    with pytest.raises(type(error)), live.waiting([job]):
        raise error
    assert record.sent[-1][2][1].message == f"{word}; the job goes on."
    job.become(status="completed")
    record.wait_for("video")


def interrupted(jobs, **details):
    """Give what IPython shows of an interrupt while the jobs are waited for."""
    with pytest.raises(KeyboardInterrupt) as caught, live.waiting(jobs, **details):
        raise KeyboardInterrupt
    return caught.value._render_traceback_()


def test_an_interrupt_is_one_sentence_that_says_how_to_get_the_job_back(record, monkeypatch):
    job = FakeJob(a_response())
    [line] = interrupted([job])
    assert line.startswith("KeyboardInterrupt: Stopped waiting; the job goes on. ")
    assert line.endswith(f'LLMKitClient().job("{TASK_ID}") gives it back.')
    monkeypatch.setattr(shell, "has_magic", lambda name: name == "llmkit")
    [line] = interrupted([job], kept="clip is the job now. ")
    assert line.endswith(f"clip is the job now. %llmkit job {TASK_ID} shows it again.")


@pytest.mark.parametrize("moment", ["before it shows", "when it shows", "before it moves"])
def test_an_interrupt_before_all_cards_are_there_is_the_same_sentence(
    record, quick, monkeypatch, moment: str
):
    target, name = (live.cards, "add") if moment == "before it moves" else (record, "note")
    really, seen = getattr(target, name), []

    def strike(*arguments):
        seen.append(arguments)
        if len(seen) == 2 and moment == "when it shows":
            really(*arguments)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return really(*arguments)

    monkeypatch.setattr(target, name, strike)
    jobs = [FakeJob(a_response()) for _ in range(2)]
    [line] = interrupted(jobs)
    assert "the 2 jobs go on" in line
    told = [what for _, kind, what in record.sent if kind == "update"]
    assert {number for number, card in told if "Stopped waiting" in card.message} == {0, 1}
    for job in jobs:
        job.become(status="completed")
    record.wait_for("video", 2)


def test_a_card_whose_first_word_was_cut_short_begins_with_the_second(monkeypatch):
    sent = []

    def publish(bundle, *, display_id, update):
        sent.append((display_id, update))
        if len(sent) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(shell, "publish", publish)
    job = FakeJob(a_response())
    place = surfaces.NotebookSurface().place(Card.of(job), job)
    with pytest.raises(KeyboardInterrupt):
        place.begin(Card.of(job))
    place.update(Card.of(job))
    place.update(Card.of(job))
    assert [update for _, update in sent] == [False, False, True]
    assert len({name for name, _ in sent}) == 1


def test_of_several_jobs_it_is_said_once_and_of_all(record, monkeypatch):
    monkeypatch.setattr(shell, "has_magic", lambda name: True)
    jobs = [FakeJob(a_response()) for _ in range(3)]
    [line] = interrupted(jobs)
    assert "the 3 jobs go on. %llmkit resume shows them again." in line
    hints = [card.message for _, kind, card in record.sent if kind == "show"]
    assert hints == ["Interrupt the kernel to stop waiting; the 3 jobs go on.", "", ""]


def test_many_cards_are_small(record):
    for many, small in ((3, False), (4, True)):
        record.sent.clear()
        live.follow([FakeJob(a_response()) for _ in range(many)])
        assert [card.small for _, kind, card in record.sent if kind == "show"] == [small] * many


def test_a_failure_stays_on_the_card(record):
    job = FakeJob(a_response(status="failed", error=VideoError("server", "It broke.")))
    with pytest.raises(ZeroDivisionError), live.waiting([job]):
        raise ZeroDivisionError
    card = record.sent[-1][2][1]
    assert (card.state, card.message) == ("failed", "It broke.")


def test_the_thread_ends_with_the_last_card(record, quick):
    job = FakeJob(a_response())
    live.follow([job])
    assert "llmkit-cards" in {t.name for t in threading.enumerate()}
    job.become(status="completed")
    deadline = time.monotonic() + 5
    while "llmkit-cards" in {t.name for t in threading.enumerate()}:
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Events:
    def __init__(self):
        self.callbacks = {"pre_run_cell": [], "post_run_cell": []}

    def register(self, name, function):
        self.callbacks[name].append(function)

    def unregister(self, name, function):
        self.callbacks[name].remove(function)

    def trigger(self, name):
        for function in list(self.callbacks[name]):
            function(None)


@pytest.fixture
def events(monkeypatch):
    found = Events()
    monkeypatch.setattr(rendering, "current_shell", lambda: SimpleNamespace(events=found))
    return found


def test_what_arrived_between_two_cells_is_sent_again_in_the_next(record, quick, events):
    job = FakeJob(a_response())
    live.follow([job])
    events.trigger("post_run_cell")
    job.become(status="completed")
    record.wait_for("video")
    events.trigger("pre_run_cell")
    assert record.kinds().count("video") == 2
    events.trigger("post_run_cell")
    assert events.callbacks == {"pre_run_cell": [], "post_run_cell": []}


@pytest.fixture
def slow(record):
    """A surface that takes a while to send, as with a poster to make; set to let it send."""
    go, at_it = threading.Event(), threading.Event()
    note = record.note

    def wait(kind, what):
        if kind == "video" and threading.current_thread().name == "llmkit-cards":
            at_it.set()
            assert go.wait(5)
        note(kind, what)

    record.note = wait
    return SimpleNamespace(go=go, at_it=at_it)


def test_a_cell_does_not_end_before_the_video_that_is_on_its_way(record, slow, quick, events):
    job = FakeJob(a_response())
    live.follow([job])
    job.become(status="completed")
    assert slow.at_it.wait(5)
    threading.Timer(0.2, slow.go.set).start()
    events.trigger("post_run_cell")
    assert record.kinds()[-1] == "video"


def test_a_video_on_its_way_when_a_cell_begins_is_sent_again(record, slow, quick, events):
    job = FakeJob(a_response())
    live.follow([job])
    events.trigger("post_run_cell")
    job.become(status="completed")
    assert slow.at_it.wait(5)
    threading.Timer(0.2, slow.go.set).start()
    events.trigger("pre_run_cell")
    assert record.kinds().count("video") == 2


def test_a_playing_video_is_left_alone_where_the_page_listens_always(
    record, quick, events, monkeypatch
):
    monkeypatch.setenv("JPY_SESSION_NAME", "/a.ipynb")
    job = FakeJob(a_response())
    live.follow([job])
    events.trigger("post_run_cell")
    job.become(status="completed")
    record.wait_for("video")
    events.trigger("pre_run_cell")
    events.trigger("post_run_cell")
    assert record.kinds().count("video") == 1
    assert events.callbacks["post_run_cell"] == []


def test_hooks_go_when_a_waited_for_card_has_ended(record, events):
    job = FakeJob(a_response())
    with live.waiting([job]):
        job.become(status="completed")
    events.trigger("post_run_cell")
    assert events.callbacks == {"pre_run_cell": [], "post_run_cell": []}


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_has_one_progress_line_that_is_wiped(monkeypatch):
    stream, out = Terminal(), io.StringIO()
    surface = TerminalSurface(waiting=True, stream=stream, out=out)
    monkeypatch.setattr(surfaces, "surface", lambda *, waiting: surface)
    job = FakeJob(a_response(progress=0.5))
    with live.waiting([job], final="video"):
        job.become(status="failed", error=VideoError("server", "It broke."))
    assert "\rGenerating \u00b7 50%" in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K")
    assert out.getvalue().startswith("Failed after 12 s")
    assert out.getvalue().count("\n") == 1


def test_without_a_terminal_nothing_is_drawn(capsys):
    job = FakeJob(a_response())
    with live.waiting([job]):
        job.become(status="completed")
    assert capsys.readouterr() == ("", "")
