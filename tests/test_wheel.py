"""What people install: the wheel has its front end, and works in an empty environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from llmkit_jupyter.transport.container import read_header
from llmkit_jupyter.widgets.bundles import FOLDER

ROOT = Path(__file__).resolve().parents[1]
WIDGETS = ("compare", "history", "job", "player", "studio")
BUILT = {f"llmkit_jupyter/static/{name}.{kind}" for name in WIDGETS for kind in ("js", "css")}


@pytest.fixture(scope="module")
def bare_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH without Node.js, and without anything else."""
    return str(tmp_path_factory.mktemp("bare"))


@pytest.fixture(scope="module")
def python(wheel: Path, bare_path: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The Python of an environment with the wheel in it."""
    place = tmp_path_factory.mktemp("empty") / "environment"
    venv.create(place, with_pip=True)
    python = str(next(place.glob("bin/python")))
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", str(wheel)],
        check=True,
        capture_output=True,
        env=os.environ | {"PATH": bare_path},
    )
    return python


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"llmkit_jupyter", "llmkit_jupyter-0.1.0.dist-info"}
    source = {str(path.relative_to(ROOT)) for path in (ROOT / "llmkit_jupyter").rglob("*.py")}
    assert source <= set(names)
    assert "llmkit_jupyter/py.typed" in names
    assert "llmkit_jupyter-0.1.0.dist-info/licenses/LICENSE" in names


def test_both_hold_the_front_end_as_it_is_built_and_only_the_source_what_it_is_built_of(
    wheel: Path, sdist: Path
):
    in_wheel = zipfile.ZipFile(wheel)
    assert {name for name in in_wheel.namelist() if "/static/" in name} == BUILT
    for name in BUILT:
        assert in_wheel.read(name) == (FOLDER / Path(name).name).read_bytes()
    assert not [name for name in in_wheel.namelist() if name.endswith((".ts", ".tsx", ".map"))]

    with tarfile.open(sdist) as archive:
        in_sdist = {name.partition("/")[2] for name in archive.getnames()}
    assert in_sdist >= BUILT | {"js/package-lock.json", "js/build.mjs", "js/build_hook.py"}
    # The TypeScript client can be built from it, and is not in it as it is built.
    assert in_sdist >= {
        "js/client.mjs",
        "js/src/client/package.json",
        "js/src/client/tsconfig.json",
    }
    assert not [name for name in in_sdist if name.startswith("js/dist") or name.endswith(".tgz")]
    sources = {str(path.relative_to(ROOT)) for path in (ROOT / "js" / "src").rglob("*.ts*")}
    assert len(sources) > 50
    assert in_sdist >= sources
    assert not [name for name in in_sdist if "node_modules" in name or "llmkit_media" in name]


def test_the_wheel_makes_a_video_in_an_empty_environment(python: str, tmp_path: Path):
    done = subprocess.run(
        [python, "-m", "llmkit_jupyter", "A sunset", "-d", "1", "-s", "160x90", "-o", "clip.mp4"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "clip.mp4"
    header = read_header(tmp_path / "clip.mp4")
    assert (header.width, header.height, header.duration) == (160, 90, 1.0)


OPEN = """
import json
from llmkit_jupyter import JobView, LLMKitClient, VideoGenerationRequest, VideoPlayer, VideoStudio
studio = VideoStudio(prompt="A sunset", duration=1, width=96, height=64)
job = studio.generate()
views = [studio, JobView(job), VideoPlayer(job.result())]
print(json.dumps([len(view.get_state()["_esm"]) for view in views]))
"""


def test_the_widgets_open_in_an_empty_environment_without_node(
    python: str, bare_path: str, tmp_path: Path
):
    done = subprocess.run(
        [python, "-c", OPEN],
        cwd=tmp_path,
        env=os.environ | {"PATH": bare_path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    sizes = [(FOLDER / f"{name}.js").stat().st_size for name in ("studio", "job", "player")]
    assert json.loads(done.stdout) == sizes


# -- building it


def build_wheel(folder: Path, path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel"],
        cwd=folder,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def unpacked(sdist: Path, tmp_path: Path) -> Path:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / sdist.name.removesuffix(".tar.gz")


@pytest.fixture
def clone(unpacked: Path) -> Path:
    """A fresh clone: what git has, and nothing that is built."""
    (unpacked / "PKG-INFO").unlink()
    for name in BUILT:
        (unpacked / name).unlink()
    return unpacked


def test_the_source_distribution_needs_no_node(unpacked: Path, bare_path: str):
    done = build_wheel(unpacked, bare_path)
    assert done.returncode == 0, done.stderr
    [path] = (unpacked / "dist").glob("*.whl")
    assert set(zipfile.ZipFile(path).namelist()) >= BUILT


def test_a_clone_without_node_is_told_what_to_install(clone: Path, bare_path: str):
    done = build_wheel(clone, bare_path)
    assert done.returncode != 0
    assert "node and npm not found on PATH. The widgets are built with Node.js 20" in done.stderr
    assert not list(clone.rglob("*.whl"))


def test_a_clone_with_an_old_node_is_told_which_one_will_do(clone: Path, tmp_path: Path):
    old = tmp_path / "old"
    old.mkdir()
    for name in ("node", "npm"):
        (old / name).write_text("#!/bin/sh\necho v18.20.4\n")
        (old / name).chmod(0o755)
    done = build_wheel(clone, str(old))
    assert done.returncode != 0
    assert "Node.js v18.20.4 is too old. The widgets are built with Node.js 20" in done.stderr
    assert not list(clone.rglob("*.whl"))
