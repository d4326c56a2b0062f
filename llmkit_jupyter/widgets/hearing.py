"""Which thread of the kernel hears what the page sends."""

from __future__ import annotations

from typing import Any


def hear_as_asked(comm: Any) -> None:
    """Have a widget's messages heard where the page asked for it, and so while a cell runs.

    JupyterLab sends what widgets say to a thread beside the cells (a subshell). ipykernel 7.4
    follows it only until a widget changes a trait: from then on all goes to where that change
    came from, which for a change in a cell, or in our own threads after one, is the thread that
    runs the cells. A click would wait for a long cell, on some days and not on others, and under
    `nest_asyncio` be lost. Our handlers may run on any thread, so none needs that.

    Args:
        comm: A widget's connection to the page. One of a kernel that has no such routes stays as
            it is.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = _as_asked  # noqa: SLF001 - there is no other way to say so


def _as_asked(_data: object, asked: str | None) -> str | None:
    return asked
