"""A key that is known anywhere, and everything in which a person or a file may meet it."""

from __future__ import annotations

import base64
import json
import re
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from IPython.core.ultratb import VerboseTB

import llmkit_jupyter
from llmkit_jupyter import LLMKitClient, LLMKitError, VideoJob
from llmkit_jupyter.notebook.card import Card, as_text
from llmkit_jupyter.notebook.card_html import as_html
from llmkit_jupyter.settings import Secret

KEY = "canary/4f1d9+b27e=zzQ8~x_5-Lm"
PIECE = 12
"""Characters of a key that are enough to find the rest."""
_PACKAGE = str(Path(llmkit_jupyter.__file__).parent)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def dresses(key: str) -> dict[str, str]:
    """All forms of a key that are searched for."""
    coded = {
        # Inside a longer text base64 looks different at each of three shifts; what depends on the
        # neighbours is left off by the search for pieces.
        f"base64 after {shift}": base64.b64encode(b"\0" * shift + key.encode()).decode()[4:]
        for shift in range(3)
    }
    return {
        "as it is": key,
        "in an address": quote(key, safe=""),
        "in an address twice": quote(quote(key, safe=""), safe=""),
        "in JSON": json.dumps(key)[1:-1].replace("/", "\\/"),
        "in JSON by numbers": "".join(f"\\u{ord(c):04x}" for c in key),
        "on a page": key.replace("/", "&#x2F;").replace("+", "&#43;"),
        "hexadecimal": key.encode().hex(),
        **coded,
        **{f"{name} for addresses": text.translate(_URL_SAFE) for name, text in coded.items()},
    }


_URL_SAFE = str.maketrans("+/", "-_")


def places(text: str, key: str = KEY) -> list[str]:
    """In which forms a key is in a text, whole or in a piece, in whatever letter case."""
    lower = text.lower()
    return [
        name
        for name, dress in dresses(key).items()
        if any(dress.lower()[i : i + PIECE] in lower for i in range(len(dress) - PIECE + 1))
    ]


def all_that(client: LLMKitClient, calls: Iterable[Callable[[], object]], home: Path) -> list[str]:
    """Make calls, and give everything that they, the jobs and the files at home show."""
    shown: list[str] = []
    for call in calls:
        try:
            shown += shown_by(call())
        except LLMKitError as error:
            shown += told_by(error)
    for job in client.jobs():
        shown += [*seen(job), *shown_by(job), *shown_by(job.response)]
        shown += told_by(job.response.error) if job.response.error else []
    kept = [path for path in home.rglob("*") if path.is_file()]
    assert kept
    return shown + [path.read_bytes().decode("latin-1") for path in kept]


def seen(job: VideoJob) -> list[str]:
    """Everything that a job shows at a moment."""
    card = Card.of(job)
    return [repr(job), as_html(card), as_text(card), str(job.provider_status)]


def shown_by(value: object) -> list[str]:
    """What an object shows: itself, and all that hangs on it."""
    texts = [repr(value), str(value), f"{value}"]
    return texts + [repr(each) for each in attributes(value).values()]


def attributes(value: object) -> dict[str, Any]:
    """An object's attributes, of its slots too; those of a `Secret` are what it hides."""
    if isinstance(value, Secret):
        return {}
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    # A slot may be empty.
    found = {name: getattr(value, name, None) for name in slots if isinstance(name, str)}
    return found | dict(getattr(value, "__dict__", {}))


def told_by(error: object) -> list[str]:
    """Everything that an error shows: its words, its parts, and the most talkative tracebacks."""
    told = shown_by(error)
    if not isinstance(error, BaseException):
        return told
    for each in chain(error):
        trace = each.__traceback__
        while trace is not None and not _is_ours(trace):
            # A test's own frames hold the key.
            trace = trace.tb_next
        told += [*shown_by(each), *traceback.format_exception(type(each), each, trace)]
        told += [
            text
            for frame, _ in traceback.walk_tb(trace)
            for value in frame.f_locals.values()
            for text in (repr(value), *map(repr, attributes(value).values()))
        ]
        if trace is not None:
            bare = each.with_traceback(trace)
            kept = each.__cause__, each.__context__, each.__suppress_context__
            each.__cause__ = each.__context__ = None  # they have their own turn
            told.append(VerboseTB().text(type(each), bare, trace, context=15))
            each.__cause__, each.__context__, each.__suppress_context__ = kept
    return [_COLOUR.sub("", text) for text in told]


def chain(error: BaseException) -> Iterator[BaseException]:
    """An error, what it came from, and what was going on then."""
    waiting, met = [error], set[int]()
    while waiting:
        each = waiting.pop()
        if id(each) not in met:
            met.add(id(each))
            yield each
            waiting += [other for other in (each.__cause__, each.__context__) if other is not None]


def _is_ours(trace: Any) -> bool:
    return trace.tb_frame.f_code.co_filename.startswith(_PACKAGE)
