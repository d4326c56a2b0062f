"""The figures that hold on any machine: counts and ratios."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks import journal
from tests.benchmarks.preview import SCENES, measure_scene
from tests.benchmarks.saving import peak_while_saving


@pytest.mark.parametrize("prompt", SCENES)
def test_drawing_costs_at_most_one_and_a_half_times_the_encoding(prompt: str):
    # Processor time of one process; the best of a few tries, as other load only ever adds.
    ratios = []
    for _ in range(3):
        ratios.append(measure_scene(prompt, width=1280, height=720, duration=5).ratio)
        if ratios[-1] <= 1.5:
            return
    pytest.fail(f"drawing costs {min(ratios):.2f} times the encoding")


def test_saving_200_mb_adds_less_than_20_mb_to_the_peak_memory(tmp_path: Path):
    assert peak_while_saving(tmp_path, 200) < 20e6


def test_a_page_of_a_journal_of_10_000_jobs_costs_less_than_a_tenth_of_all(tmp_path: Path):
    found = journal.measure(tmp_path)
    print(found)
    assert found.ratio < 0.1
    assert found.filtered < found.everything / 5
    assert found.searched < found.everything / 2
