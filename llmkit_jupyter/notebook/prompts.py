"""From the text of a cell to its prompts: one a line, and variables where they are asked for."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping

from llmkit_jupyter.errors import InvalidRequestError


def each_line(body: str) -> list[str]:
    """Give the prompt on each line; blank lines, and blanks around a prompt, are left out.

    Nothing else is: a prompt may begin with any character.

    Raises:
        InvalidRequestError: all lines are blank.
    """
    # Only where a line ends in a cell: not at the rarer characters that `splitlines` knows.
    prompts = [line.strip() for line in body.replace("\r\n", "\n").split("\n")]
    prompts = [prompt for prompt in prompts if prompt]
    if not prompts:
        raise InvalidRequestError("prompt", body, "with --lines, a prompt on each line of the cell")
    return prompts


_PLACEHOLDER = re.compile(r"\{\{|\}\}|\{([^\W\d]\w*)\}")


def fill_in(prompt: str, variables: Mapping[str, object]) -> str:
    """Put variables' values where ``{name}`` stands; ``{{`` and ``}}`` become single braces.

    A plain look-up: attributes, indices, calls and formats are never evaluated and stay as
    they are.

    Raises:
        InvalidRequestError: no variable has that name.
    """

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name is None:
            return match.group()[0]
        if keyword.iskeyword(name):
            return match.group()
        if name not in variables:
            raise InvalidRequestError(
                "--vars",
                f"{{{name}}}",
                "the name of a variable in this notebook; write {{ and }} for plain braces",
                because=f"there is no variable {name}",
            )
        return str(variables[name])

    return _PLACEHOLDER.sub(value, prompt)
