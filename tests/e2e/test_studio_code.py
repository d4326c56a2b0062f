"""What the studio copies makes exactly its request, in a cell of the same notebook."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.notebook_page import NotebookPage
from tests.e2e.studio_page import LOAD, StudioPage, studio_cell

PROMPT = 'A "quoted" fox\\n in the snow, {now} $5\nand 20% of a \u2019bear\u2019'


def paste_and_run(notebook: NotebookPage) -> int:
    """Put what is on the clipboard into a new cell, by keys, and run it."""
    cell = notebook.new_cell()
    notebook.cell(cell).locator(".cm-content").click()
    notebook.page.keyboard.press("Control+V")
    notebook.page.wait_for_function(
        "i => window.panel.content.widgets.at(i).model.sharedModel.getSource() !== ''", arg=cell
    )
    notebook.run_cell(cell)
    return cell


def test_what_the_buttons_copy_runs_in_the_next_cell(open_notebook):
    notebook = open_notebook(LOAD, studio_cell(), f"studio.prompt = {PROMPT!r}")
    notebook.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for cell in range(3):
        notebook.run_cell(cell)
    studio = StudioPage.of_cell(notebook, 1)
    expect(studio.prompt).to_have_value(PROMPT)
    copies = {"Copy as Python": "response", "Copy as %%video": "clip"}
    for name, made in copies.items():
        studio.expect_ready()
        button = studio.button(name)
        expect(button).to_have_attribute("aria-disabled", "false")
        button.click()
        expect(studio.button("Copied").first).to_be_visible()
        cell = paste_and_run(notebook)
        assert notebook.source(cell).startswith("from " if made == "response" else "%%video ")
        expect(notebook.cell(cell).locator("video")).to_have_count(1)
        asked = notebook.new_cell(f"{made}.request == studio.request", run=True)
        assert notebook.text(asked) == "True"
    assert notebook.errors == []


def test_the_code_follows_what_is_typed(open_notebook):
    notebook = open_notebook(LOAD, studio_cell(prompt="hills at sunset"))
    notebook.run_cell(0)
    notebook.run_cell(1)
    studio = StudioPage.of_cell(notebook, 1)
    studio.root.get_by_text("Code", exact=True).click()
    code = studio.root.get_by_role("region", name="Python")
    expect(code).to_contain_text('VideoGenerationRequest("hills at sunset")')
    studio.prompt.fill("hills at dawn, in the mist")
    studio.field("Videos").fill("2")
    expect(code).to_contain_text('VideoGenerationRequest("hills at dawn, in the mist")')
    expect(code).to_contain_text("client.generate_video(request, count=2)")
    # No code of a form that cannot be generated.
    studio.field("Videos").fill("0")
    expect(studio.button("Copy as Python")).to_have_attribute("aria-disabled", "true")
    assert notebook.errors == []
