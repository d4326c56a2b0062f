"""The key is sent to the service and is nowhere else, whatever goes wrong."""

from __future__ import annotations

import base64
import logging
import traceback
import urllib.parse
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient, LLMKitError, VideoJob
from llmkit_jupyter.engine import polling
from llmkit_jupyter.notebook.card import Card, as_text
from llmkit_jupyter.notebook.card_html import as_html
from tests.emulator.process import Emulator
from tests.providers.runware.conftest import video

KEY = "canary/4f1d9+b27e=zz"
DRESSES = [
    KEY,
    urllib.parse.quote(KEY, safe=""),
    base64.b64encode(KEY.encode()).decode().rstrip("="),
]


def places(text: str) -> list[str]:
    return [dress for dress in DRESSES if dress in text]


@pytest.fixture
def look(emulator: Emulator, home: Path, caplog, capfd, monkeypatch):
    """Make a video, with faults, and find the key in anything that is shown or kept."""
    monkeypatch.setattr(polling, "GRACE", 0.3)
    caplog.set_level(logging.DEBUG)

    def found() -> list[str]:
        client = LLMKitClient("runware", api_key=KEY)
        shown = [repr(client), repr(client.settings)]

        def make() -> object:
            job = client.submit_video(video())
            job.on_change(lambda job: shown.extend(seen(job)))
            return job.result()

        shown += all_that(client, (make, lambda: client.estimate(video()), client.balance), home)
        shown += [caplog.text, *capfd.readouterr()]
        return places("\n".join(shown))

    return found


def all_that(client: LLMKitClient, calls: Iterable[Callable[[], object]], home: Path) -> list[str]:
    """Make calls, and give everything that they, the jobs and the files at home show."""
    shown: list[str] = []
    for call in calls:
        try:
            shown.append(repr(call()))
        except LLMKitError as error:
            shown += told_by(error)
    for job in client.jobs():
        shown += seen(job)
        shown += told_by(job.response.error) if job.response.error else []
    kept = [path for path in home.rglob("*") if path.is_file()]
    assert kept
    return shown + [path.read_bytes().decode("latin-1") for path in kept]


def seen(job: VideoJob) -> list[str]:
    """Everything that a job shows at a moment."""
    card = Card.of(job)
    return [repr(job), as_html(card), as_text(card), str(job.provider_status)]


def told_by(error: object) -> list[str]:
    """Everything that an error shows: its words, its parts, and a verbose traceback."""
    told = [str(error), repr(error), repr(vars(error)) if hasattr(error, "__dict__") else ""]
    if isinstance(error, BaseException):
        told += traceback.format_exception(error)
        for frame, _ in traceback.walk_tb(error.__traceback__):
            told += [repr(value) for value in frame.f_locals.values()]
    return told


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
