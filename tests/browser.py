"""Find a browser for the end-to-end tests, or install one: ``python -m tests.browser``."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_APPS = (
    "Chromium.app/Contents/MacOS/Chromium",
    "Google Chrome.app/Contents/MacOS/Google Chrome",
)
# Where Playwright keeps its own Chromium below its folder; the names changed over the years.
PLAYWRIGHT_BINARIES = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
    "chromium-*/chrome-win*/chrome.exe",
)
FONT_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/System/Library/Fonts",
    "~/.fonts",
    "~/.local/share/fonts",
)
FONT_PACKAGE = "fonts-dejavu-core"
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HINT = "No Chromium or Chrome was found: run `python -m tests.browser`, which installs one."


def launch_flags(*, root: bool | None = None) -> list[str]:
    """Chromium's command line; its sandbox refuses to start for root, and only for root."""
    return [*FLAGS, "--no-sandbox"] if (is_root() if root is None else root) else [*FLAGS]


def launch_options(browser: Path) -> dict[str, Any]:
    """What Playwright's ``chromium.launch`` takes; unasked it would switch the sandbox off."""
    return {
        "executable_path": str(browser),
        "args": launch_flags(),
        "chromium_sandbox": not is_root(),
    }


def is_root() -> bool:
    """Whether this process is root; nobody is on Windows."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def on_path(path: str) -> list[Path]:
    """The browsers on a ``PATH``, the preferred name first."""
    found = (shutil.which(name, path=path) for name in NAMES)
    return [Path(name) for name in found if name]


def mac_apps(folders: Iterable[Path]) -> list[Path]:
    """The browsers in macOS application folders."""
    paths = (folder / app for app in MAC_APPS for folder in folders)
    return [path for path in paths if path.exists()]


def playwright_folder(environ: Mapping[str, str], platform: str, home: Path) -> Path | None:
    """Where Playwright downloads browsers to, by its own rules."""
    named = environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    if named == "0":  # Playwright's word for "inside the package"
        return None
    if named:
        return Path(named)
    if platform == "darwin":
        return home / "Library" / "Caches" / "ms-playwright"
    if platform == "win32":
        return home / "AppData" / "Local" / "ms-playwright"
    return Path(environ.get("XDG_CACHE_HOME") or home / ".cache") / "ms-playwright"


def playwright_browsers(folder: Path | None) -> list[Path]:
    """The Chromiums which Playwright downloaded, the newest revision first."""
    if folder is None:
        return []
    found = [path for pattern in PLAYWRIGHT_BINARIES for path in folder.glob(pattern)]

    def revision(path: Path) -> int:
        match = re.match(r"chromium-(\d+)", path.relative_to(folder).parts[0])
        return int(match[1]) if match else 0

    return sorted(found, key=revision, reverse=True)


def starts(browser: Path) -> bool:
    """Whether it runs at all: Ubuntu's ``chromium-browser`` may be a note about snap."""
    try:
        done = subprocess.run([browser, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def candidates() -> list[Path]:
    """Every browser this machine may have, the preferred first."""
    home = Path.home()
    apps = [Path("/Applications"), home / "Applications"] if sys.platform == "darwin" else []
    cache = playwright_folder(os.environ, sys.platform, home)
    path = os.environ.get("PATH", os.defpath)
    return [*on_path(path), *mac_apps(apps), *playwright_browsers(cache)]


def find_browser(
    *,
    among: Callable[[], Iterable[Path]] = candidates,
    works: Callable[[Path], bool] = starts,
) -> Path | None:
    """The browser which the tests use, or ``None``."""
    return next((browser for browser in among() if works(browser)), None)


def has_font(folders: Iterable[str] = FONT_FOLDERS) -> bool:
    """Whether there is any font: without one a page has boxes, or nothing, in place of text."""
    kinds = {".ttf", ".otf", ".ttc", ".pfb"}
    places = (Path(folder).expanduser() for folder in folders)
    return any(path.suffix.lower() in kinds for place in places for path in place.rglob("*"))


def install_plan(
    *, browser: bool, font: bool, apt: bool, root: bool, python: str = sys.executable
) -> list[list[list[str]]]:
    """What to try, the first try first; each try is a list of commands."""
    packages = [*([] if browser else ["chromium"]), *([] if font else [FONT_PACKAGE])]
    tries: list[list[list[str]]] = []
    if packages and apt and root:
        install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
        tries.append([["apt-get", "update"], install])
    if not browser:
        tries.append([[python, "-m", "playwright", "install", "chromium"]])
    return tries


def run_all(commands: Iterable[list[str]]) -> bool:
    """Run one command after the other, until one fails."""
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in commands:
        print("$", " ".join(command), flush=True)
        try:
            if subprocess.run(command, env=environ, check=False).returncode != 0:
                return False
        except OSError as error:
            print(error, flush=True)
            return False
    return True


def main() -> int:
    """Make sure of a browser and a font; the exit code is 0 when there is a browser."""
    browser, font = find_browser(), has_font()
    apt = shutil.which("apt-get") is not None
    for commands in install_plan(browser=bool(browser), font=font, apt=apt, root=is_root()):
        run_all(commands)
        browser, font = find_browser(), has_font()
        if browser:
            break
    if browser is None:
        print("No browser for the tests: install Chromium or Chrome so that it is on PATH.")
        return 1
    if not font:
        print(f"No font on this machine: screenshots show no text (Debian: {FONT_PACKAGE}).")
    print(f"The end-to-end tests use {browser}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
