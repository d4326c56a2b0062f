"""Warnings that point at the user's own line, however deep inside they arise."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

# Between a cell and a magic's code stand frames that say nothing to the reader of the cell.
_INSIDE = {"llmkit_jupyter", "IPython", "decorator", "contextlib", "asyncio"}


_silent: ContextVar[bool] = ContextVar("_silent", default=False)


class _Caution(str):
    """A warning's text, by which ours are known from all others."""

    __slots__ = ()


class TemporaryJournalWarning(UserWarning):
    """Jobs are recorded in a place that does not last."""


class ModelSubstitutionWarning(UserWarning):
    """The model asked for is served by its successor."""


class PromptNotUsedWarning(UserWarning):
    """The model takes no words; the prompt only names the job."""


def caution(message: str, category: type[Warning]) -> None:
    """Warn about something at the nearest line that is neither ours nor a notebook's machinery."""
    if _silent.get():
        return
    frame, level = inspect.currentframe(), 0
    while frame is not None:
        level += 1
        if str(frame.f_globals.get("__name__")).partition(".")[0] not in _INSIDE:
            break
        frame = frame.f_back
    warnings.warn(_Caution(message), category, stacklevel=level)


@contextmanager
def unsaid() -> Generator[None]:
    """Have our warnings not said in this thread, where something is only looked at.

    Python's own way to do so changes the filters of all threads.
    """
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


@contextmanager
def told(say: Callable[[str], object]) -> Generator[None]:
    """Have our warnings said as plain sentences, each once, where no line of code caused them.

    What the user's own filters ignore or turn into an error stays so.
    """
    with warnings.catch_warnings():
        show: Any = warnings.showwarning

        def plainly(message: Warning | str, *details: Any, **more: Any) -> None:
            text = message.args[0] if isinstance(message, Warning) and message.args else message
            if isinstance(text, _Caution):
                say(str(text))
            else:
                show(message, *details, **more)

        warnings.showwarning = plainly
        yield
