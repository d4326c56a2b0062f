"""Reads what a server complains of, in any of the shapes that such servers use."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import cast

from llmkit_jupyter.providers.diffusion_router.records import MAX_TEXT
from llmkit_jupyter.transport.answers import Answer

MAX_FIELDS = 10
MAX_DEPTH = 4  # errors inside errors
MAX_QUOTED = 65_536  # characters
_TAG = re.compile(r"<[^<>]{0,200}>")
_UNKNOWN = re.compile(
    r"unknown|unrecogni[sz]ed|unexpected|extra (?:inputs?|fields?)|not permitted|"
    r"unsupported param|does ?n[o']t support param|not support(?:ed)? param|no such param",
    re.IGNORECASE,
)
_MISSING = re.compile(r"missing|required|must be (?:provided|given)", re.IGNORECASE)
# LiteLLM quotes what the server behind it has answered, between words of its own.
_QUOTES = re.compile(r"litellm\.\w+: (?:\w+: )*\w+ - ")
_AFTER = re.compile(r"\n\nLiteLLM:|\. Received Model Group=")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,60}")


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an answer says is wrong. ``fields`` are those of the body that it names."""

    message: str
    code: str | None = None
    fields: tuple[str, ...] = ()
    quoted: bool = False
    """A proxy quotes it from the server behind it."""

    def misses(self, field: str) -> bool:
        """Whether it says that a field is not there."""
        named = field in self.fields or field in _NAME.findall(self.message)
        return named and _MISSING.search(self.message) is not None

    def of_unknown_fields(self, sent: Collection[str]) -> bool:
        """Whether it says that fields which were sent do not exist there."""
        told = self.code in ("unknown_parameter", "extra_forbidden", "unsupported_parameter")
        return bool(self.among(sent)) and (told or _UNKNOWN.search(self.message) is not None)

    def among(self, sent: Collection[str]) -> list[str]:
        """Give the fields that were sent and are meant: those named, else those in the words."""
        named = [name for name in self.fields if name in sent]
        return named or [name for name in _NAME.findall(self.message) if name in sent]


def read(answer: Answer, depth: int = 0) -> Complaint:
    """Give the complaint of an answer; what is no JSON is quoted as it begins.

    Args:
        answer: of any status.
        depth: how many others it is wrapped in.
    """
    body = answer.body
    if not isinstance(body, dict) or depth > MAX_DEPTH:
        return Complaint(_without_tags(answer.excerpt))
    values = cast("Mapping[str, object]", body)
    error = values.get("error")
    if isinstance(error, dict):
        return _of_object(cast("Mapping[str, object]", error), answer, depth)
    if isinstance(error, str):
        return Complaint(_line(error))
    if "detail" in values:
        return _of_detail(values["detail"], answer, depth)
    if isinstance(values.get("message"), str):
        return _of_object(values, answer, depth)
    return Complaint(answer.excerpt)


def quoted(body: object) -> object:
    """Give the JSON that a proxy quotes in its error from the server behind it, if it does."""
    if not isinstance(body, dict):
        return None
    error = cast("Mapping[str, object]", body).get("error")
    message = (
        cast("Mapping[str, object]", error).get("message") if isinstance(error, dict) else None
    )
    return _unquoted(message)[0] if isinstance(message, str) else None


def _unquoted(message: str) -> tuple[object, str | None]:
    """Give the JSON in a proxy's quotation; else the words in it, if it is one."""
    found = _QUOTES.search(message[:MAX_QUOTED])
    if found is None:
        return None, None
    rest = message[found.end() : MAX_QUOTED].lstrip()
    try:
        return json.JSONDecoder().raw_decode(rest)[0], None
    except (ValueError, RecursionError):
        return None, _AFTER.split(rest, maxsplit=1)[0].strip()


def _of_object(error: Mapping[str, object], answer: Answer, depth: int) -> Complaint:
    message, code, param = error.get("message"), error.get("code"), error.get("param")
    if isinstance(message, dict):  # a proxy that wraps another's error
        return read(replace(answer, body={"error": message}), depth + 1)
    if error.get("type") == "no_db_connection":
        code = error["type"]
    if isinstance(message, str):
        inner, words = _unquoted(message)
        if isinstance(inner, dict):
            return replace(read(replace(answer, body=inner), depth + 1), quoted=True)
        message = words or message
    fields = (_last(param),) if isinstance(param, str) and param else ()
    return Complaint(
        _line(message) if isinstance(message, str) and message else answer.excerpt,
        code[:100] if isinstance(code, str) else None,
        fields,
    )


def _of_detail(detail: object, answer: Answer, depth: int) -> Complaint:
    """Read FastAPI's shapes: a text, or a list with the place of each error."""
    if isinstance(detail, str):
        return Complaint(_line(detail))
    if isinstance(detail, dict):
        return _of_object(cast("Mapping[str, object]", detail), answer, depth)
    if not isinstance(detail, list):
        return Complaint(answer.excerpt)
    parts: list[str] = []
    fields: list[str] = []
    kinds: set[str] = set()
    for each in islice(cast("list[object]", detail), MAX_FIELDS):
        if not isinstance(each, dict):
            continue
        entry = cast("Mapping[str, object]", each)
        loc = entry.get("loc")
        places = cast("list[object]", loc) if isinstance(loc, list) else []
        named = [place for place in places if isinstance(place, str) and place != "body"]
        msg = entry.get("msg")
        words = _line(msg) if isinstance(msg, str) else "refused"
        parts.append(f"{'.'.join(named)}: {words}" if named else words)
        fields += named[:1]
        if isinstance(entry.get("type"), str):
            kinds.add(str(entry["type"]))
    code = next(iter(kinds)) if len(kinds) == 1 else None
    return Complaint(_line("; ".join(parts)) or answer.excerpt, code, tuple(fields))


def _last(place: str) -> str:
    """Give the field of a path such as ``body.prompt``."""
    return place.removeprefix("body.").split(".")[0]


def _without_tags(text: str) -> str:
    """Make words of a gateway's page."""
    return " ".join(_TAG.sub(" ", text).split()) if text.lstrip().startswith("<") else text


def _line(text: str) -> str:
    line = " ".join(text[: 4 * MAX_TEXT].split())
    return line if len(line) <= MAX_TEXT else f"{line[: MAX_TEXT - 3]}..."
