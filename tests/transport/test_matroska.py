from __future__ import annotations

import io
import re
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmkit_jupyter.errors import InvalidVideoError
from llmkit_jupyter.transport import matroska
from llmkit_jupyter.transport.container import Header, read_header


class Stream(io.RawIOBase):
    """What can be written to and not gone back in."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.data += data
        return len(data)


def make(form: str = "webm", *, live: bool = False) -> bytes:
    """Write two seconds of grey."""
    import av

    out = Stream() if live else io.BytesIO()
    options = {"live": "1", "cluster_time_limit": "500"} if live else {}
    with av.open(out, "w", format=form, options=options) as file:
        stream: Any = file.add_stream("libvpx-vp9", rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        grey = av.VideoFrame(96, 64, "yuv420p")
        for plane in grey.planes:  # whose memory is as it was found
            plane.update(b"\x80" * plane.buffer_size)
        for number in range(20):
            grey.pts = number
            file.mux(stream.encode(grey))
        file.mux(stream.encode(None))
    return bytes(out.data) if isinstance(out, Stream) else out.getvalue()


WEBM, LIVE, MATROSKA = make(), make(live=True), make("matroska")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


def read(path: Path, data: bytes) -> Header:
    path.write_bytes(data)
    return read_header(path)


def element(name: int, content: bytes, size: int | None = None) -> bytes:
    length = len(content) if size is None else size
    own = b"\x01" + length.to_bytes(7, "big") if length >= 0 else b"\x01" + b"\xff" * 7
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + own + content


OPEN = -1
HEAD = element(0x1A45DFA3, element(0x4282, b"webm"))
INFO = element(0x1549A966, element(0x4489, struct.pack(">f", 2500)))
VIDEO = element(
    0xAE, element(0x83, b"\1") + element(0xE0, element(0xB0, b"\1\0") + element(0xBA, b"P"))
)
SOUND = element(0xAE, element(0x83, b"\2"))
TRACKS = element(0x1654AE6B, SOUND + VIDEO)
BLOCK = element(0xA3, b"\x81\0\0\0picture")
CLUSTER = element(0x1F43B675, element(0xE7, b"\0") + BLOCK)


def file(*parts: bytes, size: int | None = None) -> bytes:
    return HEAD + element(0x18538067, b"".join(parts), size)


@pytest.mark.parametrize(("data", "form"), [(WEBM, "webm"), (MATROSKA, "mkv")])
def test_the_header_says_what_the_decoder_says(path: Path, data: bytes, form: str):
    import av

    header = read(path, data)
    with av.open(str(path)) as container:
        assert container.duration is not None
        assert header == Header(form, pytest.approx(container.duration / 1e6), 96, 64)


def test_a_stream_has_no_duration(path: Path):
    assert read(path, LIVE) == Header("webm", None, 96, 64)


@pytest.mark.parametrize("data", [WEBM, MATROSKA], ids=["webm", "mkv"])
def test_a_file_that_was_cut_anywhere_is_refused(path: Path, data: bytes):
    for length in range(4, len(data), 3):
        with pytest.raises(InvalidVideoError):
            read(path, data[:length])


def test_a_stream_that_was_cut_is_refused_but_between_two_parts(path: Path):
    taken = []
    for length in range(4, len(LIVE)):
        try:
            read(path, LIVE[:length])
        except InvalidVideoError:
            continue
        taken.append(length)
    _first, *others = (found.start() for found in re.finditer(b"\x1f\x43\xb6\x75", LIVE))
    assert others
    assert taken == others


def test_sizes_may_be_open_where_clusters_follow(path: Path):
    cluster = element(0x1F43B675, BLOCK, OPEN)
    whole = Header("webm", 2.5, 256, 80)
    assert read(path, file(INFO, TRACKS, cluster, cluster, size=OPEN)) == whole
    assert read(path, file(INFO, TRACKS, cluster)) == whole
    for data in (
        file(INFO, TRACKS, size=OPEN),
        file(element(0x1549A966, b"", OPEN), TRACKS, CLUSTER),
        file(INFO, TRACKS, element(0x1F43B675, element(0xA3, b"picture", OPEN))),
        file(INFO, TRACKS, cluster[:-1], size=OPEN),
    ):
        with pytest.raises(InvalidVideoError):
            read(path, data)


def test_what_comes_after_the_segment_does_no_harm(path: Path):
    whole = file(INFO, TRACKS, CLUSTER)
    for more in (b"\0", b"\n", b"\xff" * 100, HEAD[:3]):
        assert read(path, whole + more) == Header("webm", 2.5, 256, 80)


def test_clusters_without_a_block_and_blocks_without_content_are_no_pictures(path: Path):
    empty = element(0x1F43B675, element(0xE7, b"\0"))
    assert read(path, file(INFO, TRACKS, empty, CLUSTER)).width == 256
    for cluster in (empty, element(0x1F43B675, b""), element(0x1F43B675, element(0xA3, b""))):
        with pytest.raises(InvalidVideoError, match="no picture data"):
            read(path, file(INFO, TRACKS, cluster))
    with pytest.raises(InvalidVideoError, match="no tracks"):
        read(path, file(INFO, CLUSTER))


def test_times_are_counted_in_the_file_s_own_unit(path: Path):
    units = element(0x4489, struct.pack(">d", 5000)) + element(0x2AD7B1, b"\x07\xa1\x20")
    assert read(path, file(element(0x1549A966, units), TRACKS, CLUSTER)).duration == 2.5
    other = element(0x1549A966, element(0x4489, struct.pack(">f", 1)))
    assert read(path, file(INFO, other, TRACKS, CLUSTER)).duration == 2.5  # the first one counts
    for odd in (struct.pack(">f", float("nan")), struct.pack(">d", float("inf")), b"", b"\0\0\0\0"):
        info = element(0x1549A966, element(0x4489, odd))
        assert read(path, file(info, TRACKS, CLUSTER)).duration is None


def test_sound_alone_has_no_size(path: Path):
    header = read(path, file(INFO, element(0x1654AE6B, SOUND), CLUSTER))
    assert (header.width, header.height) == (None, None)


def test_another_kind_of_document_is_no_video(path: Path):
    with pytest.raises(InvalidVideoError, match="letter"):
        read(path, element(0x1A45DFA3, element(0x4282, b"letter")) + file(INFO)[len(HEAD) :])
    with pytest.raises(InvalidVideoError):
        read(path, b"\x1a\x45\xdf\xa3webm!")


def test_a_header_beyond_all_bounds_is_refused(path: Path):
    with pytest.raises(InvalidVideoError, match="bytes"):
        read(path, file(element(0x1549A966, b"\xec\x80" * 200_000), TRACKS, CLUSTER))


def test_the_work_has_an_end_however_many_parts_there_are(path: Path, monkeypatch):
    heads = 0
    head = matroska._head

    def count(*args):
        nonlocal heads
        heads += 1
        return head(*args)

    monkeypatch.setattr(matroska, "_head", count)
    assert read(path, file(INFO, TRACKS, CLUSTER, b"\xec\x80" * 300_000)).width == 256
    assert heads <= matroska.MAX_ELEMENTS + 1


NAMES = (0x1A45DFA3, 0x18538067, 0x1549A966, 0x1654AE6B, 0x1F43B675, 0xAE, 0xA3, 0xE0, 0xB0, 0x4489)
ODD = st.recursive(
    st.binary(max_size=12),
    lambda inside: st.builds(
        element,
        st.sampled_from(NAMES),
        st.lists(inside, max_size=4).map(b"".join),
        st.none() | st.sampled_from([OPEN, 0, 1, 2**55]),
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(data=st.binary(max_size=60) | ODD | ODD.map(lambda odd: file(INFO, odd, TRACKS, CLUSTER)))
def test_any_bytes_are_a_video_or_refused(path: Path, data: bytes):
    _either(path, matroska.MAGIC + data)
    _either(path, data)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(place=st.integers(0), value=st.integers(0, 255), cut=st.integers(0))
def test_a_file_with_a_wrong_byte_is_a_video_or_refused(path, place, value, cut):
    for original in (WEBM, LIVE):
        data = bytearray(original)
        data[place % len(data)] = value
        _either(path, bytes(data[: cut % len(data) or None]))


def _either(path: Path, data: bytes) -> None:
    try:
        assert isinstance(read(path, data), Header)
    except InvalidVideoError as error:
        assert len(str(error)) < 300  # noqa: PT017 - either way is right
