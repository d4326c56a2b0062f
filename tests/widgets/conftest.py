from __future__ import annotations

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
