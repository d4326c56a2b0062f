"""Which row and which column a video belongs to: by prompt, model, seed, duration or size."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import cast

from llmkit_jupyter.catalog.facts import title_of
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.notebook.rows import Row
from llmkit_jupyter.notebook.wording import dimensions, excerpt, length, visible

AXES = ("prompt", "model", "seed", "duration", "size")
"""What videos can be put in order by."""

HIDDEN = ("model", "seed")
"""Those that are not to be known where a person judges blindly."""

_ALWAYS = ("prompt", "model")  # are told beside a video whenever they are not told by its place
_LONGEST = 600  # characters of a prompt that stands beside its row


@dataclass(frozen=True, slots=True)
class Axis:
    """One way to put videos in order: its values in words, in the order in which they stand."""

    name: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Where each row stands on each axis."""

    axes: tuple[Axis, ...]
    places: tuple[tuple[int, ...], ...]
    """For each row: its number on each axis, in the order of ``AXES``."""

    def axis(self, name: str) -> Axis:
        """Give an axis by its name."""
        return self.axes[AXES.index(name)]

    def place(self, row: int, name: str) -> int:
        """Give a row's number on an axis."""
        return self.places[row][AXES.index(name)]

    def label(self, row: int, name: str) -> str:
        """Give what stands at a row's place on an axis."""
        return self.axis(name).labels[self.place(row, name)]

    def apart(self, by_row: str, by_column: str) -> list[str]:
        """Say of each row in a few words what tells it from others.

        Prompts and models are told wherever they differ, the rest only among those that share a
        place.

        Args:
            by_row: the axis that goes down.
            by_column: the axis that goes across; what these two are is told by the place.
        """
        spots = [
            (self.place(row, by_row), self.place(row, by_column)) for row in range(len(self.places))
        ]
        told: list[list[str]] = [[] for _ in spots]
        for name in AXES:
            if name in (by_row, by_column) or len(self.axis(name).labels) < 2:
                continue
            there: dict[tuple[int, int], set[int]] = {}
            for row, spot in enumerate(spots):
                there.setdefault(spot, set()).add(self.place(row, name))
            for row, spot in enumerate(spots):
                if name in _ALWAYS or len(there[spot]) > 1:
                    told[row].append(excerpt(self.label(row, name), 40))
        return [", ".join(words) for words in told]


class Veil:
    """Hides which model and which seed made a video, for as long as a person judges.

    Each gets a letter, and the order is one that nobody can guess; both stay as they are for the
    life of the veil. May be used from one thread at a time.
    """

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(16)
        self._letters: dict[str, dict[Hashable, int]] = {name: {} for name in HIDDEN}

    def letters(self, name: str, values: Sequence[Hashable]) -> dict[Hashable, int]:
        """Give the numbers of an axis's values; one that comes later gets a later letter."""
        known = self._letters[name]
        for value in sorted(
            (value for value in values if value not in known),
            key=lambda value: self._digest(f"{name} {value!r}"),
        ):
            known[value] = len(known)
        return known

    def order(self, rows: Sequence[Row]) -> list[Row]:
        """Put rows into an order that tells nothing."""
        return sorted(rows, key=lambda row: self._digest(f"row {row.place}"))

    def key(self, row: Row) -> str:
        """Give a name for a row by which it cannot be found anywhere else."""
        return self._digest(f"key {row.place}").hex()

    def _digest(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode(), key=self._secret, digest_size=16).digest()


def check_axis(field: str, name: object) -> str:
    """Give the name of an axis back.

    Raises:
        InvalidRequestError: there is no such axis.
    """
    if isinstance(name, str) and name in AXES:
        return name
    raise InvalidRequestError(field, name, ", ".join(AXES))


def sides(rows: Sequence[Row]) -> tuple[str, str]:
    """Give what goes down and what goes across, for rows that differ in one thing or another."""
    varied = [name for name in AXES if len({_value(row, name) for row in rows}) > 1]
    if len(varied) == 1 and varied != ["prompt"]:
        return "prompt", varied[0]
    down, across = [*varied, *(name for name in AXES if name not in varied)][:2]
    return down, across


def arrange(rows: Sequence[Row], veil: Veil | None = None) -> Arrangement:
    """Put rows in order by each axis.

    Args:
        rows: any.
        veil: hides models and seeds.
    """
    columns = [_axis(name, [_value(row, name) for row in rows], veil) for name in AXES]
    places = zip(*(numbers for _, numbers in columns), strict=True)
    return Arrangement(tuple(axis for axis, _ in columns), tuple(places))


def _axis(name: str, values: Sequence[Hashable], veil: Veil | None) -> tuple[Axis, list[int]]:
    different = list(dict.fromkeys(values))
    if veil is not None and name in HIDDEN:
        letters = veil.letters(name, different)
        # Only those that are here now, in the order of their letters.
        known = sorted(different, key=letters.__getitem__)
        labels = [f"{name.capitalize()} {_letter(letters[value])}" for value in known]
    else:
        known = different if name in ("prompt", "model") else sorted(different, key=_sorted)
        labels = [_label(name, value) for value in known]
    numbers = {value: number for number, value in enumerate(known)}
    return Axis(name, tuple(labels)), [numbers[value] for value in values]


def _value(row: Row, name: str) -> Hashable:
    value = getattr(row, name)
    # Files are some milliseconds longer or shorter than what was asked for.
    return round(value, 1) if name == "duration" and value is not None else value


def _sorted(value: Hashable) -> tuple[bool, float, float]:
    """Order numbers and sizes; what was left to the model comes last."""
    if isinstance(value, tuple):
        width, height = cast("tuple[int, int]", value)
        return False, width * height, width
    return (False, value, 0) if isinstance(value, (int, float)) else (True, 0, 0)


def _label(name: str, value: Hashable) -> str:
    if isinstance(value, tuple):
        return dimensions(*cast("tuple[int, int]", value))
    if isinstance(value, (int, float)):
        return length(value) if name == "duration" else f"Seed {value}"
    if isinstance(value, str):
        return excerpt(value, _LONGEST) if name == "prompt" else visible(title_of(value))
    # What was left to the model, or is not known (yet).
    return f"No {name}" if name in ("prompt", "seed") else f"Usual {name}"


def _letter(number: int) -> str:
    """Give ``A`` to ``Z``, then ``AA`` and so on."""
    number += 1
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
