"""The colours and letters of our HTML.

They are JupyterLab's theme variables, each with a value that suits a page without them, which is a
light one as a rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmkit_jupyter.notebook.card import State

INK = "var(--jp-content-font-color1,rgba(0,0,0,.87))"
QUIET = "var(--jp-content-font-color2,rgba(0,0,0,.6))"
LINE = "var(--jp-border-color2,#e0e0e0)"
PANEL = "var(--jp-layout-color1,#fff)"
ACCENT: dict[State, str] = {
    "waiting": "var(--jp-brand-color1,#1976d2)",
    "running": "var(--jp-brand-color1,#1976d2)",
    "done": "var(--jp-success-color1,#388e3c)",
    "failed": "var(--jp-error-color1,#d32f2f)",
    "cancelled": "var(--jp-border-color1,#9e9e9e)",
}
SANS = "var(--jp-ui-font-family,system-ui,sans-serif)"
