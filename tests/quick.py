"""Shorter waits for tests of providers; the rules stay as they are."""

from __future__ import annotations

import pytest  # noqa: TC002 - loaded anyway

from llmkit_jupyter.engine import downloads, polling, polls, unanswered
from llmkit_jupyter.transport import retry


def shorten_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Poll and try again within a fraction of a second."""
    monkeypatch.setattr(retry, "FIRST", 0.02)
    monkeypatch.setattr(retry, "CAP", 0.05)
    monkeypatch.setattr(polls, "CYCLE", 0.05)
    monkeypatch.setattr(polling, "FIRST", 0.05)
    monkeypatch.setattr(polling, "FLOOR", 0.05)
    monkeypatch.setattr(downloads, "WRONG_SECONDS", 0.3)
    monkeypatch.setattr(unanswered, "LOOKS", (0.0, 0.05, 0.1, 0.2, 0.4))
