"""The studio at a service that costs money: pictures, prices, its own options, and its absence."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.e2e.lab import JupyterLab
from tests.e2e.notebook_page import NotebookPage
from tests.e2e.studio_page import LOAD, StudioPage

STUDIO = (
    "from llmkit_jupyter import VideoStudio\n"
    "studio = VideoStudio(prompt='A garden in the rain, soft light', model='pixverse-v6')\nstudio"
)


@pytest.fixture(scope="module")
def shared_lab(lab_with_key: JupyterLab) -> JupyterLab:
    return lab_with_key


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture of 6 MB, which no compression makes smaller."""
    file = tmp_path_factory.mktemp("pictures") / "noise <b>.png"
    pixels = np.random.default_rng(1).integers(0, 256, (1440, 1400, 3), np.uint8)
    Image.fromarray(pixels).save(file)
    assert file.stat().st_size > 6_000_000
    return file


def open_studio(open_notebook) -> tuple[NotebookPage, StudioPage]:
    notebook = open_notebook(LOAD, STUDIO)
    notebook.run_cell(0)
    notebook.run_cell(1)
    studio = StudioPage.of_cell(notebook, 1)
    studio.expect_ready()
    return notebook, studio


def test_a_picture_goes_in_pieces_and_one_that_is_too_large_not_at_all(
    open_notebook, service, noise: Path
):
    service.set(seconds=0, render=False)
    notebook, studio = open_studio(open_notebook)

    def sent() -> list[dict[str, object]]:
        said = [each.custom for each in notebook.traffic.comms(to_page=False)]
        return [content for content in said if content.get("kind") == "upload"]

    with notebook.page.expect_file_chooser() as chooser:
        studio.button("Choose a file\u2026").click()
    large = noise.with_name("large.png")
    large.write_bytes(bytes(20_000_001))
    chooser.value.set_files(large)
    expect(studio.notes("image")).to_have_text(
        "large.png has 20.0 MB; a picture may have up to 20 MB."
    )
    assert sent() == []

    chooser.value.set_files(noise)
    expect(studio.root.get_by_alt_text("What the video begins with")).to_be_visible()
    expect(studio.button("Another file\u2026")).to_be_visible()
    expect(studio.notes("image")).to_have_count(0)
    pieces = sent()
    assert len(pieces) >= 3
    assert max(each.size for each in notebook.traffic.comms(to_page=False)) < 4_000_000
    told = notebook.new_cell(
        "import hashlib, pathlib\n"
        "print(hashlib.sha256(pathlib.Path(studio.image).read_bytes()).hexdigest())",
        run=True,
    )
    assert notebook.text(told) == hashlib.sha256(noise.read_bytes()).hexdigest()
    studio.generate()
    studio.wait_video()
    made = notebook.new_cell("print(studio.job.request.image == studio.image)", run=True)
    assert notebook.text(made) == "True"
    assert len(service.ledger()) == 1
    studio.button("Remove the picture").click()
    expect(studio.button("Choose a file\u2026")).to_be_visible()
    assert notebook.errors == []


def test_a_price_above_the_limit_is_asked_for_and_told_beforehand(open_notebook, service):
    service.set(seconds=0, render=False)
    notebook, studio = open_studio(open_notebook)
    estimate = studio.root.locator(".lk-s-estimate")
    expect(estimate).to_contain_text("about $0.25")
    studio.field("Videos").fill("5")
    expect(estimate).to_contain_text("about $1.25")
    studio.generate()
    question = studio.root.get_by_text("5 videos would cost about $1.25")
    expect(question).to_be_visible()
    studio.button("Not now").click()
    expect(question).to_be_hidden()
    assert service.ledger() == []
    # A form that has changed since is another question.
    studio.generate()
    expect(question).to_be_visible()
    studio.field("Videos").fill("6")
    expect(question).to_be_hidden()
    studio.generate()
    studio.button("Generate for about $1.50").click()
    expect(studio.stage.get_by_role("tab")).to_have_text([re.compile("Done")] * 6)
    assert [row.times_charged for row in service.ledger()] == [1] * 6
    assert notebook.errors == []


def test_the_model_s_own_options_and_what_is_wrong_with_them(open_notebook, service):
    service.set(seconds=0, render=False)
    notebook, studio = open_studio(open_notebook)
    studio.root.get_by_text("Advanced").click()
    quality = studio.field("Output quality")
    quality.fill("100")
    studio.expect_problem("option outputQuality", "20 to 99")
    quality.fill("80")
    studio.root.get_by_label("Output format").select_option("WEBM")
    studio.negative.fill("people")
    studio.expect_ready()
    told = notebook.new_cell("print(studio.request.to_dict())", run=True)
    assert "'negative_prompt': 'people'" in notebook.text(told)
    assert "'options': {'outputFormat': 'WEBM', 'outputQuality': 80}" in notebook.text(told)
    # Another model does not take all of them, and says so.
    studio.pick_model("runway gen-4 turbo")
    expect(studio.negative).to_have_count(0)
    expect(studio.notes("model")).to_contain_text(
        "Runway Gen-4 Turbo takes no negative prompt, so it was left out."
    )
    studio.expect_problem("image", "This model starts from a picture; add one.")
    assert notebook.errors == []


def test_without_the_service_the_form_works_and_the_job_says_what_is_the_matter(
    open_notebook, service
):
    service.fault("any", "reset", times=-1)
    notebook, studio = open_studio(open_notebook)
    studio.generate()
    expect(studio.card).to_contain_text("could not be reached")
    # What went on behind it is no output of the cell.
    stderr = notebook.page.locator("[data-mime-type='application/vnd.jupyter.stderr']")
    expect(stderr).to_have_count(0)
    assert notebook.errors == []
    # It is not given up for that.
    expect(studio.card).to_contain_text(re.compile(r"reset\. Asking (again|whether)"))
    assert service.ledger() == []
