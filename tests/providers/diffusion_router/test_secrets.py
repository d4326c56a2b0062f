"""The key is sent to the server's own address and is nowhere else, whatever goes wrong."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient
from llmkit_jupyter.providers.diffusion_router import cancelling
from tests.emulator.process import Emulator
from tests.engine.waiting import until
from tests.providers.diffusion_router.conftest import SMALL
from tests.security.canary import KEY, all_that, places, seen, shown_by


@pytest.fixture
def look(server: Emulator, home: Path, caplog, capfd, monkeypatch):
    """Make a video and cancel another, with faults; find the key in all that is shown or kept."""
    monkeypatch.setattr(cancelling, "PAUSE", 0.01)
    caplog.set_level(logging.DEBUG)

    def found() -> list[str]:
        client = LLMKitClient("diffusion-router", api_key=KEY)
        shown = [*shown_by(client), *shown_by(client.settings)]

        def make() -> object:
            job = client.submit_video(SMALL)
            job.on_change(lambda job: shown.extend(seen(job)))
            return job.result()

        def stop() -> object:
            job = client.submit_video(SMALL.__class__("A cat [emulator: seconds=60]"))
            until(lambda: job.phase not in ("queued", "submitting"))
            if not job.done():
                job.cancel()
                until(lambda: not job.cancelling and (job.notice or job.done()))
            return job.notice

        shown += all_that(client, (make, stop, client.models), home)
        shown += [caplog.text, *capfd.readouterr()]
        return places("\n".join(shown))

    return found


@pytest.mark.parametrize("server", ["openai"], indirect=True)
@pytest.mark.parametrize(
    ("kind", "what"),
    [("submit", "401"), ("submit", "html"), ("submit", "reset"), ("poll", "500"),
     ("file", "html"), ("file", "redirect-origin"), ("cancel", "reset"), ("models", "503")],
)  # fmt: skip
def test_the_key_is_in_nothing_that_is_shown_or_kept(look, server: Emulator, kind, what):
    server.fault(kind, what, times=2)
    assert look() == []
    assert server.stats()["files_with_credentials"] == 0


@pytest.mark.parametrize("server", ["openai", "vllm-omni"], indirect=True)
@pytest.mark.parametrize("kind", ["submit", "poll", "cancel", "models"])
def test_the_key_is_in_nothing_even_if_the_server_echoes_it(look, server: Emulator, kind):
    server.fault(kind, "echo-key", times=2)
    assert look() == []
