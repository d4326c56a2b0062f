"""A job's view: watched, cancelled, found again after a reload, and gone without a trace."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.lab import JupyterLab
from tests.e2e.notebook_page import NotebookPage
from tests.e2e.studio_page import LOAD, StudioPage

BACKGROUND = "%%video -b -m pixverse-v6 -d 5 -s 640x360 -o job\nA lighthouse in a storm"

# The heights that an output has at each frame that the browser draws.
HEIGHTS = """outputs => {
  window.heights = [];
  const look = () => {
    const now = outputs.map(output => output.offsetHeight).join();
    if (window.heights.at(-1) !== now) window.heights.push(now);
    requestAnimationFrame(look);
  };
  look();
}"""


@pytest.fixture(scope="module")
def shared_lab(lab_with_key: JupyterLab) -> JupyterLab:
    return lab_with_key


def views(notebook: NotebookPage, cell: int) -> Locator:
    """The live views in a cell."""
    return notebook.cell(cell).locator(".llmkit-widget")


def expect_watched(notebook: NotebookPage, cell: int) -> None:
    """One live view that says how the job stands, in place of the plain card."""
    view = views(notebook, cell)
    expect(view).to_have_count(1)
    expect(view.get_by_role("status").first).to_have_text("Generating")
    expect(view.get_by_role("progressbar", name="Progress of the video")).to_be_visible()
    expect(view).to_contain_text("about $0.0625")
    expect(view.get_by_role("button", name="Cancel")).to_be_enabled()
    expect(notebook.cell(cell).locator(".llmkit-plain")).to_be_hidden()


def heights(notebook: NotebookPage, number: int) -> list[int]:
    return [int(each.split(",")[number]) for each in notebook.page.evaluate("window.heights")]


@pytest.mark.parametrize("reloaded", [False, True])
def test_the_video_takes_its_place_without_a_jump(open_notebook, service, reloaded: bool):
    service.set(seconds=600)
    notebook = open_notebook(LOAD, BACKGROUND, "job")
    for cell in range(3):
        notebook.run_cell(cell)
    if reloaded:
        notebook.save()
        notebook.reload()
    for cell in (1, 2):
        expect_watched(notebook, cell)
        # By now the view knows what is going to take its place.
        room = ".lk-stage" if reloaded else ".lk-picture"
        expect(views(notebook, cell).locator(f"{room} > .lk-controls")).to_be_visible()
    # The seconds that go by are seen.
    facts = views(notebook, 1).locator(".lk-facts")
    before = facts.inner_text()
    expect(facts).not_to_have_text(before)

    notebook.page.locator(".jp-Cell-outputArea").evaluate_all(HEIGHTS)
    service.finish()
    for cell in (1, 2):
        # A page that was loaded anew cannot have its outputs changed: there the view plays.
        place = ".llmkit-widget" if reloaded else "figure.llmkit-video"
        state = notebook.video_state(notebook.cell(cell).locator(f"{place} video[src]"))
        assert state.plays, state
        assert (state.width, state.height) == (640, 360)
        expect(views(notebook, cell)).to_have_count(1 if reloaded else 0)
        seen = heights(notebook, cell)
        assert max(seen) - min(seen) <= 4, seen
    assert [row.times_charged for row in service.ledger()] == [1]
    assert notebook.errors == []


def test_cancel_says_what_it_can_do_here(open_notebook, service):
    service.set(seconds=600)
    notebook = open_notebook(LOAD, BACKGROUND)
    notebook.run_cell(0)
    notebook.run_cell(1)
    view = views(notebook, 1)
    view.get_by_role("button", name="Cancel").click()
    expect(view).to_contain_text(re.compile("cannot.*charged|charged.*cannot", re.IGNORECASE))
    expect(view.get_by_role("button", name="Cancel")).to_be_disabled()
    service.finish()
    assert notebook.video_state(notebook.cell(1).locator("figure video")).plays
    assert notebook.errors == []


def test_restart_and_re_run_leave_no_ghost(open_notebook, service):
    service.set(seconds=600)
    studio_cell = "from llmkit_jupyter import VideoStudio\nstudio = VideoStudio()\nstudio"
    notebook = open_notebook(LOAD, BACKGROUND, studio_cell)
    for cell in range(3):
        notebook.run_cell(cell)
    expect_watched(notebook, 1)
    StudioPage.of_cell(notebook, 2)

    notebook.restart_kernel()
    expect(notebook.page.locator(".llmkit-widget")).to_have_count(0)
    card = notebook.cell(1).locator(".llmkit-plain .llmkit-card")
    expect(card).to_be_visible()
    expect(card).to_contain_text("as of")
    expect(notebook.cell(2).locator(".llmkit-plain")).to_contain_text("run this cell")

    for _ in range(2):
        for cell in range(3):
            notebook.run_cell(cell)
        expect_watched(notebook, 1)
        expect(views(notebook, 2)).to_have_count(1)
        # The view is of this run's job, and the form of this run's studio.
        StudioPage.of_cell(notebook, 2).prompt.fill("hills")
        told = notebook.new_cell("print(job.task_id, studio.prompt)", run=True)
        task_id, prompt = notebook.text(told).split()
        assert prompt == "hills"
    service.finish(task_id)
    expect(notebook.cell(1).locator(f"figure.llmkit-task-{task_id} video")).to_be_visible()
    expect(notebook.page.locator("video")).to_have_count(1)
    assert notebook.errors == []
