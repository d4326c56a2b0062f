"""What is small on the way and large in memory: pictures, answers, and headers that claim much."""

from __future__ import annotations

import base64
import struct
import zlib
from fractions import Fraction
from pathlib import Path

import av
import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest, VideoPlayer, images
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.notebook import poster
from llmkit_jupyter.transport import answers
from llmkit_jupyter.transport.container import read_header
from llmkit_jupyter.widgets import shape
from tests.memory import forget_peak, peak_memory
from tests.scripted import ScriptedProvider

EDGE = 12_000
LITTLE = 30 * 10**6  # bytes; the picture has 144 MB


def png(edge: int) -> bytes:
    """A picture of one colour: large in pixels, small in bytes."""
    packer = zlib.compressobj(1)
    line = bytes(edge + 1)
    data = b"".join(packer.compress(line) for _ in range(edge)) + packer.flush()
    head = struct.pack(">IIBBBBB", edge, edge, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part)) + name + part + struct.pack(">I", zlib.crc32(name + part))
        for name, part in parts
    )


@pytest.fixture(scope="module")
def bomb() -> bytes:
    return png(EDGE)


def grown(work) -> int:
    """How many bytes of memory some work takes at its height."""
    forget_peak()
    before = peak_memory()
    work()
    return peak_memory() - before


def test_a_video_with_an_enormous_picture_is_not_decoded(bomb: bytes, tmp_path: Path):
    path = tmp_path / "bomb.mov"
    with av.open(path, "w", format="mov") as out:
        stream = out.add_stream("png", rate=1)
        stream.width = stream.height = EDGE
        stream.pix_fmt = "gray"
        packet = av.Packet(bomb)
        packet.stream, packet.pts, packet.dts = stream, 0, 0
        packet.time_base, packet.is_keyframe = Fraction(1), True
        out.mux(packet)
    assert path.stat().st_size < 10**6
    assert read_header(path).width == EDGE
    made = []
    assert grown(lambda: made.append(poster.make_poster(path))) < LITTLE
    assert grown(lambda: shape._fps(path)) < LITTLE
    assert made == [None]


def test_a_picture_that_a_request_begins_with_is_not_decoded(bomb: bytes, tmp_path: Path):
    (tmp_path / "bomb.png").write_bytes(bomb)
    uri = f"data:image/png;base64,{base64.b64encode(bomb).decode()}"
    for source in (tmp_path / "bomb.png", bomb, uri):
        assert grown(lambda: images.image_data(images.as_image(source))) < LITTLE  # noqa: B023


def test_a_picture_inside_an_address_has_the_limit_of_files(monkeypatch):
    monkeypatch.setattr(images, "MAX_IMAGE", 1000)
    long = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(2000)).decode()
    with pytest.raises(InvalidRequestError, match="larger than 20 MB"):
        images.as_image(f"data:image/png;base64,{long}")


@pytest.mark.parametrize("unit", [b"[],", b"{},", b'{"":0},', b"1,", b"[["])
def test_an_answer_of_very_many_values_is_not_read(unit: bytes):
    body = b"[" + unit * (16 * 2**20 // len(unit)) + b"0]"
    found = []
    assert grown(lambda: found.append(answers.parse(body))) < LITTLE
    assert found == [(None, "too many values")]


def test_long_texts_are_no_values():
    # A finished video in base64 is one value, however long.
    body = b'{"data": [{"b64_json": "' + b"AAAA" * 2_000_000 + b'"}]}'
    assert answers.parse(body)[1] is None
    assert answers.parse(b"[" + b"1," * 900_000 + b"1]")[1] is None


CLAIMS = [
    (2**16 - 1, 2**16 - 1, 1000, 5000),
    (1, 2**16 - 1, 1, 2**32 - 1),
    (2**16 - 1, 1, 2**32 - 1, 1),
]


@pytest.mark.parametrize(("width", "height", "scale", "units"), CLAIMS)
def test_a_header_may_claim_anything(video_bytes, home, width, height, scale, units):
    data = bytearray(video_bytes)
    at = data.index(b"mvhd") + 4
    data[at + 12 : at + 20] = struct.pack(">II", scale, units)
    at = data.index(b"tkhd") - 4
    end = at + struct.unpack_from(">I", data, at)[0]
    data[end - 8 : end] = struct.pack(">II", width << 16, height << 16)
    client = LLMKitClient(ScriptedProvider(video=bytes(data)))
    response = client.generate_video(VideoGenerationRequest("x"))
    assert (response.width, response.height) == (width, height)
    assert response.duration == units / scale

    def show() -> None:
        assert response._repr_mimebundle_()
        VideoPlayer(response)

    assert grown(show) < 3 * LITTLE
