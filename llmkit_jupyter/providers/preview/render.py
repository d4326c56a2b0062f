"""The preview renderer: a prompt in, an MP4 file out, without a key and without a network.

Drawing and encoding are two functions, so that each can be measured by itself: `frames` yields
pictures, and `encode.write` puts pictures into a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmkit_jupyter.providers.preview import encode
from llmkit_jupyter.providers.preview.camera import Zoom
from llmkit_jupyter.providers.preview.caption import caption, mark
from llmkit_jupyter.providers.preview.layers import prepare
from llmkit_jupyter.providers.preview.planes import Planes
from llmkit_jupyter.providers.preview.scene import Scene, read_prompt

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Clip:
    """What to render.

    Attributes:
        prompt: Any text.
        seed: Varies the composition; the same clip always gives the same pictures.
        width: Width in pixels, even.
        height: Height in pixels, even.
        duration: Length in seconds.
        fps: Pictures per second.
    """

    prompt: str
    seed: int
    width: int
    height: int
    duration: int
    fps: int = 24

    @property
    def total(self) -> int:
        """Number of pictures in the clip."""
        return self.duration * self.fps


class RenderStopped(Exception):  # noqa: N818 - it is a request that was heard, not an error
    """Rendering was stopped from outside; no file is left."""


def render(
    clip: Clip,
    path: Path,
    *,
    on_frame: Callable[[int, int], None] | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Write the clip as an MP4 (H.264, yuv420p, index at the front).

    Args:
        clip: What to render.
        path: The file to write; an existing one is replaced.
        on_frame: Called with (pictures done, pictures in all) after each picture.
        stop: Set it from any thread to stop.

    Raises:
        RenderStopped: When `stop` was set; the partial file is removed.
        RuntimeError: If this build of PyAV has no H.264 encoder.
    """

    def watched() -> Iterator[Planes]:
        if stop is not None and stop.is_set():
            raise RenderStopped
        for index, picture in enumerate(frames(clip)):
            if stop is not None and stop.is_set():
                raise RenderStopped
            yield picture
            if on_frame is not None:
                on_frame(index + 1, clip.total)

    try:
        encode.write(watched(), path, clip.width, clip.height, clip.fps)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def frames(clip: Clip) -> Iterator[Planes]:
    """Draw the pictures of a clip one after the other.

    One picture is used again and again: read it before asking for the next one.
    """
    return draw_scene(read_prompt(clip.prompt, clip.seed), clip)


def draw_scene(scene: Scene, clip: Clip) -> Iterator[Planes]:
    """Draw a scene that has been read already, with the caption and size of a clip."""
    layers = prepare(scene, clip.width, clip.height)
    labels = [mark(clip.width, clip.height), *caption(clip.prompt, clip.width, clip.height)]
    frame = Planes.blank(clip.width, clip.height)
    zoom = Zoom(frame, scene.zoom) if scene.zoom else None
    for index in range(clip.total):
        t = index / clip.fps
        for draw in layers:
            draw(frame, t * scene.speed)
        shown = zoom.at(index / clip.total) if zoom else frame
        for label, x, y in labels:
            label.over(shown, x, y)
        yield shown
