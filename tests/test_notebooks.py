"""Notebooks of the tutorial run from the first cell to the last, and are kept clean.

The first does so in a browser: tests/e2e/test_quickstart.py. The one that is not in Python has its
own kernel: tests/test_deno.py.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.emulator.fixtures import point_at
from tests.emulator.process import Emulator

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_there_are_notebooks():
    assert NOTEBOOKS[0].name == "01_quickstart.ipynb"


TYPESCRIPT = "06_typescript"
PAID = {"02_runware": 7}  # videos that a notebook makes at the service
SERVED = {"04_open_models": 7}  # and at a server of open models, beside one that is cancelled
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


def check_sheet(cell: nbformat.NotebookNode) -> None:
    """A cell shows pictures of all its videos, without a kernel."""
    data = cell.outputs[-1]["data"]
    assert VIEW not in data
    assert data["text/html"].count("<img ") == SHEETS[cell.source.splitlines()[-1]], cell.source


# How a cell ends that shows many videos, and how many there are.
SHEETS = {"Fireworks over a city at night": 8, "grid": 18, "JobHistory(client)": 24}


def test_every_widget_is_in_a_notebook():
    cells = nbformat.read(ROOT / "notebooks" / "03_studio.ipynb", as_version=4).cells
    for end in LIVE:
        assert any(cell.source.endswith(end) for cell in cells), end
    cells = nbformat.read(ROOT / "notebooks" / "05_experiments.ipynb", as_version=4).cells
    for end in SHEETS:
        assert any(cell.source.endswith(end) for cell in cells), end


HERE = [path for path in NOTEBOOKS if path.stem not in ("01_quickstart", TYPESCRIPT)]


def execute(notebook: nbformat.NotebookNode, folder: Path) -> None:
    """Run all cells in a new kernel."""
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=200,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()


def charged_after(
    notebook: nbformat.NotebookNode, folder: Path, emulator: Emulator
) -> list[tuple[str, int]]:
    """Run all cells, and give what the service has charged for by then."""
    execute(notebook, folder)
    return [(row.task_id, row.times_charged) for row in emulator.ledger()]


@pytest.mark.parametrize("path", HERE, ids=lambda path: path.stem)
def test_the_notebook_runs(path: Path, tmp_path: Path, emulator: Emulator, monkeypatch):
    if path.stem not in PAID:
        monkeypatch.delenv("LLMKIT_API_KEY")
        monkeypatch.setenv("LLMKIT_VIDEO_PROVIDER", "preview")
    if path.stem in SERVED:
        # The address alone, as a new user has it.
        point_at(emulator, "sglang", monkeypatch)
        monkeypatch.delenv("LLMKIT_VIDEO_PROVIDER")
        emulator.set(queue=0.3, queue_position=True)
    emulator.set(seconds=1.0)
    notebook = nbformat.read(path, as_version=4)
    execute(notebook, tmp_path)
    for cell in notebook.cells:
        if " --lines" in cell.source:
            check_sheet(cell)
        elif cell.source.startswith(("%%video", "%video")) and " -b " not in cell.source:
            [output] = cell.outputs
            assert "<video src=" in output["data"]["text/html"], cell.source
            assert output["data"]["image/jpeg"]
        elif cell.source.endswith(tuple(LIVE)):
            check_plain(cell)
        elif cell.source.endswith(tuple(SHEETS)):
            check_sheet(cell)
    charges = [row.times_charged for row in emulator.ledger()]
    made = (PAID | SERVED).get(path.stem, 0)
    # What is cancelled may have been sent before that.
    assert charges in ([1] * made, [1] * (made + (path.stem in SERVED)))


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
            provider = "diffusion-router" if path.stem in SERVED else "preview"
            assert paid or f" -p {provider}" in cell.source.splitlines()[0]
        if path.stem == TYPESCRIPT:
            makes = any(word in cell.source for word in ("generateVideo", "submitVideo"))
            assert paid == makes, cell.source
        if paid:
            assert "**Costs money: the next cell makes " in told, cell.source
        elif path.stem not in PAID:
            # Without a provider's name it would be that of whoever runs the page.
            for unnamed in ("LLMKitClient()", "from_env(", "VideoStudio()"):
                assert unnamed not in cell.source


def test_a_study_that_runs_again_makes_nothing(tmp_path: Path, home: Path, emulator: Emulator):
    """The same page, with a service that takes money: the second time its ledger stays as it is."""
    emulator.set(seconds=0.5)
    home.mkdir()
    (home / "config.toml").write_text("confirm_above = 1000\n")
    notebook = nbformat.read(ROOT / "notebooks" / "05_experiments.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = _at_a_service(cell.source)
    charged = [charged_after(notebook, tmp_path, emulator) for _ in range(2)]
    assert charged[0] == charged[1]
    # The study, the seeds that were new in the second sweep, and the sketches.
    assert [times for _, times in charged[0]] == [1] * (18 + 6 + 8)


UNSEEDED = (
    "%load_ext llmkit_jupyter\n%llmkit reuse on",
    "%%video -m pixverse-v6 -d 5\nA cat on a skateboard",
    "%%video -m hailuo-mini -d 6 -n 2 -o pair\nA dog on a sofa",
    "%%video -m pixverse-v6 -m vidu-q3 --lines -d 5\nA red balloon\nA blue whale",
    (
        "from llmkit_jupyter import LLMKitClient, VideoGenerationRequest, VideoStudio, sweep\n"
        "client = LLMKitClient()\n"
        "client.generate_video(VideoGenerationRequest('Hills', model='pixverse-v6'))"
    ),
    (
        "job = client.submit_video(VideoGenerationRequest('A lake', model='pixverse-v6'))\n"
        "job.result().task_id"
    ),
    "sweep(['Rain', 'Snow', 'Rain'], models='pixverse-v6', client=client, concurrency=1)",
    (
        "studio = VideoStudio(client, prompt='A boat', model='pixverse-v6')\n"
        "studio.generate().result().status"
    ),
)


def test_with_reuse_on_a_notebook_that_runs_again_submits_nothing(
    tmp_path: Path, home: Path, emulator: Emulator
):
    home.mkdir()
    (home / "config.toml").write_text("confirm_above = 1000\n")
    cells = [nbformat.v4.new_code_cell(source) for source in UNSEEDED]
    notebook = nbformat.v4.new_notebook(cells=cells)
    charged = [charged_after(notebook, tmp_path, emulator) for _ in range(2)]
    assert charged[0] == charged[1]
    assert [times for _, times in charged[0]] == [1] * (1 + 2 + 4 + 1 + 1 + 3 + 1)


def _at_a_service(source: str) -> str:
    """Do with a cell of the study what it says to do with a key."""
    before, mark, after = source.partition("# With a key")
    first, _, lines = after.partition("\n")
    source = before + mark + first + "\n" + lines.replace("# ", "") if mark else source
    here, there = "-p preview -m kling-2.0 -m hailuo-mini", "-p runware -m pixverse-v6 -m vidu-q3"
    return source.replace(here, there).replace(" -d 2 -s 480x270", " -d 5")
