"""What people install: the source distribution, the wheel and the npm package, built once each."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
JS = ROOT / "js"


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of both."""
    folder = tmp_path_factory.mktemp("dist")
    # The wheel is built from the source distribution, so that this is tested as well.
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    [path] = dist.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def sdist(dist: Path) -> Path:
    [path] = dist.glob("*.tar.gz")
    return path


@pytest.fixture(scope="session")
def client_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The TypeScript client as `npm pack` makes it; one for all workers."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "typescript"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not list(folder.glob("*.tgz")):
            for command in (
                ["node", "client.mjs", str(folder / "dist")],
                ["npm", "pack", "--pack-destination", str(folder), str(folder / "dist")],
            ):
                subprocess.run(command, cwd=JS, check=True, capture_output=True)
    [path] = folder.glob("*.tgz")
    return path


def unpack_client(package: Path, project: Path) -> None:
    """Put the npm package where a program of that folder finds it, as `npm install` does."""
    modules = project / "node_modules"
    with tarfile.open(package) as archive:
        archive.extractall(modules, filter="data")
    (modules / "package").rename(modules / "llmkit-jupyter")
    (project / "package.json").write_text('{ "type": "module" }')
