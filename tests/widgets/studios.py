"""Studios that a test makes, and what their page does."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest

from llmkit_jupyter import LLMKitClient, VideoStudio
from llmkit_jupyter.notebook import live
from llmkit_jupyter.widgets import pricing
from tests.scripted import ScriptedProvider

SMALL = {"duration": 1, "width": 96, "height": 64}
PROMPT = "A red balloon over the sea"


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(live, "PACE", 0.02)
    monkeypatch.setattr(live, "RATE", 200.0)
    monkeypatch.setattr(pricing, "SETTLED", 0.02)


@pytest.fixture
def provider(video_bytes) -> ScriptedProvider:
    return ScriptedProvider(video=video_bytes, price=0.1)


@pytest.fixture
def make(page, client):
    def make(client=client, **fields):
        return VideoStudio(client, **{**SMALL, "prompt": PROMPT, **fields})

    return make


@pytest.fixture
def paid(make, provider):
    """A studio whose videos cost money."""

    def paid(**fields):
        return make(LLMKitClient(provider), **{"seed": 7, **fields})

    return paid


@pytest.fixture
def judged_elsewhere(monkeypatch):
    """Have another thread, as when a price has come, still judge the form while a block runs."""

    @contextmanager
    def judged_elsewhere(studio):
        judged, began, goes_on = studio._judged, threading.Event(), threading.Event()

        def slowly(values):
            if threading.current_thread() is other:
                began.set()
                goes_on.wait(10)
            elif not began.is_set():
                other.start()
                assert began.wait(10)
            return judged(values)

        other = threading.Thread(target=studio._recheck)
        monkeypatch.setattr(studio, "_judged", slowly)
        yield
        goes_on.set()
        other.join()

    return judged_elsewhere


def click(page, studio, name="1", *, confirm=False, **form):
    page.say(studio, kind="generate", id=name, confirm=confirm, form=form)


def answered(page, studio, state, name="1"):
    page.wait(lambda: (studio.answer["id"], studio.answer["state"]) == (name, state), state)
    return studio.answer["message"]


def ended(page, studio):
    """Wait until the page has been told how all jobs of the latest submission ended."""
    states = {"done", "failed", "cancelled"}
    page.wait(lambda: studio.batch and {c["state"] for c in studio.batch} <= states, "the end")
