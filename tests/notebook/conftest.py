"""A shell without a kernel, videos of chosen sizes, what is shown, and a client that is paid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from llmkit_jupyter import LLMKitClient, client, settings
from llmkit_jupyter.notebook import extension, live, magics, media, poster, tables
from llmkit_jupyter.response import VideoGenerationResponse
from tests.notebook.fakes import a_response
from tests.scripted import ScriptedProvider


@pytest.fixture(autouse=True)
def _fresh_session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Begin with nothing embedded, drawn, shown or remembered, in an empty working directory."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in ("VSCODE_PID", "JPY_SESSION_NAME", "COLAB_RELEASE_TAG", "COLAB_JUPYTER_IP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setattr(client, "_default", None)
    monkeypatch.setattr(settings, "_remembered", None)
    media.ledger.clear()
    poster._made.clear()
    magics._clients.clear()
    yield
    live.cards.forget()


@pytest.fixture
def bare_shell() -> Iterator[Any]:
    """IPython as in a terminal, without the extension."""
    InteractiveShell.clear_instance()
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    yield InteractiveShell.instance(config=config)
    InteractiveShell.clear_instance()


@pytest.fixture
def shell(bare_shell: Any) -> Iterator[Any]:
    """IPython with the extension loaded."""
    extension.load(bare_shell)
    yield bare_shell
    extension.unload(bare_shell)


@pytest.fixture
def finished(tmp_path: Path, video_bytes: bytes) -> Callable[..., VideoGenerationResponse]:
    """Make a completed response whose file has the size that the test wants."""

    def make(size: int | None = None, **values: Any) -> VideoGenerationResponse:
        path = tmp_path / f"{values.get('task_id', 'clip')}.mp4"
        with path.open("wb") as file:
            file.write(video_bytes)
            # A hole: the file is large and the disk is not filled.
            file.truncate(max(size or 0, len(video_bytes)))
        defaults = {"duration": 1.0, "width": 96, "height": 64, "seed": 1, "path": path}
        return a_response(status="completed", phase="done", **defaults | values)

    return make


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What subcommands show, as text."""
    texts: list[str] = []
    monkeypatch.setattr(tables, "publish", lambda bundle: texts.append(bundle["text/plain"]))
    return texts


@pytest.fixture
def paid(monkeypatch: pytest.MonkeyPatch, video_bytes: bytes) -> ScriptedProvider:
    """Make the notebook's default client one whose videos cost half a dollar."""
    provider = ScriptedProvider(video=video_bytes, price=0.5)
    monkeypatch.setattr(client, "_default", (settings.load(), LLMKitClient(provider)))
    return provider
