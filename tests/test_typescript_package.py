"""What people install with npm: small, typed for every way to look at it, and works as it is."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from llmkit_jupyter import LLMKitClient
from llmkit_jupyter.transport.container import read_header
from tests.built import JS, ROOT
from tests.emulator.process import Emulator
from tests.typescript import NODE, TOOLS, Project, at

LIMIT = 15_000  # bytes, gzipped
MODELS = ROOT / "llmkit_jupyter" / "catalog" / "runware_models.json"

# With the types of no platform: nothing but what the compiler brings.
PROGRAM = """\
import {
  LLMKitClient,
  LLMKitError,
  type VideoError,
  VideoGenerationRequest,
  type VideoGenerationResponse,
  type VideoJob,
} from 'llmkit-jupyter'

const client: LLMKitClient = new LLMKitClient({ timeout: 60 })
const request = new VideoGenerationRequest('A red balloon').withDuration(5)
const job: VideoJob = await client.submitVideo(request, { signal: new AbortController().signal })
const response: VideoGenerationResponse = await job.result()
const error: VideoError | undefined = response.error
const bytes: Uint8Array = await response.bytes()
const many: VideoGenerationResponse[] = await client.generateVideo(request, { count: 2 })
try {
  // @ts-expect-error a number is meant; without our types this line would be the error
  request.with_duration('5')
} catch (error) {
  if (!(error instanceof LLMKitError)) throw error
  console.log(error.name)
}
console.log(JSON.stringify({
  saved: await response.save('clip.mp4'),
  task: response.task_id === job.taskId && error === undefined,
  size: bytes.length,
  many: many.map(({ status }) => status),
}))
"""
# Whoever imports it need not use it: nothing is asked, timed or left open by that.
IMPORTED = """\
const began = []
for (const name of ['fetch', 'setTimeout', 'setInterval']) {
  const real = globalThis[name]
  globalThis[name] = (...all) => { began.push(name); return real(...all) }
}
const before = process.getActiveResourcesInfo()
const names = Object.keys(await import('llmkit-jupyter'))
const after = process.getActiveResourcesInfo()
console.log(JSON.stringify({ began, before, after, names }))
"""
LISTED = """\
import { LLMKitClient } from 'llmkit-jupyter'
const models = await new LLMKitClient({ provider: 'runware' }).models()
console.log(JSON.stringify(models.map(({ id, title }) => [id, title])))
"""
BEGUN = """\
import { LLMKitClient, VideoGenerationRequest } from 'llmkit-jupyter'
const request = new VideoGenerationRequest('A kite in the wind')
const begun = await LLMKitClient.fromEnv().generateVideo(request, { wait: false })
console.log(JSON.stringify(begun))
"""
CODES = """\
import * as all from 'llmkit-jupyter'
const errors = Object.entries(all).filter(([name]) => name.endsWith('Error'))
console.log(JSON.stringify(Object.fromEntries(errors.map(([name, type]) => [name, type.code]))))
"""
# What a person sees who prints a value, and of an error that nobody catches.
PRINTED = """\
import { LLMKitClient, VideoGenerationRequest } from 'llmkit-jupyter'
const client = LLMKitClient.fromEnv()
const job = await client.submitVideo(new VideoGenerationRequest('A kite in the wind'))
for (const each of [client, job, job.request, job.response]) console.log(each)
await client.generateVideo(new VideoGenerationRequest('A kite').withDuration(31))
"""


@pytest.fixture(scope="module")
def project(client_package: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("project"), client_package)
    project.write("program", PROGRAM)
    project.write("imported", IMPORTED)
    project.write("listed", LISTED)
    project.write("begun", BEGUN)
    project.write("codes", CODES)
    project.write("printed", PRINTED)
    project.compile(["program", "imported", "listed", "begun", "codes", "printed"])
    return project


@pytest.fixture(scope="module")
def installed(project: Project) -> Path:
    return project.folder / "node_modules" / "llmkit-jupyter"


def last_line(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


# -- what it holds


def test_it_holds_the_client_and_nothing_else(client_package: Path, installed: Path):
    with tarfile.open(client_package) as archive:
        names = sorted(name.removeprefix("package/") for name in archive.getnames())
    scripts = [name for name in names if re.fullmatch(r"[\w-]+\.js", name)]
    types = [name for name in names if re.fullmatch(r"types/[\w/]+\.d\.ts", name)]
    assert {"index.js"} < set(scripts)
    assert {*names} == {*scripts, *types, "LICENSE", "README.md", "package.json"}
    assert (installed / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert (installed / "README.md").read_bytes() == (JS / "README.md").read_bytes()


def test_it_installs_nothing_along_and_has_the_version_of_the_python_package(installed: Path):
    manifest = json.loads((installed / "package.json").read_text(encoding="utf-8"))
    assert not [name for name in manifest if name.endswith(("ependencies", "scripts"))]
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{manifest["version"]}"' in project
    for script in installed.glob("*.js"):
        names = re.findall(r'(?:\bfrom|\bimport\(?)\s*"([^"]+)"', script.read_text("utf-8"))
        assert all(re.match(r"\./|node:", name) for name in names), script.name


def test_its_types_are_those_that_the_index_reaches(installed: Path):
    types = installed / "types"
    reached: set[Path] = set()
    left = [types / "index.d.ts"]
    while left:
        path = left.pop()
        if path in reached:
            continue
        reached.add(path)
        text = path.read_text(encoding="utf-8")
        named = re.findall(r"""(?:from |import\()["']([^"']+)["']""", text)
        assert all(re.match(r"\.{1,2}/[\w/.]+\.js$", name) for name in named), path
        left += [(path.parent / name).resolve().with_suffix(".d.ts") for name in named]
        # Older compilers know no such parameter, and no platform's types are needed.
        assert not re.search(r"Uint8Array<|\bNodeJS\b|\bBuffer\b|reference types", text), path
    assert reached == set(types.rglob("*.d.ts"))


def test_it_is_small(installed: Path):
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in installed.glob("*.js")}
    for name, size in sorted(sizes.items()):
        print(f"{name}: {size} bytes gzipped")
    # What is loaded with it counts as well; the rest is loaded when it is used.
    at_once: set[str] = set()
    left = {"index.js"}
    while left:
        name = left.pop()
        at_once.add(name)
        script = (installed / name).read_text(encoding="utf-8")
        left |= {*re.findall(r'\b(?:from|import)\s*"\./([\w-]+\.js)"', script)} - at_once
    print(f"at once: {sum(sizes[name] for name in at_once)}, in all: {sum(sizes.values())}")
    assert sum(sizes[name] for name in at_once) <= LIMIT, at_once
    later = {
        name
        for script in at_once
        for name in re.findall(r'\bimport\("\./([\w-]+\.js)"\)', (installed / script).read_text())
    }
    assert len(later) >= 4  # two providers, the video, the notebook
    assert not later & at_once


# -- how it is used


def test_npm_installs_it_without_a_network(client_package: Path, tmp_path: Path):
    folder = tmp_path / "empty"
    folder.mkdir()
    done = subprocess.run(
        ["npm", "install", "--offline", "--no-audit", "--no-fund", str(client_package)],
        cwd=folder,
        env=at({"npm_config_cache": str(tmp_path / "cache")}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [path.name for path in folder.glob("node_modules/[!.]*")] == ["llmkit-jupyter"]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"module": "nodenext"}, id="nodenext"),
        pytest.param({"module": "nodenext", **NODE}, id="nodenext with Node's types"),
        pytest.param({"module": "esnext", "moduleResolution": "bundler"}, id="bundler"),
    ],
)
def test_a_strict_project_finds_its_types(project: Project, options: dict[str, object]):
    assert project.check(["program"], **options) == ""


def test_it_makes_a_video_in_node(project: Project, emulator: Emulator):
    told = last_line(project.run("program", emulator))
    saved = project.desk("program") / "clip.mp4"
    assert read_header(saved).format == "mp4"
    assert told["size"] == saved.stat().st_size
    assert Path(told["saved"]).name == "clip.mp4"
    assert (told["task"], told["many"]) == (True, ["completed", "completed"])
    assert [row.times_charged for row in emulator.ledger()] == [1, 1, 1]


def test_it_makes_a_video_in_deno(project: Project, emulator: Emulator, tmp_path: Path):
    deno = TOOLS / ".bin" / "deno"
    environment = at(
        {
            **emulator.environment,
            "DENO_DIR": str(tmp_path / "deno"),
            "DENO_NO_UPDATE_CHECK": "1",
            "NO_COLOR": "1",
        }
    )
    permissions = ["env", "net", "read", "write"]  # those that its documentation names
    desk = project.desk("deno")
    for command in (
        ["check", "../../program.ts"],
        ["run", "--no-prompt", *(f"--allow-{each}" for each in permissions), "../../program.ts"],
    ):
        done = subprocess.run(
            [str(deno), *command],
            cwd=desk,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    told = last_line(done)
    assert told["size"] == (desk / "clip.mp4").stat().st_size
    assert told["many"] == ["completed", "completed"]


def test_an_import_does_nothing(project: Project, emulator: Emulator):
    told = last_line(project.run("imported", emulator))
    assert told["began"] == []
    assert sorted(told["after"]) == sorted(told["before"])
    assert "LLMKitClient" in told["names"]


def test_what_is_printed_has_names_and_is_short(project: Project, emulator: Emulator):
    done = project.run("printed", emulator)
    assert done.returncode == 1
    names = ["LLMKitClient", "VideoJob", "VideoGenerationRequest", "VideoGenerationResponse"]
    assert re.findall(r"(?m)^(\w+) \{", done.stdout) == names
    assert "\nInvalidRequestError: duration is 31; allowed: " in done.stderr
    assert "undefined" not in done.stderr
    # Node prints the line that threw it, of a file that is minified.
    assert len(done.stderr) < 3000


# -- what it shares with Python


def test_its_models_are_those_of_the_python_package(project: Project, emulator: Emulator):
    snapshot = json.loads(MODELS.read_text(encoding="utf-8"))
    listed = dict(last_line(project.run("listed", emulator)))
    titles = {facts["slug"]: facts["title"] for facts in snapshot["models"].values()}
    assert len(titles) > 50
    assert {slug: listed.get(slug) for slug in titles} == titles


def test_python_goes_on_with_a_job_that_it_began(project: Project, emulator: Emulator):
    begun = last_line(project.run("begun", emulator))
    assert begun["status"] == "processing"
    response = LLMKitClient().pick_up_video(begun["task_id"]).result(60)
    assert (response.status, response.task_id) == ("completed", begun["task_id"])
    assert response.video_bytes
    assert [row.times_charged for row in emulator.ledger()] == [1]


def test_its_documentation_names_every_error(project: Project, emulator: Emulator):
    codes = last_line(project.run("codes", emulator))
    text = (JS / "README.md").read_text(encoding="utf-8")
    named = dict(re.findall(r"(?m)^\| `(\w+Error)` \| `(\w+)` \|", text))
    assert {"LLMKitError": "error", **named} == codes
