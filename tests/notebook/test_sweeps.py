"""`%llmkit sweeps`, and sweeps made with `%%video`."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient, Sweep, errors
from llmkit_jupyter.notebook import commands
from llmkit_jupyter.notebook.flags import UsageError

SMALL = "-d 1 -s 64x64"


def run(line, shown):
    commands.run(line)
    return shown[-1]


def failure(shell, cell, capsys):
    """Run a cell that must fail; give its error and what was printed for it."""
    capsys.readouterr()
    result = shell.run_cell(cell)
    assert result.success is False
    return result.error_in_exec, "".join(capsys.readouterr())


def test_lines_models_and_seeds_are_a_sweep(shell, capsys):
    body = "A lighthouse\n\n  A harbour, {1/0}  \n"
    line = f"%%video {SMALL} -m kling-2.0 -m hailuo-mini --seeds 1:2 --lines --name st -o study"
    assert shell.run_cell(f"{line}\n{body}").success
    study = shell.user_ns["study"]
    assert isinstance(study, Sweep)
    assert (study.name, study.done(), len(study.completed)) == ("st", True, 8)
    assert [(row.prompt, row.model, row.seed) for row in study] == [
        (prompt, model, seed)
        for prompt in ("A lighthouse", "A harbour, {1/0}")
        for model in ("kling-2.0", "hailuo-mini")
        for seed in (1, 2)
    ]
    told = capsys.readouterr().out
    assert told.count("Sweep st: 8 of 8 done") == 1
    assert "Video" not in told
    # The same cell again goes on with it, and there is nothing left to make.
    assert shell.run_cell(f"{line}\n{body}").success
    assert len(LLMKitClient().jobs()) == 8


def test_everything_that_is_the_same_for_all_reaches_each_row(shell, tmp_path, paid):
    picture = tmp_path / "a.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    shell.user_ns["who"] = "a cat\nand a dog"
    line = (
        f"--negative rain -i '{picture}' --fps 24 --set x.y=true --seed 7 --yes --vars "
        "--concurrency 1 -d 1 -d 2 -s hd -o study"
    )
    assert shell.run_cell(f"%%video {line}\n{{who}}").success
    study = shell.user_ns["study"]
    assert study.concurrency == 1
    assert [row.request.duration for row in study] == [1, 2]
    for row in study:
        request = row.request
        assert request.prompt == "a cat\nand a dog"
        assert (request.negative_prompt, request.fps, request.seed) == ("rain", 24, 7)
        assert (request.width, request.height) == (1280, 720)
        assert Path(request.image).read_bytes() == picture.read_bytes()
        assert dict(request.options) == {"x.y": True}


def test_a_variable_with_several_lines_is_part_of_one_prompt(shell, paid):
    shell.user_ns["who"] = "a cat\nand a dog"
    assert shell.run_cell("%%video --lines --vars -o study\n{who}\n{who}, {{x}}").success
    assert [row.prompt for row in shell.user_ns["study"]] == [
        *("a cat\nand a dog", "a cat\nand a dog, {x}")
    ]


def test_in_the_background_nothing_is_waited_for(shell, paid):
    paid.polls = 10**9
    assert shell.run_cell("%video --seeds 1:2 -b -o study hills").success
    study = shell.user_ns["study"]
    assert (len(study), study.done()) == (2, False)
    study.stop()


def test_a_provider_is_named_for_a_sweep_as_well(shell, monkeypatch):
    monkeypatch.setenv("LLMKIT_VIDEO_PROVIDER", "runware")
    assert shell.run_cell(f"%video {SMALL} -p preview --seeds 5 -o study hills").success
    assert [row.job.provider for row in shell.user_ns["study"]] == ["preview"]


def test_a_price_is_agreed_to_before_anything_is_sent(shell, paid, capsys):
    raised, told = failure(shell, "%video --seeds 1:4 -o study hills", capsys)
    assert isinstance(raised, errors.ConfirmationRequiredError)
    assert "4 videos would cost about $2.00" in told
    assert "Traceback" not in told
    assert paid.submitted == []
    assert "study" not in shell.user_ns
    assert shell.run_cell("%video --seeds 1:4 --yes -o study hills").success
    assert len(paid.submitted) == 4


def test_what_was_made_before_is_not_paid_again(shell, paid):
    cell = "%video --seeds 1:2 -o study hills"
    assert shell.run_cell(cell).success
    assert shell.run_cell(cell).success
    assert len(paid.submitted) == 2
    assert [row.job.reused for row in shell.user_ns["study"]] == [True, True]
    assert shell.run_cell(cell.replace("-o", "--fresh -o")).success
    assert len(paid.submitted) == 4


@pytest.mark.parametrize(
    ("cell", "error", "told"),
    [
        ("%%video --lines\n \n\t\n", errors.InvalidRequestError, "a prompt on each line"),
        ("%video -n 2 --seeds 1:2 sea", UsageError, "--seeds 1:4 makes four of each"),
        ("%video -d 1 -d 99 sea", errors.InvalidSweepError, "row 1: duration is 99"),
        ("%video --seeds 1 --name a/b sea", errors.InvalidRequestError, "without slashes"),
        ("%%video --lines --vars\n{nobody}", errors.InvalidRequestError, "no variable nobody"),
    ],
)
def test_bad_input_is_a_typed_error_without_a_traceback(shell, cell, error, told, capsys):
    raised, text = failure(shell, cell, capsys)
    assert isinstance(raised, error)
    assert told in text
    assert "Traceback" not in text
    assert LLMKitClient().jobs() == []


def test_a_name_with_other_contents_is_told(shell, capsys):
    assert shell.run_cell(f"%video {SMALL} --seeds 1 --name st sea").success
    raised, text = failure(shell, f"%video {SMALL} --seeds 2 --name st sea", capsys)
    assert isinstance(raised, errors.SweepExistsError)
    assert "a sweep of that name exists" in text


def test_sweeps_are_listed_shown_and_forgotten(shell, shown, capsys):
    assert "No sweeps yet" in run("sweeps", shown)
    shell.run_cell(f"%video {SMALL} --seeds 1:2 --name 'my study' sea")
    shell.run_cell(f"%video {SMALL} --seeds 1 --name second sea")
    lines = run("sweeps", shown).splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["second", "my"]
    assert lines[2].split()[-2:] == ["2", "2"]
    capsys.readouterr()
    commands.run("sweeps 'my study'")
    assert "Sweep my study: 2 of 2 done" in capsys.readouterr().out
    assert "Its jobs and videos are kept.\nNothing was done yet. Say yes with: %llmkit sweeps " in (
        run("sweeps --forget my study", shown)
    )
    assert "my study" in run("sweeps", shown)
    assert run("sweeps --forget my study --yes", shown).startswith("Forgotten: the sweep my study.")
    assert "my study" not in run("sweeps", shown)
    assert len(LLMKitClient().jobs()) == 2  # of the second one was answered from the library


@pytest.mark.parametrize(
    ("line", "error", "told"),
    [
        ("sweeps nobody", errors.SweepNotFoundError, "no sweep 'nobody'; there are no sweeps yet"),
        ("sweeps --forget nobody", errors.SweepNotFoundError, "no sweep 'nobody'"),
        ("sweeps --forget", UsageError, "--forget takes a name; %llmkit sweeps lists them"),
        ("sweeps --frget x", UsageError, "has no option '--frget' here; known: --forget NAME"),
        ("sweeps x --yes", UsageError, "has no option '--yes' here"),
    ],
)
def test_bad_words(line, error, told):
    with pytest.raises(error, match=told):
        commands.run(line)
