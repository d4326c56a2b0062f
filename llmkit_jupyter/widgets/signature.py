"""Names a form's keyword arguments one by one, for Tab and for help: ``**fields`` tells nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from inspect import Parameter, Signature
from typing import Any


class _Usual:
    def __repr__(self) -> str:
        return "<the usual one>"


# What a field holds that is not given; those that are not here are left to the model.
_USUAL: dict[str, Any] = {
    **dict.fromkeys(("model", "duration", "width", "height"), _Usual()),
    "prompt": "",
    "options": {},
    "count": 1,
}


_CLIENT = Parameter("client", Parameter.POSITIONAL_OR_KEYWORD, default=None)


def name_fields(
    form: Any,
    fields: Iterable[str],
    usual: Mapping[str, Any] = _USUAL,
    *,
    about: Parameter = _CLIENT,
) -> None:
    """Have a class that takes one thing, and fields by name, say which fields there are.

    Args:
        form: the class.
        fields: their names.
        usual: what each holds that is not given; ``None`` where nothing is said.
        about: that one thing.
    """
    first = Parameter("self", Parameter.POSITIONAL_OR_KEYWORD)
    rest = [
        about,
        *(Parameter(name, Parameter.KEYWORD_ONLY, default=usual.get(name)) for name in fields),
    ]
    form.__signature__ = Signature(rest)
    # IPython's completion of keyword arguments asks the method.
    form.__init__.__signature__ = Signature([first, *rest])
