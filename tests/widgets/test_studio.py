from __future__ import annotations

import inspect
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from traitlets import TraitError, link

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest, VideoStudio, rendering
from llmkit_jupyter.errors import AuthenticationError, InvalidRequestError
from llmkit_jupyter.widgets import fields as forms
from llmkit_jupyter.widgets import pricing
from llmkit_jupyter.widgets.moving import move
from tests.widgets.studios import PROMPT

pytestmark = pytest.mark.usefixtures("quick")


def test_it_begins_with_the_page_s_defaults_in_two_messages(page, client):
    studio = VideoStudio(client)
    time.sleep(0.2)  # for what it might learn from the network
    assert [each.kind for each in page.sent] == ["comm_open", "comm_open"]
    state = page.of(studio)[0].data["state"]
    assert (state["model"], state["duration"]) == ("runway-gen-4", 5)
    assert (state["width"], state["height"], state["count"]) == (1280, 720, 1)
    assert state["controls"]["model"] == "runway-gen-4"
    assert state["models"][0]["id"] == "runway-gen-4"
    assert state["check"]["problems"] == {"prompt": "Write what the video should show."}
    assert state["answer"] == {"id": "", "state": "none", "message": ""}
    assert "offline preview" in state["notice"]
    assert (studio.request, studio.job, studio.response) == (None, None, None)


def test_fields_are_given_by_name_and_others_refused_by_name(page, client):
    studio = VideoStudio(client, prompt=PROMPT, model="kling-2.0", duration=7, seed=3)
    assert studio.request == VideoGenerationRequest(
        PROMPT, model="kling-2.0", duration=7, width=1280, height=720, seed=3
    )
    with pytest.raises(TypeError, match="no field 'promt'; did you mean 'prompt'"):
        VideoStudio(client, promt=PROMPT)
    with pytest.raises(InvalidRequestError, match="an LLMKitClient"):
        VideoStudio(3)
    with pytest.raises(InvalidRequestError, match=r"VideoStudio\(prompt=\.\.\.\)"):
        VideoStudio("A lighthouse")
    assert VideoStudio(client, image=Path("first.png")).image == "first.png"


def test_a_field_that_is_mistyped_later_is_refused_as_well(page, make):
    studio = make()
    with pytest.raises(AttributeError, match="no field 'promt'; did you mean 'prompt'"):
        studio.promt = "A blue whale"
    studio.mine = 5  # anybody may keep something of their own on it


def test_help_names_the_fields_and_says_what_it_is(page, make):
    named = inspect.signature(VideoStudio).parameters
    assert list(named) == ["client", *forms.FORM]
    assert "check[" in make().__doc__


def test_tab_offers_what_a_person_uses(page, make):
    studio = make()
    assert len(dir(studio)) < 30
    assert {"prompt", "generate", "response", "observe"} <= set(dir(studio))
    assert all(hasattr(studio, name) for name in dir(studio))


def test_a_missing_key_is_told_at_once(page, monkeypatch):
    monkeypatch.setenv("LLMKIT_VIDEO_PROVIDER", "runware")
    with pytest.raises(AuthenticationError):
        VideoStudio()


def test_what_the_page_writes_is_judged_once_however_many_fields_it_writes(page, make, monkeypatch):
    monkeypatch.setattr(pricing, "SETTLED", 60)  # a price is judged with the form as well
    studio = make()
    before = len(page.written(studio, "check"))
    page.write(studio, width=640, height=360, seed=5)
    assert studio.request == VideoGenerationRequest(
        PROMPT, model="runway-gen-4", duration=1, width=640, height=360, seed=5
    )
    assert len(page.written(studio, "check")) == before + 1


def test_a_wrong_value_is_said_beside_its_field_and_there_is_no_request(page, make):
    studio = make()
    page.write(studio, duration=99)
    assert studio.problems == {"duration": "Allowed: 1 to 30 seconds for runway-gen-4."}
    assert studio.request is None
    assert studio.check["python"] == studio.check["magic"] == ""
    page.write(studio, duration=3)
    assert studio.problems == {}
    assert studio.request.duration == 3


def test_a_large_seed_is_the_same_on_both_sides(page, make):
    studio = make(seed=2**62 + 1)
    assert page.of(studio)[0].data["state"]["seed"] == str(2**62 + 1)
    assert studio.check["form"]["seed"] == str(2**62 + 1)
    page.write(studio, seed=str(2**63 - 1))
    assert studio.request.seed == studio.seed == 2**63 - 1


def test_another_model_moves_what_it_cannot_take_and_says_so(page, make):
    studio = make(duration=25)
    page.write(studio, model="kling-2.0")
    assert studio.duration == 10
    assert studio.controls["model"] == "kling-2.0"
    assert "25" in studio.controls["moved"]["duration"]
    assert "10" in studio.controls["moved"]["duration"]
    assert page.written(studio, "duration") == [10]
    page.write(studio, duration=9)
    assert studio.controls["moved"] == {}
    # The same from Python.
    studio.model = "leonardo-ultra"
    assert studio.controls["duration_range"] == (1, 15)
    assert studio.controls["moved"] == {}


def test_two_studios_can_share_a_field(page, make):
    one, other = make(), make(model="kling-2.0")
    shared = link((one, "prompt"), (other, "prompt"))
    page.write(one, prompt="A blue whale")
    assert other.request.prompt == "A blue whale"
    other.prompt = "A red fox"
    assert one.request.prompt == "A red fox"
    assert page.written(one, "prompt") == ["A red fox"]
    shared.unlink()
    one.prompt = "A grey owl"
    assert other.prompt == "A red fox"


def test_an_unknown_model_is_said_and_the_rest_stays(page, make):
    studio = make(seed=3)
    page.write(studio, model="runway-gen-5")
    assert list(studio.problems) == ["model"]
    assert (studio.duration, studio.seed) == (1, 3)
    assert studio.controls["model"] == "runway-gen-5"


def test_a_price_comes_a_moment_later_and_counts_all_videos(page, paid, provider):
    studio = paid(count=3)
    page.wait(lambda: studio.check["cost"], "a price")
    assert studio.check["cost"] == "about $0.30"
    asked = len(provider.estimated)
    page.write(studio, prompt="Something else entirely", seed=8)
    assert studio.check["cost"] == "about $0.30"
    time.sleep(0.1)
    assert len(provider.estimated) == asked


def test_a_verdict_says_which_form_it_is_about(page, make):
    studio = make()
    page.write(studio, prompt="A blue whale", seed=5)
    assert studio.check["form"] == studio.values()
    assert list(studio.check["form"]) == list(forms.FORM)
    page.write(studio, model="one-that-takes-pictures")
    studio.image = "data:image/png;base64," + 1000 * "A"
    assert studio.check["form"]["image"] == "data:"


def test_a_price_is_asked_for_once_when_typing_has_settled(page, paid, provider, monkeypatch):
    monkeypatch.setattr(pricing, "SETTLED", 1.0)  # the machine may stall between two keys
    studio = paid()
    for seconds in range(2, 12):
        page.write(studio, duration=seconds)
    page.wait(lambda: studio.check["cost"], "a price")
    assert [request.duration for request in provider.estimated] == [11]


def test_a_service_s_own_no_to_a_price_is_a_problem(page, paid, provider):
    def refuse(_request):
        raise InvalidRequestError("option fps", 7, "24", provider="scripted")

    provider.on_estimate = refuse
    studio = paid()
    page.wait(lambda: studio.problems, "the refusal")
    assert studio.problems == {"option fps": "Allowed: 24."}
    assert studio.request is None


def test_one_who_watches_and_fails_keeps_nobody_from_later_prices(page, paid, caplog):
    studio = paid()
    page.wait(lambda: studio.check["cost"], "a price")

    def fail(_change):
        if threading.current_thread() is not threading.main_thread():
            raise ValueError("not mine")

    studio.observe(fail, "check")
    page.write(studio, duration=2)
    page.wait(lambda: "not mine" in caplog.text, "the failure")
    studio.unobserve(fail, "check")
    page.write(studio, duration=3)
    page.wait(lambda: studio.check["cost"], "another price")


def test_what_the_page_writes_while_the_form_moves_with_the_model_stays(page, make, monkeypatch):
    studio = make(duration=20)

    def slowly(values, *given):
        moved = move(values, *given)
        page.write(studio, prompt="A blue whale")
        return moved

    monkeypatch.setattr("llmkit_jupyter.widgets.request_form.move", slowly)
    page.write(studio, model="kling-2.0")
    assert studio.prompt == "A blue whale"
    assert studio.duration == 10


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"options": 5}, "options"), ({"duration": "5"}, "duration"), ({"prompt": None}, "prompt")],
)
def test_a_value_of_the_wrong_type_is_refused_by_name(page, client, fields, words):
    with pytest.raises(TraitError, match=words):
        VideoStudio(client, **fields)


def test_a_no_to_the_words_ends_with_the_words_and_the_price_is_that_of_the_request(
    page, paid, provider
):
    def judge(request):
        if "cat" in request.prompt:
            raise InvalidRequestError("prompt", request.prompt, "no cats")
        return 0.2

    provider.on_estimate = judge
    studio = paid(prompt="A cat in a hat")
    page.wait(lambda: studio.problems, "the refusal")
    assert studio.problems == {"prompt": "Allowed: no cats."}
    page.write(studio, prompt="A dog in a hat")
    page.wait(lambda: studio.check["cost"], "a price")
    assert studio.problems == {}
    # Asked with the words as they are, once for all words.
    assert [request.prompt for request in provider.estimated] == [
        "A cat in a hat",
        "A dog in a hat",
    ]
    page.write(studio, prompt="A cow in a hat")
    assert studio.check["cost"] == "about $0.20"


def test_what_moved_is_still_said_when_the_service_has_told_more(page, emulator):
    studio = VideoStudio(LLMKitClient(), prompt=PROMPT)
    page.wait(lambda: len(page.written(studio, "controls")) == 1, "the live schema")
    page.write(studio, model="google-veo-3-1-fast")
    assert "5" in studio.controls["moved"]["duration"]
    page.wait(lambda: len(page.written(studio, "controls")) == 3, "the live schema")
    assert studio.duration == 4
    assert "5" in studio.controls["moved"]["duration"]


def test_a_terminal_is_told_what_works_there(page, make, monkeypatch):
    studio = make()
    assert studio._repr_mimebundle_()["text/plain"].startswith("VideoStudio(")
    monkeypatch.setattr(rendering, "in_notebook", lambda: True)
    assert "needs its kernel" in studio._repr_mimebundle_()["text/plain"]


def test_who_asks_for_the_preview_by_name_gets_nothing_else(page, monkeypatch):
    monkeypatch.setenv("LLMKIT_API_KEY", "anything")
    asked = []
    monkeypatch.setattr(
        LLMKitClient, "models", lambda *_, refresh: asked.append(refresh) or everything
    )
    everything = LLMKitClient(provider="preview")._providers["preview"].models()
    everything = [*everything, replace(everything[0], provider="runware")]
    studio = VideoStudio(LLMKitClient(provider="preview"))
    assert {entry["provider"] for entry in studio.models} == {"preview"}
    page.wait(lambda: len(asked) >= 2, "what the network says")
    assert not any(asked)
    monkeypatch.delenv("LLMKIT_VIDEO_PROVIDER", raising=False)
    both = VideoStudio(LLMKitClient())
    assert {entry["provider"] for entry in both.models} == {"preview", "runware"}
    assert both.notice == ""
