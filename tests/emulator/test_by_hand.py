"""`python -m tests.emulator` as a person starts it."""

from __future__ import annotations

import os
from pathlib import Path

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
