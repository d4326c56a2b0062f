"""Reads what another program asked Runware for, by the archive's copy of its task."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, cast

from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.providers.base import ELSEWHERE, Asked
from llmkit_jupyter.request import VideoGenerationRequest

_FIELDS = {
    "positivePrompt": "prompt",
    "negativePrompt": "negative_prompt",
    **{name: name for name in ("model", "width", "height", "duration", "fps", "seed")},
}
# What they say makes no other video.
_NEUTRAL = (
    *("taskType", "taskUUID", "apiKey", "deliveryMethod", "includeCost", "ttl"),
    *("outputType", "webhookURL", "uploadEndpoint"),
)
_USUAL = {"outputFormat": "MP4", "numberResults": 1}
_MOST = 2000  # characters of a value; a picture has more


def asked(tasks: object, task_id: str) -> Asked | None:
    """Give what the task with that id asked for; ``None`` where it is not among them.

    What is no field of a request becomes an option, so that nothing that makes a difference is
    lost.
    """
    found = cast("list[object]", tasks) if isinstance(tasks, list) else []
    for task in found:
        if isinstance(task, dict):
            values = cast("Mapping[str, Any]", task)
            if str(values.get("taskUUID")).lower() == task_id and "model" in values:
                return _read(values)
    return None


def _read(task: Mapping[str, Any]) -> Asked | None:
    fields: dict[str, Any] = {}
    options: dict[str, Any] = {}
    for name, value in task.items():
        if value is None or name in _NEUTRAL or _USUAL.get(name) == value:
            continue
        field = _FIELDS.get(name)
        if field is not None and _fits(field, value):
            fields[field] = value
        else:
            options[name] = _short(value)
    whole = "prompt" in fields
    prompt = fields.pop("prompt", ELSEWHERE)
    try:
        return Asked(VideoGenerationRequest(prompt, **fields, options=options), whole=whole)
    except InvalidRequestError:
        return Asked(VideoGenerationRequest(prompt, **fields))


def _fits(field: str, value: object) -> bool:
    try:
        VideoGenerationRequest.from_dict({"prompt": "-", field: value})
    except InvalidRequestError:
        return False
    return True


def _short(value: object) -> object:
    text = json.dumps(value, sort_keys=True)
    if len(text) <= _MOST:
        return value
    return f"{len(text)} characters, sha256 {hashlib.sha256(text.encode()).hexdigest()}"
