"""Where previews are drawn: a queue, a few worker threads, and a shelf of finished files."""

from __future__ import annotations

import atexit
import logging
import os
import queue
import shutil
import tempfile
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from llmkit_jupyter.request import VideoGenerationRequest

FOLDER = "llmkit-preview-"
"""How the name of a process's folder begins; its number comes next, and a dash."""
SHELF = 50  # fetched files that are kept for the sake of their addresses
_log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Piece:
    """One clip on its way; changed by its worker, read by everybody."""

    task_id: str
    request: VideoGenerationRequest
    path: Path
    state: Literal["waiting", "drawing", "finished", "failed", "stopped"] = "waiting"
    progress: float = 0.0
    problem: str = ""
    fetched: bool = False
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def seed(self) -> int:
        """The seed that it is drawn from."""
        return self.request.seed or 0


class Workshop:
    """Draws clips in the order in which they come, in daemon threads started on first use."""

    def __init__(self) -> None:
        self._pieces: OrderedDict[str, Piece] = OrderedDict()
        self._queue: queue.SimpleQueue[Piece] = queue.SimpleQueue()
        self._workers: list[threading.Thread] = []
        self._folder: Path | None = None
        self._process = os.getpid()

    def order(self, task_id: str, request: VideoGenerationRequest) -> None:
        """Queue a clip; one that was ordered before is not drawn twice."""
        if self._process != os.getpid():
            self._begin_anew()
        if task_id in self._pieces and self._pieces[task_id].state != "stopped":
            return
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-"))
            atexit.register(self._close)
        piece = Piece(task_id, request, self._folder / f"{task_id}.mp4")
        self._pieces[task_id] = piece
        self._queue.put(piece)
        # The encoder has threads of its own: one clip fills two cores.
        if len(self._workers) < max(1, (os.cpu_count() or 1) // 2):
            worker = threading.Thread(target=self._work, name="llmkit-preview", daemon=True)
            worker.start()
            # Not before: at the interpreter's end all that are here are waited for.
            self._workers.append(worker)

    def _begin_anew(self) -> None:
        """In a forked child: the threads and the folder stayed with the parent."""
        self._pieces = OrderedDict()
        self._queue = queue.SimpleQueue()
        self._workers = []
        self._folder = None
        self._process = os.getpid()

    def find(self, task_id: str) -> Piece | None:
        """Give a clip by its task id."""
        return self._pieces.get(task_id)

    def stop(self, task_id: str) -> bool:
        """Stop a clip; False when it is finished already."""
        piece = self._pieces.get(task_id)
        if piece is None or piece.state in ("finished", "failed"):
            return False
        piece.stop.set()
        piece.state = "stopped"
        return True

    def fetched(self, piece: Piece) -> None:
        """Note that the library has its copy; of such files only the latest are kept."""
        piece.fetched = True
        done = [p for p in list(self._pieces.values()) if p.fetched]
        for old in done[:-SHELF]:
            del self._pieces[old.task_id]
            old.path.unlink(missing_ok=True)

    def address(self, piece: Piece) -> str | None:
        """Give a URL for the file that lasts as long as this process."""
        from llmkit_jupyter.providers.preview.server import address_of

        return address_of(piece.path)

    def _work(self) -> None:
        while True:
            piece = self._queue.get()
            if not piece.stop.is_set():
                self._draw(piece)

    def _draw(self, piece: Piece) -> None:
        # Heavy imports, and only now: NumPy, Pillow and PyAV.
        from llmkit_jupyter.providers.preview.render import Clip, RenderStopped, render

        piece.state = "drawing"
        request = piece.request
        clip = Clip(
            prompt=request.prompt,
            seed=piece.seed,
            width=request.width or 0,
            height=request.height or 0,
            duration=request.duration or 0,
        )

        def on_frame(done: int, total: int) -> None:
            piece.progress = done / total

        try:
            render(clip, piece.path, on_frame=on_frame, stop=piece.stop)
        except RenderStopped:
            piece.state = "stopped"
        except Exception as error:  # noqa: BLE001 - becomes the job's error
            _log.warning("preview %s failed", piece.task_id, exc_info=True)
            piece.problem = f"{type(error).__name__}: {error}"
            piece.state = "failed"
        else:
            piece.state = "finished"

    def _close(self) -> None:
        """At the interpreter's end: no encoder may run on while it is taken down."""
        if self._process != os.getpid():
            return  # a forked child that never drew anything: all this is its parent's
        for piece in list(self._pieces.values()):
            piece.stop.set()
        for worker in self._workers:
            worker.join(timeout=0.2)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
