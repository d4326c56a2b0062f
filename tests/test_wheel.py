"""What people install: the wheel, in an empty environment, makes a video."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from llmkit_jupyter.transport.container import read_header

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    # By way of the source distribution, so that it is tested as well.
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    [path] = folder.glob("*.whl")
    return path


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"llmkit_jupyter", "llmkit_jupyter-0.1.0.dist-info"}
    source = {str(path.relative_to(ROOT)) for path in (ROOT / "llmkit_jupyter").rglob("*.py")}
    assert source <= set(names)
    assert "llmkit_jupyter/py.typed" in names
    assert "llmkit_jupyter-0.1.0.dist-info/licenses/LICENSE" in names


def test_the_wheel_makes_a_video_in_an_empty_environment(wheel: Path, tmp_path: Path):
    place = tmp_path / "environment"
    venv.create(place, with_pip=True)
    python = str(next(place.glob("bin/python")))
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", str(wheel)], check=True, capture_output=True
    )
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
