"""A notebook with widgets, opened on another day: no kernel, and nothing that asks for one."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.lab import JupyterLab
from tests.e2e.notebook_page import NotebookPage
from tests.e2e.studio_page import LOAD, StudioPage

CLIP = "%%video -m pixverse-v6 -d 5 -s 640x360 -o clip\nA red balloon over the sea"
PLAYER = "from llmkit_jupyter import VideoPlayer\nVideoPlayer(clip)"
BACKGROUND = "%%video -b -m pixverse-v6 -d 5 -s 640x360 -o job\nA lighthouse in a storm"
STUDIO = (
    "from llmkit_jupyter import VideoStudio\n"
    "studio = VideoStudio(prompt='A garden in the rain', model='pixverse-v6')\nstudio"
)
# What widgets say where their kernel is missing.
COMPLAINT = re.compile(r"model not found|error displaying widget|loading widget", re.IGNORECASE)


@pytest.fixture(scope="module")
def shared_lab(lab_with_key: JupyterLab) -> JupyterLab:
    return lab_with_key


def expect_plain(notebook: NotebookPage, path: Path, *, trusted: bool, videos: list[int]) -> None:
    """Open it without a kernel: nothing of the widgets is left, and these cells' videos play."""
    notebook.close()
    notebook.lab.stop_kernels()
    notebook.lab.set_trust(path, trusted=trusted)
    notebook.open(path, kernel=False)
    assert notebook.trusted is trusted
    expect(notebook.page.locator(".llmkit-widget")).to_have_count(0)
    body = notebook.page.locator("body").inner_text()
    assert not COMPLAINT.search(body), body
    for cell in range(5):
        video = notebook.cell(cell).locator("video")
        expect(video).to_have_count(videos.count(cell))
        if cell in videos:
            state = notebook.video_state(video)
            assert state.plays, (cell, trusted, state)
    expect(notebook.cell(4)).to_contain_text("needs its kernel: run this cell to open it again")


def test_saved_while_a_job_runs_and_after_it_is_done(open_notebook, service, folder: Path):
    service.set(seconds=0)
    notebook = open_notebook(LOAD, CLIP, PLAYER, BACKGROUND, STUDIO)
    for cell in range(3):
        notebook.run_cell(cell)
    service.set(seconds=600)
    notebook.run_cell(3)
    notebook.run_cell(4)
    studio = StudioPage.of_cell(notebook, 4)
    studio.generate()
    expect(studio.card).to_contain_text("Generating")
    expect(notebook.cell(3).locator(".lk-headline")).to_have_text("Generating")
    while_it_runs = folder / "while-it-runs.ipynb"
    shutil.copy(notebook.save(), while_it_runs)

    service.finish()
    studio.wait_video()
    expect(notebook.cell(3).locator("figure.llmkit-video video")).to_be_visible()
    # The studio's own is there, though out of sight.
    expect(notebook.cell(4).locator("figure.llmkit-video video")).to_have_count(1)
    done = notebook.save()

    expect_plain(notebook, while_it_runs, trusted=False, videos=[1, 2])
    card = notebook.text(3)
    assert re.search(r"Generating.*A lighthouse in a storm.*as of \d", card, re.DOTALL), card
    for trusted in (True, False):
        expect_plain(notebook, done, trusted=trusted, videos=[1, 2, 3, 4])
    assert notebook.errors == []
