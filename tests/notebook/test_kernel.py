"""The magics in a real kernel, as a notebook without a page sees them."""

from __future__ import annotations

import asyncio
import base64
import io
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from PIL import Image

LOAD = "%load_ext llmkit_jupyter"
SMALL = "-d 1 -s 64x64 --seed 1"
LONG = "-d 30 -s 1280x720 --seed 1"


def run(*cells, at=None, then=None):
    """Execute cells in a new kernel; give each cell's outputs.

    Args:
        cells: their sources.
        at: number of the cell during which `then` is called with the client.
        then: such as an interrupt.
    """
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])

    tasks = []

    def executing(cell, cell_index):
        if cell_index == at:
            tasks.append(asyncio.create_task(when_shown(cell, then, client)))

    client = NotebookClient(
        notebook,
        kernel_name="python3",
        allow_errors=True,
        timeout=120,
        resources={"metadata": {"path": str(Path.cwd())}},
        on_cell_execute=executing,
    )
    client.execute()
    return [cell.outputs for cell in notebook.cells]


async def when_shown(cell, then, client):
    # The card of the cell must be there before anything happens to it.
    while not cell.outputs:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.02)
    await then(client)


async def interrupt(client):
    await client.km.interrupt_kernel()


def the_only(outputs):
    (output,) = outputs
    return output


def video_in(output):
    assert set(output["data"]) == {"text/html", "text/plain", "image/jpeg"}
    src = re.search(r'<video src="data:video/mp4;base64,([^"]+)"', output["data"]["text/html"])
    assert Image.open(io.BytesIO(base64.b64decode(output["data"]["image/jpeg"]))).size == (64, 64)
    return base64.b64decode(src.group(1))


def test_the_video_takes_the_cards_place():
    outputs = run(
        LOAD,
        f"%%video {SMALL} -o clip\nA cat's toy {{1/0}}",
        "clip",
        "clip.video_bytes == b''",
    )
    assert outputs[0] == []
    shown = the_only(outputs[1])
    assert shown["output_type"] == "display_data"
    assert video_in(shown)[4:8] == b"ftyp"
    assert "A cat&#x27;s toy {1/0}" in shown["data"]["text/html"]
    again = the_only(outputs[2])
    assert again["output_type"] == "execute_result"
    assert video_in(again) == video_in(shown)


def test_a_sweep_is_one_output_that_ends_with_all_of_it():
    outputs = run(
        LOAD,
        "%%video -d 1 -s 64x64 -m kling-2.0 -m hailuo-mini --seeds 1:2 --lines --name st -o study\n"
        "hills\nA harbour",
        "len(study.completed)",
        "%llmkit sweeps st",
    )
    shown = the_only(outputs[1])["data"]
    assert "Sweep st: 8 of 8 done" in shown["text/plain"]
    assert shown["text/html"].count("hailuo-mini") >= 1
    assert the_only(outputs[2])["data"]["text/plain"] == "8"
    assert the_only(outputs[3])["data"]["text/plain"] == shown["text/plain"]


def test_a_background_job_ends_in_its_own_cell_while_another_one_sleeps():
    outputs = run(
        LOAD,
        f"%video {SMALL} -b -o job hills",
        "import time\nwhile job.status == 'processing':\n    time.sleep(0.05)\n"
        "time.sleep(1)\nprint(job.status)",
    )
    assert the_only(outputs[2])["text"] == "completed\n"
    assert video_in(the_only(outputs[1]))


def test_a_job_that_ends_between_two_cells_is_shown_by_the_next():
    # The first cell ends at once; the kernel is idle while the job ends, because the second cell
    # is held back.
    outputs = run(LOAD, f"%video {SMALL} -b hills", "import time\ntime.sleep(5)", "1")
    assert video_in(the_only(outputs[1]))


def test_errors_are_typed_and_have_no_traceback():
    outputs = run(LOAD, "%video -d 50 sea", "%%video -s 1x\nsea", "%llmkit jbos")
    error = the_only(outputs[1])
    assert (error["ename"], error["traceback"]) == (
        "InvalidRequestError",
        [f"InvalidRequestError: {error['evalue']}"],
    )
    assert error["evalue"] == "duration is 50; allowed: 1 to 30 seconds for runway-gen-4"
    assert the_only(outputs[2])["ename"] == "InvalidRequestError"
    assert the_only(outputs[3])["ename"] == "UsageError"


def test_an_interrupt_keeps_the_job_and_its_card_goes_on():
    outputs = run(
        LOAD,
        f"%video {LONG} -o clip A city at night",
        "print(type(clip).__name__, clip.status)\nid = clip.task_id",
        "clip.cancel()\nimport time\ntime.sleep(1.5)",
        "from llmkit_jupyter import LLMKitClient\nprint(LLMKitClient().job(id).error.code)",
        at=1,
        then=interrupt,
    )
    card, error = outputs[1]
    assert error["ename"] == "KeyboardInterrupt"
    (line,) = error["traceback"]
    assert line.startswith("KeyboardInterrupt: Stopped waiting; the job goes on. clip is the job")
    assert the_only(outputs[2])["text"] == "VideoJob processing\n"
    assert the_only(outputs[4])["text"] == "cancelled\n"
    assert "Cancelled" in card["data"]["text/plain"]


def test_a_kernel_without_a_person_says_how_to_give_a_key():
    outputs = run(LOAD, "%llmkit login")
    assert "set LLMKIT_API_KEY" in the_only(outputs[1])["evalue"]


def test_nested_run_in_a_cell_and_the_magic_after_it():
    outputs = run(
        LOAD,
        "import asyncio\ntry:\n    asyncio.run(asyncio.sleep(0))\nexcept RuntimeError as e:\n"
        "    print('refused')",
        "%llmkit nested on",
        "asyncio.run(asyncio.sleep(0.01, 5))",
        f"%video {SMALL} hills",
    )
    assert "refused" in outputs[1][0]["text"]
    assert the_only(outputs[3])["data"]["text/plain"] == "5"
    assert video_in(the_only(outputs[4]))


@pytest.mark.parametrize("load", [LOAD, "1"])
def test_a_plain_call_shows_itself_with_and_without_the_extension(load):
    outputs = run(
        load,
        "from llmkit_jupyter import LLMKitClient, VideoGenerationRequest as R\n"
        "client = LLMKitClient()\n"
        "client.generate_video(R('hills', duration=1, width=64, height=64, seed=1))",
    )
    line, value = outputs[1]
    assert line["data"]["text/plain"].startswith("Done in ")
    assert value["output_type"] == "execute_result"
    assert video_in(value)
