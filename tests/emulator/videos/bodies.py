"""Reads bodies, and lets answers go wrong in a dialect's own shape."""

from __future__ import annotations

import json
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request  # noqa: TC002 - loaded anyway
from starlette.responses import Response

from tests.emulator import faults as names
from tests.emulator.faults import Fault
from tests.emulator.replies import STRANGER, Json, html_page, refusal, spoilt, waits
from tests.emulator.videos.dialects import Dialect, Wrong


def key_of(request: Request) -> str:
    """The key that came with a request; empty without one."""
    return request.headers.get("authorization", "").removeprefix("Bearer ")


def refused(fault: Fault, dialect: Dialect) -> Any:
    """The answer of a request that is turned away."""
    if not fault.name.isdigit():
        return refusal(fault)
    status = int(fault.name)
    body = fault.more.get("body", "json" if status < 500 else "html")
    headers = waits(fault)
    if body == "empty":
        return Response(b"", status, headers)
    if body == "html":
        return Response(html_page(status), status, headers, "text/html")
    message = fault.more.get("code", "Please come back later.")
    return Json(dialect.told(Wrong(status, message)), status, headers)


def faulty(fault: Fault | None, body: Any, status: int, key: str) -> Any:
    """The answer, as a fault leaves it."""
    if fault is None:
        return Json(body, status)
    if fault.name in names.LOSSES:
        return refusal(fault)
    if fault.name in names.ANSWERS:
        return spoilt(fault, Json(body).body, "application/json")
    return _altered(fault, body, status, key)


async def fields_of(request: Request) -> tuple[dict[str, Any], str]:
    """The fields of a body, and the form that it has."""
    kind = request.headers.get("content-type", "")
    if kind.startswith(("multipart/form-data", "application/x-www-form")):
        fields: dict[str, Any] = {}
        for name, value in (await request.form()).multi_items():
            if isinstance(value, UploadFile):
                await value.seek(0)  # it may have been read for the faults
                fields[name] = await value.read()
            else:
                fields[name] = value
        return fields, "multipart" if kind.startswith("multipart") else "urlencoded"
    try:
        body = json.loads(await request.body())
    except ValueError:
        body = None
    return body if isinstance(body, dict) else {}, "json"


def shown(value: Any) -> Any:
    """A field as JSON has it; of a file, how many bytes it has."""
    return f"{len(value)} bytes" if isinstance(value, bytes) else value


def _altered(fault: Fault, body: Any, status: int, key: str) -> Any:
    """The body as a fault of `faults.ITEMS` leaves it."""
    several = isinstance(body, dict) and isinstance(body.get("data"), list)
    records = body["data"] if several else [body]

    def each(**changes: Any) -> Json:
        changed = [{**record, **changes} for record in records]
        return Json({**body, "data": changed} if several else changed[0], status)

    match fault.name:
        case "foreign":
            return each(id=STRANGER)
        case "status":
            return each(status=fault.value or "daydreaming")
        case "partial" if several:
            return Json({**body, "data": records[: (len(records) + 1) // 2]}, status)
        case "no-data":
            return Json({}, status)
        case "bare-list":
            return Json(records, status)
        case "echo-key":
            return Json({"error": {"message": f"No {key} may do this.", "code": key}}, 400)
        case _:
            raise ValueError(f"{fault.what} says nothing here.")
