"""A real JupyterLab server, isolated from the machine it runs on."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import nbformat
from nbformat.sign import NotebookNotary

from tests import kernels

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 120  # seconds until we give up on the server; a busy machine may need most of them
GRACE = 15  # seconds for the server to stop by itself

# A request to our own server never goes through a proxy.
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open

_FLAGS = (
    "--no-browser",
    "--ip=127.0.0.1",
    "--port=0",  # the system's choice, read back from the server's own record
    "--ServerApp.terminals_enabled=False",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
    # At each load of a page a process would look whether Lab is to be built anew.
    "--ServerApp.tornado_settings={'page_config_data': {'buildCheck': False}}",
    "--LabApp.expose_app_in_browser=True",  # window.jupyterapp, which NotebookPage uses
    "--JupyterNotebookApp.expose_app_in_browser=True",  # the same server has Notebook 7's pages
)
_SETTINGS: dict[str, dict[str, Any]] = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # Every cell stays in the page, also those out of sight.
    "notebook-extension/tracker": {"windowingMode": "none"},
    # A notebook on disk changes when a test saves it, and at no other time.
    "docmanager-extension/plugin": {"autosave": False},
}
_THEME = "apputils-extension/themes"
STANDARD_THEME = "JupyterLab Light"


class JupyterLab:
    """``jupyter lab`` of this Python environment, from ``__enter__`` to ``__exit__``.

    Args:
        folder: an empty folder for all of it: home, settings, kernels, log and notebooks.
        theme: such as "JupyterLab Dark"; `use_theme` changes it later.
        environ: further environment variables of the server and its kernels.
    """

    def __init__(
        self,
        folder: Path,
        *,
        theme: str = STANDARD_THEME,
        environ: dict[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.root = folder / "notebooks"  # what Lab's file browser shows
        self.home = folder / "home"
        self.llmkit_home = folder / "llmkit"
        self.log = folder / "lab.log"
        self.token = secrets.token_hex(16)
        self.url = ""
        self._extra = environ or {}
        self._process: subprocess.Popen[bytes] | None = None
        for path in (self.root, self.home, self.llmkit_home):
            path.mkdir(parents=True)
        for plugin, values in _SETTINGS.items():
            self._write_setting(plugin, values)
        self.use_theme(theme)
        self.add_kernel("python3", {})
        for version in kernels.VERSIONS:
            before = [str(kernels.folder_of(version)), os.environ.get("PYTHONPATH", "")]
            environ = {"PYTHONPATH": os.pathsep.join(filter(None, before))}
            self.add_kernel(kernels.name_of(version), environ)

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "jupyterlab", *_FLAGS, f"--ServerApp.root_dir={self.root}"]
        command.append(f"--IdentityProvider.token={self.token}")
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--allow-root")
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self.root,
                env=self._environ(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a process group of its own: Ctrl+C is pytest's
            )
        try:
            self._wait_until(self._answers, "answer")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)  # the server then ends its kernels
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            # A kernel watches its parent and ends when the server is gone.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._process = None

    def use_theme(self, name: str) -> None:
        """Pages opened from now on have this theme."""
        self.theme = name
        self._write_setting(_THEME, {"theme": name})

    def add_kernel(self, name: str, environ: dict[str, str]) -> None:
        """Offer another kernel of this Python, with further environment variables."""
        # JUPYTER_PATH is searched first, so that no other "python3" of the machine is taken.
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": argv, "display_name": "Python 3", "language": "python"}
        file = self.folder / "kernelspecs" / "kernels" / name / "kernel.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps({**spec, "env": environ, "metadata": {"debugger": False}}))

    def relative(self, path: Path | str) -> str:
        """A file's place below the root, as Lab names it."""
        return (self.root / path).relative_to(self.root).as_posix()

    def write_notebook(self, path: Path | str, *sources: str, kernel: str = "python3") -> Path:
        """A notebook of code cells, for one of this server's kernels, below the root."""
        spec = {"name": kernel, "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(metadata={"kernelspec": spec})
        notebook.cells = [nbformat.v4.new_code_cell(source) for source in sources]
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, file)
        return file

    def set_trust(self, path: Path | str, *, trusted: bool) -> None:
        """Sign a saved notebook, or take its signature away, as ``jupyter trust`` does."""
        notary = NotebookNotary(data_dir=str(self.folder / "data"))
        notebook = nbformat.read(self.root / path, as_version=4)
        (notary.sign if trusted else notary.unsign)(notebook)
        notary.store.close()

    def request(self, method: str, endpoint: str) -> Any:
        """Call the server's REST interface; returns the JSON of the answer, or ``None``."""
        request = urllib.request.Request(
            f"{self.url}api/{endpoint}",
            method=method,
            headers={"Authorization": f"token {self.token}"},
        )
        with _open(request, timeout=PATIENCE) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def sessions(self, path: Path | str | None = None) -> list[dict[str, Any]]:
        """The running sessions (notebook and kernel), of one notebook or of all."""
        wanted = None if path is None else self.relative(path)
        found = self.request("GET", "sessions")
        return [session for session in found if wanted in (None, session["path"])]

    def stop_kernels(self, path: Path | str | None = None) -> None:
        """End the kernels of one notebook, or of all."""
        for session in self.sessions(path):
            try:
                self.request("DELETE", f"sessions/{session['id']}")
            except urllib.error.HTTPError as error:
                if error.code not in (404, 410):  # already gone, which is what we want
                    raise

    def forget_jobs(self) -> None:
        """Have journal and library begin anew: a studio shows what other kernels have left."""
        for path in self.llmkit_home.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)  # a kernel may be writing its last
            else:
                path.unlink(missing_ok=True)

    def log_tail(self, lines: int = 40) -> str:
        """The end of the server's log, which also has what kernels write to stderr."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _environ(self) -> dict[str, str]:
        ours = ("JUPYTER", "IPYTHON", "LLMKIT_", "RUNWARE_API_KEY", "XDG_")
        environ = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        binaries = Path(sys.executable).parent  # as in an activated environment: `!python` is ours
        return environ | {
            "HOME": str(self.home),
            "IPYTHONDIR": str(self.home / "ipython"),
            "JUPYTER_CONFIG_DIR": str(self.folder / "config"),
            "JUPYTER_DATA_DIR": str(self.folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.folder / "runtime"),
            "JUPYTER_PATH": str(self.folder / "kernelspecs"),
            "JUPYTERLAB_SETTINGS_DIR": str(self.folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(self.folder / "workspaces"),
            "LLMKIT_HOME": str(self.llmkit_home),
            "LLMKIT_VIDEO_PROVIDER": "preview",  # nobody pays for a test run
            "PATH": os.pathsep.join([str(binaries), os.environ.get("PATH", os.defpath)]),
            **self._extra,
        }

    def _write_setting(self, plugin: str, values: dict[str, Any]) -> None:
        file = self.folder / "settings" / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))

    def _answers(self) -> bool:
        records = (self.folder / "runtime").glob("jpserver-*.json")
        try:
            self.url = next(json.loads(file.read_text())["url"] for file in records)
            return bool(self.request("GET", "status"))
        except (StopIteration, ValueError, KeyError, OSError):  # not written yet, not listening yet
            return False

    def _wait_until(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            ended = self._process is not None and self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                raise RuntimeError(f"JupyterLab did not {what}. Its log:\n{self.log_tail()}")
            time.sleep(0.1)
