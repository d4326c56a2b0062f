"""Text of strangers is text: in prompts, models' names, errors, and the names of files."""

from __future__ import annotations

import unicodedata

from playwright.sync_api import Page, expect

from tests.e2e.notebook_page import NotebookPage
from tests.e2e.studio_page import StudioPage

PAYLOADS = (
    "<script>window.pwned=1;alert(1)</script>",
    "<img src=x onerror=window.pwned=1>",
    "<svg onload=window.pwned=1><animate onbegin=alert(1)></svg>",
    "[a link](javascript:window.pwned=1) javascript:window.pwned=1",
    "<a href='javascript:window.pwned=1' target=_top>another</a>",
    "</textarea></style></div><iframe srcdoc='<script>top.pwned=1</script>'></iframe>",
    "&lt;b&gt; $$x^2$$ \\(y\\) {{window.pwned=1}} ${window.pwned=1}",
    "\x1b[31mred\x1b[0m \x1b]8;;javascript:window.pwned=1\x07told\x1b]8;;\x07",
    "turned \u202egnp.exe\u202c around \u2067\u05d0\u05d1\u2069",
    "W" * 5000,
)


def model_of(text: str) -> str:
    """An id that may come from a page; longer ones are refused."""
    return text[:1000]


# Takes any model; what becomes of a job is in its duration: 1 a video, 2 an error, 3 no end.
PROVIDER = f"""
import time
from dataclasses import replace
from IPython.display import display
from llmkit_jupyter import JobView, LLMKitClient, VideoPlayer, VideoStudio
from llmkit_jupyter import VideoGenerationRequest
from llmkit_jupyter.catalog.models import Model
from llmkit_jupyter.errors import GenerationFailedError
from llmkit_jupyter.providers.base import Ticket, Update
from llmkit_jupyter.providers.preview.provider import PreviewProvider

PAYLOADS = {PAYLOADS!r}
MODELS = {[model_of(text) for text in PAYLOADS]!r}

class Stranger(PreviewProvider):
    name, title, default_model = "stranger", PAYLOADS[1], PAYLOADS[0]

    def __init__(self):
        super().__init__()
        self.requests = {{}}

    def models(self):
        return [
            Model(text, text, self.name, 3, text, note=text, image=True, price=text)
            for text in MODELS
        ]

    def validate(self, request):
        return replace(request, model=request.model or self.default_model, seed=1)

    async def submit(self, submissions):
        self.requests.update((each.task_id, each.request) for each in submissions)
        drawn = [each for each in submissions if each.request.duration == 1]
        await super().submit(drawn)
        return {{each.task_id: Ticket(each.task_id, each.task_id) for each in submissions}}

    async def poll(self, tickets):
        return [self.look(ticket) for ticket in tickets]

    def look(self, ticket):
        request = self.requests[ticket.task_id]
        if request.duration == 2:
            error = GenerationFailedError(request.prompt)
            return Update(ticket=ticket, state="failed", error=error)
        if request.duration == 3:
            return Update(ticket=ticket, state="processing", provider_status=request.prompt)
        return self._look(ticket)

client = LLMKitClient(Stranger(), home="home")

def jobs(duration):
    small = {{"duration": duration, "width": 96, "height": 64}}
    requests = [
        VideoGenerationRequest(text, model=model, **small)
        for text, model in zip(PAYLOADS, MODELS)
    ]
    return client.submit_videos(requests)
"""
RUNNING = "running = jobs(3)\nfor job in running:\n    display(JobView(job))"
FAILED = """for job in jobs(2):
    while not job.done():
        time.sleep(0.05)
    display(JobView(job))"""
DONE = "for job in jobs(1):\n    display(VideoPlayer(job.result()))"
STUDIO = "studio = VideoStudio(client, duration=2, width=96, height=64)\nstudio"
CANCEL = "for job in running:\n    job.cancel()"


def test_cards_and_players_show_text_as_text(open_notebook):
    notebook: NotebookPage = open_notebook(PROVIDER, RUNNING, FAILED, DONE, CANCEL)
    dialogs = listen(notebook.page)
    for index in range(4):
        notebook.run_cell(index)
    for index in (1, 2, 3):
        shown = notebook.cell(index).locator(".llmkit-widget")
        expect(shown).to_have_count(len(PAYLOADS))
    failed = notebook.cell(2).locator(".lk-headline", has_text="Failed after")
    expect(failed).to_have_count(len(PAYLOADS))
    expect(notebook.cell(3).locator(".llmkit-widget video")).to_have_count(len(PAYLOADS))
    for details in notebook.cell(3).locator("summary").all():
        details.click()
    assert_harmless(notebook, dialogs, cells=(1, 2, 3))
    # The error and not the prompt alone: as the message of each card.
    messages = notebook.cell(2).locator(".lk-message").all_inner_texts()
    for payload, message in zip(PAYLOADS, messages, strict=True):
        assert bare(payload) in bare(message)

    # What stays in the file, where no widget is.
    notebook.run_cell(4)
    notebook.save()
    notebook.reopen(trusted=True)
    dialogs = listen(notebook.page)
    expect(notebook.page.locator(".llmkit-widget")).to_have_count(0)
    assert_harmless(notebook, dialogs, cells=(1, 2, 3))


def test_the_studio_shows_text_as_text(open_notebook):
    notebook: NotebookPage = open_notebook(PROVIDER, STUDIO)
    dialogs = listen(notebook.page)
    notebook.run_cell(0)
    notebook.run_cell(1)
    studio = StudioPage.of_cell(notebook, 1)
    for number, payload in enumerate(PAYLOADS, 1):
        studio.prompt.fill(payload)
        studio.model.fill(model_of(payload))
        studio.model.press("Enter")
        studio.generate()
        if number > 1:
            expect(studio.results).to_have_count(number)
        expect(studio.card).to_contain_text("Failed after")
        chip = studio.card.locator(".lk-chip").inner_text()
        # Cut where it is long.
        assert bare(chip)[:40] == bare(model_of(payload))[:40]
        card = studio.card.inner_text()
        assert bare(payload)[:60] in bare(card.split("\n", 1)[1]), card
        assert_harmless(notebook, dialogs, cells=())
    studio.model.click()
    studio.model.press("Backspace")
    options = studio.root.get_by_role("group", name="stranger").get_by_role("option")
    expect(options).to_have_count(len(PAYLOADS))
    for payload, option in zip(PAYLOADS, options.all(), strict=True):
        assert bare(payload)[:40] in bare(option.inner_text())
    assert_harmless(notebook, dialogs, cells=())
    studio.model.press("Escape")

    chooser = studio.root.locator("input[type=file]")
    for payload in PAYLOADS:
        file = {"name": payload, "mimeType": "image/png", "buffer": b"no picture"}
        chooser.set_input_files(file)
        expect(studio.notes("image")).to_contain_text("is no PNG")
        assert bare(payload)[:30] in bare(studio.notes("image").inner_text())
        assert_harmless(notebook, dialogs, cells=())


def listen(page: Page) -> list[str]:
    """Collect what scripts ask by dialogs."""
    dialogs: list[str] = []

    def note(dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    return dialogs


def bare(text: str) -> str:
    """A text without blanks and what has no shape, which cards leave out."""
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Zs"))


_MADE_OF_TEXT = "script, iframe, svg[onload], img[onerror], [href^=javascript], mjx-container"

_OVERFLOWING = """() => [...document.querySelectorAll(
    ".jp-OutputArea-output, .jp-OutputArea-output .llmkit-widget, .llmkit-plain, .llmkit-card"
  )].filter(element => element.scrollWidth > element.clientWidth)
    .map(element => `${element.className} ${element.scrollWidth} > ${element.clientWidth}`)"""


def assert_harmless(notebook: NotebookPage, dialogs: list[str], *, cells: tuple[int, ...]) -> None:
    """Nothing ran, nothing was made of the texts, nothing is too wide, each text is there."""
    page = notebook.page
    assert page.evaluate("window.pwned") is None
    assert dialogs == []
    expect(page.locator(".jp-OutputArea-output").locator(_MADE_OF_TEXT)).to_have_count(0)
    assert page.evaluate(_OVERFLOWING) == []
    for cell in cells:
        shown = bare(notebook.text(cell))
        for payload in PAYLOADS:
            assert bare(payload)[:60] in shown, (cell, payload)
