"""What the service checks before it accepts a videoInference task."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, NoReturn

from tests.emulator.catalogue import Model
from tests.emulator.media import check_frames
from tests.emulator.refusals import Refused, error

Task = dict[str, Any]
RANGES = {
    "numberResults": (1, 4, "integer"),
    "outputQuality": (20, 99, "integer"),
    "seed": (0, 2**63 - 1, "integer"),
    "CFGScale": (0, 50, "float"),
    "steps": (1, 100, "integer"),
}
ALLOWED = {
    "deliveryMethod": ["async"],
    "outputType": ["URL"],
    "outputFormat": ["MP4", "WEBM", "MOV"],
}


def is_uuid(value: object) -> bool:
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False


def check(task: Task, models: dict[str, Model], *, refuse_ttl: bool = False) -> Model:
    """Return the task's model, or raise Refused with what the service would answer."""
    if not is_uuid(task.get("taskUUID")):
        refuse(task, "invalidTaskUUID", "`taskUUID` must be a UUID v4.", "taskUUID", type="string")
    name = task.get("model")
    if name is None:
        refuse(task, "missingModel", "`model` is required.", "model", type="string")
    model = models.get(name) if isinstance(name, str) else None
    if model is None:
        form = isinstance(name, str) and ":" in name and "@" in name
        code = "modelNotFound" if form else "invalidModel"
        refuse(task, code, f"No model {name!r} is available.", "model", type="string")
    _check_names(task, model, refuse_ttl)
    for rule in RULES:
        rule(task, model)
    return model


def refuse(task: Task, code: str, message: str, parameter: object, **more: Any) -> NoReturn:
    more.setdefault("taskType", task.get("taskType"))
    task_id = task.get("taskUUID")
    raise Refused(error(code, message, task_id=task_id, parameter=parameter, **more))


def _check_names(task: Task, model: Model, refuse_ttl: bool) -> None:
    for name in task:
        if name not in model.fields or (refuse_ttl and name == "ttl"):
            message = f"`{name}` is not supported by {model.air}."
            where = {"documentation": model.documentation}
            refuse(task, "unsupportedParameter", message, name, type="unknown", **where)
    for name in model.required:
        if name not in task:
            code = f"missing{name[0].upper()}{name[1:]}" if name != "inputs" else "missingParameter"
            refuse(task, code, f"`{name}` is required by {model.air}.", name)


def _check_prompt(task: Task, model: Model) -> None:
    prompt = task.get("positivePrompt")
    if prompt is None:
        if "positivePrompt" in model.fields and "inputs" not in task:
            message = "`positivePrompt` is required without `inputs`."
            refuse(task, "missingPositivePrompt", message, "positivePrompt", type="string")
        return
    low, high = model.prompt
    if not isinstance(prompt, str):
        message = "`positivePrompt` must be a string."
        refuse(task, "invalidPositivePrompt", message, "positivePrompt", type="string")
    if not low <= len(prompt) <= high:
        message = f"`positivePrompt` must have {low} to {high} characters."
        limits = {"type": "string", "min": low, "max": high}
        refuse(task, "invalidPositivePromptLength", message, "positivePrompt", **limits)


def _check_duration(task: Task, model: Model) -> None:
    if "duration" not in task:
        return
    duration = task["duration"]
    number = isinstance(duration, int | float) and not isinstance(duration, bool)
    if model.durations and duration not in model.durations:
        values = list(model.durations)
        message = f"`duration` must be one of {values}."
        refuse(task, "unsupportedDuration", message, "duration", type="float", allowedValues=values)
    low, high = model.duration_limits or (1, 60)
    if not number or not low <= duration <= high:
        message = f"`duration` must be between {low} and {high} seconds."
        limits = {"type": "float", "min": low, "max": high}
        refuse(task, "unsupportedDuration", message, "duration", **limits)


def _check_together(task: Task, model: Model) -> None:
    size = task.get("width"), task.get("height")
    for limit in model.together:
        here = size in limit.sizes or task.get("resolution") in limit.resolutions
        if here and "duration" in task and task["duration"] not in limit.durations:
            where = f"{size[0]}x{size[1]}" if size in limit.sizes else task["resolution"]
            values = list(limit.durations)
            message = f"`duration` must be one of {values} at {where}."
            limits = {"type": "float", "allowedValues": values}
            refuse(task, "unsupportedDuration", message, "duration", **limits)


def _check_size(task: Task, model: Model) -> None:
    pair = "width", "height"
    given = [name for name in pair if name in task]
    if given and "resolution" in task:
        message = "`resolution` cannot be used together with `width` and `height`."
        refuse(task, "incompatibleParameters", message, ["resolution", *pair])
    if not given:
        return
    for name in pair:
        if name not in task:
            code = f"missing{name.capitalize()}"
            refuse(task, code, "`width` and `height` go together.", name, type="integer")
        if not isinstance(task[name], int) or isinstance(task[name], bool):
            code = f"invalid{name.capitalize()}"
            refuse(task, code, f"`{name}` must be an integer.", name, type="integer")
    _check_pair(task, model, task["width"], task["height"])


def _check_pair(task: Task, model: Model, width: int, height: int) -> None:
    if not model.sizes:
        for name, value in (("width", width), ("height", height)):
            if not 256 <= value <= 3840 or value % 2:
                limits = {"type": "integer", "min": 256, "max": 3840, "multiplier": 2}
                message = f"`{name}` must be an even number between 256 and 3840."
                refuse(task, f"invalid{name.capitalize()}", message, name, **limits)
        return
    widths = sorted({size[0] for size in model.sizes})
    if width not in widths:
        message = f"`width` must be one of {widths}."
        refuse(task, "invalidWidth", message, "width", type="integer", allowedValues=widths)
    heights = sorted(size[1] for size in model.sizes if size[0] == width)
    if height not in heights:
        message = f"`height` must be one of {heights} when `width` is {width}."
        refuse(task, "invalidHeight", message, "height", type="integer", allowedValues=heights)


def _check_values(task: Task, model: Model) -> None:
    for name, values in (ALLOWED | model.enums).items():
        if name in task and task[name] not in values:
            code = f"invalid{name[0].upper()}{name[1:]}"
            message = f"`{name}` must be one of {values}."
            refuse(task, code, message, name, allowedValues=values)
    for name, (low, high, kind) in RANGES.items():
        if name in task:
            _check_number(task, name, low, high, kind)
    if "ttl" in task:
        _check_number(task, "ttl", 60, 2**31, "integer")
    if "includeCost" in task and not isinstance(task["includeCost"], bool):
        refuse(task, "invalidIncludeCost", "Must be a boolean.", "includeCost", type="boolean")


def _check_number(task: Task, name: str, low: float, high: float, kind: str) -> None:
    value = task[name]
    right = int if kind == "integer" else (int, float)
    if not isinstance(value, right) or isinstance(value, bool) or not low <= value <= high:
        code = f"invalid{name[0].upper()}{name[1:]}"
        message = f"`{name}` must be of type {kind}, between {low} and {high}."
        refuse(task, code, message, name, type=kind, min=low, max=high)


def _check_inputs(task: Task, model: Model) -> None:
    inputs = task.get("inputs")
    if inputs is not None and not isinstance(inputs, dict):
        refuse(task, "invalidInputs", "`inputs` must be an object.", "inputs", type="object")
    _, nested, name = model.frames.rpartition(".")
    place = (inputs or {}) if nested else task
    if model.image_only and not place.get(name):
        message = f"Missing parameter `{model.frames}`."
        refuse(task, "missingParameter", message, model.frames, type="array")
    if inputs and nested and name != "frameImages" and "frameImages" in inputs:
        message = "`inputs.frameImages` is not supported."
        refuse(task, "unsupportedParameter", message, "inputs.frameImages", type="unknown")
    wrong = check_frames(task)
    if wrong is not None:
        refuse(task, "invalidFrameImage", wrong.message, wrong.parameter, type="string")


Rule = Callable[[Task, Model], None]
RULES: tuple[Rule, ...] = (
    _check_prompt,
    _check_duration,
    _check_size,
    _check_together,
    _check_values,
    _check_inputs,
)
