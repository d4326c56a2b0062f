"""The harness itself: what later tests rely on works with cells that know nothing of llmkit."""

import sys

from tests.e2e.notebook_page import VIEWPORT


def test_cells_run_and_their_outputs_are_read(open_notebook):
    notebook = open_notebook("import sys, os\nsys.executable", "1 / 0", "print('after')")
    notebook.run_cell(0)
    assert sys.executable in notebook.text(0)
    notebook.run_cell(1)
    assert "ZeroDivisionError" in notebook.text(1)
    notebook.run_all()
    assert notebook.outputs(2).count() == 0  # Lab stops at the cell that raises
    last = notebook.new_cell(
        "print([os.environ[n] for n in os.environ if 'LLMKIT' in n])", run=True
    )
    assert str(notebook.lab.llmkit_home) in notebook.text(last)
    assert "preview" in notebook.text(last)
    notebook.run_cell(last)  # a second run waits for its own number
    assert notebook.prompt(last).inner_text().startswith("[6]")
    assert notebook.errors == []


UPDATES = """
import pathlib, threading, time
from IPython.display import HTML, display
handle = display(HTML("<b>update 0</b>"), display_id=True)
def count():
    for number in range(1, 4):
        pathlib.Path(f"sent{number}").touch()
        while not pathlib.Path(f"seen{number - 1}").exists():
            time.sleep(0.02)
        handle.update(HTML(f"<b>update {number}</b>"))
threading.Thread(target=count, daemon=True).start()
"""
SLEEP = """
while not pathlib.Path("finish").exists():
    time.sleep(0.02)
"""


def test_a_display_is_updated_by_a_thread_while_another_cell_sleeps(open_notebook, folder):
    notebook = open_notebook(UPDATES, SLEEP)
    notebook.run_cell(0)
    notebook.run_cell(1, wait=False)
    notebook.wait_running(1)
    for number in range(4):
        notebook.outputs(0).get_by_text(f"update {number}", exact=True).wait_for()
        (folder / f"seen{number}").touch()
    notebook.wait_running(1)
    (folder / "finish").touch()
    notebook.wait_done(1)
    assert notebook.errors == []


def test_kernel_restarts_and_stops(open_notebook):
    notebook = open_notebook("x = 1", "print('x' in globals())")
    notebook.run_all()
    assert notebook.text(1) == "True"
    notebook.restart_kernel()
    notebook.run_cell(1)
    assert notebook.text(1) == "False"
    loop = notebook.new_cell("while True: pass")
    notebook.run_cell(loop, wait=False)
    notebook.wait_running(loop)
    notebook.interrupt_kernel()
    notebook.wait_done(loop)
    assert "KeyboardInterrupt" in notebook.text(loop)
    notebook.shutdown_kernel()
    assert notebook.lab.sessions() == []
    assert notebook.errors == []


def test_completions_and_help(open_notebook):
    notebook = open_notebook("import textwrap", "")
    notebook.run_cell(0)
    assert {"dedent", "indent"} <= set(notebook.completions(1, "textwrap."))
    assert notebook.completions(1, "short") == ["shorten"]
    assert notebook.source(1) == "textwrap.short"
    assert "truncate the given text" in notebook.tooltip(1, "en(").lower()
    assert notebook.completions(1, "'nothing begins so", patience=2_000) == []
    assert notebook.errors == []


def test_a_dark_and_long_notebook_in_one_picture(open_notebook, lab, tmp_path):
    lab.use_theme("JupyterLab Dark")
    notebook = open_notebook(*["print('in the dark\\n' * 20)"] * 6)
    notebook.run_all()
    picture = notebook.screenshot(tmp_path / "dark.png").read_bytes()
    assert int.from_bytes(picture[20:24]) > VIEWPORT["height"]  # where a PNG has its height
    assert notebook.page.evaluate("document.body.dataset.jpThemeLight") == "false"
    assert notebook.errors == []
