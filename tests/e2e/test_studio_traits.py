"""A studio from both sides: its fields are traits, and all its views show the same."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.studio_page import LOAD, StudioPage, studio_cell

WATCH = """
import traitlets
heard = []
studio.observe(lambda change: heard.append((change.name, change.new)), ["prompt", "duration"])
other = VideoStudio(prompt="", duration=3)
traitlets.link((studio, "duration"), (other, "duration"))
other
"""
SET = "studio.prompt = 'A fox in the snow, <b>in the morning</b>'\nstudio.model = 'kling-2.0'"


def test_the_page_shows_what_python_sets_and_python_hears_what_is_typed(open_notebook):
    notebook = open_notebook(LOAD, studio_cell(prompt="hills"), WATCH, SET, "print(heard)")
    for cell in range(4):
        notebook.run_cell(cell)
    studio, other = StudioPage.of_cell(notebook, 1), StudioPage.of_cell(notebook, 2)
    expect(studio.prompt).to_have_value("A fox in the snow, <b>in the morning</b>")
    expect(studio.model).to_have_value("Kling 2.0")
    studio.prompt.fill("A bear in the river")
    studio.field("Duration").fill("7")
    # Linked, and so moved by the kernel.
    expect(other.field("Duration")).to_have_value("7")
    expect(other.prompt).to_have_value("")
    other.field("Duration").fill("8")
    expect(studio.field("Duration")).to_have_value("8")
    notebook.run_cell(4)
    heard = notebook.text(4)
    assert "('prompt', 'A fox in the snow, <b>in the morning</b>')" in heard
    assert "('prompt', 'A bear in the river')" in heard
    assert heard.endswith("('duration', 8)]")
    assert notebook.errors == []


def test_all_views_of_one_studio_agree(open_notebook):
    notebook = open_notebook(LOAD, studio_cell(prompt="hills at sunset"), "studio", "studio.job")
    for cell in range(3):
        notebook.run_cell(cell)
    first, second = StudioPage.of_cell(notebook, 1), StudioPage.of_cell(notebook, 2)
    notebook.cell(1).locator(".jp-InputArea-prompt").click()
    notebook.page.evaluate("window.jupyterapp.commands.execute('notebook:create-output-view')")
    panel = notebook.page.locator(".jp-LinkedOutputView")
    third = StudioPage(notebook, panel.get_by_role("form", name="Video studio"))
    expect(third.prompt).to_have_value("hills at sunset")
    views = [first, second, third]

    # What is typed in one is in all, also in the one that was left a moment ago.
    for number, view in enumerate(views):
        view.prompt.fill(f"hills at sunset, take {number}")
        view.field("Seed").fill("" if number == 1 else str(number))
        for each in views:
            expect(each.prompt).to_have_value(f"hills at sunset, take {number}")
            expect(each.field("Seed")).to_have_value("" if number == 1 else str(number))
    second.pick_model("hailuo")
    for each in views:
        expect(each.model).to_have_value(re.compile("Hailuo"))

    # So do job and video, wherever they were started.
    third.field("Videos").fill("2")
    third.generate()
    for each in views:
        expect(each.stage.get_by_role("tab")).to_have_text([re.compile("Done")] * 2)
    first.stage.get_by_role("tab").last.click()
    for each in views:
        expect(each.stage.get_by_role("tab").last).to_have_attribute("aria-selected", "true")
        state = notebook.video_state(each.wait_video())
        assert state.plays, state
    assert notebook.errors == []
