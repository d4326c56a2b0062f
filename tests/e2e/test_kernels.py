"""The widgets with each ipykernel: whichever thread a click comes on, and whenever it comes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests import kernels
from tests.e2e.studio_page import LOAD, StudioPage, studio_cell

WHICH = "import ipykernel\nprint(ipykernel.__version__)"
BUSY = "import pathlib, time\nwhile not pathlib.Path('finish').exists():\n    time.sleep(0.02)"
LONG = "%video -p preview -b -d 30 -s fullhd -o long A city at night in the rain"
MADE = (
    "print(len(studio.jobs), studio.job.request.prompt, studio.response.status)\n"
    "print(long.status, long.response.error.code)"
)


@pytest.mark.parametrize("version", kernels.VERSIONS)
def test_click_status_and_cancel_while_a_cell_sleeps(open_notebook, lab, folder, version: str):
    cells = (WHICH, LOAD, studio_cell(prompt="hills"), LONG, BUSY, MADE)
    path = lab.write_notebook(folder / "kernel.ipynb", *cells, kernel=kernels.name_of(version))
    notebook = open_notebook(path=path)
    for cell in range(3):
        notebook.run_cell(cell)
    assert notebook.text(0) == version
    studio = StudioPage.of_cell(notebook, 2)

    # While nothing else runs: one click, one video.
    studio.generate()
    state = notebook.video_state(studio.wait_video())
    assert state.plays, state
    # One that would take long: the preview draws one after the other.
    notebook.run_cell(3)
    view = notebook.cell(3).locator(".llmkit-widget")
    facts = view.locator(".lk-facts")
    expect(view.locator(".lk-headline")).to_contain_text("Generating")

    # While a cell sleeps status moves. Some kernels hear the clicks now, some when it is over.
    notebook.run_cell(4, wait=False)
    notebook.wait_running(4)
    seen = facts.inner_text()
    expect(facts).not_to_have_text(seen)
    studio.prompt.fill("hills at dawn, made once")
    expect(studio.generate_button).to_have_attribute("aria-disabled", "false")
    view.get_by_role("button", name="Cancel").click()
    studio.generate_button.dblclick()
    notebook.wait_running(4)
    (folder / "finish").touch()
    notebook.wait_done(4)

    expect(studio.card).to_contain_text("hills at dawn, made once")
    expect(studio.card).to_contain_text("Done in")
    expect(studio.results).to_have_count(2)
    expect(notebook.cell(3)).to_contain_text("Cancelled")
    notebook.run_cell(5)
    assert notebook.text(5).splitlines() == [
        "1 hills at dawn, made once completed",
        "failed cancelled",
    ]
    everything = "\n".join(notebook.text(cell) for cell in range(6)) + lab.log_tail(400)
    assert not re.search("Traceback|llmkit_jupyter.*(ERROR|WARNING)", everything), everything
    assert notebook.errors == []
