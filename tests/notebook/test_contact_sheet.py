from __future__ import annotations

import base64
import html.parser
import io
import re

import nbformat
import pytest
from nbconvert import HTMLExporter
from PIL import Image

from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.notebook import sheet, thumbnails
from llmkit_jupyter.notebook.arrangement import Veil
from llmkit_jupyter.notebook.contact_sheet import contact_sheet
from llmkit_jupyter.notebook.sheet_picture import MAX_BYTES
from tests.notebook.fakes import NASTY, a_response
from tests.rows import FakeRow, failed, grid_of


@pytest.fixture(autouse=True)
def _no_pictures_of_other_tests():
    thumbnails._made.clear()


@pytest.fixture
def study(finished):
    """Two prompts by three models; one has failed, one goes on, one is not submitted."""
    rows = grid_of("model-x", "model-y", "model-z", prompts=("A garden", "A city"))
    for row in rows[:3]:
        row.status = "completed"
        row.response = finished(
            task_id=f"sheet-{row.place}", cost=0.35, elapsed=41.0, model=row.model, seed=1
        )
    rows[0].rating = 4
    rows[3] = failed(3, "model-x does not like this", prompt="A city", model="model-x")
    rows[4].status = "processing"
    rows[4].response = a_response(model="model-y", task_id="sheet-4")
    return rows


class Cells(html.parser.HTMLParser):
    """What stands in each row of a table."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "img":
            self.rows[-1][-1] += "[picture] "

    def handle_data(self, data):
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def test_it_survives_saving_and_an_export(study):
    bundle = contact_sheet(study)
    cell = nbformat.v4.new_code_cell(
        "grid", outputs=[nbformat.v4.new_output("display_data", bundle)]
    )
    saved = nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))
    notebook = nbformat.reads(saved, as_version=4)
    page, _ = HTMLExporter().from_notebook_node(notebook)
    exported = page[page.index("llmkit-") :]
    rows = Cells(exported[exported.index("<table") : exported.index("</table>") + 8]).rows
    assert rows == Cells(bundle["text/html"]).rows
    assert exported.count("<img ") == 3


def test_a_table_with_pictures_cost_time_stars_and_states(study):
    bundle = contact_sheet(study)
    assert Cells(bundle["text/html"]).rows == [
        ["", "model-x", "model-y", "model-z"],
        [
            "A garden",
            "[picture] $0.35 \u00b7 in 41 s\u2605\u2605\u2605\u2605\u2606",
            "[picture] $0.35 \u00b7 in 41 s",
            "[picture] $0.35 \u00b7 in 41 s",
        ],
        ["A city", "Failed: model-x does not like this", "Not finished yet", "Not submitted"],
    ]
    head, first, *_ = bundle["text/plain"].splitlines()
    assert head.split() == ["prompt", "model", "status", "stars"]
    assert first.startswith("A garden  model-x  Done \u00b7 $0.35 \u00b7 in 41 s ")
    assert first.index("\u2605") == head.index("stars")
    picture = Image.open(io.BytesIO(base64.b64decode(bundle["image/jpeg"])))
    assert picture.format == "JPEG"
    assert picture.width > 600


def test_one_from_the_library_says_so_instead_of_what_it_once_cost(study, finished):
    study[1].response = finished(task_id="sheet-1", cost=0.35, elapsed=41.0, reused=True)
    first, second, *_ = Cells(contact_sheet(study)["text/html"]).rows[1][1:]
    assert first.startswith("[picture] $0.35")
    assert second == "[picture] reused"


def test_what_failed_has_the_colour_of_it(study):
    html = contact_sheet(study)["text/html"]
    assert re.search(r'jp-error-color1[^"]*">Failed: ', html)
    assert not re.search(r'jp-error-color1[^"]*">Not submitted', html)


def test_rows_and_columns_are_chosen_and_checked(study):
    table = Cells(contact_sheet(study, by_row="model", by_column="prompt")["text/html"]).rows
    assert table[0] == ["", "A garden", "A city"]
    assert [row[0] for row in table[1:]] == ["model-x", "model-y", "model-z"]
    with pytest.raises(InvalidRequestError, match="by_column is 'colour'"):
        contact_sheet(study, by_column="colour")


def test_behind_a_veil_nothing_tells_a_model_or_a_seed(study):
    veil = Veil()
    bundle = contact_sheet(veil.order(study), veil=veil)
    text = bundle["text/html"] + bundle["text/plain"]
    assert "Model A" in text
    for word in ("model-", "$0.35", "41 s", "sheet-", "does not like"):
        assert word not in text, word
    assert "\u2605" in text


def test_what_comes_from_outside_stays_text(finished):
    rows = [
        failed(number, text, prompt=f"{text} {number}", model=text)
        for number, text in enumerate(NASTY)
    ]
    told = contact_sheet(rows)["text/html"]
    assert set(Cells(told).tags) <= {"div", "table", "thead", "tbody", "tr", "td", "th"}
    assert not re.search(r"[\x00-\x08\x1b\u202e\u2066]", told)
    assert "mathjax_ignore" in told


def test_five_hundred_videos_stay_small_and_say_what_is_missing(finished, monkeypatch):
    # A picture that does not compress, as of a real video: 160 pixels wide.
    noise = Image.effect_noise((160, 90), 90).convert("RGB")
    picture = thumbnails.as_jpeg(noise, 90)
    rows = grid_of(*(f"m{n}" for n in range(10)), prompts=tuple(f"prompt {n}" for n in range(50)))
    for row in rows:
        row.status = "completed"
        row.response = finished(task_id=f"many-{row.place}")
        thumbnails._made[row.response.task_id, 160] = picture
    bundle = contact_sheet(rows)
    told = bundle["text/html"]
    assert len(told) + len(bundle["image/jpeg"]) < 1_200_000
    assert 20 < told.count("<img") < 100
    assert "100 more are not shown." in told
    assert f"Only the first {told.count('<img')} have a picture" in told
    assert len(base64.b64decode(bundle["image/jpeg"])) <= MAX_BYTES
    assert len(bundle["text/plain"].splitlines()) < 110
    assert "300 more lines are left out" in bundle["text/plain"]


def test_pictures_that_would_take_too_long_are_left_for_later(study):
    assert contact_sheet(study, patience=0.0)["text/html"].count("<img") == 0
    assert contact_sheet(study)["text/html"].count("<img") == 3
    # Those that are there take no time.
    assert contact_sheet(study, patience=0.0)["text/html"].count("<img") == 3


def test_a_video_that_has_gone_is_said_and_keeps_its_picture(study):
    gone = "The video is not in the library any more"
    study[0].response.path.unlink()
    assert Cells(contact_sheet(study)["text/html"]).rows[1][1].startswith(gone)
    contact_sheet(study[1:])
    study[1].response.path.unlink()
    told = Cells(contact_sheet(study)["text/html"]).rows[1][2]
    assert told == f"[picture] {gone} \u00b7 $0.35 \u00b7 in 41 s"


def test_nothing_to_compare_is_a_sentence():
    assert contact_sheet([])["text/plain"] == "No videos to compare."


@pytest.mark.parametrize("size", [(90, 160), (16, 9), (1000, 10)])
def test_any_shape_has_its_place(study, size, monkeypatch):
    picture = thumbnails.as_jpeg(Image.new("RGB", size, "navy"))
    for row in study[:3]:
        thumbnails._made[row.response.task_id, 240] = picture
    assert contact_sheet(study)["image/jpeg"]


def test_words_for_a_cancelled_one():
    row = failed(0, "It was stopped.", "cancelled")
    assert sheet.state_words(row, row.response) == "Cancelled"
    assert sheet.state_words(FakeRow(), None) == "Not submitted"
