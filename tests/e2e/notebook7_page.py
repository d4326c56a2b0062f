"""One notebook in Notebook 7: Jupyter's other front end, which has a page a notebook."""

from __future__ import annotations

import json
import re
from typing import ClassVar
from urllib.parse import quote

from tests.e2e.notebook_page import NOISE, NotebookPage

_OPENED = """async () => {
  await window.jupyterapp.restored;
  const panel = window.jupyterapp.shell.currentWidget;
  if (!panel?.context) return false;
  window.panel = panel;
  await panel.revealed;
  await panel.context.ready;
  return true;
}"""


class Notebook7Page(NotebookPage):
    """As `NotebookPage`, of the same server and with the same kernels and settings."""

    noise: ClassVar = (
        *NOISE,
        # Its keeper of shortcuts, with any notebook (7.6.5).
        re.compile(r"reading 'schema'\)\n.*/static/notebook/"),
    )

    def _load(self, *, kernel: bool) -> None:
        if not kernel:
            # It starts one by itself, unless the server has none; then it asks.
            none = json.dumps({"default": "", "kernelspecs": {}})
            self.page.route("**/api/kernelspecs?*", lambda route: route.fulfill(body=none))
        self.page.goto(f"{self.lab.url}notebooks/{quote(self.path)}?token={self.lab.token}")
        self.page.wait_for_function("window.jupyterapp !== undefined")
        self.page.wait_for_function(_OPENED)
        if not kernel:
            dialog = self.page.locator(".jp-Dialog")
            dialog.get_by_role("button", name="No Kernel").click()
