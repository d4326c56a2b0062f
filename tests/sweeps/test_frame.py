from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from llmkit_jupyter import InvalidRequestError, OutputExistsError, Sweep, sweep
from tests.engine.waiting import until

COLUMNS = [
    "row",
    "prompt",
    "model",
    "ran",
    "provider",
    "seed",
    "duration",
    "size",
    "status",
    "error",
    "cost",
    "estimate",
    "reused",
    "wait_seconds",
    "generation_seconds",
    "file",
    "rating",
    "task_id",
]


@pytest.fixture
def study(client):
    return sweep(
        ["a cat", "=a dog"], models=["m1", "lab/m2"], seeds=[1, 2], client=client, name="study"
    )


def read(folder):
    with (folder / "results.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def videos(folder):
    return sorted(path.name for path in folder.glob("*.mp4"))


def test_a_frame_has_a_line_for_each_row_with_kinds_to_reckon_with(study):
    study[3].rate(4)
    frame = study.to_frame()
    assert list(frame.columns) == COLUMNS
    assert list(frame["row"]) == list(range(8))
    assert list(frame["prompt"]) == [row.prompt for row in study]
    assert list(frame["model"]) == [row.model for row in study]
    assert set(frame["provider"]) == {"scripted"}
    assert frame["seed"].dtype == pd.Int64Dtype()
    assert frame["rating"].dtype == pd.Int64Dtype()
    assert frame["cost"].dtype == np.float64
    assert frame["reused"].dtype == np.bool_
    assert frame["cost"].sum() == pytest.approx(0.4)
    assert frame["rating"].sum() == 4
    assert frame["error"].isna().all()
    assert (frame["wait_seconds"] >= frame["generation_seconds"]).all()
    assert list(frame["task_id"]) == [row.job.task_id for row in study]
    assert all(Path(path).is_file() for path in frame["file"])
    assert frame.groupby("model")["cost"].mean().to_dict() == pytest.approx(
        {"m1": 0.05, "lab/m2": 0.05}
    )


def test_a_frame_of_some_rows_has_those(study):
    assert list(study[6:].to_frame()["row"]) == [6, 7]
    assert list(study.filter(seed=2).to_frame()["seed"]) == [2, 2, 2, 2]
    assert len(study[:0].to_frame()) == 0


def test_gaps_are_gaps(client, provider):
    provider.open = False
    found = sweep(
        ["a", "b"], client=client, wait=False, concurrency=1, fps=24, options={"settings.x": [1]}
    )
    until(lambda: provider.submitted)
    frame = found.to_frame()
    assert list(frame["status"]) == ["processing", "pending"]
    assert frame["seed"].isna().all()
    assert frame["cost"].isna().all()
    assert frame["task_id"].isna().tolist() == [False, True]
    assert frame["fps"].tolist() == [24, 24]
    assert frame["settings.x"].tolist() == [[1], [1]]
    assert list(frame.columns)[8:10] == ["fps", "settings.x"]
    provider.open = True
    found.wait()


def test_what_failed_says_why(client, provider):
    provider.on_submit = lambda submission: InvalidRequestError("seed", 5, "another")
    frame = sweep("a cat", client=client).to_frame()
    assert frame["status"][0] == "failed"
    assert frame["error"][0] == "invalid_request: seed is 5; allowed: another"


def test_a_frame_reads_the_journal_with_one_query(study):
    # Whatever is asked of the journal while the frame is made.
    asked: list[str] = []
    journal = study.client.engine.journal
    journal._writer.submit(lambda db: db.set_trace_callback(asked.append)).result()
    assert len(study.to_frame()) == 8
    journal._writer.submit(lambda db: db.set_trace_callback(None)).result()
    queries = [text for text in asked if text.lstrip().upper().startswith(("SELECT", "WITH"))]
    assert len(queries) == 1
    assert not [text for text in asked if text.lstrip().upper().startswith(("INSERT", "UPDATE"))]


def test_without_pandas_it_is_said_what_to_install(home):
    code = """
import sys
sys.modules["pandas"] = None
from llmkit_jupyter import NotSupportedError, sweep
found = sweep("a cat", durations=1, sizes=(96, 64))
try:
    found.to_frame()
except NotSupportedError as error:
    print(error)
found.save("out")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=home.parent, capture_output=True, text=True, check=True
    )
    assert 'pip install "llmkit-jupyter[pandas]"' in done.stdout
    assert (home.parent / "out" / "results.csv").is_file()


def test_saving_gives_files_that_sort_and_a_table(study, tmp_path):
    target = study.save(tmp_path / "out")
    assert target == tmp_path / "out"
    assert videos(target) == [
        "000-m1-seed1-a-cat.mp4",
        "001-m1-seed2-a-cat.mp4",
        "002-m2-seed1-a-cat.mp4",
        "003-m2-seed2-a-cat.mp4",
        "004-m1-seed1-a-dog.mp4",
        "005-m1-seed2-a-dog.mp4",
        "006-m2-seed1-a-dog.mp4",
        "007-m2-seed2-a-dog.mp4",
    ]
    rows = read(target)
    assert [row["file"] for row in rows] == videos(target)
    assert list(rows[0])[:3] == ["sweep", "row", "prompt"]
    assert {row["sweep"] for row in rows} == {"study"}
    assert (target / rows[0]["file"]).read_bytes() == study[0].response.video_bytes
    # A spreadsheet would reckon with what begins so.
    assert rows[4]["prompt"] == "'=a dog"
    assert rows[0]["prompt"] == "a cat"
    frame = pd.read_csv(target / "results.csv")
    assert frame["cost"].sum() == pytest.approx(0.4)


@pytest.mark.parametrize("first", "=+-@\t")
def test_no_cell_is_a_formula(client, tmp_path, first):
    found = sweep(f"{first}1+1", client=client, negative_prompt=f"{first}x", name="=study")
    [row] = read(found.save(tmp_path / "out"))
    assert row["prompt"] == f"'{first}1+1"
    assert row["negative_prompt"] == f"'{first}x"
    assert row["sweep"] == "'=study"
    found.save(tmp_path / "out")  # which is still known as its own


def test_saving_again_copies_what_is_missing(client, provider, tmp_path):
    provider.open = False
    found = sweep(["a", "b"], client=client, wait=False, concurrency=1)
    until(lambda: provider.submitted)
    target = found.save(tmp_path / "out")
    assert videos(target) == []
    assert [row["status"] for row in read(target)] == ["processing", "pending"]
    provider.open = True
    found.wait()
    found.save(target)
    assert len(videos(target)) == 2
    first = target / videos(target)[0]
    before = first.stat().st_mtime_ns
    (target / videos(target)[1]).unlink()
    found.save(target)
    assert len(videos(target)) == 2
    assert first.stat().st_mtime_ns == before


def test_saving_some_rows_keeps_what_the_table_says_of_others(study, tmp_path):
    study.save(tmp_path / "out")
    study[3].rate(5)
    study[2:4].save(tmp_path / "out")
    rows = read(tmp_path / "out")
    assert [row["row"] for row in rows] == [str(number) for number in range(8)]
    assert [row["rating"] for row in rows] == ["", "", "", "5", "", "", "", ""]


def test_nothing_else_is_overwritten(study, tmp_path):
    target = tmp_path / "out"
    target.mkdir()
    (target / "003-m2-seed2-a-cat.mp4").write_bytes(b"precious")
    with pytest.raises(OutputExistsError, match="003-m2-seed2-a-cat"):
        study.save(target)
    assert sorted(path.name for path in target.iterdir()) == ["003-m2-seed2-a-cat.mp4"]
    assert (target / "003-m2-seed2-a-cat.mp4").read_bytes() == b"precious"
    study.save(target, overwrite=True)
    assert len(videos(target)) == 8
    assert (target / "003-m2-seed2-a-cat.mp4").read_bytes() == study[3].response.video_bytes


@pytest.mark.parametrize(
    "text", ["a,b\n1,2\n", "", "sweep,row\nother,0\n", "sweep,row\nstudy,x\n", "\x00\xff"]
)
def test_a_table_of_something_else_is_not_overwritten(study, tmp_path, text):
    target = tmp_path / "out"
    target.mkdir()
    (target / "results.csv").write_text(text, encoding="latin-1")
    with pytest.raises(OutputExistsError, match=r"results\.csv"):
        study.save(target)
    assert (target / "results.csv").read_text(encoding="latin-1") == text
    assert videos(target) == []
    study.save(target, overwrite=True)
    assert len(read(target)) == 8


def test_a_link_is_not_written_through(study, tmp_path):
    target = tmp_path / "out"
    target.mkdir()
    (tmp_path / "precious").write_text("precious")
    (target / "results.csv").symlink_to(tmp_path / "precious")
    with pytest.raises(OutputExistsError):
        study.save(target)
    study.save(target, overwrite=True)
    assert (tmp_path / "precious").read_text() == "precious"


@pytest.mark.parametrize("folder", ["", "a\0b", 5])
def test_folders_that_are_none(study, folder):
    with pytest.raises(InvalidRequestError, match="folder is"):
        study.save(folder)


def test_the_library_is_not_a_folder_to_save_to(study, client):
    with pytest.raises(InvalidRequestError, match="outside the library"):
        study.save(client.library.folder)


def test_a_later_kernel_gives_the_same_frame(study, client):
    first = study.to_frame()
    again = Sweep.load("study", client).to_frame()
    pd.testing.assert_frame_equal(first, again)
