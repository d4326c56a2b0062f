"""A comparison plays as one, takes stars, hides names, and leaves a sheet of pictures.

In the same notebook, because each takes its time to open: what `%llmkit costs` shows looks the same
to somebody who does not trust it.
"""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, expect

from tests.durability.journals import a_job, left_behind
from tests.e2e.lab import JupyterLab
from tests.e2e.notebook_page import NotebookPage
from tests.e2e.test_accessibility import AXE, axe

STUDY = """
%load_ext llmkit_jupyter
from llmkit_jupyter import CompareGrid, LLMKitClient, VideoGenerationRequest
client = LLMKitClient("preview")
requests = [
    VideoGenerationRequest(prompt, model=model, duration=seconds, width=192, height=108, seed=7)
    for prompt in ("a garden in the rain", "a city at night")
    for model, seconds in (("kling-2.0", 2), ("hailuo-mini", 4))
]
jobs = client.submit_videos(requests)
for job in jobs:
    job.result()
"""
GRID = "grid = CompareGrid(jobs)\ngrid"
RATINGS = "print([job.rating for job in jobs])"
COSTS = "%llmkit costs"
_LOOKS = """chart => [...chart.querySelectorAll("[title] > div")].map(block => {
  const { width, height } = block.getBoundingClientRect();
  return [Math.round(width), Math.round(height), getComputedStyle(block).backgroundColor];
})"""
NAMES = re.compile("kling|hailuo|[Ss]eed 7", re.IGNORECASE)


def until(notebook: NotebookPage, condition: str) -> None:
    """Wait until something is so of all videos of the comparison."""
    notebook.page.wait_for_function(
        "condition => { const videos = [...document.querySelectorAll('.lk-c video')];"
        " return new Function('videos', `return ${condition}`)(videos); }",
        arg=condition,
    )


def test_videos_play_as_one_and_get_stars_with_and_without_their_names(
    open_notebook, lab: JupyterLab
):
    paid = [a_job("done", model=model, cost=cost) for model, cost in (("a", 3.0), ("b", 1.0))]
    left_behind(lab.llmkit_home, *paid)
    notebook: NotebookPage = open_notebook(STUDY, GRID, RATINGS, COSTS)
    notebook.run_cell(0)
    notebook.run_cell(1)
    view = notebook.cell(1).locator(".llmkit-widget")
    expect(view.locator("img")).to_have_count(4)
    expect(view.locator("video")).to_have_count(0)
    check_playing(notebook, view)
    check_stars(notebook, view)
    notebook.page.add_script_tag(path=AXE)
    assert axe(notebook.page) == []
    check_blind(notebook, view)
    notebook.run_cell(3)
    chart, table = blocks(notebook), notebook.cell(3).locator("table").inner_text()
    heights = {color: height for _, height, color in chart if color.startswith("rgb(")}
    tall, short = sorted(heights.values())[::-1][:2]
    assert abs(tall - 3 * short) <= 2
    check_saved(notebook)
    assert not notebook.trusted
    assert blocks(notebook) == chart
    assert notebook.cell(3).locator("table").inner_text() == table
    assert notebook.errors == []


def check_playing(notebook: NotebookPage, view: Locator) -> None:
    position = view.get_by_role("slider", name="Position of all videos")
    view.get_by_role("button", name="Play all").click()
    until(notebook, "videos.length === 4 && videos.every(v => !v.paused && v.currentTime > 0.2)")
    view.get_by_role("button", name="Pause all").click()
    until(notebook, "videos.every(v => v.paused && !v.seeking)")
    position.fill("1.5")
    until(notebook, "videos.every(v => !v.seeking && Math.abs(v.currentTime - 1.5) < 0.15)")
    # The shorter ones stand at their end.
    position.fill("3.5")
    until(notebook, "videos.filter(v => Math.abs(v.currentTime - 3.5) < 0.15).length === 2")
    until(notebook, "videos.filter(v => v.currentTime > 1.8 && v.currentTime <= 2).length === 2")
    # A new round, begun by the keyboard.
    view.get_by_role("group", name=re.compile("garden in the rain, kling")).focus()
    notebook.page.keyboard.press("Space")
    until(notebook, "videos.every(v => !v.paused && v.currentTime < 1.5)")
    notebook.page.keyboard.press("Space")
    until(notebook, "videos.every(v => v.paused)")


def check_stars(notebook: NotebookPage, view: Locator) -> None:
    tile = view.get_by_role("group", name=re.compile("garden in the rain, kling"))
    tile.focus()
    notebook.page.keyboard.press("4")
    notebook.page.keyboard.press("ArrowRight")
    notebook.page.keyboard.press("2")
    other = view.get_by_role("group", name=re.compile("city at night, kling"))
    other.get_by_role("button", name="5 stars").click()
    expect(tile).to_have_attribute("aria-label", re.compile("4 stars$"))
    expect(view.locator(".lk-star--on")).to_have_count(11)
    sheet = notebook.cell(1).locator(".llmkit-plain [aria-label$=' of 5 stars']")
    expect(sheet).to_have_count(3)
    notebook.run_cell(2)
    assert notebook.text(2) == "[4, 2, 5, None]"


def check_blind(notebook: NotebookPage, view: Locator) -> None:
    view.get_by_role("button", name="Blind").click()
    expect(view.locator("thead th")).to_have_text(["Model A", "Model B"])
    assert not NAMES.search(view.inner_html())
    # What the notebook would keep has no names either.
    expect(notebook.cell(1).locator(".llmkit-plain th").nth(0)).to_have_text("Model A")
    assert not NAMES.search(notebook.cell(1).locator(".llmkit-slot").inner_html())
    unrated = view.get_by_role("group", name=re.compile("city at night, Model .$"))
    unrated.get_by_role("button", name="1 star", exact=True).click()
    expect(view.locator(".lk-star--on")).to_have_count(12)
    view.get_by_role("button", name="Reveal").click()
    expect(view.locator("thead th")).to_have_text(["kling-2.0", "hailuo-mini"])
    notebook.run_cell(2)
    assert notebook.text(2) == "[4, 2, 5, 1]"


def check_saved(notebook: NotebookPage) -> None:
    sheet = notebook.cell(1).locator(".llmkit-sheet")
    expect(sheet.locator("th").nth(0)).to_have_text("kling-2.0")
    expect(sheet.locator("[aria-label$=' of 5 stars']")).to_have_count(4)
    assert notebook.save().stat().st_size < 150_000
    notebook.reopen(trusted=False)
    expect(sheet := notebook.cell(1).locator(".llmkit-sheet")).to_be_visible()
    expect(sheet.locator("img")).to_have_count(4)
    assert sheet.locator("img").evaluate_all("all => all.every(each => each.naturalWidth > 100)")
    expect(sheet).to_contain_text("hailuo-mini")
    expect(sheet).to_contain_text("\u2605\u2605\u2605\u2605\u2606")
    expect(notebook.page.locator(".llmkit-widget")).to_have_count(0)


def blocks(notebook: NotebookPage) -> list[list[Any]]:
    """Look at the bars of the costs."""
    bars = ".llmkit-costs [role=img], .llmkit-costs > div:nth-child(2) > div"
    chart = notebook.cell(3).locator(bars).first
    expect(chart).to_be_visible()
    return chart.evaluate(_LOOKS)
