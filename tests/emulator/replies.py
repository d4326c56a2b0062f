"""HTTP answers, right and wrong ones. Each is an ASGI application for one request."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import time
from email.utils import formatdate
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

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
    headers = waits(fault)
    body = fault.more.get("body", "json" if status < 500 else "html")
    if body == "empty":
        return Response(b"", status, headers)
    if body == "html":
        return Response(html_page(status), status, headers, "text/html")
    code = fault.more.get("code", _USUAL.get(status, "serviceUnavailable"))
    return Json({"errors": [error(code, "Please come back later.")]}, status, headers)


def waits(fault: Fault) -> dict[str, str]:
    """The header that asks to wait, where the fault has one."""
    wait = fault.more.get("retry_after", fault.value if fault.name.isdigit() else "")
    return {"Retry-After": _retry_after(wait)} if wait or "retry_after" in fault.more else {}


def html_page(status: int) -> bytes:
    """A gateway's page."""
    return _HTML % (status, HTTPStatus(status).phrase.encode())


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


def alter(fault: Fault, payload: dict[str, Any], key: str) -> object:
    """The payload as a fault of `faults.ITEMS` leaves it; `key` is the request's own."""
    data, errors = list(payload.get("data", [])), list(payload.get("errors", []))

    def each(changes: dict[str, Any]) -> dict[str, Any]:
        changed = [{**item, **changes} if fault.concerns(item) else item for item in data]
        return {**payload, "data": changed}

    shapes = {
        "foreign": lambda: each({"taskUUID": STRANGER}),
        "foreign-error": lambda: {**payload, "errors": [*errors, _wrong(fault, STRANGER)]},
        "partial": lambda: {**payload, "data": _part(fault, data)},
        "no-data": dict,
        "bare-list": lambda: data,
        "status": lambda: each({"status": fault.value or "daydreaming"}),
    }
    if fault.name == "echo-key" and fault.value == "status":
        return each({"status": key})
    shape = shapes.get(fault.name)
    return shape() if shape else _with_errors(fault, data, errors, key)


def _part(fault: Fault, data: list[Any]) -> list[Any]:
    """The first half, or all but the task that asked for it."""
    if fault.task_id is None:
        return data[: (len(data) + 1) // 2]
    return [item for item in data if not fault.concerns(item)]


def _with_errors(fault: Fault, data: list[Any], errors: list[Any], key: str) -> dict[str, Any]:
    """One task is told of as failed, in one of the shapes that errors come in.

    It is the one that asked for the fault, else the first.
    """
    chosen = next((index for index, item in enumerate(data) if fault.concerns(item)), None)
    task_id = fault.task_id if chosen is None else data[chosen].get("taskUUID")
    rest = [item for index, item in enumerate(data) if index != chosen]
    wrong = _echo(fault, key, task_id) if fault.name == "echo-key" else _wrong(fault, task_id)
    if fault.name == "item-error":
        told = {"status": "error", "error": wrong}
        return {"data": [{**e, **told} if i == chosen else e for i, e in enumerate(data)]}
    if fault.name == "echo-key":
        return {"data": rest, "errors": [*errors, wrong]}
    if fault.name == "anonymous-error":
        return {"data": rest, "errors": [*errors, _wrong(fault)]}
    one = wrong if chosen is not None else errors[0] if errors else wrong
    return {"data": rest, "error": one if fault.name == "singular-error" else [one]}


def _echo(fault: Fault, key: str, task_id: object) -> dict[str, Any]:
    """An error that repeats the key wherever it can, as it is and in other dresses."""
    dresses = [key, quote(key, safe=""), base64.b64encode(key.encode()).decode()]
    return {
        "code": fault.more.get("code", key),
        "status": key,
        "message": f"No {' or '.join(dresses)} may do this.",
        "parameter": dresses,
        "allowedValues": dresses,
        "documentation": f"https://runware.ai/docs?key={dresses[1]}#{key}",
        "taskUUID": task_id,
    }
