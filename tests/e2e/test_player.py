"""The player: plays, slowly and frame by frame, and twenty of them hold few videos."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.e2e.notebook_page import NotebookPage

CLIP = """
%load_ext llmkit_jupyter
from llmkit_jupyter import LLMKitClient, VideoGenerationRequest, VideoPlayer
clip = LLMKitClient("preview").generate_video(
    VideoGenerationRequest("hills at sunset", duration=2, width=192, height=128, seed=7)
)
"""
# The notebook may hold no video, and there is no folder beside it: all bytes come by the kernel.
NOWHERE = """
import os, pathlib
home = pathlib.Path("home").absolute()
home.mkdir()
(home / "config.toml").write_text("embed_clip_mb = 0\\nembed_fallback_mb = 0\\n")
pathlib.Path("llmkit_media").touch()
os.environ["LLMKIT_HOME"] = str(home)
"""
# Of 2 MB: the clip, and a box that players skip.
LARGE = """
from dataclasses import replace
from IPython.display import display
large = pathlib.Path("large.mp4").absolute()
padding = 2_000_000
large.write_bytes(
    clip.video_bytes + padding.to_bytes(4, "big") + b"free" + bytes(padding - 8)
)
film = replace(clip, path=large, task_id="large")
players = [VideoPlayer(film) for _ in range(20)]
display(*players)
"""


def player_of(notebook: NotebookPage, cell: int) -> Locator:
    player = notebook.cell(cell).get_by_role("group", name="Video: hills at sunset")
    expect(player.locator("video")).to_have_attribute("src", re.compile("."))
    return player


def time_of(player: Locator) -> float:
    return player.locator("video").evaluate("video => video.currentTime")


def test_it_plays_slowly_by_frames_and_to_a_file(open_notebook, folder: Path):
    notebook = open_notebook(
        CLIP, "player = VideoPlayer(clip)\nplayer", "player", "print(player.loop, player.speed)"
    )
    for cell in range(3):
        notebook.run_cell(cell)
    player, other = player_of(notebook, 1), player_of(notebook, 2)
    video = player.locator("video")
    state = notebook.video_state(video)
    assert state.plays, state

    # Frame by frame, with the keys too. It has 24 in a second.
    video.evaluate("video => { video.currentTime = 0.5; }")
    before = time_of(player)
    for _ in range(3):
        player.get_by_role("button", name="One frame forward").click()
    player.get_by_role("button", name="One frame back").click()
    player.press(".")
    assert 2.4 <= (time_of(player) - before) * 24 <= 3.6
    player.press("ArrowLeft")
    assert time_of(player) == 0

    # Speed and loop are traits, the same in all views.
    player.get_by_role("combobox", name="Speed").select_option("0.5")
    expect(other.get_by_role("combobox", name="Speed")).to_have_value("0.5")
    expect(video).to_have_js_property("playbackRate", 0.5)
    loop = player.get_by_role("button", name="Loop")
    expect(loop).to_have_attribute("aria-pressed", "false")
    loop.click()
    expect(other.get_by_role("button", name="Loop")).to_have_attribute("aria-pressed", "true")
    notebook.run_cell(3)
    assert notebook.text(3) == "True 0.5"
    notebook.new_cell("player.speed = 2", run=True)
    expect(player.get_by_role("combobox", name="Speed")).to_have_value("2")
    expect(video).to_have_js_property("playbackRate", 2)
    expect(video).to_have_js_property("loop", True)

    with notebook.page.expect_download() as download:
        player.get_by_role("link", name="Download hills-at-sunset.mp4").click()
    download.value.save_as(folder / "downloaded.mp4")
    same = notebook.new_cell("open('downloaded.mp4', 'rb').read() == clip.video_bytes", run=True)
    assert notebook.text(same) == "True"

    place = notebook.cell(1).locator(".llmkit-widget")
    place.get_by_text("Details").click()
    details = place.locator("dl > div").evaluate_all(
        "rows => Object.fromEntries(rows.map(row => row.innerText.split(/\\s*\\n\\s*|\\t/)))"
    )
    assert details["Seed"] == "7"
    assert details["Size"] == "192\u00d7128"
    assert details["Length"] == "2 s"
    assert details["Provider"] == "preview"
    assert {"Model that ran", "File", "Made in", "Task id"} <= set(details)
    assert notebook.errors == []


def test_twenty_players_of_one_video_get_its_bytes_once_and_few_hold_it(open_notebook):
    notebook = open_notebook(NOWHERE + CLIP, LARGE)
    notebook.run_cell(0)
    notebook.run_cell(1)
    videos = notebook.cell(1).locator(".llmkit-widget video")
    expect(videos).to_have_count(20)
    for number in (0, 19, 10):
        videos.nth(number).scroll_into_view_if_needed()
        expect(videos.nth(number)).to_have_attribute("src", re.compile("^blob:"))
        state = notebook.video_state(videos.nth(number))
        assert state.plays, state
        held = notebook.cell(1).locator(".llmkit-widget video[src]")
        far = videos.nth(19 if number == 0 else 0)
        expect(far).not_to_have_attribute("src", re.compile("."))
        assert held.count() <= 12
    pieces = [
        message for message in notebook.traffic.comms() if message.custom.get("kind") == "piece"
    ]
    film = [message for message in pieces if message.custom["mime"] == "video/mp4"]
    assert 2_000_000 < sum(message.size for message in film) < 2_100_000
    assert len({message.custom["start"] for message in film}) == len(film)

    # The address is given up with the last view of it.
    url = videos.nth(10).get_attribute("src")
    notebook.page.evaluate("window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    expect(videos).to_have_count(0)
    notebook.page.wait_for_function(
        "async url => { try { await fetch(url); return false; } catch { return true; } }", arg=url
    )
    assert [error for error in notebook.errors if "blob:" not in error] == []
