"""Builds the tasks that Runware is sent: plain dictionaries, one a job."""

from __future__ import annotations

import base64
import copy
import uuid
from collections.abc import Mapping
from typing import Any, cast

from llmkit_jupyter.catalog.facts import ModelFacts, image_field
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.images import image_data
from llmkit_jupyter.request import VideoGenerationRequest

# Declared by every model of the service, so that their absence in a live schema means something.
COMMON = (
    "deliveryMethod",
    "includeCost",
    "numberResults",
    "outputFormat",
    "outputQuality",
    "outputType",
    "safety",
    "ttl",
)


def video_task(
    task_id: str, request: VideoGenerationRequest, facts: ModelFacts | None, *, ttl: int | None
) -> dict[str, Any]:
    """Give the task that makes a video.

    Args:
        task_id: ours, and theirs as well.
        request: validated, with nothing left to default.
        facts: of the model; without them every field that is set is sent.
        ttl: seconds that the result shall be kept; ``None`` leaves that to the service.

    Raises:
        InvalidRequestError: the request's image cannot be read any more, or two of its options
            set the same.
    """
    task: dict[str, Any] = {
        "taskType": "videoInference",
        "taskUUID": task_id,
        "model": request.model,
        "positivePrompt": request.prompt,
        "negativePrompt": request.negative_prompt,
        "width": request.width,
        "height": request.height,
        "duration": request.duration,
        "fps": request.fps,
        "seed": request.seed,
    }
    task = {name: value for name, value in task.items() if value is not None}
    if request.image is not None:
        _put(task, *_first_frame(request.image, facts))
    for name, value in request.options.items():
        _put(task, name, copy.deepcopy(value))
    for name, value in _ours(ttl).items():
        task.setdefault(name, value)
    declared = _declared(facts)
    return {name: value for name, value in task.items() if declared is None or name in declared}


def _ours(ttl: int | None) -> dict[str, Any]:
    """Give what the client decides where the request does not."""
    ours: dict[str, Any] = {
        "deliveryMethod": "async",
        "outputType": "URL",
        "outputFormat": "MP4",
        "numberResults": 1,
        "includeCost": True,
    }
    return ours if ttl is None else ours | {"ttl": ttl}


def response_task(task_id: str) -> dict[str, Any]:
    """Give the task that asks how a job stands."""
    return {"taskType": "getResponse", "taskUUID": task_id}


def details_task(task_id: str) -> dict[str, Any]:
    """Give the task that asks what the archive holds about a job."""
    return {"taskType": "getTaskDetails", "taskUUID": task_id}


def account_task() -> dict[str, Any]:
    """Give the task that asks about the account."""
    return {
        "taskType": "accountManagement",
        "taskUUID": str(uuid.uuid4()),
        "operation": "getDetails",
    }


def _declared(facts: ModelFacts | None) -> frozenset[str] | None:
    if facts is None:
        return None
    common = () if facts.source == "live" else COMMON
    return facts.fields | {"taskType", "taskUUID", "model", *common}


def _first_frame(image: str, facts: ModelFacts | None) -> tuple[str, Any]:
    found = image_data(image)
    value = image
    if found is not None:
        kind, data = found
        value = f"data:{kind};base64,{base64.b64encode(data).decode()}"
    place = "inputs.frameImages" if facts is None else image_field(facts)
    if place == "frameImages":
        return place, [{"inputImage": value, "frame": "first"}]
    if place == "inputs.referenceImages":
        return place, [value]
    return place, [{"image": value, "frame": "first"}]


def _put(task: dict[str, Any], name: str, value: Any) -> None:
    """Set a value at a dotted name, beside what stands there already; the order plays no part."""
    *path, last = name.split(".")
    place = task
    for part in path:
        inside = place.setdefault(part, {})
        if not isinstance(inside, dict):
            raise InvalidRequestError(
                f"option {name}", value, f"a name outside {part}, which is no dictionary"
            )
        place = cast("dict[str, Any]", inside)
    there = place.get(last)
    if isinstance(there, dict) and isinstance(value, Mapping):
        for key, each in cast("Mapping[str, Any]", value).items():
            _put(cast("dict[str, Any]", there), key, each)
    elif last in place and there != value:
        raise InvalidRequestError(
            f"option {name}", value, "to be set once; an image or another option sets it as well"
        )
    else:
        place[last] = value
