"""Widgets whose kernel is gone: in a page of nbconvert's, and in a notebook that kept their state.

``nbconvert --execute`` keeps the state of all widgets in the notebook, and so does JupyterLab where
a person asks it to. Whoever opens that makes widgets of it again, which have nobody to talk to.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.video_state import play_silently

CELLS = (
    """
from llmkit_jupyter import JobView, LLMKitClient, VideoPlayer, VideoStudio
studio = VideoStudio(
    LLMKitClient("preview"), prompt="A red balloon", duration=2, width=320, height=180
)
studio
""",
    "job = studio.generate()\nJobView(job)",
    "clip = job.result()\nVideoPlayer(clip)",
)
SENTENCE = "The video studio needs its kernel: run this cell to open it again."

# What every page of nbconvert's asks for, and what it adds where a notebook has kept some state.
SCRIPTS = {"require.min.js", "latest.js"}
FOR_STATE = {"embed-amd.js"}


def convert(notebook: Path, *arguments: str, **environ: str) -> None:
    command = [sys.executable, "-m", "jupyter", "nbconvert", *arguments, str(notebook)]
    ours = ("LLMKIT_", "RUNWARE_API_KEY")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    subprocess.run(command, check=True, capture_output=True, env=clean | environ)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook with all widgets, executed without a page and with their state in it."""
    folder = tmp_path_factory.mktemp("export")
    path = folder / "widgets.ipynb"
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": spec})
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    nbformat.write(notebook, path)
    convert(path, "--to", "notebook", "--execute", "--inplace", LLMKIT_HOME=str(folder / "home"))
    return path


def check_plain(place: Page) -> None:
    assert "model not found" not in place.locator("body").inner_text()
    expect(place.get_by_text(SENTENCE)).to_be_visible()
    videos = place.locator("figure.llmkit-video video")
    expect(videos).to_have_count(3)  # of the studio, the job and the player
    for number in range(3):
        expect(videos.nth(number)).to_be_visible()
        state = play_silently(videos.nth(number))
        assert state.plays, state
        assert (state.width, state.height, state.duration) == (320, 180, 2.0)
    expect(place.locator(".llmkit-widget")).to_have_count(0)


@pytest.mark.parametrize("keeps_state", [True, False])
def test_an_exported_page_has_plain_videos_and_asks_nobody_for_them(
    browser, executed: Path, tmp_path: Path, keeps_state: bool
):
    notebook = nbformat.read(executed, as_version=4)
    if not keeps_state:
        del notebook.metadata["widgets"]  # as JupyterLab saves it
    path = tmp_path / "page.ipynb"
    nbformat.write(notebook, path)
    convert(path, "--to", "html")

    page = browser.new_page()
    asked, errors = [], []
    page.on("pageerror", lambda error: errors.append(error.stack))

    def refuse(route) -> None:
        asked.append(route.request.url)
        route.abort()

    page.route(lambda url: url.startswith(("http", "ws")), refuse)
    page.goto(path.with_suffix(".html").as_uri())
    check_plain(page)
    page.close()
    names = {url.partition("?")[0].rpartition("/")[2] for url in asked}
    assert names == (SCRIPTS | FOR_STATE if keeps_state else SCRIPTS), asked
    assert errors == []


@pytest.mark.parametrize("kernel", [False, True])
def test_a_notebook_that_kept_the_state_has_no_ghosts_of_widgets(
    open_notebook, lab, folder: Path, executed: Path, kernel: bool
):
    path = folder / "kept.ipynb"
    notebook = nbformat.read(executed, as_version=4)
    assert len(notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]) > 0
    nbformat.write(notebook, path)
    lab.set_trust(path, trusted=True)
    opened = open_notebook(path=path, kernel=kernel)
    if kernel:
        # The widgets are there again, made of what was kept: each has brought its style sheet.
        styles = opened.page.locator('style[id^="llmkit_jupyter.widgets."]')
        expect(styles).to_have_count(3)
    check_plain(opened.page)
    assert opened.errors == []
