from __future__ import annotations

import subprocess
import sys

from llmkit_jupyter.notebook import nested

SCRIPT = """
import asyncio, sys
from llmkit_jupyter import allow_nested_run

async def inner():
    await asyncio.sleep(0.01)
    return 5

async def cell():
    try:
        asyncio.run(inner())
    except RuntimeError as error:
        print("before:", error)
    print(allow_nested_run())
    print("in the cell:", asyncio.run(inner()))
    print(allow_nested_run())
    print("again:", asyncio.run(inner()))

print(allow_nested_run())
assert "nest_asyncio2" not in sys.modules
asyncio.run(cell())
from llmkit_jupyter.notebook import nested
print(nested.status())
print(nested.end_nested_run())
"""


def test_a_script_that_calls_run_works_in_a_running_loop():
    # In a process of its own: the change cannot be taken back.
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert lines[0].startswith("No event loop is running here")
    assert lines[1].startswith("before: asyncio.run() cannot be called")
    assert lines[2:] == [
        "asyncio.run() now works in cells. A restart of the kernel undoes it.",
        "in the cell: 5",
        "asyncio.run() works in cells already.",
        "again: 5",
        "on: asyncio.run() works in cells.",
        nested.LASTING,
    ]


def test_without_a_loop_nothing_is_changed():
    assert "Nothing was changed" in nested.allow_nested_run()
    assert "nest_asyncio2" not in sys.modules
    assert nested.end_nested_run() == "asyncio was not changed."
    assert nested.status().startswith("off")
