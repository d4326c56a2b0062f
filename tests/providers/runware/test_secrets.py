"""The key is sent to the service and is nowhere else, whatever goes wrong."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient
from llmkit_jupyter.engine import polling
from tests.emulator.process import Emulator
from tests.providers.runware.conftest import video
from tests.security.canary import KEY, all_that, places, seen, shown_by


@pytest.fixture
def look(emulator: Emulator, home: Path, caplog, capfd, monkeypatch):
    """Make a video, with faults, and find the key in anything that is shown or kept."""
    monkeypatch.setattr(polling, "GRACE", 0.3)
    caplog.set_level(logging.DEBUG)

    def found() -> list[str]:
        client = LLMKitClient("runware", api_key=KEY)
        shown = [*shown_by(client), *shown_by(client.settings)]

        def make() -> object:
            job = client.submit_video(video())
            job.on_change(lambda job: shown.extend(seen(job)))
            return job.result()

        shown += all_that(client, (make, lambda: client.estimate(video()), client.balance), home)
        shown += [caplog.text, *capfd.readouterr()]
        return places("\n".join(shown))

    return found


@pytest.mark.parametrize(
    ("kind", "what"),
    [("submit", "401"), ("submit", "html"), ("poll", "500"), ("poll", "item-error"),
     ("file", "html"), ("dryrun", "503"), ("submit", "reset")],
)  # fmt: skip
def test_the_key_is_in_nothing_that_is_shown_or_kept(look, emulator: Emulator, kind, what):
    emulator.fault(kind, what, times=3)
    assert look() == []
    assert emulator.stats()["files_with_credentials"] == 0


@pytest.mark.parametrize("kind", ["submit", "poll", "dryrun", "account"])
@pytest.mark.parametrize(
    ("what", "more"),
    [
        ("echo-key", {}),
        ("echo-key", {"code": "invalidPositivePrompt"}),
        ("echo-key", {"code": "invalidApiKey"}),
        ("echo-key:status", {}),
    ],
)
def test_the_key_is_in_nothing_even_if_the_service_echoes_it(
    look, emulator: Emulator, kind, what, more
):
    emulator.fault(kind, what, times=4, **more)
    assert look() == []
    assert emulator.stats()["faults"][f"{kind}:{what}"] >= 1


ORDINARY = {"host", "connection", "accept", "accept-encoding", "user-agent"}


def test_who_needs_no_key_is_told_nothing_but_what_is_wanted(look, emulator: Emulator):
    look()
    asked = {"file": [], "schema": []}
    for entry in emulator.stats()["log"]:
        if entry["kind"] in asked:
            asked[entry["kind"]].append(entry["headers"])
    assert all(asked.values())
    for headers in asked["file"] + asked["schema"]:
        assert set(headers) <= ORDINARY
        assert headers["user-agent"].startswith("llmkit-jupyter/")
        assert headers["accept-encoding"] == "identity"
