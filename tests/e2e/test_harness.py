"""The harness itself: what later tests rely on works with cells that know nothing of llmkit."""

import sys


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
