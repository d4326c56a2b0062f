from __future__ import annotations

import io
import uuid

import pytest
from PIL import Image

from llmkit_jupyter.notebook.thumbnails import is_made, thumbnail


@pytest.fixture
def clip(finished):
    return finished(task_id=str(uuid.uuid4()))


def size(picture: bytes | None) -> tuple[int, int]:
    image = Image.open(io.BytesIO(picture or b""))
    assert image.format == "JPEG"
    return image.size


def test_a_jpeg_of_the_videos_shape_which_is_not_blown_up(clip):
    assert size(thumbnail(clip, 48)) == (48, 32)
    assert size(thumbnail(clip, 400)) == (96, 64)


def test_it_is_made_once_an_edge(clip):
    assert not is_made(clip, 40)
    assert thumbnail(clip, 40) is thumbnail(clip, 40)
    assert is_made(clip, 40)
    assert not is_made(clip, 80)


def test_a_file_that_comes_back_is_looked_at_again(clip):
    data = clip.path.read_bytes()
    clip.path.unlink()
    assert thumbnail(clip, 40) is None
    clip.path.write_bytes(data)
    assert thumbnail(clip, 40) is not None


def test_what_cannot_be_decoded_has_no_picture(clip):
    clip.path.write_bytes(b"no video")
    assert thumbnail(clip, 40) is None
