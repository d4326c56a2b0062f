"""The service's own SDK, in an environment of its own: its names and needs are not ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.emulator.process import Emulator
from tests.processes import told_by

SDK = "runware-sdk==1.8.0"
SCRIPT = Path(__file__).with_name("sdk_script.py")


def make_environment(folder: Path) -> Path:
    """Install the SDK into a new environment; give its interpreter."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run([python, "-m", "pip", "install", "-qq", SDK], check=True, timeout=240)
    return python


def call(
    python: Path, emulator: Emulator, name: str, params: dict[str, Any], *, seconds=60, **more: Any
) -> dict[str, Any]:
    """Let the SDK make one call, and return what it says of it.

    Args:
        python: the SDK's interpreter.
        emulator: what it talks to.
        name: one of the SDK's methods, or ``crowd``.
        params: of the task.
        seconds: that it may take.
        more: ``validate``, or ``jobs`` of a crowd.
    """
    told = {"call": name, "params": params, "validate": False, **more}
    told |= {"url": emulator.url, "schemas": f"{emulator.origin}/schemas"}
    return told_by([python, SCRIPT], told=told, seconds=seconds)
