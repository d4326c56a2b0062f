"""What the widgets cost: their bundles, construction, first paint, and a status on its way."""

from __future__ import annotations

import gzip
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests import browser as browsers
from tests.e2e.lab import JupyterLab
from tests.e2e.notebook_page import NotebookPage
from tests.processes import ROOT

BUNDLES = ROOT / "llmkit_jupyter" / "static"

_CONSTRUCTION = """
import time
start = time.perf_counter()
import llmkit_jupyter.widgets.studio
imported = time.perf_counter()
from llmkit_jupyter import LLMKitClient, VideoStudio
client = LLMKitClient("preview")
VideoStudio(client)
times = []
for _ in range(5):
    began = time.perf_counter()
    VideoStudio(client)
    times.append(time.perf_counter() - began)
print(imported - start, min(times))
"""

_STUDIO = "from llmkit_jupyter import VideoStudio\nVideoStudio()"
_VIEW = """
import time
from llmkit_jupyter import JobView, LLMKitClient, VideoGenerationRequest
job = LLMKitClient().submit_video(VideoGenerationRequest("A city", duration=30))
view = JobView(job)
view"""
_STATUSES = """
for number in range(20):
    view.put("card", {**view.card, "headline": str(time.time())})
    time.sleep(0.1)
job.cancel()"""

# Both clocks are of one machine.
_WATCH = """() => {
  window.delays = [];
  new MutationObserver(() => {
    const now = Date.now() / 1000;
    const text = document.querySelector(".lk-headline strong")?.textContent ?? "";
    if (/^\\d{10}\\./.test(text) && text !== window.lastSeen) {
      window.lastSeen = text;
      window.delays.push(now - Number(text));
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""

_PAINTED = """() => new Promise(resolve => {
  const look = () => document.querySelector("[aria-label='Video studio']")
    ? requestAnimationFrame(() => resolve(Date.now())) : requestAnimationFrame(look);
  look();
})"""


def show() -> None:
    """Print the figures."""
    for path in sorted(BUNDLES.iterdir()):
        print(f"{path.name:12} {len(gzip.compress(path.read_bytes())) / 1000:6.1f} kB gzipped")
    with tempfile.TemporaryDirectory() as folder:
        environ = {"LLMKIT_HOME": folder, "LLMKIT_VIDEO_PROVIDER": "preview"}
        done = subprocess.run(
            [sys.executable, "-c", _CONSTRUCTION],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env={**environ, "PATH": "/usr/bin:/bin"},
        )
    imported, constructed = map(float, done.stdout.split())
    print(f"import of the studio with all it needs   {1000 * imported:7.0f} ms")
    print(f"a studio, best of 5                      {1000 * constructed:7.1f} ms")
    _in_the_page()


def _in_the_page() -> None:
    found = browsers.find_browser()
    if found is None:
        sys.exit(browsers.HINT)
    with (
        tempfile.TemporaryDirectory() as folder,
        JupyterLab(Path(folder) / "lab") as lab,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(**browsers.launch_options(found))
        notebook = NotebookPage(lab, chromium.new_context())
        notebook.open(lab.write_notebook("widgets.ipynb", _STUDIO, _VIEW, _STATUSES))
        began = notebook.page.evaluate("Date.now()")
        notebook.run_cell(0, wait=False)
        painted = notebook.page.evaluate(_PAINTED)
        print(f"from Ctrl+Enter to the studio on the page {painted - began:6.0f} ms")
        notebook.wait_done(0)
        notebook.run_cell(1)
        expect(notebook.cell(1).locator(".lk-headline")).to_be_visible()
        notebook.page.evaluate(_WATCH)
        notebook.run_cell(2)
        notebook.page.wait_for_timeout(500)
        delays = notebook.page.evaluate("window.delays")
        median, worst = 1000 * statistics.median(delays), 1000 * max(delays)
        print(f"from a status in the kernel to the page  {median:7.1f} ms, at most {worst:.0f}")
        chromium.close()
