"""The widgets without a mouse, without sight, and without motion."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.lab import JupyterLab
from tests.e2e.notebook_page import NotebookPage
from tests.e2e.studio_page import LOAD, StudioPage, studio_cell

AXE = Path(__file__).resolve().parents[2] / "js" / "node_modules" / "axe-core" / "axe.min.js"

# Draws previews, but what begins with "fail" fails.
FAILING = """from dataclasses import replace
from llmkit_jupyter import JobView, LLMKitClient, VideoPlayer, VideoStudio
from llmkit_jupyter.errors import GenerationFailedError
from llmkit_jupyter.providers.preview.provider import PreviewProvider
class Failing(PreviewProvider):
    name = "failing"
    def models(self):
        return [replace(model, provider=self.name) for model in super().models()]
    async def submit(self, submissions):
        error = GenerationFailedError("The words were refused.")
        bad = {each.task_id: error for each in submissions if each.request.prompt[:4] == "fail"}
        good = [each for each in submissions if each.task_id not in bad]
        return {**bad, **await super().submit(good)}
client = LLMKitClient(Failing(), home="home")
studio = VideoStudio(client, duration=1, width=192, height=128, seed=1)
studio"""
VIEWS = """from IPython.display import display
from llmkit_jupyter import VideoGenerationRequest
done = client.submit_video(VideoGenerationRequest("hills", duration=1, width=320, height=180))
done.result()
display(VideoPlayer(done))
display(JobView(done))
long = client.submit_video(VideoGenerationRequest("hills", duration=30, width=1280, height=720))
display(JobView(long))"""
# The view that goes on gives way to a plain card; another of the ended job stays.
ENDED = "long.cancel()\nJobView(studio.job)"


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_axe_finds_nothing_serious(theme: str, open_notebook, lab: JupyterLab):
    lab.use_theme(theme)
    notebook: NotebookPage = open_notebook(LOAD, FAILING, VIEWS, ENDED)
    notebook.page.add_script_tag(path=AXE)
    notebook.run_cell(0)
    notebook.run_cell(1)
    studio = StudioPage.of_cell(notebook, 1)
    assert axe(notebook.page) == [], "empty"
    # That it would find something: a picture without a name.
    studio.root.evaluate("root => root.append(Object.assign(new Image(), { id: 'unnamed' }))")
    assert [found["rule"] for found in axe(notebook.page)] == ["image-alt"]
    notebook.page.evaluate("document.getElementById('unnamed').remove()")

    studio.prompt.press("Control+Enter")  # the button is off
    studio.field("Duration").fill("99")
    studio.expect_problem("duration", "30")
    studio.model.click()
    expect(studio.root.get_by_role("option").first).to_be_visible()
    assert axe(notebook.page) == [], "invalid, with the list of models open"
    studio.model.press("Escape")

    studio.field("Duration").fill("30")
    studio.prompt.fill("a river at night")
    studio.choice("Size", re.compile("^HD")).press("Space")
    notebook.run_cell(2)
    studio.generate()
    expect(studio.bar).to_be_visible()
    expect(notebook.cell(2).locator(".llmkit-widget")).to_have_count(3)
    for summary in notebook.page.locator(".llmkit-widget summary").all():
        summary.click()
    assert axe(notebook.page) == [], "going on, with a player and a done job"

    studio.cancel_button.click()
    expect(studio.card).to_contain_text("Cancelled")
    assert axe(notebook.page) == [], "cancelled"
    studio.prompt.fill("fail, please")
    studio.generate()
    expect(studio.card).to_contain_text("The words were refused.")
    notebook.run_cell(3)
    expect(notebook.cell(3).locator(".llmkit-widget .lk-card")).to_contain_text("Failed")
    assert axe(notebook.page) == [], "failed"
    studio.prompt.fill("hills")
    studio.field("Duration").fill("1")
    studio.generate()
    studio.wait_video()
    assert axe(notebook.page) == [], "done"


def test_the_keyboard_alone_leads_to_a_playing_video(open_notebook):
    notebook: NotebookPage = open_notebook(LOAD, studio_cell(duration=None))
    notebook.run_cell(0)
    notebook.run_cell(1)
    studio = StudioPage.of_cell(notebook, 1)
    keys = notebook.page.keyboard
    studio.prompt.focus()
    keys.type("hills at noon")
    tab_to(studio, "combobox", "Model")
    keys.type("kling")
    keys.press("Enter")
    expect(studio.model).to_have_value("Kling 2.0")
    tab_to(studio, "slider", "Duration in seconds")
    keys.press("Home")
    keys.press("ArrowRight")
    expect(studio.field("Duration")).to_have_value("2")
    keys.press("Control+Enter")
    video = studio.wait_video()
    tab_to(studio, "group", "Video: hills at noon")
    keys.press("Space")
    notebook.page.wait_for_function(
        "video => !video.paused && video.currentTime > 0", arg=video.element_handle()
    )
    keys.press("Space")
    expect(studio.root.get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert studio.video.evaluate("video => video.paused && video.duration") == 2
    assert notebook.errors == []


def test_keys_in_the_prompt_are_not_the_notebook_s(open_notebook):
    notebook: NotebookPage = open_notebook(LOAD, studio_cell(prompt="hills"), "6 * 7")
    notebook.run_all()
    studio = StudioPage.of_cell(notebook, 1)
    keys, before = notebook.page.keyboard, cells(notebook)
    studio.prompt.focus()
    for _ in range(2):  # once more after Escape
        keys.type("ddabmyxzv00")
        keys.press("Shift+Enter")
        keys.press("Escape")
    expect(studio.prompt).to_be_focused()
    expect(studio.prompt).to_have_value("hillsddabmyxzv00\nddabmyxzv00\n")
    # What a key did to the notebook would be done by the time the kernel has checked the words.
    studio.expect_ready()
    assert cells(notebook) == before

    assert notebook.page.evaluate("window.panel.context.model.dirty")
    keys.press("Control+s")
    notebook.page.wait_for_function("!window.panel.context.model.dirty")
    assert "llmkit-slot" in (notebook.lab.root / notebook.path).read_text(encoding="utf-8")
    assert cells(notebook) == before
    expect(studio.prompt).to_be_focused()


def test_phases_are_told_and_not_every_second_and_nothing_moves(open_notebook):
    words = {"prompt": "hills", "duration": 30, "width": 1280, "height": 720}
    notebook: NotebookPage = open_notebook(LOAD, studio_cell(**words))
    notebook.run_cell(0)
    notebook.run_cell(1)
    studio = StudioPage.of_cell(notebook, 1)
    page = notebook.page
    page.emulate_media(reduced_motion="reduce")
    page.evaluate(_LISTEN)
    studio.generate()
    page.wait_for_function("window.facts.size >= 6")
    assert page.evaluate("[...window.moving]") == []
    page.emulate_media(reduced_motion="no-preference")
    page.wait_for_function("window.moving.size > 0")
    studio.cancel_button.click()
    expect(studio.card).to_contain_text("Cancelled")
    page.wait_for_function("window.told.at(-1) === 'Cancelled'")  # which a frame later is told
    told: list[str] = page.evaluate("window.told")
    assert "Generating" in told
    assert told[-1] == "Cancelled"
    assert len(told) <= 6, told


# Keeps what a screen reader is told, what the facts are, and what moves by itself.
_LISTEN = """() => {
  const last = new Map();
  window.told = [];
  window.facts = new Set();
  window.moving = new Set();
  const look = () => {
    for (const place of document.querySelectorAll(
        ".llmkit-widget :is([role=status], [role=alert], [aria-live])")) {
      const text = place.textContent;
      if (text && text !== last.get(place)) window.told.push(text);
      last.set(place, text);
    }
    for (const facts of document.querySelectorAll(".llmkit-widget .lk-facts"))
      window.facts.add(facts.textContent);
    for (const animation of document.getAnimations()) {
      const target = animation.effect?.target;
      if (animation.playState === "running" && target?.closest(".llmkit-widget"))
        window.moving.add(`${animation.constructor.name} ${target.className}`);
    }
    requestAnimationFrame(look);
  };
  look();
}"""

_AXE = """async () => {
  const { violations } = await axe.run([".llmkit-widget"], { resultTypes: ["violations"] });
  return violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) =>
      ({ rule: id, html: html.slice(0, 200), why: failureSummary })));
}"""


def axe(page: Page) -> list[dict[str, Any]]:
    """What axe-core finds in our widgets that is serious or critical."""
    return page.evaluate(_AXE)


def tab_to(studio: StudioPage, role: Any, name: str) -> None:
    """Press Tab until the focus is there; on the way it shows, and stays in the studio."""
    wanted = studio.root.get_by_role(role, name=name, exact=True)
    for _ in range(40):
        studio.page.keyboard.press("Tab")
        inside, seen = studio.root.evaluate(_FOCUS)
        assert inside, f"the focus left the studio before {name}"
        assert seen, studio.page.evaluate("document.activeElement.outerHTML")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"Tab does not lead to {name}")


_FOCUS = """root => {
  const style = getComputedStyle(document.activeElement);
  const label = getComputedStyle(document.activeElement.closest("label") ?? root);
  const ring = each => each.outlineStyle !== "none" || each.boxShadow !== "none";
  return [root.contains(document.activeElement), ring(style) || ring(label)];
}"""


def cells(notebook: NotebookPage) -> list[list[Any]]:
    """Type, number and text of each cell."""
    return notebook.page.evaluate(
        """window.panel.content.widgets.map(({ model }) =>
          [model.type, model.executionCount ?? null, model.sharedModel.getSource()])"""
    )
