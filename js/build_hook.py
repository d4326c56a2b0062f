"""Builds the front end when the package is built: what hatch-jupyter-builder calls."""
# ruff: noqa: INP001 - not part of a package

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from shutil import which

from hatch_jupyter_builder.utils import run

HERE = Path(__file__).resolve().parent
STATIC = HERE.parent / "llmkit_jupyter" / "static"
NODE = 20  # the oldest that will do


def build(target_name: str, version: str) -> None:  # noqa: ARG001 - the builder's own names
    """Bundle the widgets into the package, unless this is a source distribution that has them.

    Args:
        target_name: ``"wheel"`` or ``"sdist"``.
        version: ``"standard"``, or ``"editable"``, which gets the tools for development as well.

    Raises:
        RuntimeError: Node.js is missing or too old; says what to do.
    """
    if (HERE.parent / "PKG-INFO").is_file() and any(STATIC.glob("*.js")):
        return
    npm = _npm()
    everything = version == "editable"
    # Not anew at each build: a test that builds a wheel would take away the tools of the others.
    if _stale() or (everything and not (HERE / "node_modules" / "vitest").is_dir()):
        run([npm, "ci", *([] if everything else ["--omit=dev"])], cwd=str(HERE))
    run([npm, "run", "build"], cwd=str(HERE))


def _stale() -> bool:
    installed = HERE / "node_modules" / ".package-lock.json"
    lock = HERE / "package-lock.json"
    return not installed.is_file() or installed.stat().st_mtime < lock.stat().st_mtime


def _npm() -> str:
    how = (
        f"The widgets are built with Node.js {NODE} or newer and its npm. Install them "
        f"(https://nodejs.org, or `conda install nodejs`, or `apt-get install nodejs npm`), or "
        f"install a wheel of llmkit-jupyter, which needs neither."
    )
    npm, node = which("npm"), which("node")
    if npm is None or node is None:
        missing = " and ".join(name for name, path in (("node", node), ("npm", npm)) if not path)
        raise RuntimeError(f"{missing} not found on PATH. {how}")
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    told = asked.stdout
    match = re.match(r"v(\d+)", told)
    if match is None or int(match[1]) < NODE:
        raise RuntimeError(f"Node.js {told.strip() or '(no version)'} is too old. {how}")
    return npm
