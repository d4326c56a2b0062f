"""Jobs in a real notebook: in the background, interrupted, and after a killed kernel."""

from __future__ import annotations

import re

from playwright.sync_api import expect

LOAD = "%load_ext llmkit_jupyter"
SOON = "%video -p preview -b -d 2 -s 320x180 -o job hills at sunset"
LONG = "%video -p preview -d 6 -s hd -o job A city at night in the rain"


def test_a_background_job_ends_while_another_cell_is_computing(open_notebook):
    notebook = open_notebook(
        LOAD,
        SOON,
        # Busy in Python itself, not merely asleep: what a training loop does.
        "import time\nend = time.time() + 12\nwhile time.time() < end and job.status != 'failed':\n"
        "    sum(range(10_000))",
    )
    notebook.run_cell(0)
    notebook.run_cell(1)
    notebook.run_cell(2, wait=False)
    notebook.wait_running(2)
    expect(notebook.cell(1).locator("video")).to_have_count(1)
    expect(notebook.prompt(2)).to_have_text("[*]:")
    state = notebook.video_state(notebook.cell(1).locator("video"))
    assert state.plays, state
    assert (state.width, state.height) == (320, 180)
    assert notebook.errors == []


def test_interrupting_the_wait_keeps_the_job_and_says_how_to_get_it_back(open_notebook):
    notebook = open_notebook(LOAD, LONG, "job.status, job.phase", "job.result()")
    notebook.run_cell(0)
    notebook.run_cell(1, wait=False)
    expect(notebook.cell(1).locator("text=Interrupt the kernel to stop waiting")).to_be_visible()
    notebook.interrupt_kernel()
    notebook.wait_done(1)
    assert "the job goes on" in notebook.text(1)
    assert "job is the job now. %llmkit job " in notebook.text(1)
    assert "Traceback" not in notebook.text(1)
    notebook.run_cell(2)
    assert "processing" in notebook.text(2)
    notebook.run_cell(3)
    state = notebook.video_state(notebook.cell(3).locator("video"))
    assert state.plays, state
    # The card of the cell that was interrupted has become the video as well.
    expect(notebook.cell(1).locator("video")).to_have_count(1)


def test_a_killed_kernel_s_job_is_taken_up_by_the_next(open_notebook):
    notebook = open_notebook(
        LOAD,
        LONG.replace("-o job", "-b -o job").replace("-d 6", "-d 5 --seed 5"),
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        LOAD,
        "from llmkit_jupyter import LLMKitClient\n"
        "job = LLMKitClient(provider='preview').jobs()[0]\nprint(job.status)\njob.result()",
    )
    notebook.run_cell(0)
    notebook.run_cell(1)
    expect(notebook.cell(1).locator(".lk-headline")).to_have_text(re.compile("Generating"))
    notebook.run_cell(2, wait=False)
    notebook.page.locator(".jp-Dialog").get_by_role("button").last.click()
    notebook.run_cell(3)
    assert "Resumed 1 unfinished job" in notebook.text(3)
    notebook.run_cell(4)
    assert "processing" in notebook.text(4)
    state = notebook.video_state(notebook.cell(4).locator("video"))
    assert state.plays, state
    assert state.duration == 5.0


def test_errors_are_words_and_tab_completes(open_notebook):
    notebook = open_notebook(LOAD, "%video -d 99 hills", "%%video -d 5 -s hdd\nhills", "")
    notebook.run_cell(0)
    notebook.run_cell(1)
    assert "1 to 30 seconds for runway-gen-4" in notebook.text(1)
    assert "Traceback" not in notebook.text(1)
    notebook.run_cell(2)
    assert "576p" in notebook.text(2)
    offered = notebook.completions(3, "%%video -m ")
    assert "kling-2.0" in offered
