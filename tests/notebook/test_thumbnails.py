from __future__ import annotations

import io
import uuid

import pytest
from PIL import Image

from llmkit_jupyter.notebook.thumbnails import thumbnail


@pytest.fixture
def task_id():
    return str(uuid.uuid4())


@pytest.fixture
def clip(tmp_path, video_bytes):
    path = tmp_path / "clip.mp4"
    path.write_bytes(video_bytes)
    return path


def test_a_jpeg_of_the_videos_shape(clip, task_id):
    picture = Image.open(io.BytesIO(thumbnail(task_id, clip, 48)))
    assert (picture.format, picture.size) == ("JPEG", (48, 32))


def test_one_that_is_small_already_is_not_blown_up(clip, task_id):
    assert Image.open(io.BytesIO(thumbnail(task_id, clip))).size == (96, 64)


def test_it_is_made_once_a_width(clip, task_id):
    wide, small = (thumbnail(task_id, clip, width) for width in (80, 40))
    clip.unlink()
    assert [thumbnail(task_id, clip, width) for width in (80, 40)] == [wide, small]
    assert wide != small


def test_a_file_that_comes_back_is_looked_at_again(clip, task_id):
    data = clip.read_bytes()
    clip.unlink()
    assert thumbnail(task_id, clip) is None
    clip.write_bytes(data)
    assert thumbnail(task_id, clip) is not None


def test_what_cannot_be_decoded_has_no_picture(clip, task_id):
    clip.write_bytes(b"no video")
    assert thumbnail(task_id, clip) is None
