"""Clients whose key is the canary, and the shells and pages in which they are used."""

from __future__ import annotations

import pytest

from llmkit_jupyter import LLMKitClient
from tests.emulator.fixtures import point_at
from tests.emulator.process import Emulator
from tests.quick import shorten_waits
from tests.security.canary import KEY
from tests.widgets.conftest import _fresh_session, bare_shell, finished, page, quick, shell

__all__ = ["_fresh_session", "bare_shell", "finished", "page", "quick", "shell"]
VARIABLES = {"runware": "LLMKIT_API_KEY", "diffusion-router": "LLMKIT_DIFFUSION_ROUTER_API_KEY"}


@pytest.fixture(params=sorted(VARIABLES))
def client(request, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> LLMKitClient:
    """A client of either kind, with the canary from the environment."""
    shorten_waits(monkeypatch)
    if request.param == "diffusion-router":
        monkeypatch.delenv("LLMKIT_API_KEY")
        point_at(emulator, "openai", monkeypatch)
    monkeypatch.setenv(VARIABLES[request.param], KEY)
    return LLMKitClient()
