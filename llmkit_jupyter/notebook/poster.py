"""A still picture of a video, small enough to stand in a notebook twice."""

from __future__ import annotations

import io
import logging
import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmkit_jupyter.notebook.decoding import opened

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from PIL.Image import Image

# A notebook holds the poster twice in base64: in the HTML, and as image/jpeg for readers that
# show no video. 28,000 bytes become 75 kB, which leaves room below the 100 kB of an output.
MAX_BYTES = 28_000
_EDGES = (640, 480, 360, 240)
_QUALITIES = (82, 70, 55, 40)
_PATIENCE = 1.5  # seconds of decoding; after that the last picture seen has to do
_KEPT = 64

_log = logging.getLogger(__name__)
_made: OrderedDict[str, bytes | None] = OrderedDict()
_lock = threading.Lock()


def poster(task_id: str, path: Path) -> bytes | None:
    """Give a JPEG of at most ``MAX_BYTES`` from about a third of the clip.

    Made once a video and kept in memory. ``None`` for a file that cannot be decoded: a missing
    picture must never keep the video from being shown.
    """
    with _lock:
        if task_id in _made:
            _made.move_to_end(task_id)
            return _made[task_id]
    picture = make_poster(path)
    with _lock:
        _made[task_id] = picture
        while len(_made) > _KEPT:
            _made.popitem(last=False)
    return picture


def make_poster(path: Path) -> bytes | None:
    """Make the poster of a video file, or ``None`` where it cannot be decoded."""
    try:
        return _compress(_picture(path))
    except Exception:  # noqa: BLE001 - decoders fail in many ways on damaged files
        _log.info("no poster from %s", path, exc_info=True)
        return None


def _picture(path: Path) -> Image:
    with opened(path) as container:
        stream = container.streams.video[0]
        if container.duration:
            target = container.duration / 1_000_000 / 3
            container.seek(int(target * 1_000_000), backward=True)
        else:
            target = 0.0
        limit = time.monotonic() + _PATIENCE
        last: VideoFrame | None = None
        for frame in container.decode(stream):
            last = frame
            if (frame.time or 0.0) >= target or time.monotonic() > limit:
                break
        if last is None:
            raise ValueError("no picture in the file")
        # Scaled by the decoder's own scaler: a whole 4K picture never becomes RGB.
        scale = min(1.0, _EDGES[0] / max(last.width, last.height))
        width, height = (max(1, round(edge * scale)) for edge in (last.width, last.height))
        picture: Any = last
        return picture.to_image(width=width, height=height)


def _compress(image: Image) -> bytes | None:
    smallest: bytes | None = None
    for edge in _EDGES:
        if edge < _EDGES[0] and max(image.size) <= edge:
            continue
        small = image.copy()
        small.thumbnail((edge, edge))
        for quality in _QUALITIES:
            buffer = io.BytesIO()
            small.save(buffer, "JPEG", quality=quality, optimize=True, progressive=True)
            smallest = buffer.getvalue()
            if len(smallest) <= MAX_BYTES:
                return smallest
    return smallest if smallest and len(smallest) <= MAX_BYTES else None
