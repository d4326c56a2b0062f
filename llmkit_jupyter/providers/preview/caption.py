"""The prompt as a caption at the bottom of the picture, and the word "preview" in a corner."""

from __future__ import annotations

import unicodedata

import numpy as np
from PIL import Image, ImageDraw

from llmkit_jupyter.providers.preview import fonts
from llmkit_jupyter.providers.preview.planes import Cutout, Floats

Label = tuple[Cutout, int, int]  # a cutout and its place, x and y in pixels

_LONGEST = 600  # characters looked at; three lines hold fewer
_LINES = 3
_ELLIPSIS = "…"


def clean(prompt: str) -> str:
    """Return the prompt on one line, without characters that have no picture."""
    # Composed letters are found in more fonts than a letter with a mark beside it.
    text = unicodedata.normalize("NFC", prompt[: 2 * _LONGEST])
    visible = "".join(" " if c.isspace() else c for c in text if c.isspace() or not _hidden(c))
    text = " ".join(visible.split())[:_LONGEST].rstrip()
    if len(prompt) > 2 * _LONGEST and text:
        text += _ELLIPSIS
    # A mark needs a letter to stand on.
    while text and unicodedata.category(text[0])[0] == "M":
        text = text[1:].lstrip()
    return text


def _hidden(character: str) -> bool:
    # Control, format, surrogate, private and unassigned characters. The two joiners are kept
    # out as well: fonts without them show a box, and shaping does without.
    return unicodedata.category(character)[0] == "C"


def wrap(text: str, font: fonts.Font, width: float, lines: int) -> list[str]:
    """Break a text into at most `lines` lines of `width` pixels; the last may end in "…"."""
    result: list[str] = []
    rest = text
    while rest and len(result) < lines:
        cut = _fitting(rest, font, width)
        if cut < len(rest) and len(result) == lines - 1:
            short = _fitting(rest, font, width - font.getlength(_ELLIPSIS))
            result.append(rest[:short].rstrip(" ,.;:") + _ELLIPSIS)
            return result
        result.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return result


def _fitting(text: str, font: fonts.Font, width: float) -> int:
    """Return how many characters fit into a line, whole words if possible, at least one."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if font.getlength(text[:middle]) <= width:
            low = middle
        else:
            high = middle - 1
    if low == len(text):
        return low
    space = text.rfind(" ", 0, low + 1)
    # Scripts without spaces, and words longer than a line, break anywhere.
    return space if space > low * 0.4 else low


def caption(prompt: str, width: int, height: int) -> list[Label]:
    """Return the caption for a picture of this size, or nothing if there is nothing to draw."""
    file, text = fonts.choose(clean(prompt))
    size = round(max(9, min(height * 0.036, width * 0.032)))
    font = fonts.load(file, size)
    if not text or font is None:
        return []
    lines = wrap(text, font, width * 0.86 - size, max(1, min(_LINES, height // (size * 4))))
    if not fonts.draws(file, _ELLIPSIS):
        lines = [line.replace(_ELLIPSIS, "...") for line in lines]
    leading = round(size * 1.36)
    pad_x, pad_y = round(size * 0.9), round(size * 0.5)
    box_w = min(width, round(max(font.getlength(line) for line in lines)) + 2 * pad_x)
    box_h = min(height, leading * len(lines) + 2 * pad_y)
    ink = Image.new("L", (box_w, box_h), 0)
    pen = ImageDraw.Draw(ink)
    for index, line in enumerate(lines):
        y = pad_y + index * leading + leading * 0.5
        pen.text((box_w / 2, y), line, fill=255, font=font, anchor="mm")
    letters = np.asarray(ink, dtype=np.float32) / 255
    label = _plate(letters, _rounded(box_w, box_h, size * 0.55), 0.6)
    return [(label, (width - box_w) // 4 * 2, max(0, height - box_h - round(size * 1.1)) // 2 * 2)]


def mark(width: int, height: int) -> Label:
    """Return the mark that tells a preview from a generated video."""
    size = round(max(8, min(height, width) * 0.021))
    font = fonts.load(None, size) or fonts.load(next(iter(fonts.files()), None), size)
    box_w, box_h = round(size * 5.4) // 2 * 2, round(size * 1.9) // 2 * 2
    ink = Image.new("L", (box_w, box_h), 0)
    if font is not None:
        pen = ImageDraw.Draw(ink)
        pen.text((box_w / 2, box_h / 2), "preview", fill=255, font=font, anchor="mm")
    letters = np.asarray(ink, dtype=np.float32) / 255 * 0.78
    label = _plate(letters, _rounded(box_w, box_h, box_h / 2), 0.2)
    edge = round(size * 0.9)
    return label, max(0, width - box_w - edge) // 2 * 2, edge // 2 * 2


def _rounded(width: int, height: int, radius: float) -> Floats:
    """Return the opacity of a box with round corners."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) + 0.5
    dx = np.maximum(np.abs(x - width / 2) - (width / 2 - radius), 0)
    dy = np.maximum(np.abs(y - height / 2) - (height / 2 - radius), 0)
    return np.clip(radius - np.hypot(dx, dy) + 0.5, 0, 1)


def _plate(letters: Floats, box: Floats, backing: float) -> Cutout:
    """Lay white letters on a dark translucent box."""
    below = box * backing * (1 - letters)
    alpha = letters + below
    shade = letters / np.maximum(alpha, 1e-3)
    colour = np.array([0.03, 0.04, 0.06], np.float32) * (1 - shade[..., None])
    colour = colour + np.float32(0.98) * shade[..., None]
    return Cutout.make(colour.astype(np.float32), alpha)
