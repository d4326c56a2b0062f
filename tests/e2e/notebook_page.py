"""One notebook in JupyterLab, driven as a person would: cells, outputs, saving, completions."""

from __future__ import annotations

import math
import re
import uuid
from typing import TYPE_CHECKING, Any, ClassVar, Self

from playwright.sync_api import TimeoutError as PlaywrightTimeoutError
from playwright.sync_api import expect

from tests.e2e.traffic import Traffic
from tests.e2e.video_state import VideoState, play_silently

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import (
        BrowserContext,
        ConsoleMessage,
        Error,
        Locator,
        Page,
        ViewportSize,
    )

    from tests.e2e.lab import JupyterLab

PATIENCE = 90_000  # milliseconds; nothing takes that long, but a busy machine is no failure
VIEWPORT: ViewportSize = {"width": 1280, "height": 1600}

# What JupyterLab itself writes as an error although nothing is wrong.
NOISE: tuple[re.Pattern[str], ...] = (
    # ipywidgets looks for a kernel in every notebook, also in one that is opened without.
    re.compile(r"reading 'kernel'\).*@jupyter-widgets/", re.DOTALL),
)

_DONE = re.compile(r"^\s*\[\d+\]:?\s*$")
_RUNNING = re.compile(r"^\s*\[\*\]:?\s*$")

_OPEN = """async ([path, kernel]) => {
  const preference = kernel ? {} : { kernelPreference: { shouldStart: false, canStart: false } };
  const panel = await window.jupyterapp.commands.execute(
    "docmanager:open", { path, factory: "Notebook", ...preference });
  window.panel = panel;
  await panel.revealed;
  await panel.context.ready;
}"""


# Leaves a tab as it was before its notebooks were opened; gives whether it is.
_PUT_AWAY = """() => {
  for (const widget of [...window.jupyterapp.shell.widgets("main")].filter(w => w.context)) {
    widget.context.model.dirty = false;
    widget.close();
  }
  delete window.panel;
  delete window.ranAll;
  return !document.querySelector(".jp-Dialog") && Object.keys(window).length === window.names;
}"""


class NotebookPage:
    """A browser tab with one notebook; `open` it first.

    Args:
        lab: has the notebook.
        context: where tabs are opened.
        tab: one that `put_away` gave; it is used instead of the first new one.
    """

    noise: ClassVar[tuple[re.Pattern[str], ...]] = NOISE

    def __init__(self, lab: JupyterLab, context: BrowserContext, tab: Page | None = None) -> None:
        self.lab = lab
        self.context = context
        self.errors: list[str] = []  # of the console and of scripts, over all tabs of this object
        self.path = ""
        self._tab = tab
        self.page: Page
        self.traffic: Traffic  # of the present tab

    # -- opening and closing

    def open(self, path: Path | str, *, kernel: bool = True) -> Self:
        """Show a notebook below Lab's root, and wait until its kernel is idle (if it gets one)."""
        self.path = self.lab.relative(path)
        tab, self._tab = self._tab, None
        self.page = tab or self.context.new_page()
        self.page.set_viewport_size(VIEWPORT)
        self.page.set_default_timeout(PATIENCE)
        self.page.set_default_navigation_timeout(PATIENCE)
        self.traffic = Traffic(self.page)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", self._on_error)
        if tab:
            self.page.evaluate(_OPEN, [self.path, kernel])
        else:
            self._load(kernel=kernel)
        expect(self.cells.first).to_be_visible(timeout=PATIENCE)
        if kernel:
            self.wait_idle()
        else:
            assert not self.lab.sessions(self.path), "a kernel runs although none was asked for"
        return self

    def reload(self) -> None:
        """Load the page anew, as a browser's button does; the kernel goes on."""
        self._load(kernel=True)
        expect(self.cells.first).to_be_visible(timeout=PATIENCE)
        self.wait_idle()

    def _load(self, *, kernel: bool) -> None:
        """Load the front end with the notebook in it; `window.panel` is then the notebook's."""
        # A workspace of its own: two tabs never argue about one, and nothing is restored.
        workspace = f"e2e-{uuid.uuid4().hex}"
        self.page.goto(f"{self.lab.url}lab/workspaces/{workspace}?token={self.lab.token}&reset")
        self.page.wait_for_function("window.jupyterapp !== undefined")
        self.page.evaluate("window.jupyterapp.restored.then(() => {})")
        # What a test sets in the page is a name more: a watch of its own that goes on, as a rule.
        self.page.evaluate("window.names = 0; window.names = Object.keys(window).length")
        self.page.evaluate(_OPEN, [self.path, kernel])

    def close(self) -> None:
        """Close the tab; the kernel goes on."""
        self.page.close()

    def put_away(self) -> Page | None:
        """Close the notebook and give the tab, if a test has left nothing in it."""
        if self.page.is_closed() or not self.page.evaluate(_PUT_AWAY):
            return None
        self.page.remove_listener("console", self._on_console)
        self.page.remove_listener("pageerror", self._on_error)
        self.traffic.end()
        return self.page

    def reopen(self, *, kernel: bool = False, trusted: bool | None = None) -> Self:
        """End the kernel and open the file again, as on another day.

        Unsaved changes are lost. `trusted` signs the file or takes its signature away first.
        """
        self.close()
        self.lab.stop_kernels(self.path)
        if trusted is not None:
            self.lab.set_trust(self.path, trusted=trusted)
        return self.open(self.path, kernel=kernel)

    def save(self) -> Path:
        """Save the notebook; returns the file, which then is up to date."""
        self.page.evaluate("window.panel.context.save()")
        return self.lab.root / self.path

    @property
    def trusted(self) -> bool:
        """Whether Lab trusts every code cell, and so shows its outputs unsanitized."""
        return self.page.evaluate(
            "window.panel.content.widgets.every(c => c.model.type !== 'code' || c.model.trusted)"
        )

    # -- the kernel

    def wait_idle(self) -> None:
        """Wait until there is a kernel and it has nothing to do."""
        self.page.wait_for_function(
            """() => {
              const kernel = window.panel.sessionContext.session?.kernel;
              return kernel?.connectionStatus === "connected" && kernel.status === "idle";
            }"""
        )

    def restart_kernel(self) -> None:
        """Restart without Lab's question, and wait until the new one is idle."""
        self.page.evaluate("window.panel.sessionContext.restartKernel()")
        self.wait_idle()

    def interrupt_kernel(self) -> None:
        """What the stop button does."""
        self.page.evaluate("window.panel.sessionContext.session.kernel.interrupt()")

    def shutdown_kernel(self) -> None:
        """End the kernel; the notebook stays open."""
        self.page.evaluate("window.panel.sessionContext.shutdown()")

    # -- cells

    @property
    def cells(self) -> Locator:
        """All cells, in order."""
        return self.page.locator(".jp-Notebook-cell")

    def cell(self, index: int) -> Locator:
        """One cell; -1 is the last."""
        return self.cells.nth(index)

    def prompt(self, index: int) -> Locator:
        """The ``[3]:`` beside a code cell."""
        return self.cell(index).locator(".jp-InputPrompt")

    def source(self, index: int) -> str:
        """A cell's text."""
        return self.page.evaluate(
            "i => window.panel.content.widgets.at(i).model.sharedModel.getSource()", index
        )

    def new_cell(self, source: str = "", *, run: bool = False) -> int:
        """Append a code cell, run it if asked; returns its index."""
        index: int = self.page.evaluate(
            """source => {
              const shared = window.panel.content.model.sharedModel;
              shared.addCell({ cell_type: "code", source });
              return shared.cells.length - 1;
            }""",
            source,
        )
        expect(self.cell(index)).to_be_visible(timeout=PATIENCE)
        if run:
            self.run_cell(index)
        return index

    def run_cell(self, index: int, *, wait: bool = True) -> None:
        """Click beside a cell and press Control+Enter."""
        self._forget_number(index)
        self.cell(index).locator(".jp-InputArea-prompt").click()
        self.page.keyboard.press("Control+Enter")
        if wait:
            self.wait_done(index)

    def run_all(self, *, wait: bool = True) -> None:
        """Run every cell from the first; Lab stops at the first cell that raises."""
        self.page.evaluate(
            """() => {
              window.ranAll = false;
              for (const { model } of window.panel.content.widgets)
                if (model.type === "code") model.executionCount = null;
              window.jupyterapp.commands.execute("notebook:run-all-cells")
                .finally(() => { window.ranAll = true; });
            }"""
        )
        if wait:
            self.page.wait_for_function("window.ranAll")

    def wait_done(self, index: int) -> None:
        """Wait until a cell that was started has its number."""
        expect(self.prompt(index)).to_have_text(_DONE, timeout=PATIENCE)

    def wait_running(self, index: int) -> None:
        """Wait until a cell shows ``[*]``: it runs, or waits for its turn."""
        expect(self.prompt(index)).to_have_text(_RUNNING, timeout=PATIENCE)

    def outputs(self, index: int) -> Locator:
        """A cell's outputs; one inside an Output widget counts again as that widget's own."""
        return self.cell(index).locator(".jp-OutputArea-output")

    def text(self, index: int) -> str:
        """What a cell's outputs say."""
        return "\n".join(text.strip() for text in self.outputs(index).all_inner_texts())

    def html(self, index: int) -> str:
        """A cell's outputs as the page has them, which is after Lab's sanitizer."""
        return "\n".join(output.inner_html() for output in self.outputs(index).all())

    # -- typing

    def type(self, index: int, text: str) -> None:
        """Type at the end of a cell."""
        self.cell(index).locator(".cm-content").click()
        self.page.keyboard.press("Control+End")
        self.page.keyboard.type(text)

    def completions(self, index: int, text: str, *, patience: int = PATIENCE) -> list[str]:
        """Type at the end of a cell, press Tab, and read the list; Escape closes it again.

        The cell keeps what was typed. Where no list is expected give a short `patience`
        (milliseconds): no list till then is ``[]``.
        """
        self.type(index, text)
        self.page.keyboard.press("Tab")
        items = self.page.locator(".jp-Completer:not(.lm-mod-hidden) .jp-Completer-item")
        try:
            items.first.wait_for(timeout=patience)
        except PlaywrightTimeoutError:
            return []
        names = items.locator(".jp-Completer-match").all_inner_texts()
        self.page.keyboard.press("Escape")
        return names

    def tooltip(self, index: int, text: str) -> str:
        """Type at the end of a cell, press Shift+Tab, and read the help that pops up."""
        self.type(index, text)
        self.page.keyboard.press("Shift+Tab")
        tooltip = self.page.locator(".jp-Tooltip")
        expect(tooltip).to_be_visible(timeout=PATIENCE)
        words = tooltip.inner_text()
        self.page.keyboard.press("Escape")
        return words

    # -- looking

    def video_state(self, video: Locator | None = None) -> VideoState:
        """Play a ``<video>`` silently (the notebook's only one if none is named) and measure."""
        target = video if video is not None else self.page.locator(".jp-Notebook video")
        expect(target).to_be_visible(timeout=PATIENCE)
        return play_silently(target)

    def screenshot(self, path: Path) -> Path:
        """A picture of all cells, also of those below the window's edge."""
        scroller = self.page.locator(".jp-WindowedPanel-outer").first
        scroller.evaluate("element => { element.scrollTop = 0; }")
        height = VIEWPORT["height"]
        # Cells that come into the window are only then drawn, and push the end further down.
        while (bottom := math.ceil(self._settled_bottom())) > height:
            height = bottom
            self.page.set_viewport_size({"width": VIEWPORT["width"], "height": height})
        box = self.page.locator(".jp-NotebookPanel").bounding_box()
        assert box is not None, "the notebook is not in sight"
        visible = min(box["y"] + box["height"], self._bottom()) - box["y"]
        self.page.screenshot(path=path, clip={**box, "height": visible})
        self.page.set_viewport_size(VIEWPORT)
        return path

    def _settled_bottom(self) -> float:
        # The kernel is done before Lab has drawn what it said.
        bottom, same = self._bottom(), 0
        while same < 3:
            self.page.wait_for_timeout(100)
            before, bottom = bottom, self._bottom()
            same = same + 1 if bottom == before else 0
        return bottom

    def _bottom(self) -> float:
        box = self.cells.last.bounding_box()
        assert box is not None, "the last cell is not in sight"
        return box["y"] + box["height"] + 40  # pixels, with the margin and Lab's status bar

    def _forget_number(self, index: int) -> None:
        # Else the number of an earlier run would look like the end of this one.
        self.page.evaluate(
            "i => { window.panel.content.widgets.at(i).model.executionCount = null; }", index
        )

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            where: dict[str, Any] = dict(message.location)
            self._note(f"console: {message.text} ({where.get('url', '')})")

    def _on_error(self, error: Error) -> None:
        self._note(f"page error: {error.stack or error}")

    def _note(self, error: str) -> None:
        if not any(noise.search(error) for noise in self.noise):
            self.errors.append(error)
