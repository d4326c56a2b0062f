"""HTTP answers, right and wrong ones. Each is an ASGI application for one request."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from tests.emulator import connections
from tests.emulator.faults import Fault
from tests.emulator.refusals import error

HUGE = 50_000_000  # bytes
STRANGER = "00000000-0000-4000-8000-00000000beef"  # the id of a task of someone else
_HTML = b"<!doctype html><title>%d</title><h1>%s</h1><p>The gateway has no more to say.</p>"


class Json(Response):
    media_type = "application/json"

    def render(self, content: object) -> bytes:
        return json.dumps(content, separators=(",", ":")).encode()


class Reset:
    """The connection is reset instead of an answer."""

    async def __call__(self, scope, receive, send) -> None:
        await connections.reset(scope, receive)


class Silence:
    """Nothing is answered until the client gives up."""

    async def __call__(self, scope, receive, send) -> None:
        await connections.until_closed(receive)


class Drip:
    """The right answer, byte by byte."""

    status_code = 200

    def __init__(self, body: bytes, media_type: str, rate: float = 1.0) -> None:
        self._body = body
        self._head = [
            (b"content-type", media_type.encode()),
            (b"content-length", str(len(body)).encode()),
        ]
        self._pause = 1 / rate

    async def __call__(self, scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self._head})
        gone = asyncio.ensure_future(connections.until_closed(receive))
        for index in range(len(self._body)):
            part = self._body[index : index + 1]
            await send({"type": "http.response.body", "body": part, "more_body": True})
            if (await asyncio.wait([gone], timeout=self._pause))[0]:
                return
        gone.cancel()
        await send({"type": "http.response.body"})


def refusal(fault: Fault) -> Any:
    """The answer of a request that is turned away, or of one whose reply is lost."""
    name = fault.value or "reset" if fault.name == "lost" else fault.name
    if name == "reset":
        return Reset()
    if name == "timeout":
        return Silence()
    return _status(int(name), fault)


_USUAL = {
    401: "invalidApiKey",
    402: "insufficientCredits",
    403: "forbidden",
    429: "rateLimitExceeded",
}


def _status(status: int, fault: Fault) -> Response:
    headers = {}
    if "retry_after" in fault.more:
        headers["Retry-After"] = _retry_after(fault.more["retry_after"])
    body = fault.more.get("body", "json" if status < 500 else "html")
    if body == "empty":
        return Response(b"", status, headers)
    if body == "html":
        text = _HTML % (status, HTTPStatus(status).phrase.encode())
        return Response(text, status, headers, "text/html")
    code = fault.more.get("code", _USUAL.get(status, "serviceUnavailable"))
    return Json({"errors": [error(code, "Please come back later.")]}, status, headers)


def _retry_after(value: object) -> str:
    """`date:5` is the moment five seconds from now; everything else is sent as it is."""
    name, _, seconds = str(value).partition(":")
    if name == "date":
        return formatdate(time.time() + float(seconds), usegmt=True)
    return str(value)


def spoilt(fault: Fault, body: bytes, media_type: str) -> Any:
    """Another body than the right one, by a fault of `faults.ANSWERS`."""
    makers = {
        "slow": lambda: Drip(body, media_type, float(_amount(fault, "rate", 1))),
        "html": lambda: Response(_HTML % (200, b"Welcome"), 200, None, "text/html"),
        "json-error": lambda: Json({"errors": [_wrong(fault)]}),
        "invalid-json": lambda: Response(b'{"data":[{"taskTy', 200, None, "application/json"),
        "empty": lambda: Response(b"", 200, None, media_type),
        "huge": lambda: Response(_padded(fault), 200, None, "application/json"),
        "gzip-bomb": lambda: Response(
            gzip.compress(_padded(fault), 1), 200, {"Content-Encoding": "gzip"}, media_type
        ),
    }
    return makers[fault.name]()


def _padded(fault: Fault) -> bytes:
    """JSON of the size asked for."""
    return b'{"data":[],"padding":"' + b"x" * int(_amount(fault, "size", HUGE)) + b'"}'


def _amount(fault: Fault, name: str, default: float) -> float:
    return float(fault.value or fault.more.get(name, default))


def _wrong(fault: Fault, task_id: object = None) -> dict[str, Any]:
    code = fault.more.get("code", "internalServerError")
    return error(code, "Something went wrong.", task_id=task_id)


def alter(fault: Fault, payload: dict[str, Any]) -> object:
    """The payload as a fault of `faults.ITEMS` leaves it."""
    data, errors = list(payload.get("data", [])), list(payload.get("errors", []))
    stranger = {"taskUUID": STRANGER}
    word = {"status": fault.value or "daydreaming"}
    shapes = {
        "foreign": lambda: {**payload, "data": [{**item, **stranger} for item in data]},
        "foreign-error": lambda: {**payload, "errors": [*errors, _wrong(fault, STRANGER)]},
        "partial": lambda: {**payload, "data": data[: (len(data) + 1) // 2]},
        "no-data": dict,
        "bare-list": lambda: data,
        "status": lambda: {**payload, "data": [{**item, **word} for item in data]},
    }
    shape = shapes.get(fault.name)
    return shape() if shape else _with_errors(fault, data, errors)


def _with_errors(fault: Fault, data: list[Any], errors: list[Any]) -> dict[str, Any]:
    """The first task is told of as failed, in one of the shapes that errors come in."""
    first, rest = data[:1], data[1:]
    wrong = _wrong(fault, first[0].get("taskUUID") if first else None)
    if fault.name == "item-error":
        return {"data": [*({**item, "status": "error", "error": wrong} for item in first), *rest]}
    if fault.name == "anonymous-error":
        return {"data": rest, "errors": [*errors, _wrong(fault)]}
    one = wrong if first else errors[0] if errors else wrong
    return {"data": rest, "error": one if fault.name == "singular-error" else [one]}
