from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.widgets.upload import Upload


@pytest.fixture
def picture():
    out = io.BytesIO()
    Image.effect_noise((300, 200), 80).save(out, "PNG")
    return out.getvalue()


def pieces(data: bytes, length: int, **others):
    return [
        {
            "kind": "upload",
            "id": "1",
            "name": "a.png",
            "total": len(data),
            "start": start,
            "data": base64.b64encode(data[start : start + length]).decode(),
            **others,
        }
        for start in range(0, len(data), length)
    ]


def test_the_pieces_become_a_file_of_the_library(home, picture):
    upload = Upload(home)
    *parts, last = pieces(picture, 10_000)
    assert len(parts) > 2
    for number, part in enumerate(parts, 1):
        assert upload.add(part) == (number * 10_000, None)
    received, path = upload.add(last)
    assert received == len(picture)
    assert path.parent == home / "inputs"
    assert path.suffix == ".png"
    assert path.read_bytes() == picture


def test_a_piece_that_comes_twice_counts_once(home, picture):
    upload = Upload(home)
    first, second, *rest = pieces(picture, 10_000)
    upload.add(first)
    upload.add(second)
    assert upload.add(second) == (20_000, None)
    for part in rest:
        _, path = upload.add(part)
    assert path.read_bytes() == picture


def test_a_new_picture_takes_the_place_of_one_that_was_left(home, picture):
    upload = Upload(home)
    upload.add(pieces(picture, 10_000)[0])
    other = pieces(picture, len(picture), id="2")[0]
    assert upload.add(other)[1].read_bytes() == picture
    with pytest.raises(InvalidRequestError, match="one picture at a time"):
        upload.add(pieces(picture, 10_000)[1])


@pytest.mark.parametrize(
    "change",
    [
        {"data": "not base64!"},
        {"data": "ä"},
        {"start": 20_000},
        {"data": ""},
        {"data": base64.b64encode(bytes(10**6)).decode()},
    ],
)
def test_what_is_no_next_piece_is_refused_and_nothing_is_stored(home, picture, change):
    upload = Upload(home)
    first, second, *_ = pieces(picture, 10_000)
    upload.add(first)
    with pytest.raises(InvalidRequestError, match=r"image is .a\.png"):
        upload.add({**second, **change})
    assert not (home / "inputs").exists()


def test_what_is_no_picture_is_refused(home):
    with pytest.raises(InvalidRequestError, match="not a picture of these kinds"):
        Upload(home).add(pieces(b"<svg onload=alert(1)>", 100)[0])
    assert not (home / "inputs").exists()
