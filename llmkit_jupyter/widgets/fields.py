"""The fields of a request as traits, to read, set, ``observe`` and ``link``."""

from __future__ import annotations

import os
from difflib import get_close_matches
from typing import Any, ClassVar

import traitlets

from llmkit_jupyter.widgets.base import LiveWidget, synced
from llmkit_jupyter.widgets.form import REQUEST_FIELDS
from llmkit_jupyter.widgets.messages import as_told

_Trait: Any = traitlets

FORM = (*REQUEST_FIELDS, "count")


def _seed_as_told(value: int | None, _form: object) -> int | str | None:
    return as_told("seed", value)


class _Place(_Trait.Unicode):
    """A path or an address; takes a ``Path`` as well."""

    def validate(self, obj: object, value: Any) -> object:
        above: Any = super()
        return above.validate(obj, os.fspath(value) if hasattr(value, "__fspath__") else value)


class RequestFields(LiveWidget):
    """A widget with the fields of a request, and how many videos to make of it."""

    WRITABLE: ClassVar[frozenset[str]] = frozenset(FORM)

    prompt = synced(_Trait.Unicode())
    model = synced(_Trait.Unicode())
    duration = synced(_Trait.Int(default_value=None, allow_none=True))
    """Seconds; ``None`` leaves it to the model, as in all that follow."""
    width = synced(_Trait.Int(default_value=None, allow_none=True))
    """Pixels."""
    height = synced(_Trait.Int(default_value=None, allow_none=True))
    """Pixels."""
    seed = synced(_Trait.Int(default_value=None, allow_none=True)).tag(to_json=_seed_as_told)
    negative_prompt = synced(_Trait.Unicode(default_value=None, allow_none=True))
    image = synced(_Place(default_value=None, allow_none=True))
    """Path or address of the first picture."""
    fps = synced(_Trait.Int(default_value=None, allow_none=True))
    options = synced(_Trait.Dict())
    """Whatever else the model takes, by the names of ``with_option``."""
    count = synced(_Trait.Int(default_value=1))

    def __setattr__(self, name: str, value: object) -> None:
        if name not in FORM and not name.startswith("_") and not hasattr(type(self), name):
            close = get_close_matches(name, FORM, n=1, cutoff=0.75)
            if close:
                raise AttributeError(
                    f"{type(self).__name__} has no field {name!r}; did you mean {close[0]!r}?"
                )
        above: Any = super()
        above.__setattr__(name, value)

    def values(self) -> dict[str, Any]:
        """Give the fields' values."""
        return {name: getattr(self, name) for name in FORM}
