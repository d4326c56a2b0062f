"""Every promise of the README names tests, and they exist."""

from __future__ import annotations

import re

import pytest

from tests.named import is_there
from tests.processes import ROOT


def promises() -> list[tuple[str, list[tuple[str, str]]]]:
    """Each promise, and the modules and names of its tests."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.partition("## Promises")[2].partition("\n## ")[0]
    return [
        (line, [(path, name) for name, path in re.findall(r"\[(test_\w+)\]\(([^)]+)\)", line)])
        for line in section.splitlines()
        if line.startswith("* ")
    ]


@pytest.mark.parametrize(("promise", "tests"), promises(), ids=lambda value: str(value)[:30])
def test_a_promise_has_tests_and_they_exist(promise: str, tests: list[tuple[str, str]]):
    assert tests, promise
    assert [each for each in tests if not is_there(*each)] == []


def test_there_are_promises():
    assert len(promises()) >= 10


def test_no_figure_is_still_to_come():
    for path in ROOT.glob("tests/*/README.md"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?m)^(REPORT|TODO)$|\| (TODO|TBD|PAGE|ALL|RATIO)\b", text), path
