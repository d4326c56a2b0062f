"""How much page and kernel say to each other: few messages, and each of them once."""

from __future__ import annotations

from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.e2e.lab import JupyterLab
from tests.e2e.studio_page import LOAD, StudioPage
from tests.e2e.traffic import COMM, Message

STUDIO = (
    "from llmkit_jupyter import VideoStudio\n"
    "studio = VideoStudio(prompt='A garden in the rain', model='pixverse-v6')\nstudio"
)
BACKGROUND = "%%video -b -m pixverse-v6 -d 5 -s 640x360 -o job\nA lighthouse in a storm"


@pytest.fixture(scope="module")
def shared_lab(lab_with_key: JupyterLab) -> JupyterLab:
    return lab_with_key


def changes(messages: list[Message], trait: str) -> list[object]:
    """The values that a trait was given; every message is to carry one trait alone."""
    found: list[object] = []
    for message in messages:
        assert len(message.state) == 1, message
        found += [message.state[trait]] if trait in message.state else []
    return found


def test_opening_is_three_messages_and_each_change_one(open_notebook, service):
    service.set(seconds=600)
    notebook = open_notebook(LOAD, STUDIO, STUDIO, BACKGROUND)

    def comms(begin: int) -> list[Message]:
        return [each for each in notebook.traffic.messages[begin:] if each.kind in COMM]

    # The first one may learn from the network what the second one knows.
    for cell in range(3):
        start = len(notebook.traffic.messages)
        notebook.run_cell(cell)
        if cell > 0:
            studio = StudioPage.of_cell(notebook, cell)
            studio.expect_ready()
            expect(studio.root.get_by_text("about $")).to_be_visible()
    assert len(comms(start)) <= 3, comms(start)

    start = len(notebook.traffic.messages)
    studio.generate()
    seen: list[str] = []
    for _ in range(3):
        facts = studio.stage.locator(".lk-facts")
        seen.append(facts.inner_text())
        expect(facts).not_to_have_text(seen[-1])
    service.finish()
    studio.wait_video()
    said = [message for message in comms(start) if message.to_page]
    batches = changes([m for m in said if not m.custom], "batch")
    assert len(batches) >= 4
    assert all(before != after for before, after in pairwise(batches))
    assert len(changes([m for m in said if not m.custom], "answer")) == 2  # checking, submitted

    start = len(notebook.traffic.messages)
    service.set(seconds=600)
    notebook.run_cell(3)
    view = notebook.cell(3).locator(".llmkit-widget")
    expect(view.locator(".lk-headline")).to_have_text("Generating")
    service.finish()
    expect(notebook.cell(3).locator("figure video")).to_be_visible()
    opened = [message for message in comms(start) if message.kind == "comm_open"]
    assert len(opened) <= 2
    # Where the view is a player for a moment it asks for bytes, which are no state.
    told = [m for m in comms(start) if m.to_page and not m.custom and m not in opened]
    cards = changes(told, "card")
    assert len(cards) == len(told)
    assert all(before != after for before, after in pairwise(cards))
    assert notebook.errors == []
