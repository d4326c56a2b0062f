"""The hook through which values show themselves in a cell.

Values stand on the lowest floor and know nothing of displays; the package's ``__init__`` sets
the function that draws them, which is imported only when something is really shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MimeBundle = dict[str, Any]
Renderer = Callable[[object], MimeBundle | None]

_renderer: Renderer | None = None


def set_renderer(renderer: Renderer | None) -> None:
    """Set the function that turns a value into a MIME bundle (``None``: plain ``repr``)."""
    global _renderer  # noqa: PLW0603 - one hook per process is the point
    _renderer = renderer


def render(value: object) -> MimeBundle | None:
    """Give the MIME bundle for a value, or ``None`` to have its ``repr`` shown."""
    return _renderer(value) if _renderer else None
