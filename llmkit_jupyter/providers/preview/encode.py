"""Writing pictures into an MP4 file."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

import av
import numpy as np
from av.video.frame import VideoFrame

from llmkit_jupyter.providers.preview.planes import U8, Planes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# libx264 is in all of PyAV's wheels; the others are what a build of one's own may offer.
_ENCODERS = ("libx264", "libopenh264", "h264_videotoolbox", "h264_mf", "h264_nvenc", "h264_qsv")
# A fixed number of threads makes the file the same on machines with few and many cores.
_THREADS = 4
_BT709 = 1
_LIMITED_RANGE = 1


def encoder() -> str:
    """Return the name of the H.264 encoder to use.

    Raises:
        RuntimeError: If this build of PyAV has none.
    """
    for name in _ENCODERS:
        if name in av.codecs_available:
            try:
                av.Codec(name, "w")
            except ValueError:
                continue
            return name
    raise RuntimeError(
        "This build of PyAV has no H.264 encoder, so the preview cannot write a video. "
        "The wheels on PyPI have one: pip install --force-reinstall av"
    )


def write(pictures: Iterable[Planes], path: Path, width: int, height: int, fps: int) -> None:
    """Encode pictures as H.264 (yuv420p, BT.709) into an MP4 with its index at the front.

    Args:
        pictures: The pictures in order; each is read before the next one is asked for.
        path: The file to write.
        width: Width in pixels, even.
        height: Height in pixels, even.
        fps: Pictures per second.

    Raises:
        RuntimeError: If this build of PyAV has no H.264 encoder.
    """
    name = encoder()
    # PyAV's own types are partly unknown to type checkers.
    opened = cast("Any", av.open(path, "w", format="mp4", options={"movflags": "+faststart"}))
    with opened as container:
        stream: Any = container.add_stream(name, rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        context.time_base = Fraction(1, fps)
        context.thread_count = _THREADS
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED_RANGE
        if name == "libx264":
            context.options = {"preset": "veryfast", "crf": "23"}
        for index, picture in enumerate(pictures):
            frame = VideoFrame(width, height, "yuv420p")
            frame.colorspace, frame.color_range = _BT709, _LIMITED_RANGE
            for at, plane in enumerate((picture.y, picture.u, picture.v)):
                _fill(frame, at, plane)
            frame.pts, frame.time_base = index, context.time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _fill(frame: VideoFrame, at: int, pixels: U8) -> None:
    plane = cast("Any", frame.planes[at])
    # Lines of a plane are padded in memory; only the visible part is written.
    lines = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    lines[: pixels.shape[0], : pixels.shape[1]] = pixels
