"""Letting a script that calls ``asyncio.run()`` run unchanged in a cell.

A cell runs inside the kernel's event loop, where Python refuses a second one. nest-asyncio2
changes asyncio so that it is allowed, for the whole process, which is why it happens on request
only and nothing else in the package needs it.
"""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module
from typing import Any

# Loops and tasks that were made in the meantime hold on to the changed classes.
LASTING = (
    "asyncio was changed for this whole process and cannot be changed back safely; "
    "restart the kernel for that."
)


def allow_nested_run() -> str:
    """Allow ``asyncio.run()`` and ``loop.run_until_complete()`` inside the running loop.

    May be called again at any time. Where no loop is running nothing needs to be changed, and
    nothing is.

    Returns:
        The sentence that says what was done.
    """
    if not _loop_runs():
        return "No event loop is running here: asyncio.run() works as it is. Nothing was changed."
    if _is_on():
        # Another loop may run now than the one that was changed first.
        _apply()
        return "asyncio.run() works in cells already."
    _apply()
    return "asyncio.run() now works in cells. A restart of the kernel undoes it."


def end_nested_run() -> str:
    """Take the change back, as far as that can be done; gives the sentence that says so."""
    if not _is_on():
        return "asyncio was not changed."
    return LASTING


def status() -> str:
    """Say whether ``asyncio.run()`` works in cells."""
    if _is_on():
        return "on: asyncio.run() works in cells."
    return "off: asyncio.run() does not work in cells; `await` does. %llmkit nested on changes it."


def _loop_runs() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _is_on() -> bool:
    # Whoever did it: the kernel itself applies it for some graphical toolkits.
    return "nest_asyncio2" in sys.modules and hasattr(asyncio, "_nest_patched")


def _apply() -> None:
    # Untyped, and wanted by nobody before this moment.
    patch: Any = import_module("nest_asyncio2")
    patch.apply()
