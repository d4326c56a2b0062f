"""The hooks through which the lower floors show themselves in a cell.

They know nothing of displays; the package's ``__init__`` sets the functions that draw, which are
imported only when something is really shown.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

MimeBundle = dict[str, Any]
Renderer = Callable[[object], MimeBundle | None]

Shower = Callable[[Any], bool]
Surfaces = Callable[[], Any]
Waiting = Callable[[Sequence[Any]], AbstractContextManager[object]]
Watching = Callable[[Any], AbstractContextManager[object]]

_renderer: Renderer | None = None
_waiting: Waiting | None = None
_watching: Watching | None = None
_shower: Shower | None = None
_surfaces: Surfaces | None = None


def current_shell() -> Any:
    """Give the running IPython shell, or ``None`` in a plain program."""
    # An unimported IPython cannot be running us, and is not imported to find that out.
    return getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()


def in_notebook() -> bool:
    """Tell whether this process is a kernel: output goes to a notebook, not to a terminal."""
    # That ipykernel has been imported does not mean that one runs here.
    return hasattr(current_shell(), "kernel")


def set_renderer(renderer: Renderer | None) -> None:
    """Set the function that turns a value into a MIME bundle (``None``: plain ``repr``)."""
    global _renderer  # noqa: PLW0603 - one hook per process is the point
    _renderer = renderer


def render(value: object) -> MimeBundle | None:
    """Give the MIME bundle for a value, or ``None`` to have its ``repr`` shown."""
    return _renderer(value) if _renderer else None


def set_waiting(display: Waiting | None) -> None:
    """Set what is shown while a call waits for its jobs (``None``: nothing)."""
    global _waiting  # noqa: PLW0603 - as above
    _waiting = display


def waiting(jobs: Sequence[Any]) -> AbstractContextManager[object]:
    """Give the context in which a call waits for its jobs."""
    return nullcontext() if _waiting is None else _waiting(jobs)


def set_watching(display: Watching | None) -> None:
    """Set what is shown while a call waits for a sweep (``None``: nothing)."""
    global _watching  # noqa: PLW0603 - as above
    _watching = display


def watching(sweep: Any) -> AbstractContextManager[object]:
    """Give the context in which a call waits for a sweep."""
    return nullcontext() if _watching is None else _watching(sweep)


def set_shower(shower: Shower | None) -> None:
    """Set what shows a running job in a cell, as something that moves."""
    global _shower  # noqa: PLW0603 - as above
    _shower = shower


def show(value: Any) -> bool:
    """Show a running job in the cell; ``False`` where that cannot be done."""
    return _shower is not None and _shower(value)


def set_surfaces(surfaces: Surfaces | None) -> None:
    """Set what gives the place for cards that a person can click on, where there is one."""
    global _surfaces  # noqa: PLW0603 - as above
    _surfaces = surfaces


def clickable_surface() -> Any:
    """Give the place for cards that a person can click on; ``None`` where there is none."""
    return None if _surfaces is None else _surfaces()
