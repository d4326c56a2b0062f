"""Errors and warnings that speak for themselves are shown in a cell without their traceback."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from llmkit_jupyter.caution import told
from llmkit_jupyter.errors import LLMKitError


@contextmanager
def plain_errors() -> Generator[None]:
    """Show our errors as one sentence; the cell has failed all the same."""
    try:
        yield
    except LLMKitError as error:
        say_plainly(error, str(error))
        raise


def say_plainly(error: Any, text: str) -> None:
    """Have IPython show this sentence for an error: it asks the error itself for its lines."""
    error._render_traceback_ = lambda: [f"{type(error).__name__}: {text}"]


def plain_warnings() -> AbstractContextManager[None]:
    """Give the context in which our warnings are shown as one line each."""
    return told(_note)


def _note(text: str) -> None:
    from llmkit_jupyter.notebook import display, shell

    shell.publish(display.render_note(text))
