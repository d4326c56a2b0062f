"""Runs every TypeScript program that we show: ours, js/README.md's, and the page's own.

In Node, with the packed package, at the emulator. Of the page, where it lies beside the repository,
only the module's name is changed. All run side by side, since they wait most of the time.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from llmkit_jupyter.transport.container import read_header
from tests.emulator.process import Emulator
from tests.markdown import code_blocks
from tests.page.test_originals import PAGE, SIGNATURES
from tests.processes import ROOT
from tests.typescript import NODE, Project

HERE = Path(__file__).parent / "typescript"
URL = r"http://127\.0\.0\.1:\d+/\S+\.mp4"
TASK_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
READY = rf"Video URL: {URL}\nTask ID: {TASK_ID}\nStatus: completed\n"
PROPERTIES = (
    rf"Video URL: {URL}\nFormat: mp4\nDuration: [\d.]+s\nResolution: \d+x\d+\n"
    rf"File size: [1-9]\d{{2,}} bytes\nTask ID: {TASK_ID}\nStatus: completed\n"
)

OWN = {
    "quick_start": READY,
    "builder": (
        r'Draft: {"prompt":"A person dancing","model":"runway-gen-4"}\n'
        r'Request: {"prompt":"A person dancing","model":"runway-gen-4","duration":5,'
        r'"width":1280,"height":720}\nAsked for: 1280x720\nStatus: completed\n'
    ),
    "response_properties": rf"{PROPERTIES}true\n",
    "polling": rf"(Status: processing, waiting\.\.\.\n)+Video ready: {URL}\n",
    "save": "\u2713 Video saved to .*cat_video\\.mp4\ntrue\n",
    "error_handling": (
        r"Video generation failed: Model not found at runware: 'runway-gen-40'.*\n"
        r"Status: completed\nInvalidRequestError \(invalid_request\): duration is 31; .*\n"
    ),
    "rate_limited": (r"A sunrise over the sea: completed\nA starry night over a lake: completed\n"),
    "with_polling": rf"(Status: \w+\.\.\.\n)+\u2713 Video ready: {URL}\nVideo: {URL}\n",
}
# Of js/README.md: every block of TypeScript, in its order.
README = {
    "Quick start": rf"Video URL: {URL}\nSaved as .*a-serene-landscape-with-mountains\.mp4\n",
    "Requests": r"true\n",
    "Responses": rf"{PROPERTIES}Seed: \d+, cost: [\d.]+ US dollars, model: .+\n",
    "Responses 2": (r".*videos/a-cat-playing-with-yarn\.mp4\n.*cat\.mp4\n[1-9]\d+ bytes\n"),
    "Waiting": rf"Later: {TASK_ID}\n",
    "Waiting 2": rf"processing {TASK_ID}\n(\w+ \S+ \S+ .*\n)+completed [\d.]+\n",
    "Polling": rf"{URL}\n",
    "Many at once": (
        rf"A lighthouse in a storm: {URL}\nKoi in a pond: {URL}\nA city at night: {URL}\n3\n3\n"
    ),
    "Errors": "",
    "What it does not keep": r".*boat\.mp4\n",
}
COMPLAINTS = {"Errors": r"invalid_request: duration is 31; .*\n"}
# Of the page: every block of TypeScript, in its order, and our own program for it.
ORIGINALS = {
    "Quick Start / TypeScript": "quick_start",
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
    "Complete Working Examples / TypeScript: Generate Video with Polling": "with_polling",
    "Error Handling / TypeScript": "error_handling",
    "Tips & Best Practices / Rate Limiting": "rate_limited",
}


def told(request: str, naps: str = "") -> str:
    """What the desk prints last: the request, and how long the example slept."""
    return rf'{{"request":{{"prompt":"Tall ships"{request}}},"naps":\[{naps}\]}}\n'


SAYS = {
    "Quick Start / TypeScript": READY,
    "Builder Methods / with_model(model: str)": told(',"model":"runway-gen-4"'),
    "Builder Methods / with_duration(seconds: int)": told(',"duration":10'),
    "Builder Methods / with_width(pixels: int)": told(',"width":1920'),
    "Builder Methods / with_height(pixels: int)": told(',"height":1080'),
    "VideoGenerationRequest / Example": told(""),
    "VideoGenerationResponse / Example": PROPERTIES + told(""),
    "LLMKitClient.generate_video() / Example": told(""),
    # A sketch that gives a constant; it is called with no time left.
    "Async Operations & Polling / Polling Pattern": r"Error: Video generation timeout\n" + told(""),
    "Complete Working Examples / TypeScript: Generate Video with Polling": (
        rf"Task ID: {TASK_ID}\nInitial status: completed\n\u2713 Video ready: {URL}\nVideo: {URL}\n"
    ),
    "Error Handling / TypeScript": told(""),
    "Tips & Best Practices / Rate Limiting": told("", "10000,10000"),
}
CALLED = {
    "Async Operations & Polling / Polling Pattern": (
        "await pollVideoGeneration('an id', 0).catch((error) => console.log(String(error)))\n"
    )
}
DESK = """\
import { LLMKitClient, VideoGenerationRequest } from 'llmkit-jupyter'

const client = LLMKitClient.fromEnv()
let request = new VideoGenerationRequest('Tall ships')
const prompts = ['A red balloon', 'A green valley']
const naps: number[] = []
const sleep = async (ms: number) => { naps.push(ms) }

async function example() {
%s
}
await example()
"""
LAST = "console.log(JSON.stringify({ request, naps }))\n"
PROMISED = """\
import { LLMKitClient, VideoGenerationRequest, VideoGenerationResponse } from 'llmkit-jupyter'

interface Page {
  %s
}
export const ours: Page = new LLMKitClient()
export const made = (prompt: string) => new VideoGenerationRequest(prompt)
"""


def numbered(blocks: list[tuple[str, str]]) -> dict[str, str]:
    """Blocks by their headings; those after the first of a heading have a number."""
    found: dict[str, str] = {}
    for place, code in blocks:
        times = 1 + sum(bool(re.fullmatch(re.escape(place) + r"( \d)?", name)) for name in found)
        found[place if times == 1 else f"{place} {times}"] = code
    return found


def page() -> dict[str, str]:
    if not PAGE.is_file():
        return {}
    return dict(code_blocks(PAGE.read_text(encoding="utf-8"), "typescript"))


def readme() -> dict[str, str]:
    text = (ROOT / "js" / "README.md").read_text(encoding="utf-8")
    return numbered([(where.split(" / ")[-1], code) for where, code in code_blocks(text, "ts")])


def on_a_desk(place: str, code: str, *, last: str = "") -> str:
    """The whole program of a block: as it is, or with what it takes for granted."""
    code = code.replace("from 'llmkit'", "from 'llmkit-jupyter'")
    if re.search(r"^import ", code, re.MULTILINE):
        return code.replace("'A night train'", "'A night train [emulator: seconds=60]'")
    return DESK % (code + CALLED.get(place, "")) + last


PAGES = page()
PROGRAMS: dict[str, str] = {
    **{name: (HERE / f"{name}.ts").read_text(encoding="utf-8") for name in OWN},
    **{f"README {place}": on_a_desk(place, code) for place, code in readme().items()},
    **{
        f"page {place}": on_a_desk(place, code, last=LAST)
        for place, code in PAGES.items()
        if place not in SIGNATURES
    },
}
EXPECTED = {
    **OWN,
    **{f"README {place}": says for place, says in README.items()},
    **{f"page {place}": says for place, says in SAYS.items() if PAGES},
}


def file_name(name: str) -> str:
    return re.sub(r"\W+", "_", name)


@pytest.fixture(scope="module")
def project(client_package: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("page"), client_package)
    for name, source in PROGRAMS.items():
        project.write(file_name(name), source)
    return project


@pytest.fixture(scope="module")
def done(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, subprocess.CompletedProcess[str]]]:
    """What came of every program."""
    project.compile(map(file_name, PROGRAMS))
    with (
        Emulator(tmp_path_factory.mktemp("emulator"), seconds=0.0) as emulator,
        ThreadPoolExecutor(6) as pool,
    ):
        ran = pool.map(lambda name: project.run(file_name(name), emulator), PROGRAMS)
        yield dict(zip(PROGRAMS, ran, strict=True))


def test_every_example_of_the_page_has_a_program_of_our_own():
    assert not PAGES or list(PAGES) == list(ORIGINALS)
    assert set(SAYS) == set(ORIGINALS) - set(SIGNATURES)
    assert set(ORIGINALS.values()) <= set(OWN)
    assert {path.stem for path in HERE.glob("*.ts")} == set(OWN)


def test_every_block_of_the_readme_is_run():
    assert list(readme()) == list(README)


def test_all_of_them_have_the_right_types(project: Project):
    names = [file_name(name) for name in PROGRAMS]
    if PAGES:
        signature = PAGES[SIGNATURES[1]].removeprefix("async ")
        project.write("promised", PROMISED % signature)
        names.append("promised")
        assert PAGES[SIGNATURES[0]].strip().endswith("new VideoGenerationRequest(prompt: string)")
    # The package's own types, and Node's, are checked in tests/test_typescript_package.py.
    assert project.check(names, module="nodenext", skipLibCheck=True, **NODE) == ""


@pytest.mark.parametrize("name", EXPECTED)
def test_a_program_runs_and_says_what_it_should(name: str, done):
    ran = done[name]
    assert ran.returncode == 0, ran.stderr
    assert re.fullmatch(EXPECTED[name], ran.stdout), ran.stdout
    # Runway Gen-4 is made by its successor, which is said.
    said = re.sub(r"llmkit-jupyter: .* runway-gen-4; .*\n", "", ran.stderr)
    assert re.fullmatch(COMPLAINTS.get(name.removeprefix("README "), ""), said), said


def test_what_they_save_are_videos(project: Project, done):
    saved = {
        "save": ["cat_video.mp4"],
        "README Quick start": ["a-serene-landscape-with-mountains.mp4"],
        "README Responses 2": ["cat.mp4", "videos/a-cat-playing-with-yarn.mp4"],
        "README What it does not keep": ["boat.mp4", "jobs.txt"],
    }
    for name in PROGRAMS:
        desk = project.desk(file_name(name))
        files = sorted(str(path.relative_to(desk)) for path in desk.rglob("*") if path.is_file())
        assert files == saved.get(name, []), name
        for path in desk.rglob("*.mp4"):
            assert read_header(path).format == "mp4"
