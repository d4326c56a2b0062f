"""The tutorial as a newcomer meets it: run it, save it, open it again another day."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

ROOT = Path(__file__).resolve().parents[2]
QUICKSTART = ROOT / "notebooks" / "01_quickstart.ipynb"

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
    notebook.reopen(trusted=False)
    assert not notebook.trusted
    videos = notebook.cells.locator("video")
    states = [notebook.video_state(videos.nth(i)) for i in range(videos.count())]
    assert len(states) == 6
    assert all(state.plays for state in states), states
    assert notebook.errors == []
