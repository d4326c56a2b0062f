"""The videos that are served: real MP4 files, padded to any size without holding it in memory."""

from __future__ import annotations

import asyncio
import hashlib
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from llmkit_jupyter.providers.preview import render as renderer
from llmkit_jupyter.providers.preview.planes import Cutout
from llmkit_jupyter.providers.preview.render import Clip, render
from tests.emulator.catalogue import pixels_of, seconds_of
from tests.emulator.jobs import Job

CHUNK = 256 * 1024


@dataclass(frozen=True)
class Movie:
    """An MP4, and a `free` box behind it that makes it `size` bytes long.

    Attributes:
        video: The file as it was rendered, with the header of the padding behind it.
        size: In all.
        version: Fills the padding, so that parts of two versions cannot pass for one file.
    """

    video: bytes
    size: int
    version: int = 0

    @classmethod
    def padded(cls, video: bytes, size: int | None, version: int = 0) -> Movie:
        padding = max(16, (size or 0) - len(video)) if size or version else 0
        if not padding:
            return cls(video, len(video))
        # The long form of a box's length, since padding may exceed 4 GiB.
        box = struct.pack(">I4sQ", 1, b"free", padding)
        return cls(video + box, len(video) + padding, version % 256)

    @cached_property
    def etag(self) -> str:
        digest = hashlib.sha256(self.video).hexdigest()[:12]
        return f'"{digest}-{self.size}-{self.version}"'

    def parts(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes from start to stop, in pieces."""
        filler = bytes([self.version]) * CHUNK
        while start < stop:
            end = min(stop, start + CHUNK)
            part = self.video[start:end] or filler[: end - start]
            start += len(part)
            yield part


def draw_without_mark() -> None:
    """Leave the word "preview" out of what this process draws: it plays a service here."""
    nothing = Cutout.make(np.zeros((2, 2, 3), np.float32), np.zeros((2, 2), np.float32))
    renderer.mark = lambda *_: (nothing, 0, 0)


class Movies:
    """Makes them: one small clip for all jobs, or each job's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._small: asyncio.Future[bytes] | None = None
        self._versions = 0
        self._cache: dict[tuple[int, int | None, int], Movie] = {}
        self._drawing = asyncio.Semaphore(2)  # as many pictures are drawn at once as in a preview

    async def of(self, job: Job, video_id: str, size: int | None, *, fresh: bool = False) -> Movie:
        """The movie of a result; `fresh` gives it content that was never served before."""
        own = self._path(video_id)
        video = own.read_bytes() if own.exists() else await self.small()
        if fresh:
            self._versions += 1
        version = self._versions if fresh else 0
        if own.exists():
            return Movie.padded(video, size, version)
        key = id(video), size, version
        if key not in self._cache:
            self._cache[key] = Movie.padded(video, size, version)
        return self._cache[key]

    async def small(self) -> bytes:
        """One second of 96x64, made once."""
        if self._small is None:
            self._small = asyncio.ensure_future(asyncio.to_thread(self._make_small))
        return await self._small

    def _make_small(self) -> bytes:
        path = self._folder / "small.mp4"
        if not path.exists():
            new = path.with_suffix(".new")
            render(Clip(prompt="hills", seed=1, width=96, height=64, duration=1), new)
            new.replace(path)
        return path.read_bytes()

    def draw(self, job: Job, on_done: Callable[[], None]) -> asyncio.Task[None]:
        """Draw what the job asks for; say when it is done."""

        async def drawing() -> None:
            async with self._drawing:
                for index, video_id in enumerate(job.video_ids):
                    await asyncio.to_thread(self._draw, job, index, video_id)
            on_done()

        return asyncio.ensure_future(drawing())

    def _draw(self, job: Job, index: int, video_id: str) -> None:
        width, height = (length // 2 * 2 for length in pixels_of(job.request))
        clip = Clip(
            prompt=job.request.get("positivePrompt", "A picture in motion"),
            seed=(job.seed + index) % 2**31,
            width=width,
            height=height,
            duration=max(1, round(seconds_of(job.request))),
        )
        path = self._path(video_id)
        new = path.with_suffix(".new")
        render(clip, new)
        new.replace(path)

    def _path(self, video_id: str) -> Path:
        return self._folder / f"{video_id}.mp4"
