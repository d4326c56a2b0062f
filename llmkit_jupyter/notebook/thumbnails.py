"""Small pictures of videos, for pages and tables that show many of them."""

from __future__ import annotations

import io
import logging
import threading
from collections import OrderedDict
from pathlib import Path

from llmkit_jupyter.notebook.poster import poster

_QUALITY = 70
_KEPT = 512  # some 5 kB each

_log = logging.getLogger(__name__)
_made: OrderedDict[tuple[str, int], bytes | None] = OrderedDict()
_lock = threading.Lock()


def thumbnail(task_id: str, path: Path, width: int = 240) -> bytes | None:
    """Give a small JPEG of a video, made from its poster.

    Made once a video and width, and kept in memory. Waits for the disk and the decoder.

    Args:
        task_id: whose video it is.
        path: its file.
        width: pixels; one whose poster is narrower stays as it is. Height is at most the same.

    Returns:
        The picture; ``None`` for a file that is not there or cannot be decoded.
    """
    key = (task_id, width)
    with _lock:
        if key in _made:
            _made.move_to_end(key)
            return _made[key]
    # A file that is missing may come back; one that cannot be decoded stays as it is.
    if not path.is_file():
        return None
    picture = poster(task_id, path)
    small = None if picture is None else _smaller(picture, width)
    with _lock:
        _made[key] = small
        while len(_made) > _KEPT:
            _made.popitem(last=False)
    return small


def _smaller(picture: bytes, width: int) -> bytes | None:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(picture)) as image:
            image.thumbnail((width, width))
            buffer = io.BytesIO()
            image.save(buffer, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    except OSError:
        _log.warning("a poster could not be made smaller", exc_info=True)
        return None
    return buffer.getvalue()
