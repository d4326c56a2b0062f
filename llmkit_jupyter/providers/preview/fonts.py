"""Finding a font on this machine that can draw a text."""

from __future__ import annotations

import functools
import os
import sys
import threading
from pathlib import Path

from PIL import ImageFont

Font = ImageFont.FreeTypeFont

# Well-made sans-serif fonts, tried first; the names are parts of file names in lower case.
_PREFERRED = (
    "notosans-regular", "notosans-", "dejavusans.", "segoeui.", "helveticaneue", "sfns.",
    "arial.", "liberationsans-regular", "ubuntu-r", "roboto-regular", "arialuni", "arial unicode",
    "notosanscjk-regular", "pingfang", "hiragino", "msyh", "yugoth", "malgun", "wqy-microhei",
    "droidsansfallback", "freesans.",
)  # fmt: skip
_UNWANTED = ("bold", "italic", "oblique", "emoji", "mono", "condensed", "light", "symbol", "icon")
_MOST = 250  # fonts looked into for a rare script; a designer's machine has thousands
_PROBE = 24  # pixels; large enough for outlines to differ
_UNASSIGNED = "\U0010fffe"  # never a character, so a font draws its replacement box for it
_lock = threading.Lock()


def folders() -> list[Path]:
    """Return the folders where fonts usually lie on this system."""
    home = Path.home()
    if sys.platform == "win32":
        windows = Path(os.environ.get("WINDIR", r"C:\Windows")) / "Fonts"
        return [windows, home / "AppData/Local/Microsoft/Windows/Fonts"]
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts"]
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    return [
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        data / "fonts",
        home / ".fonts",
    ]


@functools.cache
def files() -> tuple[Path, ...]:
    """Return the font files of this machine, the ones that read best first."""
    found = {
        file
        for folder in folders()
        for root, _folders, names in os.walk(folder)
        for file in (Path(root) / name for name in names)
        if file.suffix.lower() in {".ttf", ".otf", ".ttc"}
    }

    def rank(file: Path) -> tuple[int, int, str]:
        name = file.name.lower()
        preferred = next(
            (at for at, part in enumerate(_PREFERRED) if part in name), len(_PREFERRED)
        )
        return (sum(part in name for part in _UNWANTED), preferred, str(file))

    return tuple(sorted(found, key=rank))


@functools.lru_cache(maxsize=32)
def load(file: Path | None, size: int) -> Font | None:
    """Open a font at a size in pixels; None is the font that comes with Pillow."""
    if file is None:
        font = ImageFont.load_default(size)
        return font if isinstance(font, ImageFont.FreeTypeFont) else None
    try:
        return ImageFont.truetype(file, size)
    except (OSError, ValueError):  # damaged, or only bitmaps of other sizes
        return None


@functools.lru_cache(maxsize=4096)
def draws(file: Path | None, character: str) -> bool:
    """Tell whether a font has a picture of its own for a character."""
    if character.isspace():
        return True
    font = load(file, _PROBE)
    if font is None:
        return False
    try:
        return _picture(font, character) not in {_missing(file), b""}
    except (OSError, ValueError):
        return False


@functools.lru_cache(maxsize=512)
def _missing(file: Path | None) -> bytes:
    font = load(file, _PROBE)
    return _picture(font, _UNASSIGNED) if font else b""


def _picture(font: Font, character: str) -> bytes:
    mask = font.getmask(character, mode="L")
    pixels = bytes(mask)  # pyright: ignore[reportArgumentType, reportUnknownArgumentType]
    return bytes(f"{mask.size}", "ascii") + pixels if any(pixels) else b""


def choose(text: str) -> tuple[Path | None, str]:
    """Choose the font that draws most of a text.

    Returns:
        The font's file (None: the one that comes with Pillow), and the text without the
        characters that this font cannot draw.
    """
    letters = {letter for letter in text if not letter.isspace()}
    best: Path | None = None
    with _lock:
        most = -1
        for file in (*files()[:_MOST], None):
            count = sum(draws(file, letter) for letter in letters)
            if count > most:
                best, most = file, count
            if most == len(letters):
                break
        kept = "".join(letter for letter in text if draws(best, letter))
    return best, " ".join(kept.split())
