"""The history: found, opened, rated, saved and forgotten in a real page; and what stays of it."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.notebook_page import NotebookPage
from tests.e2e.test_accessibility import AXE, axe

MADE = """from llmkit_jupyter import JobHistory, LLMKitClient, VideoGenerationRequest
client = LLMKitClient("preview")
prompts = ["hills", "A red balloon over the sea", "the sea at night"]
jobs = [
    client.submit_video(VideoGenerationRequest(each, duration=1, width=192, height=128, seed=7))
    for each in prompts
]
client.wait(jobs)"""
SHOWN = "history = JobHistory(client)\nhistory"


def test_it_is_filtered_opened_rated_saved_and_forgotten(open_notebook, folder: Path):
    notebook: NotebookPage = open_notebook(MADE, SHOWN)
    notebook.run_cell(0)
    notebook.run_cell(1)
    root = notebook.cell(1).locator(".llmkit-widget")
    tiles = root.get_by_role("list").get_by_role("button", name="Done in")
    expect(tiles).to_have_count(3)
    expect(tiles.locator("img")).to_have_count(3)

    # By words, then one of them by a key.
    search = root.get_by_role("searchbox", name="Search prompts")
    search.fill("SEA")
    expect(tiles).to_have_count(2)
    expect(root.get_by_role("status").first).to_have_text("2 jobs match")
    notebook.page.add_script_tag(path=AXE)
    tiles.nth(1).press("Enter")
    panel = root.get_by_role("region", name="Opened: A red balloon over the sea")
    expect(panel).to_be_focused()
    state = notebook.video_state(panel.locator("video"))
    assert state.plays, state
    panel.get_by_role("button", name="4 stars").click()
    expect(tiles.nth(1)).to_have_accessible_name(re.compile("balloon over the sea.*, 4 stars"))
    panel.get_by_role("button", name="Reuse settings").click()
    expect(panel.locator("pre")).to_contain_text('LLMKitClient("preview")')
    panel.get_by_role("button", name="Save", exact=True).click()
    expect(panel).to_contain_text("Saved as a-red-balloon-over-the-sea.mp4")
    assert (folder / "a-red-balloon-over-the-sea.mp4").stat().st_size > 1000
    assert axe(notebook.page) == [], "open"

    panel.press("Escape")
    expect(panel).to_have_count(0)
    expect(tiles.nth(1)).to_be_focused()
    tiles.first.click()
    panel = root.get_by_role("region", name="Opened: the sea at night")
    panel.get_by_role("button", name="Forget").click()
    panel.get_by_role("button", name="Forget for good").click()
    expect(tiles).to_have_count(1)
    expect(panel).to_have_count(0)

    # Python sees the same, and what it filters by is shown.
    told = notebook.new_cell("print(history.text, [job.rating for job in history.jobs])", run=True)
    assert notebook.text(told) == "SEA [4]"
    notebook.new_cell("history.text = ''", run=True)
    expect(search).to_have_value("")
    expect(tiles).to_have_count(2)
    root.get_by_role("combobox", name="Rating").select_option("Not rated")
    expect(tiles).to_have_count(1)
    root.get_by_role("button", name="Clear").click()
    expect(tiles).to_have_count(2)

    # What is kept follows what is looked at: below the gallery, out of sight while that lives.
    kept = notebook.cell(1).locator(".llmkit-gallery")
    expect(kept.locator("img")).to_have_count(2)
    expect(kept).not_to_contain_text("at night")
    expect(kept).to_be_hidden()
    assert notebook.errors == []
    look_at_what_stays(notebook)


def look_at_what_stays(notebook: NotebookPage) -> None:
    notebook.save()
    again = notebook.reopen(trusted=False)
    kept = again.cell(1).locator(".llmkit-gallery")
    expect(kept).to_be_visible()
    expect(kept).to_contain_text("A red balloon over the sea")
    expect(kept).to_contain_text("\u2605\u2605\u2605\u2605\u2606")
    sizes = kept.locator("img").evaluate_all("all => all.map(each => each.naturalWidth)")
    assert sizes == [192, 192]
    assert again.errors == []
