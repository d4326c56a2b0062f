"""What a page may send to a widget: a schema for each kind of message, and for the form's fields.

Messages from the browser are untrusted input. The twin of the kinds is
``js/src/shared/messages.ts``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from llmkit_jupyter.browsing import STATUSES
from llmkit_jupyter.engine.columns import LATEST
from llmkit_jupyter.images import MAX_IMAGE
from llmkit_jupyter.notebook.arrangement import AXES
from llmkit_jupyter.response import MAX_STARS

Schema = Mapping[str, Any]

MAX_TEXT = 100_000  # characters of a prompt; every model takes far less
MAX_DEPTH = 100  # of lists and dictionaries inside each other; Python itself ends at some 300
MAX_PIECE = 3_000_000  # characters of base64; a server's limit for one message is 10 MiB

_ID = {"type": "string", "minLength": 1, "maxLength": 100}
_WHOLE = {"type": "integer", "minimum": 0, "maximum": 2**53}
_TEXT = {"type": "string", "maxLength": MAX_TEXT}
_NUMBER = {"type": ["integer", "null"], "minimum": -(2**53), "maximum": 2**63}
# A page's own numbers are exact up to 2**53.
_SEED = {"anyOf": [_NUMBER, {"type": "string", "pattern": "^[0-9]{16,19}$"}]}
_TIME = {"type": ["number", "null"], "minimum": 0, "maximum": LATEST}  # seconds since the epoch
_PERHAPS = {"type": ["string", "null"], "maxLength": MAX_TEXT}


def _message(kind: str, **fields: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {"kind": {"const": kind}, **fields},
        "required": ["kind", *fields],
        "additionalProperties": False,
    }


ASKED: Mapping[str, Schema] = {
    "hello": _message("hello"),
    "cancel": _message("cancel", task_id=_ID),
    "fetch": _message(
        "fetch",
        request=_ID,
        task_id=_ID,
        part={"enum": ["video", "poster"]},
        start=_WHOLE,
        text={"type": "boolean"},
    ),
    "generate": _message(
        "generate",
        id=_ID,
        confirm={"type": "boolean"},
        form={"type": "object", "maxProperties": 20},
    ),
    "rate": _message(
        "rate",
        task_id=_ID,
        rating={"type": ["integer", "null"], "minimum": 1, "maximum": MAX_STARS},
    ),
    "reuse": _message("reuse", task_id=_ID, vary={"type": "boolean"}),
    "upload": _message(
        "upload",
        id=_ID,
        name={"type": "string", "maxLength": 1000},
        total={"type": "integer", "minimum": 1, "maximum": MAX_IMAGE},
        start=_WHOLE,
        data={"type": "string", "maxLength": MAX_PIECE},
    ),
    "show": _message("show", task_id={"type": "string", "maxLength": 100}),
    "save": _message("save", id=_ID, task_id=_ID),
    "forget": _message("forget", id=_ID, task_id=_ID),
    "refresh": _message("refresh"),
}

FIELDS: Mapping[str, Schema] = {
    "prompt": _TEXT,
    "model": {"type": "string", "maxLength": 1000},
    "duration": _NUMBER,
    "width": _NUMBER,
    "height": _NUMBER,
    "seed": _SEED,
    "negative_prompt": _PERHAPS,
    "image": _PERHAPS,
    "fps": _NUMBER,
    "options": {"type": "object", "maxProperties": 200},
    "count": {"type": "integer", "minimum": -(2**31), "maximum": 2**31},
    "shown": {"type": "string", "maxLength": 100},
    "loop": {"type": "boolean"},
    "by_row": {"enum": list(AXES)},
    "by_column": {"enum": list(AXES)},
    "blind": {"type": "boolean"},
    "speed": {"type": "number", "minimum": 0.0625, "maximum": 16},
    "text": {"type": "string", "maxLength": 1000},
    "status": {"enum": ["", *STATUSES]},
    "rating": {"enum": [None, *range(1, MAX_STARS + 1), "unrated"]},
    "since": _TIME,
    "until": _TIME,
    "page": {"type": "integer", "minimum": 1, "maximum": 10**7},
}


def message_fault(message: object, kinds: frozenset[str]) -> str | None:
    """Tell what is wrong with a message, or ``None`` where it may be acted on.

    Args:
        message: any JSON.
        kinds: those that the widget knows.
    """
    content = cast("dict[str, object]", message if isinstance(message, dict) else {})
    kind = content.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        return f"a message of the kind {str(kind)[:60]!r}"
    return _fault(f"message {kind}", content)


def as_told(name: str, value: Any) -> Any:
    """Give a field's value as a page can hold it: a large seed as its digits."""
    return str(value) if name == "seed" and value is not None and value >= 2**53 else value


def as_meant(name: str, value: Any) -> Any:
    """Give what a page has written into a field as the value that it means."""
    return int(value) if name == "seed" and isinstance(value, str) else value


def field_fault(name: str, value: object) -> str | None:
    """Tell what is wrong with a value for a field, or ``None`` where it may be taken."""
    return _fault(f"field {name}", value)


def _fault(what: str, value: object) -> str | None:
    validator = _validators()[what]
    try:
        # The library takes no lone surrogates, which a page's JSON may hold and no request can.
        if not _is_text(value, MAX_DEPTH):
            return f"{what}: text that cannot be written as UTF-8"
        error = next(validator.iter_errors(value), None)
    except ValueError:  # bytes, for example, or too deep
        return f"{what}: a value that cannot be read"
    if error is None:
        return None
    place = ".".join(str(part) for part in error.instance_path)
    return f"{what}{f', {place}' if place else ''}: {str(error.message)[:200]}"


def _is_text(value: object, left: int) -> bool:
    if left == 0:
        raise ValueError
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return False
    elif isinstance(value, dict):
        pairs = cast("dict[object, object]", value).items()
        return all(_is_text(name, left) and _is_text(each, left - 1) for name, each in pairs)
    elif isinstance(value, (list, tuple)):
        return all(_is_text(each, left - 1) for each in cast("list[object]", value))
    return True


@cache
def _validators() -> Mapping[str, Any]:
    import jsonschema_rs

    schemas = {f"message {kind}": schema for kind, schema in ASKED.items()}
    schemas |= {f"field {name}": schema for name, schema in FIELDS.items()}
    return {what: jsonschema_rs.Draft202012Validator(dict(s)) for what, s in schemas.items()}
