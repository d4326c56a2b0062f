"""Warnings that point at the user's own line, however deep inside they arise."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any

# Between a cell and a magic's code stand frames that say nothing to the reader of the cell.
_INSIDE = {"llmkit_jupyter", "IPython", "decorator", "contextlib", "asyncio"}


class _Caution(str):
    """A warning's text, by which ours are known from all others."""

    __slots__ = ()


class TemporaryJournalWarning(UserWarning):
    """Jobs are recorded in a place that does not last."""


class HomeNotKeptWarning(UserWarning):
    """Jobs and videos are kept in a folder that is deleted with the session."""


class ModelSubstitutionWarning(UserWarning):
    """The model asked for is served by its successor."""


class PromptNotUsedWarning(UserWarning):
    """The model takes no words; the prompt only names the job."""


_listener: ContextVar[Callable[[str], object] | None] = ContextVar("_listener", default=None)


def listener() -> Callable[[str], object] | None:
    """Give what hears the warnings of this thread, where `heard` has set something."""
    return _listener.get()


def caution(message: str, category: type[Warning]) -> None:
    """Warn about something at the nearest line that is neither ours nor a notebook's machinery."""
    hears = listener()
    if hears is not None:
        hears(message)
        return
    frame, level = inspect.currentframe(), 0
    while frame is not None:
        level += 1
        if str(frame.f_globals.get("__name__")).partition(".")[0] not in _INSIDE:
            break
        frame = frame.f_back
    warnings.warn(_Caution(message), category, stacklevel=level)


def unsaid() -> AbstractContextManager[None]:
    """Have our warnings not said in this thread, where something is only looked at."""
    return heard(lambda _: None)


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


@contextmanager
def heard(say: Callable[[str], object]) -> Generator[None]:
    """Have our warnings given to a function instead, in this thread alone.

    For what happens where no line of code is to blame and nobody would read a warning: the
    standard library's own ways of catching warnings change those of all threads.
    """
    token = _listener.set(say)
    try:
        yield
    finally:
        _listener.reset(token)
