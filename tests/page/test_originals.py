"""Runs the Python examples of the API page itself, where that page lies beside the repository.

Only the import line is changed. The page is not part of the repository; without it there are
simply fewer tests, and our own programs in this folder stand for its examples.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import re
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest, VideoGenerationResponse
from llmkit_jupyter.transport.container import read_header
from tests.markdown import code_blocks

HERE = Path(__file__).parent
PAGE = HERE.parents[2] / "shared" / "video-api.md"

SIGNATURES = ("VideoGenerationRequest / Constructor", "LLMKitClient.generate_video() / Signature")
# Every Python example of the page, in its order, and our own program for it.
PROGRAM_FOR = {
    "Quick Start / Python": "quick_start",
    "VideoGenerationRequest / Constructor": "builder",
    "Builder Methods / with_model(model: str)": "builder",
    "Builder Methods / with_duration(seconds: int)": "builder",
    "Builder Methods / with_width(pixels: int)": "builder",
    "Builder Methods / with_height(pixels: int)": "builder",
    "VideoGenerationRequest / Example": "builder",
    "VideoGenerationResponse / Example": "response_properties",
    "LLMKitClient.generate_video() / Signature": "quick_start",
    "LLMKitClient.generate_video() / Example": "quick_start",
    "Async Operations & Polling / Polling Pattern": "polling",
    "Accessing Video Data / Option 1: Via URL": "data_by_url",
    "Accessing Video Data / Option 2: Via Raw Bytes": "data_by_bytes",
    "Complete Working Examples / Python: Generate and Save Video": "generate_and_save",
    "Error Handling / Python": "error_handling",
    "Tips & Best Practices / Rate Limiting": "rate_limited",
}


BLOCKS = code_blocks(PAGE.read_text(encoding="utf-8"), "python") if PAGE.is_file() else []


def test_every_example_of_the_page_has_a_program_of_our_own():
    assert not BLOCKS or [place for place, _ in BLOCKS] == list(PROGRAM_FOR)
    for name in PROGRAM_FOR.values():
        assert (HERE / f"{name}.py").is_file()


def test_a_block_is_found_with_its_headings():
    page = "# A\n## B\n```python\n# C\n```\n### D\n```bash\nx\n```\n## E\n```python\ny\n```\n"
    assert code_blocks(page, "python") == [("A / B", "# C\n"), ("A / E", "y\n")]


class Example:
    """One example on the desk of somebody who has set up what it takes for granted."""

    def __init__(self, place: str, code: str) -> None:
        self.place = place
        self.code = code.replace("from llmkit import", "from llmkit_jupyter import")
        self.naps: list[float] = []
        self.names: dict[str, Any] = {
            "__name__": "__main__",
            "__builtins__": {**vars(builtins), "__import__": self._import},
            "LLMKitClient": LLMKitClient,
            "VideoGenerationRequest": VideoGenerationRequest,
            "client": LLMKitClient.from_env(),
            "request": VideoGenerationRequest("Tall ships", duration=1, width=320, height=180),
            "prompts": ["A red balloon", "A green valley"],
        }

    def run(self) -> None:
        exec(compile(self.code, self.place, "exec"), self.names)

    def _import(self, name: str, *arguments: Any) -> ModuleType | SimpleNamespace:
        # The example sleeps in no time; nobody else's clock is touched.
        if name == "time":
            return SimpleNamespace(time=time.time, sleep=self.naps.append)
        return __import__(name, *arguments)


def says_where_and_that_it_is_done(example: Example, said: str) -> None:
    assert re.search(r"^Video URL: http://127\.0\.0\.1:\d+/\S+\.mp4$", said, re.MULTILINE)
    assert f"Task ID: {example.names['response'].task_id}\n" in said
    assert said.endswith("Status: completed\n")


def says_everything(example: Example, said: str) -> None:
    says_where_and_that_it_is_done(example, said)
    size = example.names["response"].path.stat().st_size
    assert "Format: mp4\nDuration: 1.0s\nResolution: 320x180\n" in said
    assert f"File size: {size} bytes\n" in said


def has_set(**fields: object) -> Callable[[Example, str], None]:
    def check(example: Example, said: str) -> None:
        request = example.names["request"]
        assert {name: getattr(request, name) for name in fields} == fields

    return check


def has_a_video(example: Example, said: str) -> None:
    response = example.names["response"]
    assert isinstance(response, VideoGenerationResponse)
    assert (response.status, response.width, response.height) == ("completed", 1280, 720)
    assert said == ""


def is_ready_at_once(example: Example, said: str) -> None:
    assert re.fullmatch(r"Video ready: http://127\.0\.0\.1:\d+/\S+\.mp4\n", said)
    assert example.naps == []


def wrote_the_library_s_file(example: Example, said: str) -> None:
    assert Path("video.mp4").read_bytes() == example.names["response"].video_bytes
    assert read_header(Path("video.mp4")).duration == 1.0


def wrote_the_cat(example: Example, said: str) -> None:
    assert said == "\u2713 Video saved to cat_video.mp4\n"
    header = read_header(Path("cat_video.mp4"))
    assert (header.format, header.width, header.height, header.duration) == ("mp4", 1280, 720, 5.0)


def slept_after_each(example: Example, said: str) -> None:
    assert example.naps == [10, 10]
    assert example.names["response"].request.prompt == "A green valley"
    assert len(example.names["client"].jobs()) == 2


CHECKS: dict[str, Callable[[Example, str], None]] = {
    "Quick Start / Python": says_where_and_that_it_is_done,
    "Builder Methods / with_model(model: str)": has_set(model="runway-gen-4"),
    "Builder Methods / with_duration(seconds: int)": has_set(duration=10),
    "Builder Methods / with_width(pixels: int)": has_set(width=1920),
    "Builder Methods / with_height(pixels: int)": has_set(height=1080),
    "VideoGenerationRequest / Example": has_set(
        prompt="A person dancing", model="runway-gen-4", duration=10, width=1280, height=720
    ),
    "VideoGenerationResponse / Example": says_everything,
    "LLMKitClient.generate_video() / Example": has_a_video,
    "Async Operations & Polling / Polling Pattern": is_ready_at_once,
    "Accessing Video Data / Option 1: Via URL": wrote_the_library_s_file,
    "Accessing Video Data / Option 2: Via Raw Bytes": wrote_the_library_s_file,
    "Complete Working Examples / Python: Generate and Save Video": wrote_the_cat,
    "Error Handling / Python": has_a_video,
    "Tips & Best Practices / Rate Limiting": slept_after_each,
}


def test_every_example_but_the_signatures_is_checked():
    assert set(CHECKS) == set(PROGRAM_FOR) - set(SIGNATURES)


# An empty list of parameters would count as a skipped test, which hides what was not tested.
if BLOCKS:

    @pytest.mark.parametrize(
        ("place", "code"), [pytest.param(*b, id=b[0]) for b in BLOCKS if b[0] not in SIGNATURES]
    )
    def test_the_page_s_own_example_runs(
        place: str, code: str, tmp_path: Path, monkeypatch, capsys
    ):
        desk = tmp_path / "desk"
        desk.mkdir()
        monkeypatch.chdir(desk)
        example = Example(place, code)
        example.run()
        captured = capsys.readouterr()
        CHECKS[place](example, captured.out)
        assert captured.err == ""

    def test_a_failure_of_the_page_s_example_prints_its_reason(monkeypatch, capsys):
        monkeypatch.setenv("LLMKIT_VIDEO_MODEL", "no-such-model")
        place = "Error Handling / Python"
        Example(place, dict(BLOCKS)[place]).run()
        said = capsys.readouterr().out
        assert said.startswith("Video generation failed: Model not found at preview")

    def test_the_signatures_are_the_page_s():
        blocks = dict(BLOCKS)
        constructor = blocks["VideoGenerationRequest / Constructor"].partition("(")[2]
        assert constructor.startswith("prompt: str)")
        first = next(iter(inspect.signature(VideoGenerationRequest).parameters.values()))
        assert (first.name, first.annotation, first.default) == ("prompt", "str", first.empty)

        method = blocks["LLMKitClient.generate_video() / Signature"].rstrip() + ": ..."
        promised = ast.parse(method).body[0]
        assert isinstance(promised, ast.FunctionDef)
        ours = list(inspect.signature(LLMKitClient.generate_video).parameters.values())
        names = [argument.arg for argument in promised.args.args]
        assert [parameter.name for parameter in ours[: len(names)]] == names
        assert all(parameter.default is not parameter.empty for parameter in ours[len(names) :])
