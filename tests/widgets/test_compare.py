from __future__ import annotations

import json
import threading
import time

import pytest

from llmkit_jupyter import CompareGrid, sweep
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.widgets import compare
from llmkit_jupyter.widgets.paced import Paced
from tests.rows import FakeRow, failed, grid_of


@pytest.fixture
def study(finished):
    """Two prompts by two models, all made."""
    rows = grid_of("model-x", "model-y", prompts=("A garden", "A city"), status="completed")
    for row in rows:
        row.response = finished(
            task_id=f"study-{row.place}", cost=0.35, elapsed=41.0, model=row.model, seed=4711047110
        )
    return rows


@pytest.fixture
def grid_over(page):
    """Make grids that follow nothing any more after the test."""
    made = []

    def make(source, **fields):
        made.append(CompareGrid(source, **fields))
        return made[-1]

    yield make
    for grid in made:
        grid.close()


def cells_of(grid):
    """The videos as a page puts them together."""
    board, late = grid.board, grid.late
    if late["of"] != board["number"]:
        return board["cells"]
    return [late["cells"].get(str(n), cell) for n, cell in enumerate(board["cells"])]


def rate(page, grid, number, stars):
    page.say(grid, kind="rate", task_id=cells_of(grid)[number]["key"], rating=stars)


def test_the_page_gets_every_video_with_its_place_and_what_is_known_of_it(page, grid_over, study):
    grid = grid_over(study)
    state = page.of(grid)[0].data["state"]
    names = [axis["name"] for axis in state["board"]["axes"]]
    assert names == ["prompt", "model", "seed", "duration", "size"]
    assert state["board"]["axes"][1]["labels"] == ["model-x", "model-y"]
    cell = state["board"]["cells"][3]
    assert cell["key"] == "study-3"
    assert cell["at"] == [1, 1, 0, 0, 0]
    assert (cell["state"], cell["words"], cell["playable"]) == ("completed", "", True)
    assert cell["facts"] == "$0.35 \u00b7 in 41 s"
    assert ["Seed", "4711047110"] in cell["details"]
    assert all(each.buffers == [] for each in page.sent)


def test_states_without_a_video_are_told_in_words(page, grid_over, study, client, long):
    study[0].response.path.unlink()
    running = client.submit_video(long)
    rows = [study[0], failed(1, "No cats"), FakeRow(2), FakeRow(3, status="processing")]
    rows[3].job, rows[3].response = running, running.response
    words = [(cell["state"], cell["words"]) for cell in cells_of(grid_over(rows))]
    running.cancel()
    assert words[:3] == [
        ("completed", "The video is not in the library any more"),
        ("failed", "Failed: No cats"),
        ("pending", "Not submitted"),
    ]
    assert words[3][1]
    assert not any(cell["playable"] for cell in cells_of(grid_over(rows)))


def test_running_jobs_are_followed_to_their_end_with_few_messages(page, grid_over, client, small):
    jobs = client.submit_videos([small.with_seed(seed) for seed in range(6)])
    began = time.monotonic()
    grid = grid_over(jobs)
    page.wait(lambda: all(cell["playable"] for cell in cells_of(grid)), "all videos")
    took = time.monotonic() - began
    assert all(cell["rating"] is None for cell in cells_of(grid))
    messages = len(page.of(grid, "update"))
    assert messages <= 2 + 2 * took / compare.GAP


def test_stars_go_to_the_journal_and_back_to_the_page(page, grid_over, client, small):
    job = client.submit_video(small)
    job.result()
    grid = grid_over([job])
    rate(page, grid, 0, 4)
    page.wait(lambda: cells_of(grid)[0]["rating"] == 4, "the stars")
    assert client.job(job.task_id).rating == 4
    rate(page, grid, 0, None)
    page.wait(lambda: cells_of(grid)[0]["rating"] is None, "no stars")
    assert client.job(job.task_id).rating is None
    # From elsewhere as well.
    job.rate(2)
    page.wait(lambda: cells_of(grid)[0]["rating"] == 2, "the stars of a cell")
    # A response has its job's.
    other = grid_over([job.response])
    assert cells_of(other)[0]["rating"] == 2
    rate(page, other, 0, 5)
    page.wait(lambda: job.rating == 5, "the stars of a response")


def test_of_many_clicks_the_last_one_holds(page, grid_over, study):
    grid = grid_over(study)
    for stars in (1, 2, 3, 4, 5, None, 3):
        rate(page, grid, 1, stars)
    page.wait(lambda: cells_of(grid)[1]["rating"] == 3, "the last")
    assert study[1].given[-1] == 3


@pytest.mark.parametrize("stars", [0, 6, -1, 2.5, "3", True, [3], 10**30])
def test_other_stars_are_refused_unread(page, grid_over, study, stars):
    grid = grid_over(study)
    rate(page, grid, 0, stars)
    rate(page, grid, 1, 1)
    page.wait(lambda: study[1].given, "the next")
    assert study[0].given == []


def test_stars_that_cannot_be_given_are_refused_with_the_reason(page, grid_over, study):
    study[0].refusal = "The journal cannot be written."
    grid = grid_over(study)
    rate(page, grid, 0, 3)
    [refusal] = page.wait(lambda: page.told(grid, "refused"), "a refusal")
    assert refusal.data["content"] == {
        "kind": "refused",
        "request": "study-0",
        "message": "The journal cannot be written.",
    }
    page.say(grid, kind="rate", task_id="somebody-else-s", rating=3)
    page.wait(lambda: len(page.told(grid, "refused")) == 2, "another refusal")


def test_a_video_comes_by_its_key_and_no_other(page, grid_over, study):
    grid = grid_over(study)
    ask = {"kind": "fetch", "part": "video", "start": 0, "text": False}
    page.say(grid, request="1", task_id="study-2", **ask)
    [piece] = page.wait(lambda: page.told(grid, "piece"), "a piece")
    assert piece.buffers == [study[2].response.video_bytes]
    page.say(grid, request="2", task_id="another", **ask)
    page.wait(lambda: page.told(grid, "refused"), "a refusal")


# -- blind


def test_a_blind_page_gets_no_name_and_nothing_that_a_name_follows_from(page, grid_over, study):
    study[3] = failed(3, "model-y: no", prompt="A city", model="model-y")
    grid = grid_over(study, blind=True)
    rate(page, grid, 1, 5)
    page.wait(lambda: 5 in [cell["rating"] for cell in cells_of(grid)], "the stars")
    page.say(
        grid,
        kind="fetch",
        request="1",
        task_id=next(cell["key"] for cell in cells_of(grid) if cell["playable"]),
        part="poster",
        start=0,
        text=False,
    )
    page.wait(lambda: page.told(grid, "piece"), "a poster")
    bundle = grid.plain()
    code = {"_esm": "", "_css": ""}
    sent = [each.data | {"state": each.data.get("state", {}) | code} for each in page.of(grid)]
    for text in (json.dumps(sent), bundle["text/html"], bundle["text/plain"], repr(grid)):
        for word in ("model-", "study-", "task-3", "4711047110", "Seed 1", "0.35", "41 s"):
            assert word not in text, word
    assert "Model A" in json.dumps(sent)
    assert "A garden" in json.dumps(sent)


def test_to_reveal_gives_the_names_and_keeps_what_is_loaded(page, grid_over, study):
    grid = grid_over(study, blind=True)
    hidden = {cell["key"] for cell in cells_of(grid)}
    rate(page, grid, 0, 3)
    page.wait(lambda: any(row.given for row in study), "the stars")
    page.write(grid, blind=False)
    assert grid.board["axes"][1]["labels"] == ["model-x", "model-y"]
    assert {cell["key"] for cell in cells_of(grid)} == hidden
    assert [cell["at"][:2] for cell in cells_of(grid)] == [[0, 0], [0, 1], [1, 0], [1, 1]]
    # Hidden once more they have new names.
    page.write(grid, blind=True)
    assert grid.board["axes"][1]["labels"] == ["Model A", "Model B"]
    assert {cell["key"] for cell in cells_of(grid)}.isdisjoint(hidden)


# -- rows and columns


def test_an_axis_chosen_twice_changes_places_with_the_other(page, grid_over, study):
    grid = grid_over(study)
    page.write(grid, by_row="model")
    assert (grid.by_row, grid.by_column) == ("model", "prompt")
    page.write(grid, by_row="seed", by_column="model")
    assert (grid.by_row, grid.by_column) == ("seed", "model")
    grid.by_column = "seed"
    assert (grid.by_row, grid.by_column) == ("model", "seed")


def test_what_cannot_be_is_refused(page, grid_over, study):
    for fields, words in (
        ({"by_row": "colour"}, "by_row is 'colour'"),
        ({"by_column": "prompt"}, "another one than by_row, 'prompt'"),
        ({"by_row": 3}, "by_row is 3"),
    ):
        with pytest.raises(InvalidRequestError, match=words):
            grid_over(study, **fields)
    with pytest.raises(TypeError, match="no field 'blnd'; did you mean 'blind'"):
        grid_over(study, blnd=True)
    with pytest.raises(InvalidRequestError, match="a sweep, or a list of jobs or responses"):
        grid_over("clip.mp4")
    grid = grid_over(study)
    with pytest.raises(InvalidRequestError, match="by_column is 'colour'"):
        grid.by_column = "colour"
    page.write(grid, by_column="colour", blind=1)
    assert (grid.by_column, grid.blind) == ("model", False)


def test_nothing_at_all_can_be_shown(page, grid_over):
    assert grid_over([]).board["cells"] == []


def test_rows_of_one_job_have_two_keys(page, grid_over, study):
    study[1].response = study[0].response
    keys = [cell["key"] for cell in cells_of(grid_over(study))]
    assert keys[0] == "study-0"
    assert len(set(keys)) == 4


# -- a sweep


def test_a_sweep_is_followed_from_its_first_row_on(page, grid_over, client):
    made = sweep(
        ["hills", "a river"],
        models=["kling-2.0", "hailuo-mini"],
        durations=[1],
        sizes=["96x64"],
        client=client,
        wait=False,
    )
    grid = grid_over(made)
    assert len(grid.board["cells"]) == 4
    page.wait(lambda: all(cell["playable"] for cell in cells_of(grid)), "all videos")
    rate(page, grid, 2, 5)
    page.wait(lambda: made[2].rating == 5, "the stars")
    assert grid.rows[2] is made[2]
    assert [row.model for row in grid_over(made[1:3]).rows] == ["hailuo-mini", "kling-2.0"]


def test_five_hundred_rows_open_at_once_and_one_change_is_a_small_message(page, grid_over, study):
    names = tuple(f"prompt {number}" for number in range(50))
    rows = grid_of(*(f"m{n}" for n in range(10)), prompts=names, status="completed")
    for row in rows:
        row.response = study[0].response
    began = time.monotonic()
    grid = grid_over(rows)
    took = time.monotonic() - began
    print(f"500 rows in {took:.3f} s")
    assert took < 5
    state = page.of(grid)[0].data["state"]
    assert len(json.dumps(state["board"])) < 400_000
    rate(page, grid, 7, 2)
    page.wait(lambda: cells_of(grid)[7]["rating"] == 2, "the stars")
    assert all(len(json.dumps(each.data)) < 3000 for each in page.of(grid, "update"))
    # More than that, and the whole board comes anew.
    for row in rows[:100]:
        row.rating = 1
    rate(page, grid, 499, 1)
    page.wait(lambda: cells_of(grid)[499]["rating"] == 1, "the last")
    assert [cell["rating"] for cell in cells_of(grid)[:100]] == [1] * 100
    page.wait(lambda: grid.late["cells"] == {}, "nothing that came late")


# -- what stays in the notebook


def test_the_sheet_is_there_at_once_and_follows_stars_and_axes(page, grid_over, study, shown):
    grid = grid_over(study)
    grid.show()
    [(first, name, _)] = shown
    assert f"llmkit-slot-{grid.slot}" in first["text/html"]
    assert first["text/html"].count("<img") == 4
    assert "application/vnd.jupyter.widget-view+json" not in first
    rate(page, grid, 0, 4)
    page.wait(lambda: "\u2605" in shown[-1][0]["text/html"], "the stars")
    assert shown[-1][1:] == (name, True)
    page.write(grid, blind=True)
    page.wait(lambda: "Model A" in shown[-1][0]["text/html"], "the hidden names")
    assert "model-x" not in str(shown[-1][0])
    page.write(grid, blind=False, by_row="model")
    page.wait(lambda: "model-x" in shown[-1][0]["text/plain"].split("\n")[1][:8], "the axes")


def test_nothing_new_is_drawn_no_second_time(page, grid_over, study, shown):
    grid = grid_over(study)
    grid.show()
    grid._redraw()
    grid._redraw()
    assert len(shown) == 1


def test_elsewhere_the_host_shows_it_with_the_sheet_beside_it(grid_over, study, monkeypatch):
    monkeypatch.setenv("VSCODE_PID", "1")
    bundle = grid_over(study)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/html"].count("<img") == 4


def test_a_closed_one_follows_nothing(page, client, small):
    job = client.submit_video(small)
    grid = CompareGrid([job])
    grid.close()
    job.result()
    job.rate(3)
    assert grid.board["cells"][0]["rating"] is None


# -- pace


def test_work_that_is_asked_for_often_is_done_seldom_and_the_last_time_for_good():
    seen, asked, done = [], 0, threading.Event()

    def work():
        seen.append(asked)
        if asked == 1000:
            done.set()

    paced = Paced(work, lambda: 0.05)
    for number in range(1, 1001):
        asked = number
        paced.wake()
    assert done.wait(20)
    assert len(seen) < 20
    assert seen[-1] == 1000


def test_work_that_fails_is_asked_for_again():
    calls, again = [], threading.Event()

    def work():
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("once")
        again.set()

    paced = Paced(work, lambda: 0.0)
    paced.wake()
    while not again.wait(0.01):
        paced.wake()
    assert len(calls) >= 2


def test_a_gap_that_becomes_shorter_is_waited_for_no_longer():
    gap, calls = [0.0], []
    paced = Paced(lambda: calls.append(time.monotonic()), lambda: gap[0])
    paced.wake()
    deadline = time.monotonic() + 20
    while not calls:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    gap[0] = 600.0
    paced.wake()
    gap[0] = 0.0
    paced.wake()
    while len(calls) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.01)
