from __future__ import annotations

import contextlib
import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmkit_jupyter.errors import InvalidVideoError
from llmkit_jupyter.transport import mp4
from llmkit_jupyter.transport.container import read_header


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


def test_the_header_says_what_the_decoder_says(path: Path, video_bytes: bytes):
    import av

    path.write_bytes(video_bytes)
    header = read_header(path)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (header.width, header.height) == (stream.width, stream.height)
        assert container.duration is not None
        assert header.duration == pytest.approx(container.duration / 1e6, abs=0.001)
    assert header.format == "mp4"


def test_a_file_that_was_cut_anywhere_is_refused(path: Path, video_bytes: bytes):
    for length in {1, 8, 30, len(video_bytes) // 3, len(video_bytes) // 2, len(video_bytes) - 1}:
        path.write_bytes(video_bytes[:length])
        with pytest.raises(InvalidVideoError):
            read_header(path)


@pytest.mark.parametrize(
    "content", [b"", b"<html>Not found</html>", b'{"error": "x"}', b"GIF89a" + b"\0" * 60]
)
def test_what_is_no_video_is_named(path: Path, content: bytes):
    path.write_bytes(content)
    with pytest.raises(InvalidVideoError, match=r"empty|begins with"):
        read_header(path)


def test_a_file_without_an_index_or_without_pictures_is_not_whole(path: Path):
    head = struct.pack(">I4s8s", 16, b"ftyp", b"isom\0\0\0\0")
    path.write_bytes(head + struct.pack(">I4s4s", 12, b"mdat", b"abcd"))
    with pytest.raises(InvalidVideoError, match="no index"):
        read_header(path)
    path.write_bytes(head + struct.pack(">I4s", 8, b"moov"))
    with pytest.raises(InvalidVideoError, match="no picture data"):
        read_header(path)


def test_a_quicktime_file_and_an_mp4_file_are_told_apart(path: Path):
    body = struct.pack(">I4s", 8, b"moov") + struct.pack(">I4s4s", 12, b"mdat", b"abcd")
    path.write_bytes(struct.pack(">I4s8s", 16, b"ftyp", b"qt  \0\0\0\0") + body)
    assert read_header(path).format == "mov"
    path.write_bytes(struct.pack(">I4s", 8, b"wide") + path.read_bytes())
    assert read_header(path).format == "mov"


MORE = {
    "a stray byte": b"\0",
    "a line": b"\n",
    "three stray bytes": b"\0\0\0",
    "zeros": b"\0" * 32,
    "rubbish": b"\xff" * 100,
    "a box that is cut off": struct.pack(">I4s", 500, b"udta") + b"ab",
    "a long box that is cut off": struct.pack(">I4sI", 1, b"free", 0),
    "a box that is shorter than its head": struct.pack(">I4s", 3, b"skip"),
}


@pytest.mark.parametrize("more", MORE.values(), ids=MORE)
def test_what_comes_after_all_that_a_player_needs_does_no_harm(
    path: Path, video_bytes: bytes, more: bytes
):
    path.write_bytes(video_bytes)
    header = read_header(path)
    path.write_bytes(video_bytes + more)
    assert read_header(path) == header


@pytest.mark.parametrize("name", [b"mdat", b"moof", b"moov"])
def test_what_a_player_needs_and_is_cut_off_is_refused(path: Path, video_bytes: bytes, name: bytes):
    path.write_bytes(video_bytes + struct.pack(">I4s", 500, name) + b"ab")
    with pytest.raises(InvalidVideoError, match="cut off"):
        read_header(path)


@pytest.mark.parametrize("name", [b"uuid", b"free", b"skip", b"pdin", b"styp"])
def test_other_boxes_may_come_first(path: Path, video_bytes: bytes, name: bytes):
    path.write_bytes(struct.pack(">I4s16s", 24, name, b"x" * 16) + video_bytes)
    assert read_header(path).width == 96


def test_an_index_with_a_tail_is_read(path: Path):
    times = b"\0" * 12 + struct.pack(">II", 1000, 2500)
    index = struct.pack(">I4s", 8 + len(times), b"mvhd") + times + b"\0" * 4
    movie = struct.pack(">I4s", 8 + len(index), b"moov") + index
    path.write_bytes(movie + struct.pack(">I4s4s", 12, b"mdat", b"abcd"))
    assert read_header(path).duration == 2.5


def test_the_work_has_an_end_however_many_boxes_there_are(path: Path, monkeypatch):
    # Boxes in boxes, as many as fit.
    track = struct.pack(">I4s", 8 + 8000, b"trak") + struct.pack(">I4s", 8, b"free") * 1000
    movie = struct.pack(">I4s", 8 + 500 * len(track), b"moov") + track * 500
    path.write_bytes(movie + movie + struct.pack(">I4s4s", 12, b"mdat", b"abcd"))
    reads = 0
    read = mp4._Boxes.read

    def count(*args):
        nonlocal reads
        reads += 1
        return read(*args)

    monkeypatch.setattr(mp4._Boxes, "read", count)
    with pytest.raises(InvalidVideoError):
        read_header(path)
    assert reads <= mp4.MAX_BOXES + 10


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(place=st.integers(0), value=st.integers(0, 255), cut=st.integers(0))
def test_no_bytes_do_more_than_be_refused(path, video_bytes, place, value, cut):
    data = bytearray(video_bytes)
    data[place % len(data)] = value
    path.write_bytes(bytes(data[: cut % len(data) or None]))
    with contextlib.suppress(InvalidVideoError):
        read_header(path)
