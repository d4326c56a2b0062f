from __future__ import annotations

import inspect

import pytest

from llmkit_jupyter import CompareGrid


def test_help_and_tab_name_the_arguments_of_a_comparison():
    parameters = inspect.signature(CompareGrid).parameters
    assert [*parameters] == ["sweep", "by_row", "by_column", "blind", "loop"]
    assert parameters["sweep"].default is inspect.Parameter.empty
    assert parameters["by_row"].default == "prompt"


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_without_anything_to_compare_there_is_one_error_alone():
    with pytest.raises(TypeError, match="sweep"):
        CompareGrid()
    CompareGrid.__new__(CompareGrid).close()
