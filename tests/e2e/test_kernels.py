"""The widgets in other versions of ipykernel, which hear the page at different moments.

Cells that must go on for as long as a test looks at the page wait for a file, by `time.sleep`.
"""

from __future__ import annotations

from importlib.metadata import version as installed
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests import kernels
from tests.e2e.lab import JupyterLab
from tests.e2e.notebook_page import NotebookPage
from tests.e2e.studio_page import LOAD, StudioPage, studio_cell

WHICH = "import ipykernel\nprint(ipykernel.__version__)"
# That the cell changes something itself must not bring what the page sends behind it.
SLEEP = """import time
from importlib.metadata import version as installed
from pathlib import Path
studio.count = 2
studio.count = 1
end = time.time() + 90
while not Path("wake up").exists() and time.time() < end:
    time.sleep(0.1)"""
JOBS = """from llmkit_jupyter import LLMKitClient
mine = [job.request for job in LLMKitClient().jobs() if job.request.prompt == studio.prompt]
print(sorted(request.duration for request in mine))"""
LONG = "studio.seed, studio.duration, studio.width, studio.height = None, 30, 1280, 720"
FATE = "print(studio.job.status, studio.response.status, studio.response.error)"


# All others of these tests run in this environment's own.
OTHERS = [version for version in kernels.VERSIONS if version != installed("ipykernel")]


@pytest.mark.parametrize("version", OTHERS)
def test_the_studio_in(version: str, open_notebook, lab: JupyterLab, folder: Path):
    studio_of_test = studio_cell(prompt=f"hills for {version}", duration=15, width=1280, height=720)
    cells = (LOAD, studio_of_test, WHICH, SLEEP, JOBS, LONG, FATE)
    name = kernels.name_of(version)
    path = lab.write_notebook(folder / "widgets.ipynb", *cells, kernel=name)
    logged = len(lab.log.read_text(errors="replace"))
    notebook: NotebookPage = open_notebook(path=path)
    for index in (0, 1, 2):
        notebook.run_cell(index)
    assert notebook.text(2) == version
    studio = StudioPage.of_cell(notebook, 1)

    # A job that was begun goes on, and is seen to, while the kernel hears nothing.
    studio.generate()
    expect(studio.bar).to_be_visible()
    notebook.run_cell(3, wait=False)
    notebook.wait_running(3)
    watch(studio.card)
    state = notebook.video_state(studio.wait_video())
    assert state.plays, state
    assert (state.width, state.height) == (1280, 720)
    expect(notebook.prompt(3)).to_have_text("[*]:")
    assert len(seen(notebook)) >= 3, seen(notebook)

    # A click, with a change of a field before it: 6.30 does not hear it before it wakes up.
    studio.field("Duration").fill("1")
    studio.generate_button.click()
    busy = studio.root.get_by_text("The kernel is busy with another cell")
    expect(busy if version == "6.30.1" else studio.results.nth(1)).to_be_visible()
    expect(notebook.prompt(3)).to_have_text("[*]:")
    (folder / "wake up").touch()
    notebook.wait_done(3)
    expect(studio.results).to_have_count(2)
    notebook.run_cell(4)
    assert notebook.text(4) == "[1, 15]"
    studio.wait_video()

    notebook.run_cell(5)
    studio.generate()
    studio.cancel_button.click()
    expect(studio.card).to_contain_text("Cancelled")
    expect(studio.cancel_button).to_have_count(0)
    notebook.run_cell(6)
    assert notebook.text(6) == "failed failed Cancelled."

    for index in range(len(cells)):
        assert "Traceback" not in notebook.text(index), index
    said = lab.log.read_text(errors="replace")[logged:]
    assert "Traceback" not in said
    assert "llmkit" not in said
    assert notebook.errors == []


def watch(card: Locator) -> None:
    """Keep what a running job says from now on."""
    card.evaluate(
        """card => {
          window.seen = new Set();
          const look = () => {
            const bar = card.querySelector("[role=progressbar]");
            if (bar) window.seen.add(bar.getAttribute("aria-valuenow") + " "
              + card.querySelector(".lk-facts").innerText);
          };
          new MutationObserver(look).observe(
            card, { subtree: true, childList: true, characterData: true, attributes: true });
        }"""
    )


def seen(notebook: NotebookPage) -> list[str]:
    """Share and facts of each moment since `watch`."""
    return notebook.page.evaluate("[...window.seen]")
