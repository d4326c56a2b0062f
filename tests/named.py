"""Finds tests by the names under which documents refer to them."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from tests.processes import ROOT


def is_there(path: str, name: str) -> bool:
    """Whether a module of either side has a test of that name.

    Args:
        path: of the module, below the repository.
        name: of a function, or the title that a test of the front end has.
    """
    found = ROOT / path
    return found.is_file() and name in names_in(found)


@cache
def names_in(path: Path) -> frozenset[str]:
    """The names of all tests in a module."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        body = ast.parse(text).body
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        return frozenset(
            each.name
            for each in body
            if isinstance(each, functions) and each.name.startswith("test_")
        )
    named = re.findall(r"(?:^test|\]\))\(\s*\"([^\"]+)\"", text, re.MULTILINE)
    # What each of several cases puts into its name comes after a colon.
    return frozenset(name.partition(": %")[0] for name in named)
