"""`python -m tests.emulator` as a person starts it."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from tests.emulator.process import Emulator
from tests.processes import Child

MAKES = (
    "from llmkit_jupyter import LLMKitClient, VideoGenerationRequest\n"
    "client = LLMKitClient()\n"
    "print(client.generate_video(VideoGenerationRequest('A cat', model='runway:1@2')).status)\n"
    "print(client.settings.runware_url)"
)


def test_the_lines_that_it_prints_lead_the_library_to_it(tmp_path: Path, monkeypatch) -> None:
    arguments = ["-m", "tests.emulator", "--port", "0", "--seconds", "0", "--folder"]
    with Child(arguments=[*arguments, str(tmp_path / "emulator")]) as emulator:
        told: list[str] = []
        while not told or "Stop with" not in told[-1]:
            assert emulator.process.poll() is None, told
            told.append(emulator.line())
        for line in told:
            if line.strip().startswith("export "):
                name, _, value = line.strip().removeprefix("export ").partition("=")
                monkeypatch.setenv(name, value)
        with Child(MAKES) as child:
            assert child.end() == (0, f"completed\n{os.environ['LLMKIT_RUNWARE_URL']}\n", "")
    assert str(tmp_path / "emulator") in told[-1]
    assert (tmp_path / "emulator" / "ledger.sqlite").exists()


def test_a_port_that_is_taken_is_told_in_one_line(emulator_process: Emulator) -> None:
    port = str(urlsplit(emulator_process.origin).port)
    with Child(arguments=["-m", "tests.emulator", "--port", port]) as child:
        code, out, err = child.end()
    assert (code, out) == (1, "")
    assert err == (
        f"Port {port} cannot be had (Address already in use); --port 0 takes a free one.\n"
    )


def test_without_its_packages_it_says_what_to_install() -> None:
    script = (
        "import sys, runpy; sys.modules['uvicorn'] = None; sys.argv = ['x', '--port', '0'];"
        "runpy.run_module('tests.emulator', run_name='__main__')"
    )
    with Child(script) as child:
        code, out, err = child.end()
    assert (code, out) == (1, "")
    assert err == 'uvicorn is missing; the emulator needs: pip install -e ".[test]"\n'


def test_its_videos_do_not_call_themselves_previews(tmp_path: Path) -> None:
    draw = (
        "import numpy as np\n"
        "from llmkit_jupyter.providers.preview.render import Clip, frames\n"
        "clip = Clip(prompt='hills', seed=1, width=640, height=360, duration=1)\n"
        "def first(): return next(iter(frames(clip))).y.copy()\n"
        "marked = first()\n"
        "from tests.emulator import movies\n"
        "movies.draw_without_mark()\n"
        "y, x = np.nonzero(marked != first())\n"
        "print(len(x) > 0 and x.min() > 320 and y.max() < 90)"
    )
    with Child(draw) as child:
        assert child.end() == (0, "True\n", "")
