"""What came of a request: the state of a job, and its video once there is one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from llmkit_jupyter import rendering
from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.failure import VideoError
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.saving import save_copy

_RESERVED = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9\u00b9\u00b2\u00b3]")
"""Names that Windows keeps for devices, whatever comes after a dot."""

Status = Literal["processing", "completed", "failed"]
MAX_STARS = 5


@dataclass(frozen=True, kw_only=True)
class VideoGenerationResponse:
    """The result of a request, or where it stands. A value: it never changes by itself.

    ``client.poll_video(response.task_id)`` gives a fresh one, in any later session.
    """

    status: Status
    """``"processing"``, ``"completed"`` or ``"failed"``."""
    task_id: str | None = None
    """The id that this job keeps for ever; made here, before anything was sent."""
    video_url: str | None = None
    """Where the provider serves the video. Such addresses expire; ``save`` does not need it."""
    format: str = "mp4"
    """Container of the file, e.g. ``"mp4"``."""
    duration: float | None = None
    """Seconds, measured from the file; ``None`` before there is one."""
    width: int | None = None
    """Pixels, measured from the file."""
    height: int | None = None
    """Pixels, measured from the file."""
    path: Path | None = None
    """The file in the library on this machine."""
    error: VideoError | None = None
    """Why the job failed."""
    phase: str | None = None
    """``queued``, ``submitting``, ``generating``, ``downloading`` or ``done``."""
    progress: float | None = None
    """Between 0 and 1, where the provider tells it."""
    provider: str | None = None
    provider_status: str | None = None
    """The provider's own word for the status, verbatim."""
    model: str | None = None
    """The model that ran, which may be a successor of the one asked for."""
    seed: int | None = None
    """The seed that made this video, where the model has one."""
    cost: float | None = None
    """US dollars charged; ``None`` while unknown."""
    elapsed: float | None = None
    """Seconds from submission to the end, or until now."""
    request: VideoGenerationRequest | None = None
    """What was asked for."""
    reused: bool = False
    """It was in the library, or on its way there, when it was asked for: nothing was charged now.
    ``cost`` is what it cost when it was made."""

    @property
    def size(self) -> int:
        """Size of the video data in bytes; 0 while there is none."""
        if self.path is None:
            return 0
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    @property
    def video_bytes(self) -> bytes | None:
        """The video itself, read from the library at each use; ``None`` before there is one.

        Raises:
            LLMKitError: the file was removed from the library.
        """
        if self.path is None:
            if self.status == "completed":
                raise self._file_gone()
            return None
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            raise self._file_gone() from None

    def save(self, path: str | Path | None = None, *, overwrite: bool = False) -> Path:
        """Copy the video to a file, in constant memory.

        Args:
            path: a file, or a folder to put it in under a name made from the prompt; the
                working directory by default. A missing suffix is added from ``format``.
            overwrite: replace a file that is already there.

        Returns:
            The path that was written.

        Raises:
            OutputExistsError: something is there already and ``overwrite`` is not set.
            InvalidRequestError: the path cannot be written.
            LLMKitError: there is no video (yet); says what to do.
        """
        if self.path is None and self.status != "completed":
            raise LLMKitError(self._why_no_video(), code="no_video", task_id=self.task_id)
        if self.path is None or not self.path.exists():
            raise self._file_gone()
        return save_copy(self.path, path, name=self.file_stem, overwrite=overwrite)

    def _why_no_video(self) -> str:
        if self.status == "failed":
            return f"There is no video: the job failed ({self.error})."
        return (
            f"There is no video yet: the status is {self.status!r}. Wait for it with "
            f"LLMKitClient().job({self.task_id!r}).result(), or look again with "
            f"LLMKitClient().poll_video({self.task_id!r})."
        )

    def _file_gone(self) -> LLMKitError:
        what = "The video was purged from the library; its record is kept."
        if self.path is not None:
            what = (
                f"The video's file {self.path} was removed from the library. "
                f"LLMKitClient().job({self.task_id!r}).result() fetches it again where the "
                "provider still has it."
            )
        return LLMKitError(what, code="file_gone", task_id=self.task_id)

    @property
    def file_stem(self) -> str:
        """A file name without its ending, made from the prompt."""
        words = "".join(
            c if c.isalnum() else " " for c in (self.request.prompt if self.request else "video")
        ).split()
        stem = "-".join(words)[:48].strip("-").lower() or "video"
        return f"{stem}-video" if _RESERVED.fullmatch(stem) else stem

    def __repr__(self) -> str:
        parts = [f"status={self.status!r}", f"task_id={self.task_id!r}"]
        if self.status == "processing":
            parts.append(f"phase={self.phase!r}")
        if self.error:
            parts.append(f"error={self.error!r}")
        if self.path:
            parts.append(f"{self.width}x{self.height}, {self.duration}s, {self.format}")
        return f"VideoGenerationResponse({', '.join(parts)})"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any] | None:
        return rendering.render(self)
