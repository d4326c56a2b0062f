from __future__ import annotations

import pytest

from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.notebook.arrangement import AXES, Veil, arrange, check_axis
from llmkit_jupyter.notebook.rows import rows_of
from tests.notebook.fakes import FakeJob, a_response
from tests.rows import FakeRow, grid_of


def test_prompts_and_models_stand_as_they_came_and_numbers_by_size():
    rows = [
        FakeRow(0, prompt="b", model="y", seed=10, duration=9, size=(640, 360)),
        FakeRow(1, prompt="a", model="x", seed=2, duration=10.04, size=(320, 180)),
        FakeRow(2, prompt="b", model="x", seed=None, duration=None, size=None),
    ]
    arrangement = arrange(rows)
    assert {axis.name: axis.labels for axis in arrangement.axes} == {
        "prompt": ("b", "a"),
        "model": ("y", "x"),
        "seed": ("Seed 2", "Seed 10", "No seed"),
        "duration": ("9 s", "10 s", "Usual duration"),
        "size": ("320\u00d7180", "640\u00d7360", "Usual size"),
    }
    assert arrangement.places == ((0, 0, 1, 0, 1), (1, 1, 0, 1, 0), (0, 1, 2, 2, 2))


def test_a_model_has_its_title_and_nothing_steers_the_page():
    rows = [FakeRow(0, model="klingai:6@1", prompt="a\u202eb\nc"), FakeRow(1, model=None)]
    arrangement = arrange(rows)
    assert arrangement.axis("model").labels == ("Kling 2.5 Turbo Pro", "Usual model")
    assert arrangement.axis("prompt").labels == ("ab c", "A garden")


def test_what_tells_videos_apart_is_what_their_place_does_not():
    rows = [*grid_of("x", "y", seed=1), FakeRow(2, model="x", seed=2)]
    assert arrange(rows).apart("prompt", "model") == ["Seed 1", "", "Seed 2"]
    assert arrange(rows).apart("seed", "prompt") == ["x", "y", "x"]
    assert arrange(rows).apart("seed", "model") == ["", "", ""]
    other = arrange([*rows, FakeRow(3, prompt="A city", seed=3)])
    assert other.apart("seed", "model") == ["A garden", "A garden", "A garden", "A city"]


def test_a_veil_gives_letters_that_stay_and_keys_that_tell_nothing():
    rows = grid_of(*(f"model-{number}" for number in range(30)), seed=None)
    veil = Veil()
    labels = arrange(rows, veil).axis("model").labels
    assert labels[:2] == ("Model A", "Model B")
    assert labels[26:] == ("Model AA", "Model AB", "Model AC", "Model AD")
    before = {row.model: arrange(rows, veil).label(i, "model") for i, row in enumerate(rows)}
    rows.append(FakeRow(30, model="late"))
    after = arrange(rows, veil)
    assert {row.model: after.label(i, "model") for i, row in enumerate(rows[:30])} == before
    assert after.label(30, "model") == "Model AE"
    assert after.axis("seed").labels == ("Seed A", "Seed B")
    assert veil.order(rows) == veil.order(list(reversed(rows)))
    keys = {veil.key(row) for row in rows}
    assert len(keys) == 31
    assert keys.isdisjoint({Veil().key(row) for row in rows})


def test_two_veils_hardly_ever_agree():
    rows = grid_of(*(f"model-{number}" for number in range(12)))
    letters = {tuple(p[1] for p in arrange(rows, Veil()).places) for _ in range(20)}
    orders = {tuple(row.place for row in Veil().order(rows)) for _ in range(20)}
    assert len(letters) > 15
    assert len(orders) > 15


@pytest.mark.parametrize("name", ["colour", "", None, 3, ["model"]])
def test_an_axis_that_there_is_not_is_named_with_those_that_are(name):
    with pytest.raises(InvalidRequestError, match=r"by_row is .*; allowed: prompt, model, seed"):
        check_axis("by_row", name)
    for axis in AXES:
        assert check_axis("by_row", axis) == axis


def test_jobs_and_responses_are_rows_as_well():
    response = a_response(seed=7, duration=2.5, width=320, height=180)
    job = FakeJob(a_response(task_id="other", prompt="A city"))
    first, second = rows_of([response, job])
    assert (first.place, first.prompt, first.model, first.seed) == (
        0,
        "A red balloon over the sea",
        "runway-gen-4",
        7,
    )
    assert (first.duration, first.size, first.status) == (2.5, (320, 180), "processing")
    assert (second.place, second.prompt, second.job) == (1, "A city", job)
    # What is in their form already stays what it is.
    assert rows_of([first, second]) == [first, second]


@pytest.mark.parametrize("source", [None, 3, "clip.mp4", b"clip", [1], [None], {"a": 1}])
def test_anything_else_is_refused_in_words(source):
    with pytest.raises(InvalidRequestError, match="a sweep, or a list of jobs or responses"):
        rows_of(source)
