from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest

from llmkit_jupyter.failure import VideoError
from llmkit_jupyter.notebook.card import Card, as_line, as_text
from llmkit_jupyter.notebook.card_html import as_html
from llmkit_jupyter.notebook.wording import excerpt, length, moment, money, seconds
from tests.notebook.fakes import NASTY, TASK_ID, FakeJob, a_response


def card_of(**values):
    names = ("eta", "cancelling", "notice", "waiting", "queue_position")
    outside = {k: values.pop(k) for k in names if k in values}
    return Card.of(FakeJob(a_response(**values), **outside))


@pytest.mark.parametrize(
    ("values", "state", "headline"),
    [
        ({"phase": "queued"}, "waiting", "Waiting in the queue"),
        ({"phase": "submitting"}, "running", "Submitting"),
        ({"phase": "generating"}, "running", "Generating"),
        ({"phase": "downloading"}, "running", "Downloading"),
        ({"phase": "polishing"}, "running", "Polishing"),
        ({"waiting": True}, "waiting", "Waiting for a worker"),
        ({"cancelling": True}, "running", "Cancelling"),
        ({"waiting": True, "cancelling": True}, "running", "Cancelling"),
        ({"status": "completed", "phase": "done", "elapsed": 41.2}, "done", "Done in 41 s"),
        (
            {"status": "failed", "error": VideoError("server", "broke"), "elapsed": 3.4},
            "failed",
            "Failed after 3 s",
        ),
        ({"status": "failed", "error": VideoError("cancelled", "x")}, "cancelled", "Cancelled"),
    ],
)
def test_state_and_headline(values, state, headline):
    card = card_of(**values)
    assert (card.state, card.headline) == (state, headline)
    assert headline in as_html(card)
    assert as_line(card).startswith(headline)


def test_facts_while_running():
    card = card_of(progress=0.42, elapsed=65.0, eta=30.4, cost=0.25)
    assert card.facts == ["42%", "1 min 05 s", "about 30 s left", "$0.25"]


def test_the_place_in_the_queue_is_told_and_the_word_for_it_only_once():
    card = card_of(waiting=True, queue_position=3, provider_status="queued", elapsed=4.0)
    assert card.facts == ["place 3 in the queue", "4 s"]
    assert card.provider_status is None
    assert card_of(waiting=True, provider_status="waiting_for_gpu").provider_status


def test_where_there_is_little_room():
    assert card_of(progress=0.42).brief == "42%"
    assert card_of(phase="queued").brief == "Waiting"
    assert card_of(status="completed", phase="done", progress=1.0).brief == "Done"


def test_an_ended_job_has_no_time_left_and_no_bar():
    card = card_of(status="completed", phase="done", eta=5.0, progress=1.0)
    assert card.left is None
    assert card.progress is None
    assert "<progress" not in as_html(card)


@pytest.mark.parametrize(
    ("values", "bar"),
    [
        ({"progress": 0.5}, 'max="1" value="0.500"'),
        ({"progress": 7.0}, 'max="1" value="1.000"'),
        ({"elapsed": 30.0, "eta": 10.0}, 'max="1" value="0.750"'),
        ({"elapsed": 300.0, "eta": 0.0}, 'max="1" value="0.970"'),
    ],
)
def test_bar(values, bar):
    assert bar in as_html(card_of(**values))


def test_nothing_moves_by_itself_in_a_notebook_that_has_lost_its_kernel():
    assert "<progress" not in as_html(card_of(eta=None))


def test_messages_are_shown_together():
    card = Card.of(
        FakeJob(a_response(), notice="It will be charged."), message="Interrupt to stop."
    )
    assert card.message == "It will be charged. Interrupt to stop."
    assert "It will be charged. Interrupt to stop." in as_html(card)


def test_a_failure_says_why_as_an_alert():
    html = as_html(card_of(status="failed", error=VideoError("server", "The server broke down.")))
    assert re.search(r'role="alert"[^>]*>The server broke down\.<', html)


def test_the_providers_word_is_shown_where_it_tells_something():
    assert "\u201cwarming up\u201d" in as_html(card_of(provider_status="warming up"))
    assert "\u201c" not in as_html(card_of(provider_status="processing"))


class Elements(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("payload", NASTY)
def test_everything_from_outside_is_escaped(payload):
    plain = Elements(as_html(card_of(provider_status="x", notice="x", progress=0.1)))
    response = a_response(
        prompt=payload,
        model=payload,
        provider=payload,
        provider_status=payload,
        task_id=payload,
        phase=f"{payload}!",
        progress=0.1,
    )
    html = as_html(Card.of(FakeJob(response, notice=payload)))
    found = Elements(html)
    assert found.tags == plain.tags
    assert found.attributes == plain.attributes
    small = Elements(as_html(Card.of(FakeJob(response, notice=payload), small=True)))
    assert set(small.tags) <= {"div", "span", "strong", "progress"}


def test_a_terminal_is_not_steered():
    text = as_text(card_of(prompt="a\x1b[31mb\r\nc\u202ed", model="m\x07"))
    assert "a[31mb cd" in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202e]", text)


def test_only_elements_and_attributes_that_an_untrusted_notebook_keeps():
    found = Elements(as_html(card_of(progress=0.5)))
    assert set(found.tags) <= {"div", "span", "strong", "progress"}
    assert not {name for name in found.attributes if name.startswith("on")}
    assert all(word in found.text for word in ("Generating", "runway-gen-4", "preview", TASK_ID))


def test_colours_follow_the_theme_with_a_fallback():
    html = as_html(card_of())
    assert re.findall(r"var\(--jp-[\w-]+,", html)
    assert not re.findall(r"var\(--jp-[\w-]+\)", html)


def test_accessible_names():
    html = as_html(card_of(progress=0.5))
    assert 'role="group" aria-label="Video job: Generating"' in html
    assert 'aria-label="Progress of the video"' in html
    assert '<strong role="status"' in html


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.0 s"), (0.44, "0.4 s"), (41.4, "41 s"), (125, "2 min 05 s"), (4200, "1 h 10 min")],
)
def test_seconds(value, text):
    assert seconds(value) == text


def test_other_words():
    assert (length(5.0), length(2.5), length(90)) == ("5 s", "2.5 s", "1:30")
    assert (money(0.5), money(0.0123), money(2)) == ("$0.50", "$0.0123", "$2.00")
    assert excerpt("one two three", 8) == "one two\u2026"
    assert excerpt("family \U0001f468\u200d\U0001f469\u200d\U0001f467 \u0634\u0645\u0633") == (
        "family \U0001f468\u200d\U0001f469\u200d\U0001f467 \u0634\u0645\u0633"
    )
    assert len(excerpt("x" * 5000)) == 141


def test_a_price_that_nobody_knows_is_told_while_it_may_still_come():
    assert "price not known beforehand" in Card.of(FakeJob(a_response(), estimate=None)).facts
    told = Card.of(FakeJob(a_response(cost=0.5), estimate=None)).facts
    done = Card.of(FakeJob(a_response(status="completed", phase="done"), estimate=None)).facts
    free = Card.of(FakeJob(a_response(), estimate=0.0)).facts
    assert not any("not known" in fact for fact in (*told, *done, *free))
    # A response alone does not know what was expected.
    assert not any("not known" in fact for fact in Card.of_response(a_response()).facts)


def test_a_card_that_may_stay_as_it_is_says_of_when_it_is():
    running = card_of()
    assert re.search(r"as of \d+ \w+, \d\d:\d\d", as_html(running))
    assert re.search(r"as of \d+ \w+, \d\d:\d\d$", as_text(running))
    assert "as of" not in as_html(card_of(status="completed", phase="done"))


def test_one_of_many_is_small_and_keeps_what_matters():
    failed = a_response(status="failed", error=VideoError("server", "It broke."))
    card = Card.of(FakeJob(failed), small=True)
    html = as_html(card)
    assert len(html) < len(as_html(Card.of(FakeJob(failed))))
    for part in ("Failed", "It broke.", "A red balloon over the sea", "runway-gen-4"):
        assert part in html


def test_a_model_goes_by_its_title_and_a_price_is_told_beforehand():
    card = Card.of_response(a_response(phase="generating", model="pixverse:1@8"), estimate=0.0625)
    assert card.model == "PixVerse v6"
    assert "about $0.0625" in card.facts
    assert "$0.0625" in as_html(card)
    done = a_response(status="completed", phase="done", model="x:1", cost=0.5)
    assert Card.of_response(done, estimate=0.0625).facts == ["$0.50"]


def test_a_reused_one_says_so_and_that_nothing_was_charged():
    done = a_response(status="completed", phase="done", cost=0.5, reused=True)
    card = Card.of_response(done)
    assert (card.state, card.headline) == ("done", "Reused from the library")
    assert card.facts == ["nothing charged; it had cost $0.50"]
    free = Card.of_response(a_response(status="completed", phase="done", reused=True))
    assert free.facts == ["nothing charged"]
    going = Card.of_response(a_response(reused=True), estimate=0.5)
    assert going.headline == "Generating"
    assert "The same video was being made already" in as_html(going)
    assert "about $0.50" not in as_text(going)
    failed = a_response(status="failed", reused=True, error=VideoError("server", "It broke."))
    assert Card.of_response(failed).headline.startswith("Failed")


def test_a_moment_names_its_year_where_that_is_another_one():
    now = time.time()
    this, before = time.localtime(now).tm_year, time.localtime(now - 400 * 86_400).tm_year
    assert str(this) not in moment(now)
    assert f" {this}, " in moment(now, year=True)
    assert f" {before}, " in moment(now - 400 * 86_400)
