"""The program for a terminal: what it prints where, and how it ends."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import termios
from pathlib import Path

import pytest

from llmkit_jupyter import LLMKitClient
from llmkit_jupyter.__main__ import main
from llmkit_jupyter.notebook.flags import FOR_SWEEPS, OPTIONS
from llmkit_jupyter.transport.container import read_header
from tests.emulator.process import Emulator
from tests.processes import Child

PROGRAM = ("-m", "llmkit_jupyter")
QUICK = ("-d", "1", "-s", "96x64")
# The same program, but its video stops in the middle until a line arrives on stdin.
HELD = """
import sys, threading
from tests.processes import hold_drawing
from llmkit_jupyter.__main__ import main
gate = hold_drawing(11)
threading.Thread(target=lambda: sys.stdin.readline() and gate.open(), daemon=True).start()
sys.exit(main(%r))
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "desk"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_the_path_is_all_that_stdout_gets_and_progress_goes_to_stderr(desk: Path):
    target = desk / "clip.mp4"
    with Child(arguments=[*PROGRAM, "A red balloon", "-o", str(target), *QUICK]) as child:
        code, out, err = child.end()
    assert (code, out) == (0, f"{target}\n")
    header = read_header(target)
    assert (header.format, header.width, header.height, header.duration) == ("mp4", 96, 64, 1.0)
    # Without a terminal: a line a phase, nothing that moves a cursor.
    order = ["queued", "submitting", "generating", "downloading", "done"]
    *phases, last = err.splitlines()
    assert re.fullmatch(r"Done in .+ s \u00b7 runway-gen-4", last)
    assert phases
    assert phases == [phase for phase in order if phase in phases]
    assert "\r" not in err
    assert "\x1b" not in err


@pytest.mark.parametrize("columns", [100, 40])
def test_in_a_terminal_one_line_moves_and_is_gone_at_the_end(columns: int, desk: Path):
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    arguments = ["A balloon", "-o", str(desk / "clip.mp4"), *QUICK]
    seen = ""
    with Child(HELD % arguments, stderr=slave) as child:
        os.close(slave)
        while 12 * "#" not in seen:
            seen += os.read(master, 4096).decode()
        child.say()
        code, out, _ = child.end()
        seen += rest_of(master)
    assert (code, out) == (0, f"{desk / 'clip.mp4'}\n")
    lines = seen.split("\r\x1b[K")
    assert lines[0] == ""
    assert re.fullmatch(r"Done in .+ s \u00b7 runway-gen-4\r\n", lines.pop())
    assert "\n" not in "".join(lines)
    assert max(map(len, lines)) < columns
    half = next(line for line in lines if 12 * "#" in line)
    if columns == 100:
        assert re.match(
            r"preview runway-gen-4  \[#{12}\.{12}\]  50%  generating  \d+ s  about \d+ s left$",
            half,
        )


def rest_of(terminal: int) -> str:
    text = b""
    try:
        while data := os.read(terminal, 4096):
            text += data
    except OSError:
        pass  # how Linux says that the other side is closed
    finally:
        os.close(terminal)
    return text.decode()


def test_interrupting_keeps_the_job_and_names_it(desk: Path):
    with Child(HELD % ["A balloon", *QUICK]) as child:
        while child.complaint() != "generating":
            pass
        child.interrupt()
        code, out, err = child.end()
    assert (code, out) == (130, "")
    assert "Traceback" not in err
    match = re.search(r"Stopped waiting\. The job is kept: LLMKitClient\(\)\.job\('(\S+)'\)", err)
    assert match is not None
    assert list(desk.iterdir()) == []
    assert LLMKitClient().job(match[1]).result().status == "completed"


def test_without_a_name_the_file_is_named_after_the_prompt(desk: Path, capsys):
    assert main(["A cat's toy", *QUICK]) == 0
    assert capsys.readouterr().out == "a-cat-s-toy.mp4\n"
    assert main(["A cat's toy", *QUICK, "-o", "."]) == 0
    assert sorted(path.name for path in desk.iterdir()) == ["a-cat-s-toy-2.mp4", "a-cat-s-toy.mp4"]


def test_an_existing_file_is_kept_unless_told_otherwise(desk: Path, capsys):
    (desk / "mine.mp4").write_text("precious")
    assert main(["x", *QUICK, "-o", "mine.mp4"]) == 2
    assert (desk / "mine.mp4").read_text() == "precious"
    assert "error: mine.mp4 exists; give another name, or --overwrite" in capsys.readouterr().err
    assert main(["x", *QUICK, "-o", "mine.mp4", "--overwrite"]) == 0
    assert read_header(desk / "mine.mp4").width == 96


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-d", "31"], "duration is 31; allowed: 1 to 30 seconds for runway-gen-4"),
        (["-d", "0"], "duration is 0; allowed: a whole number from 1"),
        (["-d", "2.5"], "duration is '2.5'; allowed: a whole number"),
        (["-s", "big"], "size is 'big'; allowed: WIDTHxHEIGHT such as 1280x720, or one of 576p"),
        (["-s", "97x64"], "size is '97x64' (odd number); allowed: even numbers from 64x64"),
        (["-s", "1280"], "size is '1280'; allowed: WIDTHxHEIGHT"),
        (["-m", "runway-gen-5"], "Model not found at preview: 'runway-gen-5'; did you mean runway"),
        (["-p", "nope"], "provider 'nope' not found; known: runware, diffusion-router, preview"),
        (["-p", "runware"], "LLMKIT_API_KEY or RUNWARE_API_KEY"),
        (["--seed", "-1"], "seed is -1; allowed: a whole number from 0"),
        (["-o", "no/such/x.mp4"], "path is 'no/such/x.mp4' (no folder no/such)"),
        (["-o", "/proc/x.mp4"], "path is '/proc/x.mp4' (/proc cannot: "),
        (["--colour", "red"], "unrecognized arguments: --colour red"),
    ],
)
def test_bad_input_is_told_before_anything_is_made(options, words, desk, capsys):
    try:
        code = main(["A prompt", *options])
    except SystemExit as stopped:  # how argparse ends
        code = stopped.code
    captured = capsys.readouterr()
    assert code == 2
    assert captured.out == ""
    assert words in captured.err
    assert "Traceback" not in captured.err
    assert LLMKitClient().jobs() == []
    assert list(desk.iterdir()) == []


@pytest.mark.parametrize("prompt", ["", "  "])
def test_a_blank_prompt_is_told(prompt: str, desk, capsys):
    assert main([prompt]) == 2
    assert "a text that is not blank" in capsys.readouterr().err


def test_a_wait_that_runs_out_says_how_to_go_on(desk, monkeypatch):
    monkeypatch.setenv("LLMKIT_VIDEO_TIMEOUT", "0.5")
    with Child(HELD % ["A balloon", *QUICK]) as child:
        code, out, err = child.end()
    assert (code, out) == (1, "")
    assert re.search(r"error: no video yet.*: LLMKitClient\(\)\.job\('[0-9a-f-]{36}'\)", err)


def test_what_was_made_is_named_where_it_cannot_be_saved_any_more(desk: Path):
    target = desk / "clip.mp4"
    with Child(HELD % ["A balloon", "-o", str(target), *QUICK]) as child:
        while child.complaint() != "generating":
            pass
        target.write_text("somebody was faster")
        child.say()
        code, out, err = child.end()
    assert (code, out) == (1, "")
    match = re.search(r"The video is kept as (.+)", err)
    assert match is not None
    assert read_header(Path(match[1])).width == 96
    assert target.read_text() == "somebody was faster"


def test_help_explains_every_option(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith("usage: python -m llmkit_jupyter")
    for option in ("--output", "--overwrite", *(row.long for row in OPTIONS)):
        elsewhere = option in ("--background", "--vars") or option[2:] in FOR_SWEEPS
        assert (option in text) is not elsewhere, option
    assert "magic" not in text
    assert "%" not in text
    assert "LLMKIT_API_KEY" in text


def test_many_videos_are_files_with_numbers_and_seeds_in_order(desk: Path, capsys):
    assert main(["A balloon", *QUICK, "-n", "2", "--seed", "7", "-o", "clip.mp4"]) == 0
    assert capsys.readouterr().out == "clip-1.mp4\nclip-2.mp4\n"
    assert sorted(job.seed or 0 for job in LLMKitClient().jobs()) == [7, 8]
    # The second name is taken now: told before anything is made.
    (desk / "clip-1.mp4").unlink()
    assert main(["A balloon", *QUICK, "-n", "2", "-o", "clip.mp4"]) == 2
    assert len(LLMKitClient().jobs()) == 2


def test_what_was_made_before_is_taken_from_the_library(desk: Path, capsys):
    words = ["A balloon", *QUICK, "--seed", "7", "-o"]
    assert main([*words, "a.mp4"]) == 0
    assert "Reused" not in capsys.readouterr().err
    assert main([*words, "b.mp4"]) == 0
    told = capsys.readouterr().err
    assert told.splitlines()[-1] == (
        "Reused from the library \u00b7 runway-gen-4 \u00b7 nothing charged"
    )
    assert (desk / "a.mp4").read_bytes() == (desk / "b.mp4").read_bytes()
    assert main([*words, "c.mp4", "--fresh"]) == 0
    assert len(LLMKitClient().jobs()) == 2
    # Without a seed it is asked for.
    assert main(["A balloon", *QUICK, "-o", "d.mp4", "--reuse"]) == 0
    assert len(LLMKitClient().jobs()) == 2
    with pytest.raises(SystemExit) as stopped:
        main([*words, "e.mp4", "--fresh", "--reuse"])
    assert stopped.value.code == 2


def test_a_price_is_agreed_to_with_yes_and_told_at_the_end(emulator: Emulator, desk: Path, capsys):
    words = ["A cat", "-m", "runway-gen-4-5", "-d", "10", "-n", "3", "-o", "."]
    assert main(words) == 2
    told = capsys.readouterr()
    assert re.search(
        r"^error: this would cost about \$\d\.\d\d; agree with --yes$", told.err, re.MULTILINE
    )
    assert emulator.ledger() == []
    assert main([*words, "--yes"]) == 0
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 3
    assert re.search(
        r"^Done in .+ s \u00b7 Runway Gen-4.5 \u00b7 \$\d\.\d\d$", told.err, re.MULTILINE
    )
    assert [row.times_charged for row in emulator.ledger()] == [1] * 3


def test_the_rarer_options_reach_the_model(emulator: Emulator, desk: Path):
    (desk / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    words = ["A cat", "-m", "pixverse-v6", "--negative", "text, logos", "-i", "a.png"]
    assert main([*words, "--set", "settings.audio=true", "-o", "c.mp4"]) == 0
    [job] = LLMKitClient().jobs()
    request = job.request
    assert (request.negative_prompt, request.options) == ("text, logos", {"settings.audio": True})
    assert str(request.image).endswith("a.png")


def test_a_successor_is_one_plain_line(emulator: Emulator, desk: Path, capsys, recwarn):
    assert main(["A cat", "-m", "runway-gen-4", "-d", "5", "-o", "c.mp4"]) == 0
    notes = [line for line in capsys.readouterr().err.splitlines() if "instead" in line]
    expected = (
        "note: Runware does not offer runway-gen-4; Runway Gen-4.5 (runway:1@2) makes the video "
        "instead."
    )
    assert notes == [expected]
    assert not [warning for warning in recwarn if "instead" in str(warning.message)]
