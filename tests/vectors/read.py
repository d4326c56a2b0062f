"""The test vectors that this package's tests and those of the TypeScript client read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent


def cases(name: str) -> list[Any]:
    """Give the cases of a file, as parameters of a test."""
    told = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return [pytest.param(case, id=case["name"]) for case in told["cases"]]
