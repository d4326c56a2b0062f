"""Sentences for the person: in a notebook below the cell, in a script on stderr."""

from __future__ import annotations

import sys

from llmkit_jupyter import caution, rendering

_told: set[str] = set()


def tell(line: str, *, once: bool = False) -> None:
    """Say something to the person: in a notebook below the cell, in a script on stderr."""
    listener = caution.listener()
    if listener is not None:
        listener(line)
        return
    if once and line in _told:
        return
    _told.add(line)
    # In a notebook stderr looks like an error; in a script stdout may be somebody's data.
    print(line, file=sys.stdout if rendering.in_notebook() else sys.stderr)
