from __future__ import annotations

import contextlib
import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmkit_jupyter.errors import InvalidVideoError
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


def test_a_quicktime_file_and_a_webm_file_are_told_apart(path: Path):
    body = struct.pack(">I4s", 8, b"moov") + struct.pack(">I4s4s", 12, b"mdat", b"abcd")
    path.write_bytes(struct.pack(">I4s8s", 16, b"ftyp", b"qt  \0\0\0\0") + body)
    assert read_header(path).format == "mov"
    path.write_bytes(b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + b"\0" * 60)
    assert read_header(path).format == "webm"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
@given(place=st.integers(0), value=st.integers(0, 255), cut=st.integers(0))
def test_no_bytes_do_more_than_be_refused(path, video_bytes, place, value, cut):
    data = bytearray(video_bytes)
    data[place % len(data)] = value
    path.write_bytes(bytes(data[: cut % len(data) or None]))
    with contextlib.suppress(InvalidVideoError):
        read_header(path)
