"""The tutorial as a newcomer meets it: run it, save it, open it again another day."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parents[2]
QUICKSTART = ROOT / "notebooks" / "01_quickstart.ipynb"
PICTURE = ROOT / "notebooks" / "images" / "quickstart.jpg"

# Every headline that any status card ever showed, in order.
_WATCH = """() => {
  window.headlines = [];
  const look = () => document.querySelectorAll('.llmkit-card strong').forEach(e => {
    if (window.headlines.at(-1) !== e.textContent) window.headlines.push(e.textContent);
  });
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true});
}"""


@pytest.fixture
def quickstart(folder: Path) -> Path:
    return Path(shutil.copy(QUICKSTART, folder))


def code_cells(path: Path) -> list[int]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [i for i, cell in enumerate(cells) if cell["cell_type"] == "code"]


def test_the_quickstart_from_the_first_cell_to_another_day(open_notebook, quickstart: Path):
    notebook = open_notebook(path=quickstart)
    notebook.page.evaluate(_WATCH)
    notebook.run_all()
    cells = code_cells(quickstart)
    for index in cells:
        assert "Error" not in notebook.text(index).replace("LLMKitError", ""), index

    first = notebook.video_state(notebook.cell(cells[1]).locator("video"))
    assert first.plays, first
    assert (first.width, first.height, first.duration) == (1280, 720, 5.0)
    headlines = notebook.page.evaluate("window.headlines")
    phases = set(headlines) & {"Waiting in the queue", "Submitting", "Generating", "Downloading"}
    assert len(phases) >= 2, headlines

    videos = notebook.cells.locator("video")
    expect(videos).to_have_count(6)
    states = [notebook.video_state(videos.nth(i)) for i in range(6)]
    assert all(state.plays for state in states), states
    # The long one lies beside the notebook, the others inside it.
    assert {state.source for state in states} == {"data", "files"}

    saved = notebook.save()
    assert saved.stat().st_size < 6_000_000
    for trusted in (True, False):
        notebook.reopen(trusted=trusted)
        assert notebook.trusted == trusted
        videos = notebook.cells.locator("video")
        states = [notebook.video_state(videos.nth(i)) for i in range(videos.count())]
        assert len(states) == 6
        assert all(state.plays for state in states), (trusted, states)
    assert notebook.errors == []


def test_the_picture_in_the_readme_is_one_of_this_notebook(
    open_notebook, quickstart: Path, tmp_path
):
    """``UPDATE_IMAGES=1 pytest tests/e2e -k picture`` takes it anew."""
    notebook = open_notebook(path=quickstart)
    cells = code_cells(quickstart)
    notebook.page.set_viewport_size({"width": 1180, "height": 1100})
    for index in cells[:2]:
        notebook.run_cell(index)
    video = notebook.cell(cells[1]).locator("video")
    video.evaluate("async v => { v.muted = true; await v.play(); }")
    notebook.page.locator(".jp-WindowedPanel-outer").evaluate("panel => panel.scrollTop = 0")
    # Playing for a while, and the mouse elsewhere: then the controls are hidden.
    notebook.page.mouse.move(5, 5)
    notebook.page.wait_for_function("() => document.querySelector('video').currentTime > 4.5")
    notebook.page.wait_for_function("() => document.querySelector('video').currentTime < 2")
    area = notebook.page.locator(".jp-WindowedPanel-outer").bounding_box()
    end = notebook.cell(cells[1]).bounding_box()
    assert area is not None
    assert end is not None
    clip = area | {"height": end["y"] + end["height"] - area["y"]}
    target = PICTURE if os.environ.get("UPDATE_IMAGES") else tmp_path / PICTURE.name
    notebook.page.screenshot(path=target, type="jpeg", quality=85, clip=clip)
    assert target.stat().st_size <= 300_000
    assert 10_000 < PICTURE.stat().st_size <= 300_000
