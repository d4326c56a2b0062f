"""The TypeScript client in JupyterLab, with Deno's kernel: what a person sees."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import deno
from tests.built import unpack_client
from tests.e2e.lab import JupyterLab
from tests.e2e.notebook_page import NotebookPage

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "06_typescript.ipynb"
SETUP = """import { LLMKitClient, VideoGenerationRequest } from "llmkit-jupyter";
const client = LLMKitClient.fromEnv();
const boat = new VideoGenerationRequest("A paper boat $5 or $10", { model: "pixverse-v6" });"""


@pytest.fixture(scope="module")
def shared_lab(lab_with_key: JupyterLab) -> JupyterLab:
    deno.write_spec(lab_with_key.folder / "kernelspecs")
    return lab_with_key


@pytest.fixture
def folder(folder: Path, client_package: Path) -> Path:
    """With the package beside the notebooks."""
    unpack_client(client_package, folder)
    return folder


def test_the_notebook_plays_its_videos(open_notebook, service, folder: Path, tmp_path: Path):
    service.set(seconds=2.0)
    path = Path(shutil.copy(NOTEBOOK, folder))
    notebook: NotebookPage = open_notebook(path=path)
    notebook.run_all()
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [i for i, cell in enumerate(cells) if cell["cell_type"] == "code"]
    for index in code:
        error = notebook.cell(index).locator('[data-mime-type="application/vnd.jupyter.error"]')
        assert not error.count(), notebook.text(index)
    # A card and a value that came late are there as well.
    videos = notebook.cells.locator("video")
    expect(videos).to_have_count(5)
    states = [notebook.video_state(videos.nth(i)) for i in range(5)]
    assert all(state.plays for state in states), states
    first = next(i for i in code if cells[i]["source"][-1] == "video")
    assert (states[0].width, states[0].height, states[0].duration) == (640, 360, 5.0)
    expect(notebook.cell(first).locator(".llmkit-note")).to_contain_text(
        "PixVerse v6 \u00b7 $0.0625"
    )
    notebook.screenshot(tmp_path / "typescript.png")
    assert [row.times_charged for row in service.ledger()] == [1] * 6
    assert notebook.errors == []


def test_the_card_moves_while_another_cell_runs_and_becomes_the_video(
    open_notebook: Callable[..., NotebookPage], lab: JupyterLab, service, folder: Path, tmp_path
):
    service.set(seconds=60.0, render=True)
    submit = "const job = await client.submitVideo(boat);\njob"
    count = "await new Promise((resolve) => setTimeout(resolve, 20_000));"
    path = lab.write_notebook(folder / "card.ipynb", SETUP, submit, count, kernel="deno")
    notebook = open_notebook(path=path)
    notebook.run_cell(0)
    notebook.run_cell(1)
    card = notebook.cell(1).locator(".llmkit-card")
    expect(card.get_by_role("status")).to_have_text("Generating")
    notebook.run_cell(2, wait=False)
    notebook.wait_running(2)
    before = card.inner_text()
    expect(card).not_to_have_text(before, use_inner_text=True)
    notebook.screenshot(tmp_path / "card.png")
    service.finish()
    video = notebook.cell(1).locator("video")
    expect(video).to_be_visible()
    assert notebook.prompt(2).inner_text().strip() == "[*]:"
    expect(card).to_have_count(0)
    expect(notebook.outputs(1)).to_have_count(1)
    # Dollars are no formulas, and a picture stands there until it plays.
    expect(notebook.cell(1).locator("figcaption")).to_contain_text("A paper boat $5 or $10")
    assert (video.get_attribute("poster") or "").startswith("data:image/jpeg;base64,")
    state = notebook.video_state(video)
    assert state.plays, state
    assert notebook.errors == []
