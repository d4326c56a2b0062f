"""The widgets where a host gives them next to nothing, as VS Code and Colab do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from llmkit_jupyter import JobView, LLMKitClient, VideoGenerationRequest, VideoPlayer, VideoStudio
from llmkit_jupyter.notebook import live
from llmkit_jupyter.providers.base import Ticket, Update
from llmkit_jupyter.response import VideoGenerationResponse
from llmkit_jupyter.widgets.hosts import VIEW
from llmkit_jupyter.widgets.pieces import PIECE
from tests.e2e.minimal_host import MinimalHost
from tests.e2e.video_state import play_silently
from tests.scripted import ScriptedProvider

PROMPT = "A red balloon over the sea"
SIZE = 5_000_000

# What reaches beyond the right edge, unless it is in a place that scrolls or cuts.
STICKING_OUT = """() => [...document.querySelectorAll(".llmkit-widget *")].filter(element => {
  if (!element.checkVisibility()) return false;
  if (element.getBoundingClientRect().right <= innerWidth) return false;
  for (let box = element.parentElement; box; box = box.parentElement)
    if (getComputedStyle(box).overflowX !== "visible") return false;
  return true;
}).map(element => `${element.localName}.${element.className}`)"""


@pytest.fixture(autouse=True)
def editor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Be a kernel of VS Code's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setenv("VSCODE_PID", "1")
    yield
    live.cards.forget()


@pytest.fixture
def open_host(browser, monkeypatch) -> Iterator[Callable[..., MinimalHost]]:
    hosts = []

    def open_host(**given) -> MinimalHost:
        hosts.append(MinimalHost(browser, monkeypatch, **given))
        return hosts[-1]

    yield open_host
    for host in hosts:
        host.page.close()
        assert host.errors == []
        assert host.elsewhere == []


@pytest.fixture
def large(client, small, tmp_path: Path) -> VideoGenerationResponse:
    """A video of 5 MB: a small one, and a box that players skip."""
    clip = client.generate_video(small)
    path = tmp_path / "large.mp4"
    padding = SIZE - clip.size
    path.write_bytes(clip.video_bytes + padding.to_bytes(4, "big") + b"free" + bytes(padding - 8))
    return replace(clip, path=path, task_id="large")


@pytest.mark.parametrize("variable", ["VSCODE_PID", "COLAB_RELEASE_TAG"])
def test_an_output_has_the_view_beside_what_is_plain(
    open_host, large, client, small, monkeypatch, variable: str
):
    monkeypatch.delenv("VSCODE_PID")
    monkeypatch.setenv(variable, "1")
    open_host()
    for widget in (VideoStudio(client), JobView(client.submit_video(small)), VideoPlayer(large)):
        bundle = widget._repr_mimebundle_()
        assert bundle[VIEW]["model_id"] == widget.model_id
        assert "llmkit-slot" not in bundle["text/html"]  # nobody would fill it
        assert bundle["text/plain"]


def test_the_studio_makes_a_video_that_plays_from_the_page_s_own_memory(open_host, client):
    host = open_host()
    studio = VideoStudio(client, duration=1, width=320, height=180)
    view = host.show(studio)
    view.get_by_label("Prompt", exact=True).fill(PROMPT)
    view.get_by_role("button", name="Generate", exact=True).click()
    state = play_silently(view.locator("video"))
    assert state.plays, state
    assert (state.source, state.width, state.duration) == ("blob", 320, 1.0)
    assert studio.response.request.prompt == PROMPT


def test_a_job_shows_its_progress_and_then_its_video(open_host, video_bytes):
    go_on = threading.Event()
    provider = ScriptedProvider(video=video_bytes)

    def look(ticket: Ticket) -> Update | None:
        if go_on.is_set():
            provider.on_poll = None
            return provider._look(ticket)
        return Update(ticket=ticket, state="processing", progress=0.5)

    provider.on_poll = look
    host = open_host()
    job = LLMKitClient(provider).submit_video(VideoGenerationRequest(PROMPT))
    view = host.show(JobView(job))
    expect(view.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "50")
    expect(view.get_by_text("50%")).to_be_visible()
    expect(view.get_by_role("button", name="Cancel")).to_be_enabled()
    go_on.set()
    state = play_silently(view.locator("video"))
    assert state.plays, state
    assert state.source == "blob"
    expect(view.get_by_role("button", name="Cancel")).to_have_count(0)


@pytest.mark.parametrize("form", ["view", "buffer", "base64", "nothing"])
def test_a_large_video_travels_once_and_is_forgotten_with_its_last_view(
    open_host, large, form: str
):
    host = open_host(form=form)
    player = VideoPlayer(large)
    views = [host.show(player), host.show(player)]
    for view in views:
        state = play_silently(view.locator("video"))
        assert state.plays, state
        assert state.source == "blob"
    pieces = host.fetched()
    lost = pieces[:-3]  # what had to be asked for again, as text
    assert pieces[-3:] == [0, PIECE, 2 * PIECE]
    assert lost in ([[0], []] if form == "nothing" else [[]])
    assert len(set(host.sources())) == 1

    host.remove(0)
    assert play_silently(views[1].locator("video")).plays
    assert len(host.videos()) == 1
    host.remove(1)
    host.page.wait_for_function("host.videos.size === 0")
    assert host.fetched() == pieces


def test_in_a_narrow_place_nothing_sticks_out(open_host, client, large, tmp_path: Path):
    host = open_host(width=320)
    studio = VideoStudio(client, prompt=PROMPT, duration=1, width=96, height=64)
    view = host.show(studio)
    check_fits(host)
    studio.duration = 99
    expect(view.get_by_text("Allowed: 1 to 30 seconds for runway-gen-4.").first).to_be_visible()
    check_fits(host)
    studio.duration = 1
    studio.count = 3
    studio.generate()
    expect(view.get_by_role("tab", name="Done")).to_have_count(3)
    expect(view.locator("video")).to_be_visible()
    unbroken = "A" * 300
    job = client.submit_video(VideoGenerationRequest(unbroken, duration=30))
    expect(host.show(JobView(job)).get_by_text("Generating").last).to_be_visible()
    player = host.show(VideoPlayer(replace(large, width=1920, height=1080)))
    expect(player.locator("video")).to_be_visible()
    check_fits(host)
    for details in host.page.locator("details").all():
        details.evaluate("element => { element.open = true; }")
    check_fits(host)
    host.page.screenshot(path=tmp_path / "narrow.png", full_page=True)
    job.cancel()


def check_fits(host: MinimalHost) -> None:
    assert host.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert host.page.evaluate(STICKING_OUT) == []
