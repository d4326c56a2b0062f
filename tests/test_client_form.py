"""What a form asks of a client: what a model takes, and how long its videos take."""

from __future__ import annotations

import json
import warnings
from dataclasses import asdict, replace

import pytest

from llmkit_jupyter import (
    AuthenticationError,
    InvalidRequestError,
    LLMKitClient,
    ModelNotFoundError,
    VideoGenerationRequest,
)
from llmkit_jupyter.catalog.controls import Controls
from llmkit_jupyter.catalog.models import Model
from llmkit_jupyter.engine import loop
from llmkit_jupyter.engine.schema import FILE_NAME
from llmkit_jupyter.errors import JournalError
from tests.scripted import ScriptedProvider


@pytest.fixture(autouse=True)
def _no_warnings():
    """Asking is not submitting: nobody is warned of anything."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_the_model_is_found_as_for_a_request(home):
    home.mkdir()
    (home / "config.toml").write_text(
        '[models]\nmine = "preview/pika-1.0"\nshort = "kling-2.0"\n', "utf-8"
    )
    client = LLMKitClient(ScriptedProvider())
    for name, seconds in (
        ("preview/leonardo-ultra", (1, 15)),
        ("mine", (1, 10)),
        ("Mine", (1, 10)),
        ("any-model", (1, 30)),
    ):
        controls = client.controls(name)
        assert (controls.model, controls.duration_range) == (name, seconds)
    assert LLMKitClient().controls("short").duration_range == (1, 10)


def test_without_a_name_it_is_the_one_that_requests_get(home, monkeypatch):
    controls = LLMKitClient().controls()
    assert (controls.model, controls.duration_range) == ("runway-gen-4", (1, 30))
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text('[models]\nrunway-gen-4 = "preview/pika-1.0"\n', "utf-8")
    controls = LLMKitClient().controls()
    assert (controls.model, controls.duration_range) == ("runway-gen-4", (1, 10))
    monkeypatch.setenv("LLMKIT_VIDEO_MODEL", "preview/kling-2.0")
    controls = LLMKitClient(ScriptedProvider()).controls()
    assert (controls.model, controls.duration_range) == ("preview/kling-2.0", (1, 10))


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("kling-3.0", ModelNotFoundError, "did you mean kling-2.0"),
        ("pixverse-v6", ModelNotFoundError, "one of Runware's models"),
        ("runware/runway-gen-4", AuthenticationError, "LLMKIT_API_KEY"),
        ("", InvalidRequestError, "a model id"),
        (5, InvalidRequestError, "a model id"),
    ],
)
def test_a_name_that_means_nothing_is_told_as_for_a_request(client, name, error, words):
    with pytest.raises(error, match=words):
        client.controls(name)
    with pytest.raises(error, match=words):
        client.validate(VideoGenerationRequest("A cat", model=name))


def test_a_provider_that_knows_more_says_more():
    class Knowing(ScriptedProvider):
        def controls(self, model, *, image=False):
            return Controls(model=model, takes_seed=not image)

    client = LLMKitClient(Knowing())
    assert client.controls("x").takes_seed
    assert not client.controls("x", image=True).takes_seed


def test_a_model_that_is_served_without_being_listed_may_take_anything():
    listed, other = (LLMKitClient(ScriptedProvider()).controls(n) for n in ("ANY-model", "other"))
    assert listed.duration_range == (1, 30)
    assert (other.model, other.duration_range, other.takes_fps) == ("other", None, True)

    class Demanding(ScriptedProvider):
        def validate(self, request):
            if request.model == "missing":
                raise ModelNotFoundError("missing", "any other")
            raise InvalidRequestError("image", None, "an image")

        def models(self):
            return [Model("named", "N", self.name, 5, "", runs="own:id")]

    client = LLMKitClient(Demanding())
    assert client.controls("Own:ID").duration_range == (1, 5)
    assert client.controls("other").duration_range is None
    with pytest.raises(ModelNotFoundError):
        client.controls("missing")


def test_a_successor_s_controls_come_without_a_warning(emulator):
    client = LLMKitClient()
    controls = client.controls("kling-2.0")
    assert (controls.model, controls.durations) == ("kling-2.0", (5, 10))
    assert controls.takes_negative_prompt
    assert client.controls("runware/kling-2.0").model == "runware/kling-2.0"


def test_who_wants_no_successors_is_told_so_here_too(emulator, home):
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text("strict_models = true")
    client = LLMKitClient()
    with pytest.raises(ModelNotFoundError, match="strict_models"):
        client.controls("runway-gen-4")
    # Who names no model leaves the choice to the client.
    assert client.controls().durations == (5, 8, 10)


def test_at_once_is_by_what_is_known_and_else_the_schema_is_looked_up(emulator, monkeypatch):
    client = LLMKitClient()
    before = client.controls("runway:1@2", refresh=False)
    assert emulator.stats()["requests"].get("schema", 0) == 0
    assert before.prompt_limits is None
    after = client.controls("runway:1@2")
    assert emulator.stats()["requests"]["schema"] == 1
    # The snapshot does not say how long a prompt must be; the live schema does.
    assert after.prompt_limits == (2, 3072)
    monkeypatch.setattr(loop.BackgroundLoop, "wait", lambda *_: pytest.fail("it waited"))
    assert client.controls("runway:1@2", refresh=False) == after
    json.dumps(asdict(after), allow_nan=False)


def test_without_schemas_the_snapshot_s_controls_serve(emulator):
    emulator.fault("schema", "503", times=-1)
    assert LLMKitClient().controls("minimax:4@1").fps_choices == (25,)


def test_with_a_picture_the_schema_of_the_model_that_takes_it_is_looked_up(emulator):
    client = LLMKitClient()
    assert client.controls("runway-gen-4", image=True).needs_image
    assert not client.controls("runway-gen-4").needs_image
    assert emulator.stats()["requests"]["schema"] == 2


def test_a_form_shows_the_time_that_earlier_videos_took(client, small):
    assert client.expected(small) is None
    for prompt in ("one", "two", "three"):
        client.generate_video(replace(small, prompt=prompt))
    took = client.expected(replace(small, prompt="other", seed=3))
    assert took is not None
    assert 0 < took < 60
    for other in (small.with_duration(2), small.with_width(98), small.with_model("kling-2.0")):
        assert client.expected(other) is None
    assert client.expected(small.with_model("preview/runway-gen-4")) == took


def test_nobody_is_asked_for_the_time(emulator):
    client = LLMKitClient()
    request = VideoGenerationRequest("A cat", model="kling-2.0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        client.generate_video(request)
    before = emulator.stats()["requests"]
    assert client.expected(request) is not None
    assert emulator.stats()["requests"] == before


def test_the_time_of_what_cannot_be_made_is_an_error(client, small):
    with pytest.raises(InvalidRequestError, match="duration"):
        client.expected(small.with_duration(61))
    with pytest.raises(InvalidRequestError, match="height"):
        client.expected(VideoGenerationRequest("A cat", width=640))


def test_a_journal_that_cannot_be_read_says_so(home, small):
    home.mkdir(exist_ok=True)
    (home / FILE_NAME).mkdir()
    with pytest.raises(JournalError):
        LLMKitClient().expected(small)
