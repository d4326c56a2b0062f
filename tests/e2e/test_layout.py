"""Widths from a phone's to a wide screen's, and no jump when the video comes."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.e2e.notebook_page import NotebookPage
from tests.e2e.studio_page import StudioPage, studio_cell

WIDTHS = (320, 640, 1000, 1400)  # pixels, of an output
WORDS = "A lighthouse in a storm, waves as high as houses, seen from a small boat at night, " * 3
STUDIO = studio_cell(prompt=WORDS, negative_prompt="rain", width=640, height=360)
SHORT = studio_cell(prompt="hills", duration=4, width=640, height=360)
CLIENT = f"""from IPython.display import display
from llmkit_jupyter import JobView, LLMKitClient, VideoGenerationRequest, VideoPlayer
client = LLMKitClient(home="home")
WORDS = {WORDS!r}
def submit(seconds, width, height):
    request = VideoGenerationRequest(WORDS, duration=seconds, width=width, height=height)
    return client.submit_video(request)"""
VIEWS = """display(VideoPlayer(submit(1, 640, 360).result()))
display(VideoPlayer(submit(1, 64, 128).result()))
display(JobView(submit(30, 1280, 720)))"""

_TOO_WIDE = """() => [...document.querySelectorAll(".llmkit-widget, .llmkit-widget *")]
  .filter(element => {
    if (!element.checkVisibility({ visibilityProperty: true })) return false;
    if (element.parentElement.closest("pre")) return false;  // lines of code, which scroll
    const box = element.getBoundingClientRect();
    if (box.width <= 1 || box.height <= 1) return false;  // for those who only hear it
    const output = element.closest(".jp-OutputArea-output").getBoundingClientRect();
    const scrolls = element.matches(".llmkit-widget") && element.scrollWidth > element.clientWidth;
    return scrolls || box.right > output.right + 0.5 || box.left < output.left - 0.5;
  })
  .map(element => `${element.localName}.${element.className}`)"""


def test_nothing_is_wider_than_its_output(open_notebook):
    notebook: NotebookPage = open_notebook(CLIENT, STUDIO, VIEWS)
    for index in range(2):
        notebook.run_cell(index)
    studio = StudioPage.of_cell(notebook, 1)
    studio.generate()
    studio.wait_video()
    notebook.run_cell(2)
    views = notebook.cell(2).locator(".llmkit-widget")
    expect(views).to_have_count(3)
    for summary in notebook.page.locator(".llmkit-widget summary").all():
        summary.click()
    for width in WIDTHS:
        set_width(notebook, width)
        assert notebook.page.evaluate(_TOO_WIDE) == [], width
        # Also what is open for a moment only.
        studio.model.click()
        expect(studio.root.get_by_role("option").first).to_be_visible()
        popup = studio.root.get_by_role("listbox", name="Models")
        assert popup.evaluate("list => list.scrollWidth <= list.clientWidth")
        studio.model.press("Escape")
    assert notebook.errors == []


def test_the_video_comes_without_a_jump(open_notebook):
    sizes = ((640, 360), (96, 64), (360, 640), (1280, 720))
    jobs = [f"WORDS = 'hills'\nJobView(submit(4, {width}, {height}))" for width, height in sizes]
    notebook: NotebookPage = open_notebook(CLIENT, SHORT, *jobs)
    for index in (0, 1):
        notebook.run_cell(index)
    for index in range(2, len(jobs) + 2):
        watch(notebook.cell(index))
        notebook.run_cell(index)
        # What stays takes the place of the view.
        video = notebook.cell(index).locator("figure video")
        assert notebook.video_state(video).plays
        expect(notebook.cell(index).locator(".llmkit-widget")).to_have_count(0)
        assert_still(notebook, {"running", "plain"})
    studio = StudioPage.of_cell(notebook, 1)
    watch(studio.root)
    studio.generate()
    assert notebook.video_state(studio.wait_video()).plays
    assert_still(notebook, {"running", "live"})


def watch(place: Locator) -> None:
    """Measure at each picture that the browser draws, what a job's card or video takes."""
    place.evaluate(
        """place => {
          const frames = window.frames_seen = [];
          const look = () => {
            if (window.frames_seen !== frames) return;
            requestAnimationFrame(look);
            const card = place.querySelector(".llmkit-widget .lk-card");
            const plain = place.querySelector(".llmkit-video, figure");
            const what = card ?? plain;
            if (!what) return;
            const kind = !card ? "plain" : card.querySelector("video") ? "live" : "running";
            if (!card || card.querySelector("video, [role=progressbar]")) {
              const output = what.closest(".jp-OutputArea-output, .lk-s-stage > div");
              const { top, height } = output.getBoundingClientRect();
              const box = what.querySelector(card ? ".lk-picture" : "video")
                .getBoundingClientRect();
              const picture = [box.top - top, box.left, box.width, box.height];
              frames.push({ kind, height, picture });
            }
          };
          look();
        }"""
    )


def assert_still(notebook: NotebookPage, kinds: set[str]) -> None:
    """What `watch` saw has the picture where it was at first, and everything its height."""
    frames = notebook.page.evaluate("window.frames_seen")
    assert kinds <= {frame["kind"] for frame in frames}
    for edges in zip(*(frame["picture"] for frame in frames), strict=True):
        assert max(edges) - min(edges) <= 4, edges
    heights = {frame["height"] for frame in frames}
    assert max(heights) - min(heights) <= 4, heights


def set_width(notebook: NotebookPage, width: int) -> None:
    """Make outputs that wide, in a window that has room for them."""
    page = notebook.page
    page.set_viewport_size({"width": 2000, "height": 1600})
    page.evaluate("window.styled = true")  # which stays: no other test gets this tab
    # Lab itself is never as narrow as what it may show in a split or a side bar.
    page.add_style_tag(
        content=f".jp-Cell .jp-OutputArea-output {{ flex: none; width: {width}px !important; }}"
    )
    assert notebook.outputs(1).first.evaluate("output => output.clientWidth") == width
    # What follows the width by itself is told of it with a frame, and drawn in the next.
    page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
