"""The published schemas: the registry of models, and one JSON Schema for each of them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from tests.emulator.catalogue import Model, Together
from tests.emulator.checks import ALLOWED, RANGES
from tests.emulator.counters import Counters
from tests.emulator.faults import Faults
from tests.emulator.replies import refusal, spoilt
from tests.emulator.service import Service

_DRAFT = "http://json-schema.org/draft-07/schema#"
_OBJECTS = ("settings", "providerSettings", "safety", "routing", "speech")
_PLAIN: dict[str, dict[str, Any]] = {
    "taskUUID": {"type": "string", "format": "uuid"},
    "negativePrompt": {"type": "string"},
    "webhookURL": {"type": "string"},
    "uploadEndpoint": {"type": "string"},
    "width": {"type": "integer"},
    "height": {"type": "integer"},
    "fps": {"type": "integer"},
    "ttl": {"type": "integer", "minimum": 60},
    "includeCost": {"type": "boolean"},
}


def request_schema(model: Model) -> dict[str, Any]:
    """The schema of ONE task object, which is what the SDK checks against it."""
    schema: dict[str, Any] = {
        "$schema": _DRAFT,
        "type": "object",
        "properties": {name: _field(name, model) for name in sorted(model.fields)},
        "required": ["taskType", "taskUUID", "model", *model.required],
        "additionalProperties": False,
    }
    rules: list[dict[str, Any]] = []
    if model.sizes:
        pairs = [_pair(width, height) for width, height in model.sizes]
        absent = {"not": {"anyOf": [{"required": ["width"]}, {"required": ["height"]}]}}
        rules.append({"anyOf": [*pairs, absent]})
    if {"width", "resolution"} <= model.fields:
        rules.append({"not": {"required": ["resolution", "width"]}})
    rules += [_together(limit) for limit in model.together]
    if rules:
        schema["allOf"] = rules
    if {"width", "height"} <= model.fields:
        schema["dependencies"] = {"width": ["height"], "height": ["width"]}
    return schema


def _pair(width: int, height: int) -> dict[str, Any]:
    sides = {"width": {"const": width}, "height": {"const": height}}
    return {"properties": sides, "required": ["width", "height"]}


def _together(limit: Together) -> dict[str, Any]:
    where = [_pair(*size) for size in limit.sizes]
    where += [
        {"properties": {"resolution": {"const": name}}, "required": ["resolution"]}
        for name in limit.resolutions
    ]
    durations = {"properties": {"duration": {"enum": list(limit.durations)}}}
    return {"if": {"anyOf": where}, "then": durations}


def _field(name: str, model: Model) -> dict[str, Any]:
    if name in _BY_MODEL:
        return _BY_MODEL[name](model)
    if name in ("taskType", "model"):
        return {"const": "videoInference" if name == "taskType" else model.air}
    values = (ALLOWED | model.enums).get(name)
    if values is not None:
        return {"enum": values}
    if name in RANGES:
        low, high, kind = RANGES[name]
        number = "integer" if kind == "integer" else "number"
        return {"type": number, "minimum": low, "maximum": high}
    return {"type": "object"} if name in _OBJECTS else _PLAIN.get(name, {})


def _duration(model: Model) -> dict[str, Any]:
    if model.durations:
        return {"enum": list(model.durations)}
    low, high = model.duration_limits or (1, 60)
    return {"type": "number", "minimum": low, "maximum": high}


def _prompt(model: Model) -> dict[str, Any]:
    low, high = model.prompt
    return {"type": "string", "minLength": low, "maxLength": high}


def _inputs(model: Model) -> dict[str, Any]:
    if model.frames != "inputs.referenceImages":
        return {"type": "object"}
    return {"type": "object", "properties": {"referenceImages": {"type": "array"}}}


_BY_MODEL = {"duration": _duration, "positivePrompt": _prompt, "inputs": _inputs}


def response_schema() -> dict[str, Any]:
    kinds = {"cost": "number", "seed": "integer", "NSFWContent": "boolean"}
    texts = ("taskUUID", "videoUUID", "videoURL", "videoBase64Data", "videoDataURI")
    properties = {name: {"type": kind} for name, kind in kinds.items()}
    properties |= {name: {"type": "string"} for name in texts}
    properties["taskType"] = {"const": "videoInference"}
    required = ["taskType", "taskUUID", "videoUUID"]
    return {"type": "object", "properties": properties, "required": required}


class Schemas:
    """GET /schemas/registry.json and /schemas/resolve/<AIR>, both with an ETag."""

    def __init__(self, service: Service, faults: Faults, counters: Counters) -> None:
        self._service = service
        self._faults = faults
        self._counters = counters

    async def __call__(self, scope, receive, send) -> None:
        with self._counters.request(scope, "schema"):
            request = Request(scope, receive)
            reply = self._reply(request)
            status = getattr(reply, "status_code", None)
            headers = dict(request.headers)
            asked = {"path": request.url.path, "tag": headers.get("if-none-match")}
            self._counters.note("schema", status=status, headers=headers, **asked)
            await reply(scope, receive, send)

    def _reply(self, request: Request) -> Any:
        air = request.path_params.get("air")
        fault = self._faults.take("schema")
        if fault is not None:
            self._counters.faults[f"schema:{fault.what}"] += 1
            if fault.refuses:
                return refusal(fault)
        if air is None:
            content = self._registry()
        elif air in self._service.models:
            content = self._resolved(self._service.models[air])
        else:
            return Response(b'{"error":"not found"}', 404, None, "application/json")
        body = json.dumps(content, separators=(",", ":")).encode()
        if fault is not None:
            return spoilt(fault, body, "application/json")
        headers = {"ETag": f'"{hashlib.sha256(body).hexdigest()[:16]}"'}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(None, 304, headers)
        return Response(body, 200, headers, "application/json")

    def _registry(self) -> dict[str, Any]:
        models = {
            air: {"taskType": "videoInference", "id": model.slug}
            for air, model in self._service.models.items()
        }
        maps: dict[str, Any] = {"architectureTaskTypes": {}, "modalityTaskTypes": {}}
        return {"version": "20261012233936", "models": models, **maps}

    def _resolved(self, model: Model) -> dict[str, Any]:
        schemas = {"requestSchema": request_schema(model), "responseSchema": response_schema()}
        return {"air": model.air, "documentation": model.documentation, **schemas}
