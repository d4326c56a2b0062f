"""Warnings that point at the user's own line, however deep inside they arise."""

from __future__ import annotations

import inspect
import warnings

# Between a cell and a magic's code stand frames that say nothing to the reader of the cell.
_INSIDE = {"llmkit_jupyter", "IPython", "decorator", "contextlib", "asyncio"}


def caution(message: str, category: type[Warning]) -> None:
    """Warn about something at the nearest line that is neither ours nor a notebook's machinery."""
    frame, level = inspect.currentframe(), 0
    while frame is not None:
        level += 1
        if str(frame.f_globals.get("__name__")).partition(".")[0] not in _INSIDE:
            break
        frame = frame.f_back
    warnings.warn(message, category, stacklevel=level)
