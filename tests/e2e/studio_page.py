"""A studio in a notebook, used as a person does: fields by their labels, buttons by their names."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Literal

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.e2e.notebook_page import NotebookPage

LOAD = "%load_ext llmkit_jupyter"
OPEN = "from llmkit_jupyter import VideoStudio\nstudio = VideoStudio()\nstudio"
SMALL = {"model": "runway-gen-4", "duration": 1, "width": 192, "height": 128, "seed": 1}


def studio_cell(**fields: object) -> str:
    """Give a cell that opens a studio; quick to generate unless other fields are named."""
    given = ", ".join(f"{name}={value!r}" for name, value in {**SMALL, **fields}.items())
    return f"from llmkit_jupyter import VideoStudio\nstudio = VideoStudio({given})\nstudio"


class StudioPage:
    """One view of a studio, in a cell's output."""

    def __init__(self, notebook: NotebookPage, root: Locator) -> None:
        self.notebook = notebook
        self.page = notebook.page
        self.root = root
        self.prompt = self.field("Prompt")
        self.negative = self.field("Negative prompt")
        self.model = root.get_by_role("combobox", name="Model", exact=True)
        self.generate_button = root.get_by_role("button", name=re.compile("^Generate"))
        self.stage = root.get_by_role("region", name="Result")
        self.card = self.stage.get_by_role("group", name=re.compile("^Video job"))
        self.cancel_button = self.stage.get_by_role("button", name="Cancel", exact=True)
        self.bar = self.stage.get_by_role("progressbar", name="Progress of the video")
        self.video = self.stage.locator("video")
        self.results = root.get_by_role("list", name="Results so far").get_by_role("button")

    def cancel(self) -> None:
        """Press Cancel; once more where the page has moved under the pointer meanwhile."""
        heard = self.card.filter(has_text=re.compile("Cancel(ling|led)"))
        while not heard.count():
            self.cancel_button.click()
            with contextlib.suppress(AssertionError):
                expect(heard).to_have_count(1, timeout=5000)

    @classmethod
    def of_cell(cls, notebook: NotebookPage, index: int, number: int = 0) -> StudioPage:
        """Find the studio that a cell shows, once it is there."""
        forms = notebook.cell(index).get_by_role("form", name="Video studio")
        expect(forms.nth(number)).to_be_visible()
        return cls(notebook, forms.nth(number))

    def field(self, label: str) -> Locator:
        """A line or box of text."""
        return self.root.get_by_role("textbox", name=label, exact=True)

    def group(self, label: str) -> Locator:
        """A row of choices, or of several lines."""
        return self.root.get_by_role("group", name=label, exact=True)

    def choice(self, label: str, name: str | re.Pattern[str]) -> Locator:
        """One choice of a row."""
        return self.group(label).get_by_role("radio", name=name)

    def button(self, name: str) -> Locator:
        """A button, by the whole of its name."""
        return self.root.get_by_role("button", name=name, exact=True)

    def notes(self, field: str) -> Locator:
        """What stands beneath a field: what is wrong, what has moved, what it is for."""
        return self.root.locator(f'[data-field="{field}"] .lk-s-notes')

    def described(self, field: Locator) -> str:
        """What a screen reader says of a field besides its name and value."""
        words: str = field.evaluate(
            """field => (field.getAttribute("aria-describedby") ?? "").split(" ")
              .map(id => document.getElementById(id)?.textContent ?? "").join(" ")"""
        )
        return words

    def pick_model(self, words: str) -> None:
        """Choose a model with the keyboard alone."""
        self.model.focus()
        self.page.keyboard.type(words)
        expect(self.root.get_by_role("option").first).to_be_visible()
        self.page.keyboard.press("Enter")
        expect(self.model).to_have_attribute("aria-expanded", "false")

    def expect_ready(self) -> None:
        """Wait until nothing is in the way of generating."""
        expect(self.generate_button).to_have_attribute("aria-disabled", "false")

    def expect_problem(self, field: str, words: str | re.Pattern[str]) -> None:
        """Wait for a sentence beside a field, and for Generate to be off."""
        expect(self.notes(field)).to_contain_text(words)
        expect(self.generate_button).to_have_attribute("aria-disabled", "true")

    def generate(self, *, by: Literal["button", "keys"] = "button") -> None:
        """Start, with the button or with Control+Enter in the prompt."""
        self.expect_ready()
        if by == "button":
            self.generate_button.click()
        else:
            self.prompt.press("Control+Enter")

    def wait_video(self) -> Locator:
        """Wait until the video on the stage has something to play; it has where it is seen."""
        self.video.scroll_into_view_if_needed()
        expect(self.video).to_have_attribute("src", re.compile("."))
        return self.video
