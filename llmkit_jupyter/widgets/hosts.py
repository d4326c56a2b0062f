"""What a widget leaves in a cell: in Jupyter a slot that its live view fills, elsewhere itself.

A notebook that holds the widget-view MIME type says "model not found" when it is opened without
its kernel. A slot is plain HTML, so it shows what stood there last; the widget's module finds it
on the page and puts the live view in its place (``js/src/shared/slots.ts``).
"""

from __future__ import annotations

from html import escape
from typing import Any, cast

from llmkit_jupyter.notebook import media
from llmkit_jupyter.notebook.markup import classes
from llmkit_jupyter.rendering import MimeBundle

VIEW = "application/vnd.jupyter.widget-view+json"


def in_slot(slot: str, plain: MimeBundle) -> MimeBundle:
    """Give a bundle whose HTML is a slot with that content."""
    html = str(plain.get("text/html") or f"<pre>{escape(str(plain.get('text/plain', '')))}</pre>")
    inside = f'<div class="llmkit-plain">{html}</div>'
    # JupyterLab gives the last element of an output a margin, which the plain end does not have.
    start = f'<div {classes("llmkit-slot", f"llmkit-slot-{slot}")} style="margin:0">'
    return {**plain, "text/html": f"{start}{inside}</div>"}


def covered(slot: str, plain: MimeBundle) -> MimeBundle:
    """Give a bundle whose HTML is out of sight for as long as the slot's live view is there."""
    html = str(plain.get("text/html", ""))
    return {**plain, "text/html": f"<div {classes(f'llmkit-covered-by-{slot}')}>{html}</div>"}


def shown(slot: str, plain: MimeBundle, view: object) -> MimeBundle:
    """Give the bundle of a widget in this host.

    Args:
        slot: the widget's own.
        plain: what a reader without a kernel sees.
        view: what ipywidgets itself would show; used where a page is not one document.
    """
    if media.detect_host() == "jupyter":
        return in_slot(slot, plain)
    if isinstance(view, tuple):
        view = cast("tuple[Any, ...]", view)[0]
    own = cast("MimeBundle", view) if isinstance(view, dict) else {}
    return {**plain, VIEW: own[VIEW]} if VIEW in own else plain
