"""The package as people install it: a wheel, and no Node.js far and wide."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

WHERE = "import llmkit_jupyter, shutil; print(llmkit_jupyter.__file__, shutil.which('node'))"
STUDIO = """
from llmkit_jupyter import LLMKitClient, VideoStudio
VideoStudio(LLMKitClient("preview"), prompt="Hills", duration=1, width=320, height=180)
"""


def test_the_wheel_shows_the_studio_in_jupyterlab(
    open_notebook, lab, folder: Path, wheel: Path, tmp_path: Path
):
    place = tmp_path / "site-packages"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(place)]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)
    bare = tmp_path / "bare"
    bare.mkdir()
    lab.add_kernel("from-the-wheel", {"PYTHONPATH": str(place), "PATH": str(bare)})
    path = lab.write_notebook(folder / "installed.ipynb", WHERE, STUDIO, kernel="from-the-wheel")

    notebook = open_notebook(path=path)
    notebook.run_all()
    assert notebook.text(0) == f"{place / 'llmkit_jupyter' / '__init__.py'} None"
    studio = notebook.cell(1).locator(".llmkit-widget")
    studio.get_by_role("button", name="Generate", exact=True).click()
    state = notebook.video_state(studio.locator("video"))
    assert state.plays, state
    assert notebook.errors == []
