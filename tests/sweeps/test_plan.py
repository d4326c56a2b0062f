from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from llmkit_jupyter import InvalidRequestError, InvalidSweepError, VideoGenerationRequest
from llmkit_jupyter.sweeps import plan
from llmkit_jupyter.sweeps.naming import check_name, fresh_name
from llmkit_jupyter.sweeps.pace import Pace


def requests(
    prompts=None, *, rows=None, models=None, seeds=None, durations=None, sizes=None, **more
):
    given = {
        "prompts": prompts,
        "models": models,
        "seeds": seeds,
        "durations": durations,
        "sizes": sizes,
    }
    return plan.requests(given, rows, more)


def test_a_product_has_the_prompts_outermost_and_the_sizes_innermost():
    found = requests(
        ["a cat", "a dog"], models=["m1", "m2"], seeds=range(2), durations=5, sizes=["hd", "64x32"]
    )
    assert len(found) == 16
    keys = [(r.prompt, r.model, r.seed, r.width) for r in found]
    assert keys[:4] == [
        ("a cat", "m1", 0, 1280),
        ("a cat", "m1", 0, 64),
        ("a cat", "m1", 1, 1280),
        ("a cat", "m1", 1, 64),
    ]
    assert keys == sorted(keys, key=lambda k: (k[0], k[1], k[2], -k[3]))
    assert {r.duration for r in found} == {5}


def test_single_values_need_no_list_and_what_is_not_given_stays_open():
    [found] = requests("a cat", models="m", seeds=7, sizes=(1280, 720))
    assert found == VideoGenerationRequest("a cat", "m", width=1280, height=720, seed=7)
    [bare] = requests("a cat")
    assert bare == VideoGenerationRequest("a cat")


@pytest.mark.parametrize(
    "sizes", ["hd", "1280x720", (1280, 720), [1280, 720], ["hd"], [(1280, 720)]]
)
def test_a_size_is_given_in_any_way(sizes):
    [found] = requests("a cat", sizes=sizes)
    assert (found.width, found.height) == (1280, 720)


def test_two_names_of_sizes_are_two_sizes():
    assert [r.width for r in requests("a cat", sizes=("hd", "4k"))] == [1280, 3840]


@pytest.mark.parametrize("seeds", [np.arange(1, 3), pd.Series([1, 2]), (1.0, 2.0), iter([1, 2])])
def test_seeds_come_from_anywhere(seeds):
    assert [r.seed for r in requests("a cat", seeds=seeds)] == [1, 2]


@pytest.mark.parametrize("prompts", [np.array("a cat"), np.str_("a cat"), np.array(["a cat"])])
def test_a_single_value_may_be_an_array(prompts):
    assert [r.prompt for r in requests(prompts)] == ["a cat"]


def test_none_in_a_list_is_the_default():
    assert [r.model for r in requests("a cat", models=[None, "m"])] == [None, "m"]


def test_options_are_shared_by_all_rows():
    found = requests(
        ["a", "b"], negative_prompt="blur", fps=24, options={"settings.audio": True}, model="m"
    )
    assert {(r.negative_prompt, r.fps, r.model) for r in found} == {("blur", 24, "m")}
    assert [dict(r.options) for r in found] == [{"settings.audio": True}] * 2


@pytest.mark.parametrize("name", ["prompts", "models", "seeds", "durations", "sizes"])
def test_an_empty_list_is_named(name):
    with pytest.raises(InvalidRequestError, match=rf"{name} is \[\].*makes no video"):
        requests(**{"prompts": ["a cat"], name: []})


@pytest.mark.parametrize(
    ("one", "several", "value"),
    [("model", "models", ["m", "n"]), ("seed", "seeds", range(3)), ("duration", "durations", [5])],
)
def test_a_list_under_the_name_of_one_says_where_it_goes(one, several, value):
    with pytest.raises(InvalidRequestError, match=rf"{one} is .*several go by {several}="):
        requests("a cat", **{one: value})
    with pytest.raises(InvalidRequestError, match=f"either {one}= or {several}=, not both"):
        requests("a cat", **{one: 5, several: value})
    assert requests("a cat", size=[64, 48])[0].width == 64


def test_bad_values_of_lists_are_all_told_once_each():
    with pytest.raises(InvalidSweepError) as caught:
        requests(["a", "b", "c"], models=["m", 5], seeds=[1, "two", 3, -4])
    text = str(caught.value)
    assert "of 24 rows cannot be made, so nothing was sent" in text
    assert "models[1] is 5" in text
    assert "seeds[1] is 'two'" in text
    assert "seeds[3] is -4" in text
    assert [number for number, _ in caught.value.problems] == [4, 1, 3]


def test_no_prompt_at_all_is_told():
    with pytest.raises(InvalidRequestError, match="prompts is None"):
        requests(models="m")


def test_both_ways_of_giving_rows_are_one_too_many():
    with pytest.raises(InvalidRequestError, match="seeds is 3"):
        requests(rows=[{"prompt": "a"}], seeds=3)
    with pytest.raises(InvalidRequestError, match="either rows=") as caught:
        requests("a", rows=[{"prompt": "a"}])
    assert caught.value.field == "prompts"
    with pytest.raises(InvalidRequestError, match="either model= or models="):
        requests("a", models=["m"], model="n")


def test_too_many_rows_are_not_even_made():
    with pytest.raises(InvalidRequestError, match="at most 10,000 rows"):
        requests(["a"] * 101, seeds=range(100))
    with pytest.raises(InvalidRequestError, match="at most 10,000"):
        requests(rows=({"prompt": "a"} for _ in iter(int, 1)))
    with pytest.raises(InvalidRequestError, match="at most 10,000"):
        requests("a", seeds=iter(int, 1))


def test_rows_are_dictionaries_with_gaps():
    found = requests(
        rows=[
            {"prompt": "a", "model": "m", "provider": "preview", "seed": 1, "size": "hd"},
            {"prompt": "b", "seed": None, "width": 64, "height": 32, "settings.audio": True},
            VideoGenerationRequest("c", "x", seed=4),
        ],
        duration=5,
        seed=9,
    )
    assert found == [
        VideoGenerationRequest("a", "preview/m", 5, 1280, 720, seed=1),
        VideoGenerationRequest(
            "b", duration=5, width=64, height=32, seed=9, options={"settings.audio": True}
        ),
        VideoGenerationRequest("c", "x", duration=5, seed=4),
    ]


def test_a_data_frame_has_whole_numbers_in_columns_with_gaps():
    frame = pd.DataFrame(
        {
            "prompt": ["a", "b"],
            "seed": [1, None],
            "fps": pd.array([24, pd.NA], dtype="Int64"),
            "negative_prompt": [math.nan, "blur"],
        },
        index=[7, 7],
    )
    first, second = requests(rows=frame)
    assert (first.seed, first.fps, first.negative_prompt) == (1, 24, None)
    assert (second.seed, second.fps, second.negative_prompt) == (None, None, "blur")
    assert type(first.seed) is int


def test_columns_of_mixed_types_name_their_rows():
    frame = pd.DataFrame({"prompt": ["a", 3, "c", "d"], "seed": [1, 2, "two", 4.5]})
    with pytest.raises(InvalidSweepError) as caught:
        requests(rows=frame)
    assert [number for number, _ in caught.value.problems] == [1, 2, 3]
    assert "row 1: prompt is 3; allowed: a string" in str(caught.value)
    assert "row 2: seed is 'two'; allowed: a whole number" in str(caught.value)
    assert "row 3: seed is 4.5" in str(caught.value)


def test_of_many_bad_rows_ten_are_told_and_all_are_kept():
    with pytest.raises(InvalidSweepError, match="and 15 more") as caught:
        requests(rows=[{"prompt": "a cat", "seed": -1 - number} for number in range(25)])
    assert len(caught.value.problems) == 25
    assert str(caught.value).count("\n") == 11


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ([{"prompt": "a", "sead": 1}], "did you mean seed"),
        (pd.DataFrame({"promt": ["a"]}), "did you mean prompt"),
        ([{"prompt": "a", 5: 1}], "column is 5"),
        ("a cat", "rows is 'a cat'"),
        ({"prompt": ["a"]}, "a list of dictionaries"),
        ([], "there is no row"),
        (pd.DataFrame({"prompt": []}), "there is no row"),
        (["a"], r"rows\[0\] is 'a'"),
        (pd.DataFrame([["a", "b"]], columns=["prompt", "prompt"]), "it is there twice"),
        (7, "rows is 7"),
    ],
)
def test_rows_that_are_none(rows, match):
    with pytest.raises(InvalidRequestError, match=match):
        requests(rows=rows)


@pytest.mark.parametrize(
    ("row", "match"),
    [
        ({"seed": 1}, "prompt is None"),
        ({"prompt": "a", "size": "hd", "width": 5}, "either size, or width and height"),
        ({"prompt": "a", "width": 5}, "width and height together"),
        ({"prompt": "a", "size": "huge"}, "size is 'huge'"),
        ({"prompt": "a", "size": 5}, "size is 5"),
        ({"prompt": "a", "provider": "preview"}, "a model of the provider"),
        ({"prompt": "a", "provider": 3, "model": "m"}, "provider is 3"),
        ({"prompt": "a", "options": 3}, "options is 3"),
        ({"prompt": "a", "image": "/no/such.png"}, "image is"),
    ],
)
def test_rows_that_cannot_be_made(row, match):
    with pytest.raises(InvalidSweepError, match=match):
        requests(rows=[row])


def test_an_unknown_option_is_refused_with_the_nearest():
    with pytest.raises(InvalidRequestError, match="did you mean negative_prompt"):
        requests("a", negativ_prompt="b")


@pytest.mark.parametrize(
    "values",
    [
        {"budget": -1},
        {"budget": math.nan},
        {"budget": 1e7},
        {"budget": "5"},
        {"budget": True},
        {"concurrency": 0},
        {"concurrency": 1001},
        {"concurrency": 2.5},
        {"min_interval": -1},
        {"min_interval": 3601},
        {"min_interval": "10"},
        {"reuse": "no"},
    ],
)
def test_limits_that_are_none(values):
    with pytest.raises(InvalidRequestError) as caught:
        Pace(**values)
    assert caught.value.field == next(iter(values))


def test_limits_become_plain_numbers():
    pace = Pace(concurrency=np.int64(5), min_interval=10, budget=np.float64(3))
    assert (pace.concurrency, pace.min_interval, pace.budget) == (5, 10.0, 3.0)


@pytest.mark.parametrize("name", ["", "  ", "a/b", "a\\b", "a\nb", "a\u202eb", "x" * 81, 5, None])
def test_names_that_are_none(name):
    with pytest.raises(InvalidRequestError, match="printable characters without slashes"):
        check_name(name)


def test_names_are_free_and_can_be_typed():
    assert check_name(" my study ") == "my study"
    taken: set[str] = set()
    for _ in range(200):
        name = fresh_name(taken)
        assert name not in taken
        assert name.isascii()
        assert check_name(name) == name
        taken.add(name)


def test_rows_with_the_same_problem_are_told_in_one_line():
    def told(*numbers):
        problems = [(number, InvalidRequestError("seed", 5, "none")) for number in numbers]
        return str(plan.invalid(problems, 500)).splitlines()[1:]

    assert told(3) == ["  row 3: seed is 5; allowed: none"]
    assert told(0, 4, 5, 6, 7, 11, 12) == ["  rows 0, 4 to 7, 11, 12: seed is 5; allowed: none"]
    assert told(*range(500)) == ["  rows 0 to 499: seed is 5; allowed: none"]
    assert told(*range(0, 500, 2)) == [
        "  rows 0, 2, 4, 6, 8, 10, 12, 14, 16, \u2026: seed is 5; allowed: none"
    ]
    many = [(number, InvalidRequestError("seed", number // 2, "none")) for number in range(30)]
    *_, last, end = str(plan.invalid(many, 30)).splitlines()
    assert (last, end) == ("  rows 18, 19: seed is 9; allowed: none", "  and 10 more")
