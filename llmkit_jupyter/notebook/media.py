"""Where a cell takes a video from: the notebook itself, a file beside it, or nowhere."""

from __future__ import annotations

import filecmp
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from llmkit_jupyter.engine.lasting import COLAB
from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.saving import save_copy
from llmkit_jupyter.settings import Settings

Host = Literal["jupyter", "colab", "vscode"]
Delivery = Literal["embed", "file", "poster"]
_MB = 1_000_000
_MIME = {"mp4": "video/mp4", "webm": "video/webm", "mov": "video/quicktime"}


def mime(form: str) -> str:
    """Give the MIME type of a video's format, such as ``"mp4"``."""
    return _MIME.get(form, "video/mp4")


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of video that may be put inside a notebook."""

    clip: int
    session: int
    fallback: int

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """Take the limits from the settings, which count in megabytes."""
        return cls(
            int(settings.embed_clip_mb * _MB),
            int(settings.embed_session_mb * _MB),
            int(settings.embed_fallback_mb * _MB),
        )


def decide(
    size: int, embedded: int, limits: Limits, *, host: Host, folder_writable: bool
) -> Delivery:
    """Decide how a video gets into a notebook.

    Args:
        size: bytes of this video.
        embedded: bytes that this kernel session has put inside the notebook so far.
        limits: the settings' limits.
        host: only Jupyter's own server serves files that lie beside the notebook.
        folder_writable: whether the folder beside the notebook can be written.
    """
    if size <= limits.clip and embedded + size <= limits.session:
        return "embed"
    if host == "jupyter" and folder_writable:
        return "file"
    return "embed" if size <= limits.fallback else "poster"


def detect_host(environment: Mapping[str, str] | None = None) -> Host:
    """Tell the kind of program that shows this kernel's output, from the environment."""
    env = os.environ if environment is None else environment
    if any(variable in env for variable in COLAB):
        return "colab"
    # Jupyter's server names the notebook; a server that was started from a terminal inside
    # VS Code inherits the editor's variables and is a Jupyter server all the same.
    if "VSCODE_PID" in env and "JPY_SESSION_NAME" not in env:
        return "vscode"
    return "jupyter"


class Ledger:
    """Counts the bytes that this kernel session put inside the notebook, once a video."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}
        self._lock = threading.Lock()

    def without(self, task_id: str) -> int:
        """Give the bytes of all videos but this one, which may be shown again at no charge."""
        with self._lock:
            return sum(size for key, size in self._sizes.items() if key != task_id)

    def add(self, task_id: str, size: int) -> None:
        """Note that a video was embedded."""
        with self._lock:
            self._sizes[task_id] = size

    def clear(self) -> None:
        """Start from nothing."""
        with self._lock:
            self._sizes.clear()


ledger = Ledger()


def can_write(folder: Path) -> bool:
    """Tell whether a folder can be written, or could be made where it is missing."""
    if folder.is_dir():
        return os.access(folder, os.W_OK | os.X_OK)
    return not os.path.lexists(folder) and os.access(folder.parent, os.W_OK | os.X_OK)


def place_beside(task_id: str, source: Path, folder: Path) -> Path:
    """Put a video into the folder beside the notebook: a hard link, else a copy.

    An earlier link of the same video is used again; another file is never touched.

    Raises:
        LLMKitError: the folder or the file cannot be written.
        OSError: the same, from the operating system.
    """
    folder.mkdir(exist_ok=True)
    # The id comes from a journal, which is a file like any other: only harmless characters.
    stem = "".join(c for c in task_id if c.isalnum() or c in "-_")[:80] or "video"
    for number in range(1, 1000):
        name = stem if number == 1 else f"{stem}-{number}"
        target = folder / f"{name}{source.suffix}"
        try:
            target.hardlink_to(source)
        except FileExistsError:
            if _same(source, target):
                return target
            continue
        except OSError:
            # Another file system, or one without hard links. A name that is taken after all is
            # told by the next turn.
            if os.path.lexists(target):
                if _same(source, target):
                    return target
                continue
            return save_copy(source, target)
        return target
    raise LLMKitError(f"No free name for {stem} in {folder}.", code="library")


def _same(source: Path, target: Path) -> bool:
    # A symbolic link might lead anywhere, now or later.
    if target.is_symlink() or not target.is_file():
        return False
    return target.samefile(source) or filecmp.cmp(source, target, shallow=False)


def relative_url(folder: str, name: str) -> str:
    """Give the address of a file in a folder beside the notebook, quoted for an attribute."""
    # The leading dot keeps a colon in a name from being read as a scheme.
    return f"./{quote(folder)}/{quote(name)}"
