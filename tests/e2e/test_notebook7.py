"""The widgets in Notebook 7, which has its own page and loads the same front end of ours."""

from __future__ import annotations

from playwright.sync_api import expect

LOAD = "%load_ext llmkit_jupyter"
BACKGROUND = "%video -p preview -b -d 8 -s hd -o job A city at night in the rain"
STUDIO = """
from llmkit_jupyter import LLMKitClient, VideoStudio
studio = VideoStudio(LLMKitClient("preview"), duration=2, width=320, height=180)
studio
"""


def test_a_job_in_the_background_is_watched_and_then_plays(open_in_notebook7):
    notebook = open_in_notebook7(LOAD, BACKGROUND)
    notebook.run_cell(0)
    notebook.run_cell(1)
    view = notebook.cell(1).locator(".llmkit-widget")
    expect(view.get_by_role("status").first).to_have_text("Generating")
    expect(view.get_by_role("button", name="Cancel")).to_be_enabled()
    expect(notebook.cell(1).locator(".llmkit-plain")).to_be_hidden()

    state = notebook.video_state(notebook.cell(1).locator("figure.llmkit-video video"))
    assert state.plays, state
    assert (state.width, state.height) == (1280, 720)
    expect(view).to_have_count(0)  # its job is done
    assert notebook.errors == []


def test_the_studio_makes_a_video_and_the_saved_notebook_keeps_it(open_in_notebook7):
    notebook = open_in_notebook7(STUDIO)
    notebook.run_cell(0)
    studio = notebook.cell(0).locator(".llmkit-widget")
    prompt = studio.get_by_label("Prompt", exact=True)
    prompt.click()
    # In a notebook that listens, "a" and "b" would bring new cells and "d d" delete this one.
    notebook.page.keyboard.type("A red balloon, added to a bad sky")
    notebook.page.keyboard.press("Control+Enter")
    state = notebook.video_state(studio.locator("video"))
    assert state.plays, state
    assert (state.width, state.height, state.duration) == (320, 180, 2.0)
    assert notebook.cells.count() == 1
    expect(notebook.prompt(0)).to_have_text("[1]:")  # the cell has not run again

    notebook.save()
    for trusted in (True, False):
        notebook.reopen(trusted=trusted)
        assert notebook.trusted is trusted
        assert "run this cell to open it again" in notebook.text(0)
        assert "model not found" not in notebook.text(0)
        expect(notebook.page.locator(".llmkit-widget")).to_have_count(0)
        state = notebook.video_state()
        assert state.plays, (trusted, state)
        assert state.duration == 2.0
    assert notebook.errors == []
