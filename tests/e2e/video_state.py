"""Whether a ``<video>`` in a page really plays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator

PATIENCE = 20_000  # milliseconds for the first picture to move

_PLAY = """async (video, patience) => {
  const deadline = performance.now() + patience;
  const pause = () => new Promise(resolve => setTimeout(resolve, 20));
  video.muted = true;  // a page may start silent videos only
  if (video.ended) video.currentTime = 0;
  const before = video.currentTime;
  video.play().catch(() => {});  // what went wrong shows in video.error
  while (video.currentTime <= before && !video.error && performance.now() < deadline) await pause();
  const after = video.currentTime;
  video.pause();
  const src = video.currentSrc || video.src;
  const url = src && new URL(src, location.href);
  let source = url ? url.protocol.slice(0, -1) : "none";
  if (source.startsWith("http") && url.origin === location.origin) source = "files";
  return {
    ready_state: video.readyState, width: video.videoWidth, height: video.videoHeight,
    duration: video.duration, before, after, source,
    error: video.error && `${video.error.code} ${video.error.message}`,
  };
}"""


@dataclass(frozen=True)
class VideoState:
    """A ``<video>`` after an attempt to play it."""

    ready_state: int  # 2 and more: there is a picture
    width: int  # pixels of the video itself, not of its box
    height: int
    duration: float | None  # seconds
    before: float  # seconds, where it stood
    after: float  # seconds, where it came to
    error: str | None
    source: str  # "data", "blob", "files" (below Jupyter Server), "http", "https" or "none"

    @property
    def plays(self) -> bool:
        """Whether there was a picture and the time went on."""
        return self.ready_state >= 2 and self.width > 0 and self.after > self.before


def play_silently(video: Locator) -> VideoState:
    """Play until the time moves or `PATIENCE` ends, then pause and measure."""
    return VideoState(**video.evaluate(_PLAY, PATIENCE))
