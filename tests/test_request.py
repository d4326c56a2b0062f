from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmkit_jupyter import InvalidRequestError, VideoGenerationRequest


def test_builders_return_new_requests_and_leave_the_original_alone():
    first = VideoGenerationRequest("A person dancing")
    second = (
        first.with_model("runway-gen-4")
        .with_duration(10)
        .with_width(1280)
        .with_height(720)
        .with_seed(7)
    )
    assert first == VideoGenerationRequest("A person dancing")
    assert (second.model, second.duration, second.width, second.height, second.seed) == (
        "runway-gen-4",
        10,
        1280,
        720,
        7,
    )
    assert second.with_duration(5).with_duration(6).duration == 6


def test_a_request_cannot_be_changed():
    request = VideoGenerationRequest("x")
    with pytest.raises(dataclasses.FrozenInstanceError):
        request.prompt = "y"  # type: ignore[misc]


@pytest.mark.parametrize("prompt", ["", "   ", "\n\t", None, 5, b"bytes", ["a"]])
def test_a_prompt_must_be_a_text(prompt):
    with pytest.raises(InvalidRequestError, match="prompt") as caught:
        VideoGenerationRequest(prompt)
    assert caught.value.field == "prompt"
    assert caught.value.value == prompt


def test_half_a_surrogate_pair_is_refused_because_no_request_could_carry_it():
    with pytest.raises(InvalidRequestError, match="character 3"):
        VideoGenerationRequest("ab\ud83d")


@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        2.5,
        math.nan,
        math.inf,
        10**9,
        True,
        "5",
        None,
        np.bool_(1),
        [5],
        np.array([1, 2]),
        int,
    ],
)
@pytest.mark.parametrize("method", ["with_duration", "with_width", "with_height"])
def test_a_wrong_number_is_named_with_what_is_allowed(method, value):
    with pytest.raises(InvalidRequestError, match="a whole number from 1 to") as caught:
        getattr(VideoGenerationRequest("x"), method)(value)
    assert caught.value.field == method.removeprefix("with_")
    assert repr(value) in str(caught.value)


def test_an_absurdly_long_number_is_refused_like_any_other():
    with pytest.raises(InvalidRequestError, match="duration"):
        VideoGenerationRequest("x").with_duration(10**5000)


@pytest.mark.parametrize("value", [-1, 2**63, 0.5, True])
def test_a_wrong_seed_is_refused(value):
    with pytest.raises(InvalidRequestError, match="seed"):
        VideoGenerationRequest("x").with_seed(value)


@pytest.mark.parametrize("value", [5, 5.0, np.int64(5), np.float64(5)])
def test_numbers_from_arrays_and_frames_are_welcome(value):
    duration = VideoGenerationRequest("x").with_duration(value).duration
    assert duration == 5
    assert type(duration) is int


@pytest.mark.parametrize("model", ["", " ", 5, None])
def test_a_model_must_be_a_text(model):
    with pytest.raises(InvalidRequestError, match="model"):
        VideoGenerationRequest("x").with_model(model)


def test_width_and_height_belong_together():
    with pytest.raises(InvalidRequestError, match="with_height"):
        VideoGenerationRequest("x").with_width(1280).check_complete()
    with pytest.raises(InvalidRequestError, match="with_width"):
        VideoGenerationRequest("x").with_height(720).check_complete()
    VideoGenerationRequest("x").with_width(1280).with_height(720).check_complete()


@given(st.text(min_size=1, max_size=5000).filter(str.strip), st.integers(0, 2**63 - 1))
def test_every_prompt_survives_the_journal_byte_by_byte(prompt, seed):
    request = VideoGenerationRequest(prompt, seed=seed, duration=3)
    again = VideoGenerationRequest.from_dict(json.loads(json.dumps(request.to_dict())))
    assert again == request
    assert again.prompt.encode() == prompt.encode()


def test_unknown_fields_are_refused_by_name():
    with pytest.raises(InvalidRequestError, match="colour"):
        VideoGenerationRequest.from_dict({"prompt": "x", "colour": "red"})


def test_the_repr_can_be_pasted_back():
    request = VideoGenerationRequest('A "cat" \u732b', model="kling-2.0", duration=5)
    assert eval(repr(request)) == request
