"""With nothing but a server's address: from a notebook to a playing video, typed and clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.e2e.studio_page import StudioPage

if TYPE_CHECKING:
    from tests.emulator.process import Emulator

# All that a card has said, in order.
WATCH = """() => {
  window.said = [];
  const look = () => document.querySelectorAll('.llmkit-card').forEach(e => {
    const text = e.innerText.replace(/\\s+/g, ' ');
    if (window.said.at(-1) !== text) window.said.push(text);
  });
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true,
    characterData: true});
}"""


def test_from_the_address_to_a_playing_video(open_notebook, service: Emulator):
    service.set(dialect="sglang", seconds=1.5, queue=1.5, queue_position=True, progress=True)
    address = "\n".join(
        [
            "%load_ext llmkit_jupyter",
            "import os",
            "os.environ.pop('LLMKIT_VIDEO_PROVIDER', None)",
            f"os.environ['LLMKIT_DIFFUSION_ROUTER_URL'] = {service.origin!r};",
        ]
    )
    notebook = open_notebook(
        address,
        "%%video -d 2 -s 320x180\nA boat on a lake",
        "from llmkit_jupyter import VideoStudio\nstudio = VideoStudio()\nstudio",
    )
    notebook.page.evaluate(WATCH)
    notebook.run_all()
    typed = notebook.video_state(notebook.cell(1).locator("video"))
    assert typed.plays, typed
    assert (typed.width, typed.height) == (320, 180)
    said = " | ".join(notebook.page.evaluate("window.said"))
    assert "Waiting for a worker" in said
    assert "place 1 in the queue" in said
    assert "Generating" in said

    studio = StudioPage.of_cell(notebook, 2)
    expect(studio.model).to_have_value("FastWan2.1-T2V-1.3B-Diffusers")
    studio.prompt.fill("A lighthouse in a storm")
    studio.prompt.press("Control+Enter")
    expect(studio.card).to_contain_text("Waiting for a worker")
    expect(studio.card).to_contain_text("place 1 in the queue")
    studio.wait_video()
    assert notebook.errors == []
    assert [row.times_charged for row in service.ledger()] == [1, 1]
