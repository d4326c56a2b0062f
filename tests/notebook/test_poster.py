from __future__ import annotations

import io
import logging

import numpy as np
import pytest
from PIL import Image

from llmkit_jupyter.notebook import poster


@pytest.fixture
def clip(tmp_path, video_bytes):
    path = tmp_path / "clip.mp4"
    path.write_bytes(video_bytes)
    return path


def encode(path, frames, *, gop=250):
    import av

    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        stream.gop_size = gop
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def test_a_jpeg_of_the_clips_size(clip):
    picture = Image.open(io.BytesIO(poster.make_poster(clip)))
    assert (picture.format, picture.size) == ("JPEG", (96, 64))


@pytest.mark.parametrize("gop", [1, 250])
def test_it_shows_a_third_of_the_clip(tmp_path, gop):
    frames = [np.full((64, 64, 3), 8 * i, np.uint8) for i in range(30)]
    data = poster.make_poster(encode(tmp_path / "grey.mp4", frames, gop=gop))
    level = np.asarray(Image.open(io.BytesIO(data)).convert("L")).mean()
    assert level == pytest.approx(80, abs=12)


def test_noise_in_4k_stays_below_the_limit(tmp_path):
    noise = np.random.default_rng(1).integers(0, 256, (2160, 3840, 3), np.uint8)
    data = poster.make_poster(encode(tmp_path / "noise.mp4", [noise, noise, noise]))
    assert 1000 < len(data) <= poster.MAX_BYTES
    width, height = Image.open(io.BytesIO(data)).size
    assert width / height == pytest.approx(16 / 9, rel=0.01)


@pytest.mark.parametrize("content", [b"", b"no video", None])
def test_a_damaged_file_gives_none_and_a_log_entry(tmp_path, video_bytes, content, caplog):
    path = tmp_path / "bad.mp4"
    path.write_bytes(video_bytes[:300] if content is None else content)
    with caplog.at_level(logging.INFO, "llmkit_jupyter"):
        assert poster.make_poster(path) is None
    assert "bad.mp4" in caplog.text


def test_made_once_a_task_and_forgotten_in_order(clip, monkeypatch):
    made = []
    monkeypatch.setattr(poster, "make_poster", lambda path: made.append(path) or b"jpeg")
    monkeypatch.setattr(poster, "_KEPT", 2)
    for task_id in ("a", "a", "b", "a", "c", "a"):
        assert poster.poster(task_id, clip) == b"jpeg"
    assert len(made) == 3
    poster.poster("b", clip)
    assert len(made) == 4
