"""Other versions of ipykernel for the end-to-end tests: ``python -m tests.kernels`` gets them.

Messages from widgets come on different threads in them, and at different moments: 6.30 handles
them between cells on the main thread, 7.3 at once on a thread of its own, 7.4 on the main thread,
also while a cell awaits. Each lies in a folder of its own, which its kernel puts before the
packages of this environment.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

VERSIONS = ("6.30.1", "7.3.0", "7.4.0")
FOLDER = Path(sys.prefix) / "share" / "llmkit-jupyter-tests"
HINT = "Other versions of ipykernel are missing: run `python -m tests.prepare`, which gets them."


def folder_of(version: str) -> Path:
    """Where a version lies."""
    return FOLDER / f"ipykernel-{version}"


def is_there(version: str) -> bool:
    """Whether a version was installed, and whole."""
    return (folder_of(version) / f"ipykernel-{version}.dist-info" / "RECORD").is_file()


def name_of(version: str) -> str:
    """The name of its kernel, as a notebook has it."""
    return f"ipykernel-{version}"


def main() -> int:
    """Install what is missing; the exit code is 0 when all are there."""
    for version in VERSIONS:
        if not is_there(version):
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
            command += ["--target", str(folder_of(version)), "--upgrade", f"ipykernel=={version}"]
            subprocess.run(command, check=False)
    missing = [version for version in VERSIONS if not is_there(version)]
    if missing:
        print(f"ipykernel {', '.join(missing)} could not be installed; some tests will fail.")
        return 1
    print(f"The end-to-end tests use ipykernel {', '.join(VERSIONS)} besides this environment's")
    return 0


if __name__ == "__main__":
    sys.exit(main())
