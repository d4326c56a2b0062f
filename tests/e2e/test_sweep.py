"""A sweep in a cell: one output that moves, few messages, a table that stays; and its interrupt."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.lab import JupyterLab

STUDY = """from llmkit_jupyter import Sweep, sweep
prompts = ["a cat on a skateboard", "a dog on a sofa"]
study = sweep(prompts, models="pixverse-v6", seeds=range(8), durations=5, sizes=(640, 360),
              concurrency=14, confirm=True, name="study")
study"""
MORE = """more = sweep(prompts, models="pixverse-v6", seeds=range(100, 104), durations=5,
             sizes=(640, 360), concurrency=3, confirm=True, name="more")"""
MADE = "print([row.status for row in Sweep.load('more')].count('pending'))"


@pytest.fixture(scope="module")
def shared_lab(lab_with_key: JupyterLab) -> JupyterLab:
    return lab_with_key


def test_one_output_moves_ends_as_a_table_and_costs_nothing_again(
    open_notebook, service, folder: Path
):
    service.set(seconds=2.5)
    notebook = open_notebook(STUDY, MORE, MADE)
    began, start = time.monotonic(), len(notebook.traffic.messages)
    notebook.run_cell(0, wait=False)
    sweep = notebook.cell(0).locator(".llmkit-sweep")
    expect(sweep).to_contain_text("of 16 done")
    expect(sweep.get_by_role("progressbar").first).to_be_visible()
    expect(sweep.locator("tr")).to_have_count(12)
    expect(sweep).to_contain_text("and 2 more")
    notebook.wait_done(0)
    took = time.monotonic() - began
    shown = [
        message
        for message in notebook.traffic.messages[start:]
        if message.kind in ("display_data", "update_display_data", "execute_result")
    ]
    # Sixteen jobs, and not even the four messages a second that all cards may send.
    assert 3 <= len(shown) <= 4 * took
    expect(sweep).to_have_count(1)
    expect(sweep).to_contain_text("Sweep study: 16 of 16 done")
    assert len(service.ledger()) == 16

    # Interrupted: one sentence, and nothing more is submitted.
    service.set(seconds=600)
    notebook.run_cell(1, wait=False)
    expect(notebook.cell(1).locator(".llmkit-sweep tr")).to_have_count(3)
    notebook.interrupt_kernel()
    notebook.wait_done(1)
    expect(notebook.cell(1)).to_contain_text(
        "Stopped waiting; 3 jobs go on, 5 are not submitted. "
        'Sweep.load("more").resume() goes on with it.'
    )
    expect(notebook.cell(1)).not_to_contain_text("Traceback")
    notebook.run_cell(2)
    assert notebook.text(2) == "5"
    assert len(service.ledger()) == 19

    # In a saved notebook the table stays, and run anew nothing is paid again.
    saved = json.loads(notebook.save().read_text())
    html = "".join(saved["cells"][0]["outputs"][0]["data"]["text/html"])
    assert "16 of 16 done" in html
    notebook.restart_kernel()
    notebook.run_cell(0)
    expect(sweep).to_contain_text("Sweep study: 16 of 16 done")
    assert len(service.ledger()) == 19
    assert notebook.errors == []
