"""The key is sent to the service and is nowhere else, whatever goes wrong."""

from __future__ import annotations

import base64
import logging
import traceback
import urllib.parse
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient, LLMKitError
from llmkit_jupyter.engine import polling
from llmkit_jupyter.notebook.card import Card, as_html, as_text
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


@pytest.mark.parametrize(
    ("kind", "what"),
    [("submit", "401"), ("submit", "html"), ("poll", "500"), ("poll", "item-error"),
     ("file", "html"), ("dryrun", "503"), ("submit", "reset")],
)  # fmt: skip
def test_the_key_is_in_nothing_that_is_shown_or_kept(
    emulator: Emulator,
    home: Path,
    caplog: pytest.LogCaptureFixture,
    capfd,
    monkeypatch,
    kind: str,
    what: str,
):
    monkeypatch.setattr(polling, "GRACE", 0.3)
    caplog.set_level(logging.DEBUG)
    emulator.fault(kind, what, times=3)
    client = LLMKitClient("runware", api_key=KEY)
    shown = [repr(client), repr(client.settings)]
    try:
        response = client.generate_video(video())
        shown.append(repr(response))
    except LLMKitError as error:
        shown += [str(error), repr(error), *traceback.format_exception(error)]
        for frame, _ in traceback.walk_tb(error.__traceback__):
            shown += [repr(value) for value in frame.f_locals.values()]
    for job in client.jobs():
        card = Card.of(job)
        shown += [repr(job), as_html(card), as_text(card)]
    shown += [caplog.text, *capfd.readouterr()]
    assert places("\n".join(shown)) == []
    kept = [path for path in home.rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        assert places(path.read_bytes().decode("latin-1")) == [], path
    assert emulator.stats()["files_with_credentials"] == 0
