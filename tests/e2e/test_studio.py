"""The studio by hand: from an empty form to the video, while the kernel has other things to do."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.studio_page import LOAD, StudioPage, studio_cell

PROMPT = "A lighthouse on a rocky coast at sunset, waves rolling in"
# Busy until a file says that the test has seen enough.
BUSY = "import pathlib, time\nwhile not pathlib.Path('finish').exists():\n    time.sleep(0.02)"
TOLD = "print(studio.job.request.to_dict())\nprint(studio.response.status, len(studio.jobs))"

# Notes each new text of the facts and each value of the bar.
WATCH = """stage => {
  window.seen = [];
  const look = () => {
    const text = stage.querySelector(".lk-facts")?.textContent;
    const value = stage.querySelector("[role=progressbar]")?.getAttribute("aria-valuenow");
    const now = `${text} ${value}`;
    if (text && window.seen.at(-1) !== now) window.seen.push(now);
  };
  new MutationObserver(look).observe(
    stage, { subtree: true, childList: true, characterData: true, attributes: true });
}"""


def test_from_an_empty_form_to_the_video_by_keyboard_while_a_cell_sleeps(open_notebook, folder):
    notebook = open_notebook(LOAD, studio_cell(duration=20, width=640, height=360), BUSY, TOLD)
    notebook.run_cell(0)
    notebook.run_cell(1)
    studio, keys = StudioPage.of_cell(notebook, 1), notebook.page.keyboard
    expect(studio.generate_button).to_have_attribute("aria-disabled", "true")

    studio.prompt.focus()
    keys.type(PROMPT)
    keys.press("Tab")
    expect(studio.model).to_be_focused()
    keys.type("kling")
    keys.press("Enter")
    expect(studio.model).to_have_value("Kling 2.0")
    expect(studio.notes("duration")).to_have_text(
        "Kling 2.0 makes 1 to 10 seconds, so 20 became 10."
    )
    slider = studio.root.get_by_role("slider", name="Duration in seconds")
    expect(slider).to_have_attribute("max", "10")
    slider.focus()
    for _ in range(4):
        keys.press("ArrowLeft")
    expect(studio.field("Duration")).to_have_value("6")
    expect(studio.notes("duration")).to_have_count(0)

    notebook.run_cell(2, wait=False)
    notebook.wait_running(2)
    studio.stage.locator("..").evaluate(WATCH)
    studio.generate(by="keys")
    video = studio.wait_video()
    state = notebook.video_state(video)
    assert state.plays, state
    assert (state.width, state.height, state.duration) == (640, 360, 6)
    assert len(notebook.page.evaluate("window.seen")) >= 3, notebook.page.evaluate("window.seen")
    notebook.wait_running(2)
    (folder / "finish").touch()
    notebook.wait_done(2)

    notebook.run_cell(3)
    request, status = notebook.text(3).splitlines()
    assert request == str(
        {"prompt": PROMPT, "model": "kling-2.0", "duration": 6, "width": 640, "height": 360}
        | {"seed": 1}
    )
    assert status == "completed 1"
    assert notebook.errors == []


def test_what_is_wrong_is_said_beside_the_field_before_generate_can_be_pressed(open_notebook):
    notebook = open_notebook(LOAD, studio_cell(prompt=PROMPT), "print(studio.problems)")
    notebook.run_cell(0)
    notebook.run_cell(1)
    studio = StudioPage.of_cell(notebook, 1)
    studio.expect_ready()
    wrong = {
        "prompt": (studio.prompt, "   ", PROMPT, "Write what the video should show."),
        "duration": (studio.field("Duration"), "31", "2", "30"),
        "seed": (studio.field("Seed"), "twelve", "3", "whole number"),
        "count": (studio.field("Videos"), "101", "1", "1 to 100"),
    }
    for name, (field, bad, good, words) in wrong.items():
        field.fill(bad)
        studio.expect_problem(name, words)
        expect(field).to_have_attribute("aria-invalid", "true")
        assert words in studio.described(field)
        # Pressed all the same, it leads to the field.
        studio.generate_button.click(force=True)  # for Playwright it is disabled
        expect(field).to_be_focused()
        field.fill(good)
        studio.expect_ready()
        expect(field).to_have_attribute("aria-invalid", "false")
    studio.field("Width in pixels").fill("191")
    studio.expect_problem("size", "even")
    notebook.run_cell(2)
    assert "'size'" in notebook.text(2)
    expect(studio.stage).to_contain_text("Your video will play here.")

    # What is short is no fault.
    studio.field("Width in pixels").fill("192")
    studio.prompt.fill("hills")
    expect(studio.notes("prompt")).to_contain_text("A few more words help")
    studio.expect_ready()
    assert notebook.errors == []


def test_cancel_and_what_was_made_so_far(open_notebook):
    notebook = open_notebook(LOAD, studio_cell(prompt=PROMPT), "print(studio.values())")
    notebook.run_cell(0)
    notebook.run_cell(1)
    studio = StudioPage.of_cell(notebook, 1)

    # A long one, which is stopped.
    studio.field("Duration").fill("30")
    studio.choice("Size", re.compile("Full HD")).check()
    studio.generate()
    studio.cancel()
    expect(studio.card).to_contain_text("Cancelled")
    expect(studio.bar).to_have_count(0)

    # Two of one request: a tab for each.
    studio.field("Duration").fill("1")
    studio.choice("Size", "Custom").check()
    studio.field("Width in pixels").fill("192")
    studio.field("Height in pixels").fill("128")
    studio.field("Videos").fill("2")
    expect(studio.generate_button).to_have_text("Generate 2 videos")
    studio.generate()
    tabs = studio.stage.get_by_role("tab")
    expect(tabs).to_have_text([re.compile("1.*Done"), re.compile("2.*Done")])
    first = studio.wait_video().get_attribute("src")
    tabs.first.press("ArrowRight")
    expect(tabs.last).to_be_focused()
    expect(studio.video).not_to_have_attribute("src", first or "")
    expect(studio.results).to_have_count(3)

    # The cancelled one comes back from the strip, with all its settings.
    studio.results.last.click()
    expect(studio.card).to_contain_text("Cancelled")
    studio.button("Reuse settings").click()
    expect(studio.field("Duration")).to_have_value("30")
    expect(studio.choice("Size", re.compile("Full HD"))).to_be_checked()
    expect(studio.field("Seed")).to_have_value("1")
    studio.button("Vary the seed").click()
    expect(studio.field("Seed")).not_to_have_value("1")
    notebook.run_cell(2)
    assert "'duration': 30, 'width': 1920, 'height': 1080" in notebook.text(2)
    assert f"'seed': {studio.field('Seed').input_value()}," in notebook.text(2)
    # Nothing was generated by it.
    expect(studio.results).to_have_count(3)
    assert notebook.errors == []


def test_a_killed_kernel_s_video_is_waiting_in_the_studio(open_notebook):
    kill = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    again = "print(studio.response.status, studio.job)"
    cell = studio_cell(prompt=PROMPT, duration=6, width=1280, height=720)
    notebook = open_notebook(LOAD, cell, kill, again)
    notebook.run_cell(0)
    notebook.run_cell(1)
    studio = StudioPage.of_cell(notebook, 1)
    studio.generate()
    expect(studio.card).to_contain_text("Generating")
    notebook.run_cell(2, wait=False)
    notebook.page.locator(".jp-Dialog").get_by_role("button").last.click()
    # What a reader finds where the studio was.
    output = notebook.cell(1).locator(".jp-OutputArea")
    expect(output).to_contain_text("1 video was not finished here")
    expect(output.get_by_role("form")).to_have_count(0)

    notebook.run_cell(1)
    state = notebook.video_state(studio.wait_video())
    assert state.plays, state
    assert (state.width, state.height, state.duration) == (1280, 720, 6)
    notebook.run_cell(3)
    # It was not begun once more.
    assert notebook.text(3) == "completed None"
    assert notebook.errors == []
