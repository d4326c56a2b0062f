"""The classes of errors, by the vectors that the TypeScript client shares."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llmkit_jupyter import errors
from tests.vectors.making import BOTH, make
from tests.vectors.read import FOLDER, cases

HERE = [case for case in cases("errors") if case.values[0].get("only") != "typescript"]  # type: ignore[union-attr]


def of_ours(cls: type[BaseException]) -> bool:
    return issubclass(cls, errors.LLMKitError)


@pytest.mark.parametrize("case", HERE)
def test_a_class_its_code_and_its_parents(case: dict[str, Any]):
    cls = getattr(errors, case["name"])
    assert cls.code == case["code"]
    assert [each.__name__ for each in cls.__mro__[1:] if of_ours(each)] == case["parents"]


def test_none_is_missing():
    found = {each for each in vars(errors).values() if isinstance(each, type) and of_ours(each)}
    assert {each.__name__ for each in found} == {case.id for case in HERE}
    told = json.loads((FOLDER / "errors.json").read_text(encoding="utf-8"))["cases"]
    assert {case["name"] for case in told if "only" not in case} == set(BOTH)


@pytest.mark.parametrize("name", BOTH)
def test_each_can_be_made(name: str):
    assert make({"class": name}).code == getattr(errors, name).code
