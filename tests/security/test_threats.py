"""Every threat of README.md has a test, and every test that is named there exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.named import is_there, names_in
from tests.processes import ROOT

README = Path(__file__).with_name("README.md")


def threats() -> list[tuple[str, list[str]]]:
    """Each row of the tables: the threat, and the tests that are named."""
    rows = []
    for line in README.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if line.startswith("| ") and cells[0] != "threat":
            threat, _rule, proof = cells
            rows.append((threat, re.findall(r"`([^`]+)`", proof)))
    return rows


@pytest.mark.parametrize(("threat", "proofs"), threats(), ids=lambda value: str(value)[:40])
def test_a_threat_has_tests_and_they_exist(threat: str, proofs: list[str]):
    assert proofs, threat
    assert [proof for proof in proofs if not is_there(*proof.split("::", 1))] == []


def test_every_test_of_this_folder_stands_in_a_row():
    named = {proof for _, proofs in threats() for proof in proofs}
    here = {
        f"{path.relative_to(ROOT)}::{name}"
        for path in Path(__file__).parent.glob("test_*.py")
        if path != Path(__file__)
        for name in names_in(path)
    }
    assert here <= named
