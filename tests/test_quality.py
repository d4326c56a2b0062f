"""The house rules: style, types, floors, and what an import costs."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import llmkit_jupyter

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("httpx", "IPython", "ipywidgets", "anywidget", "av", "PIL", "numpy", "jsonschema")


def run(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_style():
    run("ruff", "check", ".")
    run("ruff", "format", "--check", ".")


def test_types():
    run("pyright")


def test_floors_import_downwards_only():
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "1 kept, 0 broken" in done.stdout


def test_every_module_stands_on_a_floor():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    [contract] = settings["tool"]["importlinter"]["contracts"]
    floors = {name.strip() for layer in contract["layers"] for name in layer.split("|")}
    package = Path(llmkit_jupyter.__file__).parent
    modules = {
        f"llmkit_jupyter.{path.stem}"
        for path in package.iterdir()
        if path.stem not in ("__init__", "__pycache__", "py", "static")
        and (path.suffix == ".py" or path.is_dir())
    }
    assert modules == floors


def loaded_by(code: str) -> list[str]:
    code += "\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/"
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_the_import_loads_nothing_heavy():
    modules = loaded_by("import llmkit_jupyter")
    assert not set(HEAVY) & set(modules)
    assert not [name for name in modules if name.startswith("llmkit_jupyter.engine")]


def test_the_client_itself_loads_nothing_that_only_the_preview_needs():
    modules = loaded_by("from llmkit_jupyter import LLMKitClient; LLMKitClient.from_env()")
    assert not set(HEAVY) & set(modules)


def test_the_import_takes_at_most_half_the_time_of_httpx():
    def seconds(name: str) -> float:
        code = (
            "import time; start = time.process_time(); "
            f"import {name}; print(time.process_time() - start)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/"
        )
        return float(done.stdout)

    # Alternating, and the best of each: noise only ever adds.
    ours, theirs = zip(
        *((seconds("llmkit_jupyter"), seconds("httpx")) for _ in range(5)), strict=True
    )
    assert min(ours) <= min(theirs) / 2


@pytest.mark.parametrize("folder", ["llmkit_jupyter", "tests"])
def test_no_file_is_two_concepts(folder: str):
    long = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / folder).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long


def test_the_versions_agree():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    version = settings["project"]["version"]
    assert version == llmkit_jupyter.__version__
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
