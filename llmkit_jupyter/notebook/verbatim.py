"""Keeps IPython from reading a ``%video`` line's prompt as code.

``%video What is love?`` would show help on ``love``, and a backslash at the end would join the
next line to the prompt. IPython lets such a line be taken out of its hands by a transformer that
comes before its own; ``%video?`` still shows the help.
"""

from __future__ import annotations

import tokenize
from typing import Any

from IPython.core.inputtransformer2 import TokenTransformBase


class VerbatimVideoLine(TokenTransformBase):
    """Turns a ``%video`` line into the call that runs it, its text untouched."""

    # Before the help at the end of a line (5) and the magic commands (10).
    priority = 1

    @classmethod
    def find(cls, tokens_by_line: Any) -> VerbatimVideoLine | None:
        """Find the first line that begins with ``%video`` and goes on with more than ``?``."""
        for line in tokens_by_line:
            tokens = [t for t in line if t.type not in (tokenize.INDENT, tokenize.DEDENT)]
            if len(tokens) < 2 or tokens[0].string != "%" or tokens[1].string != "video":
                continue
            text = tokens[0].line[tokens[0].start[1] :].split("\n", 1)[0]
            rest = text.removeprefix("%video")
            if rest[:1] in (" ", "\t") and rest.strip().strip("?"):
                return cls(tokens[0].start)
        return None

    def transform(self, lines: list[str]) -> list[str]:
        """Replace that one line, whatever its end looks like."""
        place: Any = self
        at, column = int(place.start_line), int(place.start_col)
        indent, text = lines[at][:column], lines[at][column:]
        prompt = text.removeprefix("%video").strip()
        call = f"{indent}get_ipython().run_line_magic('video', {prompt!r})\n"
        return [*lines[:at], call, *lines[at + 1 :]]
