"""The caption: legible, never a box for a missing character, and any text at all."""

import numpy as np
import pytest
from PIL import ImageFont

from llmkit_jupyter.providers.preview import fonts
from llmkit_jupyter.providers.preview.caption import caption, clean, mark, wrap
from llmkit_jupyter.providers.preview.planes import Planes

# Characters that no font has a picture for.
NOWHERE = "\U0010fffd\U000e0fff\u0378"


def painted(prompt, width=640, height=360, ground=120):
    """Return a grey picture with the caption laid over it."""
    frame = Planes.blank(width, height)
    frame.y[...] = ground
    for label, x, y in caption(prompt, width, height):
        label.over(frame, x, y)
    return frame.y


def white(prompt, **size):
    return int(np.sum(painted(prompt, **size) > 200))


def test_the_caption_is_white_on_dark_near_the_bottom():
    luma = painted("A serene landscape with mountains")
    rows, columns = np.nonzero(luma != 120)
    assert rows.min() > 360 * 0.7
    assert rows.max() < 360
    assert abs((columns.min() + columns.max()) / 2 - 320) < 5
    box = luma[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert box.max() > 215
    assert np.median(box) < 90


@pytest.mark.parametrize("ground", [16, 120, 235])
def test_the_caption_is_legible_on_any_ground(ground):
    ((label, x, y),) = caption("Legible words here", 640, 360)
    luma = painted("Legible words here", ground=ground)
    box = luma[y + 4 : y + label.height - 4, x + 4 : x + label.width - 4].astype(float)
    letters, backing = (((level - 16) / 219) ** 2.2 for level in (box.max(), np.median(box)))
    # The contrast that the web's accessibility guidelines ask of running text.
    assert (letters + 0.05) / (backing + 0.05) >= 4.5


def test_a_character_without_a_picture_is_left_out_rather_than_shown_as_a_box():
    np.testing.assert_array_equal(painted(f"sea{NOWHERE}side"), painted("seaside"))


def test_nothing_drawable_means_no_caption():
    for prompt in (NOWHERE, "", "   ", "\0\n\t", "\u0301\u0301", "\u200b\u202e"):
        assert caption(prompt, 640, 360) == []


def test_a_font_that_has_no_chinese_says_so():
    assert fonts.draws(None, "A")
    assert not fonts.draws(None, "漢")
    assert not fonts.draws(None, "\u0378")


def test_without_any_font_file_the_bundled_font_draws_latin_and_leaves_out_the_rest(monkeypatch):
    monkeypatch.setattr(fonts, "files", lambda: ())
    assert fonts.choose("sea 漢字 side") == (None, "sea side")


def test_the_font_that_draws_most_is_chosen(monkeypatch, tmp_path):
    poor, rich = tmp_path / "poor.ttf", tmp_path / "rich.ttf"
    has = {poor: "abc", rich: "abcжш", None: "ab"}
    monkeypatch.setattr(fonts, "files", lambda: (poor, rich))
    monkeypatch.setattr(fonts, "draws", lambda file, c: c.isspace() or c in has[file])
    assert fonts.choose("ab жш漢") == (rich, "ab жш")
    assert fonts.choose("abc") == (poor, "abc")


def test_a_damaged_font_file_is_passed_over(monkeypatch, tmp_path):
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"not a font")
    monkeypatch.setattr(fonts, "files", lambda: (broken,))
    assert fonts.choose("sea") == (None, "sea")


def test_long_prompts_end_in_an_ellipsis_after_three_lines():
    font = ImageFont.load_default(20)
    lines = wrap("a word and another " * 40, font, 400, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert all(font.getlength(line) <= 400 for line in lines)


def test_lines_break_between_words_and_lose_nothing():
    font = ImageFont.load_default(20)
    text = "a sailing boat in a storm near the lighthouse"
    lines = wrap(text, font, 200, 5)
    assert len(lines) > 1
    assert " ".join(lines) == text


def test_a_word_longer_than_a_line_is_cut():
    font = ImageFont.load_default(20)
    assert all(font.getlength(line) <= 150 for line in wrap("m" * 200, font, 150, 3))


@pytest.mark.parametrize(
    ("prompt", "shown"),
    [
        ("two\nlines\tand  spaces", "two lines and spaces"),
        ("nul\0 and \x1b[31m", "nul and [31m"),
        ("quotes \"'{}<b>&amp;", "quotes \"'{}<b>&amp;"),
        ("\u0301lone mark", "lone mark"),
        ("cafe\u0301", "café"),
        ("hidden\u202eturn", "hiddenturn"),
        ("\ud800half", "half"),
    ],
)
def test_prompts_are_cleaned_for_showing(prompt, shown):
    assert clean(prompt) == shown


def test_the_caption_grows_with_the_picture():
    def height(size):
        return caption("sea", *size)[0][0].height

    assert height((320, 180)) < height((1280, 720)) < height((3840, 2160))


@pytest.mark.parametrize("size", [(64, 64), (64, 2160), (3840, 64), (180, 320), (1280, 720)])
def test_caption_and_mark_stay_inside_the_picture(size):
    prompt = "A serene Japanese garden with a koi pond, cherry blossom trees and a bridge " * 4
    for label, x, y in (*caption(prompt, *size), mark(*size)):
        assert x >= 0
        assert y >= 0
        assert x + label.width <= size[0] + 1
        assert y + label.height <= size[1] + 1


def test_the_mark_is_small_and_in_a_top_corner():
    label, x, y = mark(1280, 720)
    assert label.width * label.height < 0.005 * 1280 * 720
    assert y < 72
    assert x + label.width > 1280 * 0.95


def test_right_to_left_text_does_not_crash_without_shaping(monkeypatch):
    monkeypatch.setattr("PIL.features.check", lambda _name: False)
    assert white("منظر طبيعي هادئ") >= 0
    assert white("ok") > 0
