"""Every notebook of the tutorial runs from the first cell to the last."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.emulator.process import Emulator

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_there_are_notebooks():
    assert NOTEBOOKS[0].name == "01_quickstart.ipynb"


PAID = {"02_runware": 7}  # videos that a notebook makes at the service
VIEW = "application/vnd.jupyter.widget-view+json"


# How a cell ends that shows a widget, and how many videos are there when its kernel is gone: of a
# studio those of the last click.
LIVE = {"\nstudio": 3, "\nplayer": 1, "JobView(job)": 1}


def check_plain(cell: nbformat.NotebookNode) -> None:
    """A widget's cell shows videos and not the widget, which is gone with its kernel."""
    assert all(VIEW not in output["data"] for output in cell.outputs), cell.source
    pages = [output["data"]["text/html"] for output in cell.outputs]
    if cell.source.endswith("\nstudio"):
        assert "The video studio needs its kernel: run this cell to open it again." in pages.pop(0)
    [page] = pages
    [count] = [count for end, count in LIVE.items() if cell.source.endswith(end)]
    assert page.count("<video src=") == count, cell.source


def test_every_widget_is_in_a_notebook():
    cells = nbformat.read(ROOT / "notebooks" / "03_studio.ipynb", as_version=4).cells
    for end in LIVE:
        assert any(cell.source.endswith(end) for cell in cells), end


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_runs(path: Path, tmp_path: Path, emulator: Emulator, monkeypatch):
    if path.stem not in PAID:
        monkeypatch.delenv("LLMKIT_API_KEY")
        monkeypatch.setenv("LLMKIT_VIDEO_PROVIDER", "preview")
    emulator.set(seconds=1.0)
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=200,
        resources={"metadata": {"path": str(tmp_path)}},
    )
    client.execute()
    for cell in notebook.cells:
        if cell.source.startswith(("%%video", "%video")) and " -b " not in cell.source:
            [output] = cell.outputs
            assert "<video src=" in output["data"]["text/html"], cell.source
            assert output["data"]["image/jpeg"]
        elif cell.source.endswith(tuple(LIVE)):
            check_plain(cell)
    assert [row.times_charged for row in emulator.ledger()] == [1] * PAID.get(path.stem, 0)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_is_kept_clean_and_costs_nobody_anything_unasked(path: Path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    above = ""
    for cell in notebook.cells:
        told, above = above, cell.source
        if cell.cell_type != "code":
            continue
        assert not cell.outputs
        assert cell.execution_count is None
        paid = "costs-money" in cell.metadata.get("tags", [])
        if cell.source.startswith(("%video", "%%video")):
            assert paid or " -p preview" in cell.source.splitlines()[0]
        if paid:
            assert "**Costs money: the next cell makes " in told, cell.source
        elif path.stem not in PAID:
            # Without a provider's name it would be that of whoever runs the page.
            for unnamed in ("LLMKitClient()", "from_env(", "VideoStudio()"):
                assert unnamed not in cell.source
