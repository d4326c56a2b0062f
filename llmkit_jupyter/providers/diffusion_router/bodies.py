"""From a request to the fields of a body, and from those to JSON or a form."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from llmkit_jupyter.catalog.open_models import family_of
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.images import image_data
from llmkit_jupyter.providers.diffusion_router.manners import Form, Manners
from llmkit_jupyter.request import VideoGenerationRequest

OWN = ("prompt", "model", "seconds", "size", "input_reference")
"""The fields of OpenAI's own API; all others are what servers of open models add to it."""
OURS = {
    "prompt": "the prompt",
    "model": "with_model()",
    "seconds": "with_duration()",
    "size": "with_width() and with_height()",
    "width": "with_width()",
    "height": "with_height()",
    "seed": "with_seed()",
    "fps": "with_fps()",
    "negative_prompt": "with_negative_prompt()",
    "input_reference": "with_image()",
    "reference_url": "with_image()",
    "image_reference": "with_image()",
    "n": "count=",
    "num_outputs_per_prompt": "count=",
}
"""Fields that a request has a place of its own for."""
_OF_THE_SERVER = ("output_path", "response_format", "stream", "nvext")
# Dynamo takes these in an object of their own.
_NVEXT = (
    "fps",
    "num_frames",
    "negative_prompt",
    "num_inference_steps",
    "guidance_scale",
    "guidance_scale_2",
    "boundary_ratio",
    "seed",
)


@dataclass(frozen=True, slots=True)
class Body:
    """A body, ready to be sent, and what stands in it."""

    fields: Mapping[str, Any]
    form: Form
    content: bytes
    kind: str
    """The ``Content-Type``."""


def check_options(request: VideoGenerationRequest) -> None:
    """Refuse options that a request has a field for, or that are no business of a client.

    Raises:
        InvalidRequestError: says what to use instead.
    """
    for name, value in request.options.items():
        first = name.split(".")[0]
        if first in OURS:
            allowed = f"other names; {first} is set by {OURS[first]}"
        elif first in _OF_THE_SERVER:
            allowed = f"other names; {first} is between this client and the server"
        else:
            continue
        raise InvalidRequestError(f"option {name}", value, allowed, provider="diffusion-router")


def fields_of(request: VideoGenerationRequest, manners: Manners) -> dict[str, Any]:
    """Give the fields of a request's body, without its picture.

    Frames and their rate follow from the duration where the model's own rate is known: servers
    would take one that it was not trained for.

    Args:
        request: validated.
        manners: of the server.
    """
    family = family_of(request.model or "")
    fps = request.fps or (family.fps if family else None)
    frames = None
    if request.duration is not None and fps is not None:
        seconds = request.duration
        frames = family.frames(seconds, fps) if family else max(1, seconds * fps)
    size = f"{request.width}x{request.height}" if request.width else None
    if manners.size_in_two:
        size = None
    values: dict[str, Any] = {
        "prompt": request.prompt,
        "model": request.model,
        "seconds": request.duration,
        "size": size,
        "width": request.width if manners.size_in_two else None,
        "height": request.height if manners.size_in_two else None,
        "fps": fps,
        "num_frames": frames,
        "seed": request.seed,
        "negative_prompt": request.negative_prompt,
    }
    for name, value in request.options.items():
        _put(values, name, value)
    if manners.strict:
        values = {name: value for name, value in values.items() if name in OWN}
    return {name: value for name, value in values.items() if value is not None}


def check_strict(request: VideoGenerationRequest, url: str, *, seeded: bool) -> None:
    """Refuse what a server that takes OpenAI's own fields alone cannot be told.

    Args:
        request: for that server.
        url: of the server.
        seeded: the seed is a person's, and not one that was chosen here.

    Raises:
        InvalidRequestError: names the field.
    """
    given: dict[str, Any] = {"negative_prompt": request.negative_prompt, "fps": request.fps}
    if seeded:
        given["seed"] = request.seed
    given |= {f"option {name}": value for name, value in request.options.items()}
    for field, value in given.items():
        if value is not None:
            allowed = f"none; {url} takes prompt, model, duration, size and image alone"
            raise InvalidRequestError(field, value, allowed, provider="diffusion-router")


def build(request: VideoGenerationRequest, manners: Manners) -> Body:
    """Give the body for a request.

    Raises:
        InvalidRequestError: the picture cannot be read any more.
    """
    fields = fields_of(request, manners)
    picture = None if request.image is None else image_data(request.image)
    form = _form(request, manners)
    if manners.synchronous:
        return _json(_for_dynamo(fields, request.image, picture))
    if form == "json":
        if request.image is not None:
            address = request.image if picture is None else _data_uri(*picture)
            if manners.strict:
                fields["input_reference"] = {"image_url": address}
            else:
                # SGLang's name for it, and vLLM-Omni's, to whom proxies pass it on as text.
                fields["reference_url"] = address
                fields["image_reference"] = json.dumps({"image_url": address})
        if "seconds" in fields and not manners.seconds_as_number:
            fields["seconds"] = str(fields["seconds"])
        return _json(fields)
    files: list[tuple[str, Any]] = []
    if picture is not None:
        kind, data = picture
        files.append(("input_reference", (f"first.{kind.partition('/')[2]}", data, kind)))
    elif request.image is not None:
        fields["image_reference"] = {"image_url": request.image}
    return _multipart(fields, files)


def _form(request: VideoGenerationRequest, manners: Manners) -> Form:
    """Choose JSON or a form: a file goes in a form, where the server reads those."""
    wanted = manners.form
    if request.image is not None:
        wanted = "json" if request.image.startswith(("http:", "https:")) else "multipart"
    if wanted in manners.refused:
        wanted = "multipart" if wanted == "json" else "json"
    return wanted


def _json(fields: Mapping[str, Any]) -> Body:
    content = json.dumps(fields, ensure_ascii=False, allow_nan=False).encode()
    return Body(fields, "json", content, "application/json")


def _multipart(fields: Mapping[str, Any], files: list[tuple[str, Any]]) -> Body:
    import httpx

    # Parts without a file's name: with texts alone it would be a form of the other kind.
    parts = [(name, (None, _as_text(value))) for name, value in fields.items()]
    request = httpx.Request("POST", "http://-/", files=[*parts, *files])
    return Body(fields, "multipart", request.read(), request.headers["content-type"])


def _for_dynamo(
    fields: dict[str, Any], image: str | None, picture: tuple[str, bytes] | None
) -> dict[str, Any]:
    extra = {name: fields.pop(name) for name in _NVEXT if name in fields}
    if image is not None:
        fields["input_reference"] = image if picture is None else _data_uri(*picture)
    # An address there may be one of its own file system.
    return {**fields, "response_format": "b64_json", **({"nvext": extra} if extra else {})}


def _as_text(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bool):
        return str(value).lower().encode()
    return json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def _data_uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _put(fields: dict[str, Any], name: str, value: Any) -> None:
    """Set a value at a dotted name; what is set twice by one request is the later one."""
    *path, last = name.split(".")
    place = fields
    for part in path:
        inside = place.get(part)
        if not isinstance(inside, dict):
            inside = place[part] = {}
        place = cast("dict[str, Any]", inside)
    place[last] = value
