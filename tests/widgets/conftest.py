from __future__ import annotations

from tests.notebook.conftest import _fresh_session, bare_shell, finished, shell
from tests.widgets.page import page
from tests.widgets.studios import make, paid, provider, quick

__all__ = [
    "_fresh_session",
    "bare_shell",
    "finished",
    "make",
    "page",
    "paid",
    "provider",
    "quick",
    "shell",
]
