"""Fixtures of the end-to-end tests: a browser, JupyterLab, and notebooks open in it.

Browser and server live as long as pytest is in this folder (scope "package"), not longer:
Playwright's sync interface keeps an asyncio loop running in the main thread until it is stopped,
and elsewhere tests call ``asyncio.run``.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests import browser as browsers
from tests.e2e.lab import STANDARD_THEME, JupyterLab
from tests.e2e.notebook7_page import Notebook7Page
from tests.e2e.notebook_page import PATIENCE, NotebookPage
from tests.emulator.process import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

Opened = TypeVar("Opened", bound=NotebookPage)

_OPEN_PAGES = pytest.StashKey["Sequence[NotebookPage]"]()
_LAB = pytest.StashKey[JupyterLab]()
_PASSED = pytest.StashKey[bool]()


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """What starts browsers."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium, headless; its windows forget everything."""
    with playwright.chromium.launch(**_launch_options()) as chromium:
        yield chromium


@pytest.fixture(scope="package")
def profile(
    playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    """The browser of a person: Lab's code is compiled once, which is a third of loading it."""
    folder = tmp_path_factory.mktemp("profile")
    options = _launch_options()
    with playwright.chromium.launch_persistent_context(folder, **options) as context:
        yield context


def _launch_options() -> dict[str, Any]:
    found = browsers.find_browser()
    if found is None:
        pytest.fail(browsers.HINT, pytrace=False)
    return browsers.launch_options(found)


@pytest.fixture(scope="package")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterLab]:
    """The one server of all tests; tests ask for `lab`."""
    with JupyterLab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture(scope="package")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """The emulated service of all tests; tests ask for `service`."""
    with Emulator(tmp_path_factory.mktemp("service"), render=True) as emulator:
        yield emulator


@pytest.fixture
def service(emulated: Emulator) -> Emulator:
    """An emulated Runware that has not been asked for anything yet."""
    emulated.reset()
    return emulated


@pytest.fixture(scope="package")
def lab_with_key(
    emulated: Emulator, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[JupyterLab]:
    """A server whose environment holds a key, whatever it is, and the emulated address.

    A module whose tests all need it has a fixture `shared_lab` that gives it.
    """
    environ = {
        "LLMKIT_API_KEY": "anything",
        "LLMKIT_RUNWARE_URL": emulated.url,
        "LLMKIT_VIDEO_PROVIDER": "",
    }
    with JupyterLab(tmp_path_factory.mktemp("lab-with-key"), environ=environ) as lab:
        yield lab


@pytest.fixture
def lab(shared_lab: JupyterLab, request: pytest.FixtureRequest) -> Iterator[JupyterLab]:
    """The server; after the test no kernel runs, no job is known, and the theme is as before."""
    request.node.stash[_LAB] = shared_lab
    yield shared_lab
    shared_lab.stop_kernels()
    shared_lab.forget_jobs()
    shared_lab.use_theme(STANDARD_THEME)


@pytest.fixture
def folder(lab: JupyterLab, request: pytest.FixtureRequest) -> Path:
    """A folder of this test below Lab's root, for its notebooks and media."""
    path = lab.root / re.sub(r"\W+", "_", request.node.name)
    path.mkdir(parents=True, exist_ok=True)
    return path


@pytest.fixture(scope="package")
def tabs() -> dict[JupyterLab, Page]:
    """A server's tab that a test has left as it was: half of a test's work is to load Lab."""
    return {}


@pytest.fixture
def open_notebook(
    profile: BrowserContext,
    lab: JupyterLab,
    tabs: dict[JupyterLab, Page],
    folder: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Callable[..., NotebookPage]]:
    """``open_notebook("cell one", "cell two")`` writes a notebook and opens it in a tab.

    ``open_notebook(path=...)`` opens one which is there, ``kernel=False`` without a kernel.
    """
    yield from _opening(NotebookPage, profile, lab, tabs, folder, request)


@pytest.fixture
def open_in_notebook7(
    profile: BrowserContext, lab: JupyterLab, folder: Path, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Notebook7Page]]:
    """As ``open_notebook``, in Notebook 7."""
    yield from _opening(Notebook7Page, profile, lab, {}, folder, request)


def _opening(
    kind: type[Opened],
    context: BrowserContext,
    lab: JupyterLab,
    tabs: dict[JupyterLab, Page],
    folder: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Callable[..., Opened]]:
    pages: list[Opened] = []
    request.node.stash[_OPEN_PAGES] = pages
    tab = tabs.pop(lab, None)

    def open_it(*sources: str, path: Path | None = None, kernel: bool = True) -> Opened:
        nonlocal tab
        if path is None:
            path = lab.write_notebook(folder / f"notebook{len(pages) + 1}.ipynb", *sources)
        # A theme is chosen before Lab is loaded.
        if tab and lab.theme != STANDARD_THEME:
            tab.close()
            tab = None
        page = kind(lab, context, tab)
        tab = None
        pages.append(page)
        return page.open(path, kernel=kernel)

    yield open_it
    as_before = request.node.stash.get(_PASSED, False) and lab.theme == STANDARD_THEME
    if as_before and not tab and pages and kind is NotebookPage:
        tab = pages[-1].put_away()
    for page in context.pages[1:]:  # the first is the empty one that a browser begins with
        if page not in (tab, *tabs.values()):
            page.close()
    context.clear_permissions()
    if tab:
        tabs[lab] = tab


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put pictures of the open pages and the end of Lab's log beside a failure."""
    report = yield
    if report.when == "call":
        item.stash[_PASSED] = report.passed
    lab = item.stash.get(_LAB, None)
    if report.when == "call" and report.failed and lab is not None:
        report.sections.append(("JupyterLab", "\n".join(_evidence(item, lab))))
    return report


def _evidence(item: pytest.Item, lab: JupyterLab) -> Iterator[str]:
    folder: Path = item.funcargs.get("tmp_path") or lab.folder / "failures" / item.name  # type: ignore[attr-defined]
    folder.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(item.stash.get(_OPEN_PAGES, []), 1):
        picture = folder / f"page{number}.png"
        # A page which is closed, or not there yet, has no picture; the failure matters more.
        with contextlib.suppress(Exception):
            page.page.screenshot(path=picture, timeout=10_000)
            yield f"page {number}: {picture}"
        yield from page.errors
    log = folder / "lab.log"
    log.write_text(lab.log_tail(400))
    yield f"server log: {log}, which ends with"
    yield lab.log_tail(20)
