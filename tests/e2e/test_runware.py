"""From the key to a playing video, in the notebook that teaches it, at the emulated service."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.lab import JupyterLab

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "02_runware.ipynb"


@pytest.fixture(scope="module")
def shared_lab(lab_with_key: JupyterLab) -> JupyterLab:
    return lab_with_key


def test_the_notebook_from_the_first_cell_to_the_last(open_notebook, service, folder: Path):
    service.set(seconds=2.0)
    path = Path(shutil.copy(NOTEBOOK, folder))
    notebook = open_notebook(path=path)
    notebook.run_all()
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [i for i, cell in enumerate(cells) if cell["cell_type"] == "code"]
    for index in code:
        assert "Traceback" not in notebook.text(index), index
    first = next(i for i in code if "%%video" in "".join(cells[i]["source"]))
    state = notebook.video_state(notebook.cell(first).locator("video"))
    assert state.plays, state
    assert (state.width, state.height, state.duration) == (640, 360, 5.0)
    # What made it goes by its name, and what it has cost is told.
    assert "PixVerse v6" in notebook.text(first)
    assert "$0.0625" in notebook.text(first)

    # One card shows the job in the background, and one the same video when it was asked for.
    videos = notebook.cells.locator("video")
    expect(videos).to_have_count(6)
    states = [notebook.video_state(videos.nth(i)) for i in range(6)]
    assert all(state.plays for state in states), states
    assert [row.times_charged for row in service.ledger()] == [1] * 7
    assert notebook.errors == []


def test_the_card_tells_what_it_will_cost_and_survives_a_killed_kernel(open_notebook, service):
    service.set(seconds=60)
    notebook = open_notebook(
        "%load_ext llmkit_jupyter",
        "%%video -b -m pixverse-v6 -d 5 -s 640x360 -o job\nA lighthouse in a storm",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        "%load_ext llmkit_jupyter\nfrom llmkit_jupyter import LLMKitClient\n"
        "LLMKitClient().jobs()[0].result()",
    )
    notebook.run_cell(0)
    notebook.run_cell(1)
    expect(notebook.cell(1).locator(".lk-headline")).to_have_text("Generating")
    assert "about $0.0625" in notebook.text(1)
    notebook.run_cell(2, wait=False)
    notebook.page.locator(".jp-Dialog").get_by_role("button").last.click()
    notebook.run_cell(3, wait=False)
    expect(notebook.cell(3).locator("text=Resumed 1 unfinished job")).to_be_visible()
    service.finish()
    notebook.wait_done(3)
    state = notebook.video_state(notebook.cell(3).locator("video"))
    assert state.plays, state
    assert len(service.ledger()) == 1
