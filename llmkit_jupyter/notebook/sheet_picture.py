"""A contact sheet as one picture, for readers that show no HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmkit_jupyter.notebook.sheet import Line, Sheet, Tile
from llmkit_jupyter.notebook.thumbnails import as_jpeg, opened

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

MAX_BYTES = 150_000

_WIDTHS = (200, 150, 110, 80)  # pixels of a tile, tried in turn
_QUALITIES = (78, 62, 45)
_WIDEST = 1600  # pixels of a sheet
_HIGHEST = 2000
_GAP = 12
_BESIDE = 150  # pixels for a line's label
_INK, _QUIET, _PAPER, _EMPTY = "#202124", "#5f6368", "#ffffff", "#eef0f2"


def picture_of(sheet: Sheet) -> bytes | None:
    """Draw a sheet as a JPEG of at most ``MAX_BYTES``; ``None`` where it has no pictures.

    What does not fit is left out from the end.
    """
    if not any(tile.picture for tile in sheet.tiles):
        return None
    smallest: bytes | None = None
    for width in _WIDTHS:
        image = _Drawing(sheet, width).draw()
        if image.width > _WIDEST and width != _WIDTHS[-1]:
            continue
        for quality in _QUALITIES:
            smallest = as_jpeg(image, quality)
            if len(smallest) <= MAX_BYTES:
                return smallest
    return None


class _Drawing:
    """Draws a sheet whose tiles have a certain width."""

    def __init__(self, sheet: Sheet, width: int) -> None:
        self._sheet = sheet
        self._width = width
        self._height = round(width * 9 / 16)
        self._text = 11 if width < 150 else 13
        self._under = self._text + 6  # pixels below a tile, for its line of text
        self._lefts = [_BESIDE]
        for column in range(len(sheet.columns)):
            after = self._lefts[-1] + sheet.beside(column) * (width + _GAP)
            if column and after > _WIDEST * 2:
                break
            self._lefts.append(after)
        self._columns = len(self._lefts) - 1

    def draw(self) -> Image:
        from PIL import Image, ImageDraw

        wide = self._lefts[-1] + _GAP
        head = self._text * 2 + _GAP
        lines: list[Line] = []
        high = head + _GAP
        for line in self._sheet.lines:
            if lines and high + self._high(line) > _HIGHEST:
                break
            lines.append(line)
            high += self._high(line)
        image = Image.new("RGB", (wide, min(high, _HIGHEST * 2)), _PAPER)
        pen = ImageDraw.Draw(image)
        for number, label in enumerate(self._sheet.columns[: self._columns]):
            left = self._lefts[number]
            room = self._lefts[number + 1] - left - _GAP
            self._write(pen, (left, _GAP), label, room, ink=_INK)
        top = head
        for line in lines:
            self._draw_line(image, pen, line, top)
            top += self._high(line)
        return image

    @property
    def _down(self) -> int:
        return self._height + self._under + _GAP

    def _high(self, line: Line) -> int:
        cells = enumerate(line.cells[: self._columns])
        most = max(-(-len(cell) // self._sheet.beside(column)) for column, cell in cells)
        return max(1, most) * self._down

    def _draw_line(self, image: Image, pen: ImageDraw, line: Line, top: int) -> None:
        many = max(1, (self._height - _GAP) // (self._text + 4))
        self._write(pen, (_GAP, top), line.label, _BESIDE - 2 * _GAP, ink=_INK, lines=many)
        for column, cell in enumerate(line.cells[: self._columns]):
            for number, tile in enumerate(cell):
                down, across = divmod(number, self._sheet.beside(column))
                left = self._lefts[column] + across * (self._width + _GAP)
                self._draw_tile(image, pen, tile, left, top + down * self._down)

    def _draw_tile(self, image: Image, pen: ImageDraw, tile: Tile, left: int, top: int) -> None:
        box = (left, top, left + self._width - 1, top + self._height - 1)
        pen.rectangle(box, fill="#000000" if tile.picture else _EMPTY)
        if tile.picture is not None:
            picture = opened(tile.picture)
            picture.thumbnail((self._width, self._height))
            x = left + (self._width - picture.width) // 2
            image.paste(picture, (x, top + (self._height - picture.height) // 2))
        elif tile.words:
            spot = (left + 6, top + 6)
            self._write(pen, spot, tile.words, self._width - 12, ink=_QUIET, lines=3)
        rated = f"{tile.stars}/5" if tile.stars else ""
        below = " \u00b7 ".join(text for text in (rated, tile.apart, *tile.facts) if text)
        self._write(pen, (left, box[3] + 3), below, self._width, ink=_QUIET)

    def _write(
        self,
        pen: ImageDraw,
        spot: tuple[int, int],
        text: str,
        width: int,
        *,
        ink: str,
        lines: int = 1,
    ) -> None:
        from llmkit_jupyter.providers.preview import caption, fonts

        file, text = fonts.choose(caption.clean(text))
        font: Any = fonts.load(file, self._text) if text else None
        if font is None:
            return  # a machine without any font: the pictures alone
        x, y = spot
        for line in caption.wrap(text, font, width, lines):
            pen.text((x, y), line, fill=ink, font=font)
            y += self._text + 4
