"""``%llmkit models``: the models that can be used, and those of them that fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from llmkit_jupyter.catalog.models import Model
from llmkit_jupyter.catalog.sizes import parse_size
from llmkit_jupyter.errors import shorten
from llmkit_jupyter.notebook.flags import UsageError
from llmkit_jupyter.notebook.tables import Table, show
from llmkit_jupyter.request import MAX_DURATION, whole_number

SIZES = 1  # that are named; of more the number is told
_UNKNOWN = "unknown"


@dataclass(slots=True)
class _Wanted:
    text: bool | None = None
    image: bool | None = None
    duration: int | None = None
    size: tuple[int, int] | None = None
    words: tuple[str, ...] = ()


def models(words: list[str]) -> None:
    """Show a table of the models that fit what was typed."""
    from llmkit_jupyter.client import default_client

    wanted = _read(words)
    found = default_client().models(
        text=wanted.text, image=wanted.image, duration=wanted.duration, size=wanted.size
    )
    fitting = [model for model in found if _named(model, wanted.words)]
    # Those that are known to fit go before those about which nothing is known.
    fitting.sort(key=lambda model: not _known(model, wanted))
    known = sum(_known(model, wanted) for model in fitting)
    # A column that says the same in every row is worth no space.
    several = len({model.provider for model in fitting}) > 1
    names = ("provider",) if several else ()
    rows = [_row(model, (model.provider,) if several else ()) for model in fitting]
    which = "no provider that can be used lists any" if not words else "%llmkit models lists all"
    show(
        Table(
            ("model", *names, "seconds", "sizes", "from", "good for, and price where published"),
            rows,
            empty=f"No model fits; {which}.",
            caption=_caption(fitting, known, several=several) if len(rows) > 1 else "",
            below=len(names) + 4,
        )
    )


def _caption(fitting: Sequence[Model], known: int, *, several: bool) -> str:
    models = "1 model" if known == 1 else f"{known} models"
    of = "" if several else f" of {fitting[0].provider}"
    if known == len(fitting):
        return f"{models}{of}."
    return f"{models}{of} known to fit, {len(fitting) - known} whose limits are not known."


def _known(model: Model, wanted: _Wanted) -> bool:
    """Whether its limits are known to allow what was asked for."""
    return (wanted.duration is None or model.makes(wanted.duration) is True) and (
        wanted.size is None or wanted.size in model.sizes or _draws_any_size(model)
    )


def _draws_any_size(model: Model) -> bool:
    # No list of sizes means that nobody knows them, but for what is drawn on this machine.
    return model.provider == "preview"


def _read(words: list[str]) -> _Wanted:
    wanted = _Wanted()
    left = list(words)
    while left:
        flag, mark, value = left.pop(0).partition("=")
        if flag in ("-d", "--duration", "-s", "--size"):
            if not mark:
                value = left.pop(0) if left else ""
            if not value:
                raise UsageError(f"%llmkit models: {flag} needs a value")
            if flag in ("-s", "--size"):
                wanted.size = parse_size(value)
            else:
                seconds = int(value) if value.isascii() and value.isdigit() else value
                wanted.duration = whole_number("duration", seconds, 1, MAX_DURATION, "seconds")
        elif flag.startswith("-"):
            raise UsageError(
                f"%llmkit models has no option {shorten(flag)}; known: -d SECONDS, -s SIZE"
            )
        elif flag.lower() == "text":
            wanted.text = True
        elif flag.lower() == "image":
            wanted.image = True
        else:
            wanted.words += (flag.lower(),)
    return wanted


def _named(model: Model, words: tuple[str, ...]) -> bool:
    name = f"{model.id} {model.title}".lower()
    return all(word in name for word in words)


def _row(model: Model, provider: tuple[str, ...]) -> tuple[str, ...]:
    kinds = [kind for kind, taken in (("text", model.text), ("image", model.image)) if taken]
    return (
        model.id,
        *provider,
        _seconds(model),
        "any" if _draws_any_size(model) else _sizes(model.sizes),
        ", ".join(kinds),
        "; ".join(part for part in (model.advice, model.note, model.price) if part),
    )


def _seconds(model: Model) -> str:
    known = model.durations
    if len(known) > 3 and len(known) == known[-1] - known[0] + 1:
        return f"{known[0]} to {known[-1]}"
    return model.seconds or _UNKNOWN


def _sizes(sizes: tuple[tuple[int, int], ...]) -> str:
    if not sizes:
        return _UNKNOWN
    named = ", ".join(f"{width}x{height}" for width, height in sizes[:SIZES])
    more = len(sizes) - SIZES
    return f"{named} and {more} more" if more > 0 else named
