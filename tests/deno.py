"""Deno's Jupyter kernel for the tests: one of the npm packages, which reaches for no network.

Nothing here waits for a cell's ``idle``: this kernel may send a cell's value after it.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty
from typing import Any, Self

import imageio_ffmpeg
from jupyter_client.manager import KernelManager

BINARY = Path(__file__).resolve().parents[1] / "js" / "node_modules" / ".bin" / "deno"
PATIENCE = 60  # seconds


def write_spec(folder: Path) -> None:
    """Offer the kernel, by the name "deno", in a folder of JUPYTER_PATH.

    Args:
        folder: also for its caches, and for an ``ffmpeg``.
    """
    binaries = folder / "bin"
    binaries.mkdir(parents=True)
    (binaries / "ffmpeg").symlink_to(imageio_ffmpeg.get_ffmpeg_exe())
    spec = {
        "argv": [str(BINARY), "jupyter", "--kernel", "--conn", "{connection_file}"],
        "display_name": "Deno",
        "language": "typescript",
        "env": {
            "DENO_DIR": str(folder / "deno"),
            "DENO_NO_UPDATE_CHECK": "1",
            "NO_COLOR": "1",
            "PATH": os.pathsep.join([str(binaries), os.environ["PATH"]]),
        },
    }
    file = folder / "kernels" / "deno" / "kernel.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(spec))


class Kernel:
    """A running kernel and all that it has said, from ``__enter__`` to ``__exit__``.

    Args:
        project: where it runs; has ``node_modules``.
        folder: an empty one, for `write_spec`.
    """

    def __init__(self, project: Path, folder: Path) -> None:
        self._project, self._folder = project, folder
        self._said: dict[str, list[dict[str, Any]]] = {}

    def __enter__(self) -> Self:
        write_spec(self._folder)
        self._manager = KernelManager(kernel_name="deno")
        self._manager.kernel_spec_manager.kernel_dirs = [str(self._folder / "kernels")]
        self._manager.start_kernel(cwd=str(self._project))
        self._client = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)

    def start(self, source: str) -> str:
        """Have a cell run; gives the id under which its outputs are told."""
        return self._client.execute(source)

    def run(self, source: str, *, patience: float = PATIENCE) -> str:
        """Run a cell to its end, which is a success; its outputs may still be on their way."""
        cell = self.start(source)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            self._listen()
            try:
                reply = self._client.get_shell_msg(timeout=0.05)
            except Empty:
                continue
            if reply["parent_header"]["msg_id"] == cell:
                assert reply["content"]["status"] == "ok", reply["content"]["traceback"]
                return cell
        raise TimeoutError(source)

    def outputs(self, cell: str) -> list[dict[str, Any]]:
        """What a cell shows by now, updates in their places, as a front end would have it."""
        shown: list[dict[str, Any]] = []
        places: dict[str, dict[str, Any]] = {}
        everything = [message for each in self._said.values() for message in each]
        for message in self._said.get(cell, []):
            content = message["content"]
            if message["msg_type"] in ("display_data", "execute_result") and content["data"]:
                output = {"data": content["data"]}
                shown.append(output)
                places[content.get("transient", {}).get("display_id", "")] = output
            elif message["msg_type"] == "stream":
                shown.append({"text": content["text"]})
        for message in everything:
            if message["msg_type"] == "update_display_data":
                place = places.get(message["content"]["transient"]["display_id"])
                if place is not None:
                    place["data"] = message["content"]["data"]
        return shown

    def wait_for(
        self, cell: str, condition: Callable[[list[dict[str, Any]]], object]
    ) -> list[dict[str, Any]]:
        """Wait until a cell's outputs are as they should be, and give them."""
        deadline = time.monotonic() + PATIENCE
        while not condition(self.outputs(cell)):
            assert time.monotonic() < deadline, self.outputs(cell)
            self._listen()
        return self.outputs(cell)

    def _listen(self) -> None:
        """Take in what it has said, and wait for more for a moment."""
        try:
            message = self._client.get_iopub_msg(timeout=0.05)
            while True:
                parent = message["parent_header"].get("msg_id", "")
                self._said.setdefault(parent, []).append(message)
                message = self._client.get_iopub_msg(timeout=0)
        except Empty:
            return
