"""With ``CI`` set, every way of skipping fails the run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SKIPS = {
    "mark": "@pytest.mark.skip(reason='not today')\ndef test(): pass",
    "skipif": "@pytest.mark.skipif(True, reason='not today')\ndef test(): pass",
    "call": "def test(): pytest.skip('not today')",
    "fixture": "@pytest.fixture\ndef f(): pytest.skip('not today')\ndef test(f): pass",
    "module": "pytest.skip('not today', allow_module_level=True)",
    "import": "pytest.importorskip('not_today')",
}


def run(folder: Path, *sources: str, ci: str) -> subprocess.CompletedProcess:
    for number, source in enumerate(sources):
        (folder / f"test_{number}.py").write_text(f"import pytest\n{source}\n")
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.noskip", "-p", "no:cacheprovider"]
    command += ["--continue-on-collection-errors", "-rfE"]
    environ = {
        **os.environ,
        "CI": ci,
        "PYTHONPATH": str(ROOT),
        "PYTEST_ADDOPTS": "",
        "COLUMNS": "300",
    }
    return subprocess.run(
        [*command, "-c", "pytest.ini"],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_way_of_skipping_fails_the_run_and_gives_its_reason(tmp_path):
    done = run(tmp_path, *SKIPS.values(), ci="true")
    assert done.returncode not in (0, pytest.ExitCode.NO_TESTS_COLLECTED), done.stdout
    lines = done.stdout.splitlines()
    for number in range(len(SKIPS)):
        starts = (f"FAILED test_{number}.py", f"ERROR test_{number}.py")
        [told] = [line for line in lines if line.startswith(starts)]
        assert "nothing may be skipped here" in told
        assert "not today" in told or "not_today" in told


def test_without_ci_a_skip_is_a_skip(tmp_path):
    done = run(tmp_path, SKIPS["call"], ci="")
    assert done.returncode == 0, done.stdout
    assert "1 skipped" in done.stdout


def test_passes_and_expected_failures_are_left_alone(tmp_path):
    source = "@pytest.mark.xfail\ndef test_x(): assert 0\ndef test_y(): pass"
    done = run(tmp_path, source, ci="true")
    assert done.returncode == 0, done.stdout
    assert "1 passed, 1 xfailed" in done.stdout
