"""Pictures of videos that are small enough for pages of many."""

from __future__ import annotations

import io
import uuid

import pytest
from PIL import Image

from llmkit_jupyter import VideoGenerationResponse
from llmkit_jupyter.notebook.thumbnails import thumbnail


@pytest.fixture
def video(tmp_path, video_bytes):
    path = tmp_path / "clip.mp4"
    path.write_bytes(video_bytes)
    return VideoGenerationResponse(status="completed", task_id=str(uuid.uuid4()), path=path)


def test_a_jpeg_of_the_videos_shape(video):
    picture = Image.open(io.BytesIO(thumbnail(video, 48)))
    assert (picture.format, picture.size) == ("JPEG", (48, 32))


def test_one_that_is_small_already_is_not_blown_up(video):
    assert Image.open(io.BytesIO(thumbnail(video, 240))).size == (96, 64)


def test_it_is_made_once_a_size(video):
    wide, small = (thumbnail(video, edge) for edge in (80, 40))
    video.path.unlink()
    assert [thumbnail(video, edge) for edge in (80, 40)] == [wide, small]
    assert wide != small


def test_a_file_that_comes_back_is_looked_at_again(video):
    data = video.path.read_bytes()
    video.path.unlink()
    assert thumbnail(video, 240) is None
    video.path.write_bytes(data)
    assert thumbnail(video, 240) is not None


def test_what_cannot_be_decoded_has_no_picture(video):
    video.path.write_bytes(b"no video")
    assert thumbnail(video, 240) is None
