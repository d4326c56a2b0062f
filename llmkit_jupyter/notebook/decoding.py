"""Opens videos for decoding, with a limit on the memory that a picture of theirs may take."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.container import InputContainer

MAX_PIXELS = 8192 * 8192
"""Of one picture: twice those of 8K. In the decoder they take some 100 MB."""


def opened(path: Path) -> InputContainer:
    """Open a video; a context manager.

    A file of half a megabyte may claim a picture of gigabytes. The decoder looks at one picture
    already when the file is opened, so that the limit has to be there before.

    Raises:
        av.FFmpegError: not a video, or a damaged one.
        OSError: it cannot be read.
    """
    import av

    limit = {"max_pixels": str(MAX_PIXELS)}
    container = av.open(path, options=limit)
    for stream in container.streams.video:
        # The options above were for the look at the file; its pictures are decoded by another.
        stream.codec_context.options = limit
    return container
