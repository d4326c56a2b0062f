"""What `%llmkit costs` shows looks the same to somebody who does not trust the notebook."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, expect

from tests.durability.journals import a_job, left_behind
from tests.e2e.lab import JupyterLab
from tests.e2e.notebook_page import NotebookPage

_LOOKS = """chart => [...chart.querySelectorAll("[title] > div")].map(block => {
  const { width, height } = block.getBoundingClientRect();
  return [Math.round(width), Math.round(height), getComputedStyle(block).backgroundColor];
})"""


def test_the_chart_is_kept_by_a_notebook_that_nobody_trusts(open_notebook, lab: JupyterLab):
    jobs = [a_job("done", model=model, cost=cost) for model, cost in (("a", 3.0), ("b", 1.0))]
    left_behind(lab.llmkit_home, *jobs)
    notebook: NotebookPage = open_notebook("%load_ext llmkit_jupyter", "%llmkit costs")
    notebook.run_cell(0)
    notebook.run_cell(1)
    before = blocks(notebook.cell(1))
    heights = {color: height for _, height, color in before if color.startswith("rgb(")}
    tall, short = sorted(heights.values())[::-1][:2]
    assert abs(tall - 3 * short) <= 2
    # Four dollars are as high as the line that says so, 150 pixels: the amount above takes none.
    assert abs(tall + short - 150) <= 2
    table = notebook.cell(1).locator("table").inner_text()
    notebook.save()
    notebook.reopen(trusted=False)
    assert not notebook.trusted
    assert blocks(notebook.cell(1)) == before
    assert notebook.cell(1).locator("table").inner_text() == table
    assert notebook.errors == []


def blocks(cell: Locator) -> list[list[Any]]:
    chart = cell.locator(".llmkit-costs [role=img], .llmkit-costs > div:nth-child(2) > div").first
    expect(chart).to_be_visible()
    return chart.evaluate(_LOOKS)
