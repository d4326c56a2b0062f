"""Which browser the end-to-end tests take, and what is installed where there is none."""

import os
from pathlib import Path

import pytest

from tests import browser


def executable(path: Path, exit_code: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\nexit {exit_code}\n")
    path.chmod(0o755)
    return path


def test_path_is_searched_by_name_then_by_folder(tmp_path):
    chrome = executable(tmp_path / "first" / "google-chrome")
    chromium = executable(tmp_path / "second" / "chromium")
    path = os.pathsep.join([str(chrome.parent), str(chromium.parent)])
    assert browser.on_path(path) == [chromium, chrome]


def test_a_file_that_cannot_be_executed_is_no_browser(tmp_path):
    executable(tmp_path / "chromium").chmod(0o644)
    assert browser.on_path(str(tmp_path)) == []


def test_a_browser_that_does_not_start_is_passed_over(tmp_path):
    note = executable(tmp_path / "chromium-browser", exit_code=1)
    works = executable(tmp_path / "google-chrome")
    assert browser.find_browser(among=lambda: [note, tmp_path / "gone", works]) == works
    assert browser.find_browser(among=lambda: [note]) is None


def test_path_comes_before_playwrights_own(tmp_path, monkeypatch):
    chrome = executable(tmp_path / "bin" / "google-chrome")
    own = executable(tmp_path / "own" / "chromium-1200" / "chrome-linux64" / "chrome")
    monkeypatch.setattr(browser.sys, "platform", "linux")
    monkeypatch.setenv("PATH", str(chrome.parent))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "own"))
    assert browser.candidates() == [chrome, own]
    chrome.unlink()
    assert browser.find_browser(works=lambda _: True) == own


def test_mac_applications(tmp_path):
    chrome = executable(tmp_path / "Google Chrome.app/Contents/MacOS/Google Chrome")
    assert browser.mac_apps([tmp_path / "none", tmp_path]) == [chrome]


def test_playwrights_newest_revision_comes_first(tmp_path):
    old = executable(tmp_path / "chromium-999" / "chrome-linux" / "chrome")
    new = executable(tmp_path / "chromium-1200" / "chrome-linux64" / "chrome")
    executable(tmp_path / "firefox-1500" / "firefox" / "firefox")
    assert browser.playwright_browsers(tmp_path) == [new, old]
    assert browser.playwright_browsers(None) == []


@pytest.mark.parametrize(
    ("environ", "platform", "folder"),
    [
        ({}, "linux", "/home/me/.cache/ms-playwright"),
        ({"XDG_CACHE_HOME": "/cache"}, "linux", "/cache/ms-playwright"),
        ({}, "darwin", "/home/me/Library/Caches/ms-playwright"),
        ({"PLAYWRIGHT_BROWSERS_PATH": "/browsers"}, "linux", "/browsers"),
    ],
)
def test_playwrights_folder(environ, platform, folder):
    assert browser.playwright_folder(environ, platform, Path("/home/me")) == Path(folder)


def test_the_sandbox_is_off_for_root_only():
    assert "--no-sandbox" in browser.launch_flags(root=True)
    assert "--no-sandbox" not in browser.launch_flags(root=False)


def test_any_font_will_do(tmp_path):
    assert not browser.has_font([str(tmp_path), str(tmp_path / "none")])
    (tmp_path / "truetype").mkdir()
    (tmp_path / "truetype" / "Some.TTF").touch()
    assert browser.has_font([str(tmp_path)])


def plan(**here: bool) -> list[str]:
    """The plan, each try as its last command."""
    tries = browser.install_plan(python="python", **here)
    return [" ".join(commands[-1]) for commands in tries]


def test_nothing_is_installed_where_all_is_present():
    assert plan(browser=True, font=True, apt=True, root=True) == []


def test_debian_root_installs_what_is_missing_then_falls_back():
    install = "apt-get install -y --no-install-recommends"
    own = "python -m playwright install chromium"
    assert plan(browser=False, font=False, apt=True, root=True) == [
        f"{install} chromium fonts-dejavu-core",
        own,
    ]
    assert plan(browser=False, font=True, apt=True, root=True) == [f"{install} chromium", own]
    assert plan(browser=True, font=False, apt=True, root=True) == [f"{install} fonts-dejavu-core"]


@pytest.mark.parametrize(("apt", "root"), [(True, False), (False, True), (False, False)])
def test_elsewhere_playwright_downloads_one(apt, root):
    own = "python -m playwright install chromium"
    assert plan(browser=False, font=False, apt=apt, root=root) == [own]


def test_failing_everywhere_is_an_exit_code_and_a_message(monkeypatch, capsys):
    monkeypatch.setattr(browser, "find_browser", lambda: None)
    monkeypatch.setattr(browser, "run_all", lambda commands: False)
    assert browser.main() == 1
    assert "install Chromium or Chrome" in capsys.readouterr().out


def test_a_found_browser_is_named(monkeypatch, capsys):
    monkeypatch.setattr(browser, "find_browser", lambda: Path("/here/chromium"))
    monkeypatch.setattr(browser, "has_font", lambda: True)
    assert browser.main() == 0
    assert capsys.readouterr().out == "The end-to-end tests use /here/chromium\n"


def test_commands_stop_at_the_first_failure(tmp_path):
    bad = executable(tmp_path / "bad", exit_code=3)
    mark = tmp_path / "mark"
    assert not browser.run_all([[str(bad)], ["touch", str(mark)]])
    assert not browser.run_all([[str(tmp_path / "missing")]])
    assert not mark.exists()
    assert browser.run_all([["touch", str(mark)]])
    assert mark.exists()
