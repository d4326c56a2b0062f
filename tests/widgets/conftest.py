from __future__ import annotations

from tests.notebook.conftest import _fresh_session, bare_shell, finished, shell
from tests.widgets.page import page

__all__ = ["_fresh_session", "bare_shell", "finished", "page", "shell"]
