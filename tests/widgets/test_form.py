from __future__ import annotations

import pytest

from llmkit_jupyter import InvalidRequestError, LLMKitClient, VideoGenerationRequest
from llmkit_jupyter.errors import AuthenticationError
from llmkit_jupyter.widgets.form import judge, request_of, value_at, values_of

EMPTY = {
    "prompt": "",
    "model": "",
    "duration": None,
    "width": None,
    "height": None,
    "seed": None,
    "negative_prompt": None,
    "image": None,
    "fps": None,
    "options": {},
    "count": 1,
}


def form(**values):
    return {**EMPTY, "prompt": "A red balloon over the sea", **values}


def taken(_request):
    return None


def test_values_make_the_request_and_a_request_gives_the_values_back():
    request = VideoGenerationRequest(
        "A red balloon",
        model="kling-2.0",
        duration=5,
        width=1280,
        height=720,
        seed=0,
        negative_prompt="birds",
        fps=24,
        options={"settings.audio": True},
    )
    values = values_of(request)
    assert request_of({**values, "count": 1}) == request
    assert values_of(request_of(form())) == {k: v for k, v in form().items() if k != "count"}


def test_what_is_empty_is_left_to_the_model():
    request = request_of(form(negative_prompt="", image="", options={"a": "", "b": 0}))
    assert request == VideoGenerationRequest("A red balloon over the sea", options={"b": 0})


def test_everything_wrong_is_found_at_once_each_beside_its_field():
    client = LLMKitClient("preview")
    values = form(
        prompt="  ", duration=99, width=1, height=720, seed=-1, count=0, image="/no/such.png"
    )
    request, problems = judge(values, lambda r: client.validate(r, refresh=False))
    assert request is None
    assert set(problems) == {"prompt", "duration", "size", "seed", "count", "image"}
    assert problems["prompt"] == "Write what the video should show."
    assert problems["duration"] == "Allowed: 1 to 30 seconds for runway-gen-4."
    assert problems["image"].startswith("No such file or directory. Allowed: a PNG, JPEG")
    assert problems["count"] == "Allowed: a whole number from 1 to 100."


def test_an_unknown_model_is_said_and_nothing_else_is_guessed():
    client = LLMKitClient("preview")
    values = form(model="runway-gen-5", duration=99)
    _, problems = judge(values, lambda r: client.validate(r, refresh=False))
    assert list(problems) == ["model"]
    assert "runway-gen-4" in problems["model"]


@pytest.mark.parametrize(
    ("field", "kept"),
    [
        ("option settings.audio", {"other": 1}),
        ("option settings", {"other": 1}),
        ("option settings.audio.level", {"other": 1}),
        ("option nothing of the kind", None),
    ],
)
def test_an_option_s_problem_ends_with_the_option(field, kept):
    seen = []

    def validate(request):
        seen.append(dict(request.options))
        if kept is None or "settings.audio" in request.options:
            raise InvalidRequestError(field, 5, "less")

    values = form(options={"settings.audio": 5, "other": 1})
    request, problems = judge(values, validate)
    assert request is None
    assert problems == {field: "Allowed: less."}
    assert seen[-1] == (kept or {"settings.audio": 5, "other": 1})


def test_what_is_no_field_s_fault_stands_alone_and_ends_the_search():
    def validate(_request):
        raise AuthenticationError("provider 'runware' needs api_key")

    _, problems = judge(form(), validate)
    assert problems == {"form": "provider 'runware' needs api_key"}


def test_a_fault_that_stays_does_not_go_round_for_ever():
    def validate(_request):
        raise InvalidRequestError("duration", None, "something")

    _, problems = judge(form(duration=4), validate)
    assert problems == {"duration": "Allowed: something."}


def test_a_seed_that_runs_out_of_numbers_is_the_seed_s_problem():
    _, problems = judge(form(seed=2**63 - 2, count=5), taken)
    assert list(problems) == ["seed"]


def test_a_picture_is_looked_at_once_until_it_changes(tmp_path, monkeypatch):
    from llmkit_jupyter.widgets import form as module

    looks = []
    monkeypatch.setattr(module, "as_image", looks.append)
    path = tmp_path / "first.png"
    path.write_bytes(b"one")
    for _ in range(5):
        request_of(form(image=str(path)))
    assert looks == [str(path)]
    import os

    os.utime(path, (1, 1))
    request_of(form(image=str(path)))
    assert len(looks) == 2


def test_the_value_of_a_problem_s_field():
    values = form(width=1, height=2, options={"a.b": 3}, seed=4)
    assert value_at(values, "size") == (1, 2)
    assert value_at(values, "option a.b") == 3
    assert value_at(values, "seed") == 4
    assert value_at(values, "form") is None
