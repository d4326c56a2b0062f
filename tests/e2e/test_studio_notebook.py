"""The studio's tutorial as a person meets it: run it, save it, open it again another day."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "notebooks" / "03_studio.ipynb"
PICTURE = ROOT / "notebooks" / "images" / "studio.jpg"
WIDTH = 1280  # pixels of the picture
LARGEST = 150_000  # bytes of it


@pytest.fixture
def tutorial(folder: Path) -> Path:
    return Path(shutil.copy(NOTEBOOK, folder))


def cells_with(text: str) -> list[int]:
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return [
        number
        for number, cell in enumerate(cells)
        if cell["cell_type"] == "code" and text in "".join(cell["source"])
    ]


def test_the_tutorial_from_the_first_cell_to_another_day(open_notebook, tutorial: Path):
    notebook = open_notebook(path=tutorial)
    notebook.run_all()
    for number in cells_with(""):
        assert "Traceback" not in notebook.text(number), number

    [opening] = cells_with("VideoStudio(")
    studio = notebook.cell(opening).locator(".llmkit-widget")
    expect(studio.get_by_role("tab", name="Done")).to_have_count(3)
    video = studio.locator("video")
    video.scroll_into_view_if_needed()  # out of sight it holds no decoder
    expect(video).to_have_attribute("src", re.compile("^(data|blob):"))
    state = notebook.video_state(video)
    assert state.plays, state
    assert (state.width, state.height, state.duration) == (640, 360, 3.0)
    [player] = cells_with("VideoPlayer(")
    # The last cell has set it back.
    expect(notebook.cell(player).get_by_label("Speed")).to_have_value("1")
    expect(notebook.cell(player).get_by_label("Loop")).to_have_attribute("aria-pressed", "true")
    # The slider of another package and the studio's own field are one.
    [linked] = cells_with("IntSlider(")
    notebook.cell(linked).get_by_role("slider").press("ArrowLeft")
    expect(studio.get_by_label("Videos", exact=True)).to_have_value("2")

    notebook.save()
    notebook.reopen(trusted=False)
    expect(notebook.page.locator(".llmkit-widget")).to_have_count(0)
    assert "run this cell to open it again" in notebook.text(opening)
    videos = notebook.cells.locator("video")
    # The studio's three, the first, one of three, the job's and the player's.
    expect(videos).to_have_count(7)
    states = [notebook.video_state(videos.nth(number)) for number in range(7)]
    assert all(state.plays for state in states), states
    assert notebook.errors == []


def test_the_picture_in_the_readme_is_one_of_the_studio(open_notebook, tutorial: Path, tmp_path):
    """``UPDATE_IMAGES=1 pytest tests/e2e -k picture`` takes it anew."""
    notebook = open_notebook(path=tutorial)
    page = notebook.page
    [opening] = cells_with("VideoStudio(")
    cell = notebook.cell(opening)
    page.evaluate("window.styled = true")  # which stays: no other test gets this tab
    page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    page.set_viewport_size({"width": WIDTH, "height": 1100})
    frame = WIDTH - cell.bounding_box()["width"]
    page.set_viewport_size({"width": round(WIDTH + frame), "height": 1100})
    notebook.run_cell(opening)
    cell.get_by_role("button", name="Generate", exact=True).click()
    cell.get_by_role("button", name="Play", exact=True).click()
    # Neither the cell nor the mouse is meant to stand out.
    page.evaluate("window.panel.content.activeCellIndex = 0")
    cell.evaluate("cell => cell.scrollIntoView(true)")
    page.mouse.move(5, 5)
    page.wait_for_function("() => document.querySelector('.llmkit-widget video').currentTime > 2")
    target = PICTURE if os.environ.get("UPDATE_IMAGES") else tmp_path / PICTURE.name
    page.screenshot(path=target, type="jpeg", quality=85, clip=cell.bounding_box())
    assert target.stat().st_size <= LARGEST
    assert 10_000 < PICTURE.stat().st_size <= LARGEST
