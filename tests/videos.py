"""What is in a video, decoded by a library that is not ours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av

from llmkit_jupyter import VideoGenerationResponse


@dataclass(frozen=True)
class Pictures:
    """A video, picture by picture."""

    frames: list[bytes]
    width: int
    height: int
    seconds: float


def pictures(video: VideoGenerationResponse | Path) -> Pictures:
    """Decode a whole file."""
    path = video if isinstance(video, Path) else video.path
    assert path is not None
    with av.open(str(path)) as container:
        [stream] = container.streams.video
        assert container.duration is not None
        frames = [frame.to_ndarray().tobytes() for frame in container.decode(stream)]
        seconds = container.duration / av.time_base
        return Pictures(frames, stream.width, stream.height, seconds)
