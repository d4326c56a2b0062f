"""Where the video goes: inside the notebook, beside it, into an HTML page on the disk."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
from playwright.sync_api import expect

from tests.e2e.video_state import play_silently

LOAD = "%load_ext llmkit_jupyter"
CLIP = "%video -p preview -d 1 -s 320x180 -o clip hills"

# A video of 50 MB: the clip, and a box that players skip.
LARGE = """
from dataclasses import replace
from pathlib import Path
large = Path("large.mp4").absolute()
padding = 50_000_000
large.write_bytes(
    clip.video_bytes + padding.to_bytes(4, "big") + b"free" + bytes(padding - 8)
)
replace(clip, path=large, task_id="large")
"""


def test_a_video_of_50_mb_adds_at_most_100_kb_to_the_notebook(open_notebook):
    notebook = open_notebook(LOAD, CLIP, LARGE)
    notebook.run_cell(0)
    notebook.run_cell(1)
    before = notebook.save().stat().st_size
    notebook.run_cell(2)
    state = notebook.video_state(notebook.cell(2).locator("video"))
    assert state.plays, state
    assert state.source == "files"
    assert notebook.save().stat().st_size - before <= 100_000
    notebook.reopen(trusted=False)
    state = notebook.video_state(notebook.cell(2).locator("video"))
    assert state.plays, state
    assert notebook.errors == []


def test_an_exported_page_plays_from_the_disk(open_notebook, browser):
    # The large one does not fit inside the notebook.
    notebook = open_notebook(
        LOAD,
        "%video -p preview -d 3 -s 320x180 --seed 1 hills",
        "%video -p preview -d 3 -s hd --seed 1 a city at night in the rain, stars",
    )
    notebook.run_all()
    path = notebook.save()
    subprocess.run(
        [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", str(path)],
        check=True,
        capture_output=True,
    )
    page = browser.new_page()
    page.goto(path.with_suffix(".html").as_uri())
    states = [play_silently(page.locator("video").nth(number)) for number in range(2)]
    page.close()
    assert all(state.plays for state in states), states
    assert [state.source for state in states] == ["data", "file"]


def test_prompts_are_shown_as_text_and_never_run(open_notebook, folder: Path):
    attack = (
        "<img src=x onerror=window.hacked=1><script>window.hacked=1</script> {1/0} $HOME \U0001f3a5"
    )
    notebook = open_notebook(
        LOAD,
        f"%%video -p preview -d 1 -s 96x64 -o clip\n{attack}\n\u05e9\u05dc\u05d5\u05dd",
        "print(clip.request.prompt)",
        "%llmkit jobs",
    )
    notebook.run_all()
    assert attack in notebook.text(1)
    assert notebook.text(2).strip().startswith(attack)
    assert notebook.text(2).strip().endswith("\u05e9\u05dc\u05d5\u05dd")
    assert "<img src=x" in notebook.text(3)
    assert notebook.page.evaluate("window.hacked") is None
    saved = nbformat.read(notebook.save(), as_version=4)
    assert saved.cells[1].source.startswith("%%video")
    assert notebook.errors == []


PRICES = "a $5 bill and a $10 bill, \\(x^2\\) and $$y$$"


def test_dollars_are_dollars_and_no_formulas(open_notebook, browser):
    notebook = open_notebook(
        LOAD,
        f"%video -p preview -d 1 -s 96x64 -o clip {PRICES}",
        f"%video -p preview -d 20 -s hd -b -o job {PRICES}",
        "%llmkit jobs",
        "job.cancel()",
        # That a formula would have been seen: another output's is set as one.
        "from IPython.display import HTML\nHTML('<p>from $x$ to $y$</p>')",
    )
    notebook.run_all()

    def assert_as_typed() -> None:
        expect(notebook.cell(5).locator("mjx-container")).to_have_count(2)
        shown = notebook.page.locator(".jp-OutputArea-output")
        expect(shown.locator("mjx-container")).to_have_count(2)
        assert notebook.cell(1).locator("figcaption div").first.inner_text() == PRICES
        assert PRICES in notebook.text(2)
        assert notebook.text(3).count(PRICES) >= 2

    assert_as_typed()
    path = notebook.save()
    notebook.reopen(trusted=False)
    assert_as_typed()

    # A page of nbconvert's is set by MathJax 2, from a place on the net: it goes by this class.
    subprocess.run(
        [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", str(path)],
        check=True,
        capture_output=True,
    )
    page = browser.new_page()
    page.goto(path.with_suffix(".html").as_uri())
    texts = page.locator(".jp-OutputArea-output").get_by_text(PRICES)
    classes = texts.evaluate_all("all => all.map(e => !!e.closest('.tex2jax_ignore'))")
    page.close()
    assert len(classes) >= 4
    assert all(classes)
