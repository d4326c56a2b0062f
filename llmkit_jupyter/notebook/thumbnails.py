"""Very small pictures of videos, of which a notebook can hold many."""

from __future__ import annotations

import io
import logging
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from llmkit_jupyter.notebook.poster import poster
from llmkit_jupyter.response import VideoGenerationResponse

if TYPE_CHECKING:
    from PIL.Image import Image

QUALITY = 68
_KEPT = 400  # of some 6 kB

_log = logging.getLogger(__name__)
_made: OrderedDict[tuple[str, int], bytes | None] = OrderedDict()
_lock = threading.Lock()


def is_made(response: VideoGenerationResponse, edge: int) -> bool:
    """Tell whether a picture is at hand, or known not to exist."""
    with _lock:
        return (_key(response), edge) in _made


def thumbnail(response: VideoGenerationResponse, edge: int) -> bytes | None:
    """Give a small JPEG of a finished video; ``None`` where there is no picture.

    Args:
        response: completed.
        edge: pixels of the longer edge.
    """
    key = (_key(response), edge)
    with _lock:
        if key in _made:
            _made.move_to_end(key)
            return _made[key]
    path = response.path
    # A file that is missing may come back; one that cannot be decoded stays as it is.
    if path is None or not path.is_file():
        return None
    large = poster(_key(response), path)
    small = None if large is None else _shrink(large, edge)
    with _lock:
        _made[key] = small
        while len(_made) > _KEPT:
            _made.popitem(last=False)
    return small


def opened(picture: bytes) -> Image:
    """Give a JPEG as a picture to draw with."""
    from PIL import Image

    return Image.open(io.BytesIO(picture)).convert("RGB")


def as_jpeg(image: Image, quality: int = QUALITY) -> bytes:
    """Give a picture as a JPEG."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, optimize=True)
    return buffer.getvalue()


def _shrink(picture: bytes, edge: int) -> bytes | None:
    try:
        image = opened(picture)
        image.thumbnail((edge, edge))
        return as_jpeg(image)
    except OSError:
        _log.info("no small picture", exc_info=True)
        return None


def _key(response: VideoGenerationResponse) -> str:
    return response.task_id or str(response.path)
