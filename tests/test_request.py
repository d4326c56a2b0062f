from __future__ import annotations

import dataclasses
import io
import json
import math
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from llmkit_jupyter import InvalidRequestError, VideoGenerationRequest, images


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


PNG = b"\x89PNG\r\n\x1a\n"


def with_image(source):
    return VideoGenerationRequest("x").with_image(source).image


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_picture_that_is_no_file_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")
    for source in (tmp_path / "pipe", tmp_path / "link", "/dev/zero", tmp_path):
        with pytest.raises(InvalidRequestError, match="not a file"):
            with_image(source)
    with pytest.raises(InvalidRequestError, match="No such file"):
        with_image(tmp_path / "none")
    (tmp_path / "a.png").write_bytes(PNG)
    (tmp_path / "to a.png").symlink_to("a.png")
    assert with_image(tmp_path / "to a.png") == str(tmp_path / "to a.png")


def test_of_a_picture_that_grows_only_so_much_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(images, "MAX_IMAGE", 1000)
    (tmp_path / "a.png").write_bytes(PNG + b"x" * 5000)
    assert len(images._read(tmp_path / "a.png")) == 1001
    with pytest.raises(InvalidRequestError, match="larger"):
        with_image(tmp_path / "a.png")


@pytest.mark.parametrize("address", ["ftp://x.test/y.png", "file:///etc/passwd", "S3://a/b.png"])
def test_an_address_of_another_kind_is_no_path(address):
    with pytest.raises(InvalidRequestError) as caught:
        with_image(address)
    assert "an address of another kind" in str(caught.value)
    assert f"'{address}'" in str(caught.value)
    assert "http(s) address or data: URI" in str(caught.value)


def test_an_image_of_pillow_or_numpy_is_taken():
    array = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
    for source in (array, Image.fromarray(array)):
        kind, data = images.image_data(with_image(source))
        assert kind == "image/png"
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), array)


def test_a_path_from_an_array_is_a_path(tmp_path):
    (tmp_path / "a.png").write_bytes(PNG)
    assert with_image(np.array([str(tmp_path / "a.png")])[0]) == str(tmp_path / "a.png")


@pytest.mark.parametrize(
    "source",
    [
        *(5, object(), ["a.png"], Image.Image, np.int64(5), np.zeros((0, 0), np.uint8)),
        *(
            np.zeros((4, 4), complex),
            np.array("x"),
            Image.new("F", (2, 2)),
            Image.new("RGB", (0, 0)),
        ),
    ],
)
def test_what_is_no_picture_is_refused(source):
    with pytest.raises(InvalidRequestError, match="image"):
        with_image(source)
