from __future__ import annotations

from typing import Any

import pytest

from llmkit_jupyter.notebook import shell as shells
from llmkit_jupyter.rendering import MimeBundle
from tests.notebook.conftest import _fresh_session, bare_shell, finished, shell
from tests.widgets.page import page
from tests.widgets.studios import judged_elsewhere, make, paid, provider, quick

__all__ = [
    "_fresh_session",
    "bare_shell",
    "finished",
    "judged_elsewhere",
    "make",
    "page",
    "paid",
    "provider",
    "quick",
    "shell",
]

Shown = tuple[MimeBundle, str | None, bool]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Shown]:
    """What was put into cells: (bundle, name, whether it took an old one's place)."""
    told: list[Shown] = []

    def publish(bundle: Any, *, display_id: str | None = None, update: bool = False) -> None:
        told.append((bundle, display_id, update))

    monkeypatch.setattr(shells, "publish", publish)
    return told
