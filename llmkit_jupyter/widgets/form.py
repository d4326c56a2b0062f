"""The form's values: what request they make, and everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from llmkit_jupyter.errors import InvalidRequestError, LLMKitError
from llmkit_jupyter.images import as_image
from llmkit_jupyter.notebook.wording import sentence
from llmkit_jupyter.request import MAX_COUNT, VideoGenerationRequest, several, whole_number

REQUEST_FIELDS = (
    "prompt",
    "model",
    "duration",
    "width",
    "height",
    "seed",
    "negative_prompt",
    "image",
    "fps",
    "options",
)
"""As ``VideoGenerationRequest`` names them."""

# Stands for a prompt that was found wanting, so that the other fields are judged as well.
_ANY_PROMPT = "A quiet lake at dawn, with mist over the water"
_MORE_THAN_FIELDS = 200  # judged one after the other

Values = Mapping[str, Any]
Problems = dict[str, str]


def request_of(values: Values) -> VideoGenerationRequest:
    """Build the request that the values make.

    Raises:
        InvalidRequestError: a value that no model takes.
    """
    given = {name: values[name] for name in REQUEST_FIELDS}
    given["options"] = {name: value for name, value in given["options"].items() if value != ""}
    request = VideoGenerationRequest(
        **{name: v for name, v in given.items() if name == "prompt" or v not in (None, "")}
    )
    if request.image is not None:
        _look_at(request.image, _changed(request.image))
    request.check_complete()
    return request


def values_of(request: VideoGenerationRequest) -> dict[str, Any]:
    """Give the values of a form that makes this request."""
    values = {name: getattr(request, name) for name in REQUEST_FIELDS}
    return {**values, "options": dict(request.options), "model": request.model or ""}


def judge(
    values: Values, validate: Callable[[VideoGenerationRequest], object]
) -> tuple[VideoGenerationRequest | None, Problems]:
    """Find what is wrong with a form.

    Args:
        values: of all fields, ``count`` too.
        validate: raises for a request that the model does not take.

    Returns:
        The request, or ``None`` where something is wrong; and a sentence for each such field.
    """
    problems: Problems = {}
    left = dict(values)
    request: VideoGenerationRequest | None = None
    for _ in range(_MORE_THAN_FIELDS):
        try:
            request = request_of(left)
            validate(request)
            several(request, whole_number("count", left["count"], 1, MAX_COUNT))
        except InvalidRequestError as error:
            field = place_of(error)
            if field in problems or not _without(left, field):
                problems.setdefault(field, in_words(error))
                break
            problems[field] = in_words(error)
        except LLMKitError as error:
            problems["form"] = str(error)
            break
        else:
            break
    return (None if problems else request), problems


def in_words(error: InvalidRequestError) -> str:
    """Say what is wrong, beside the field that it is about."""
    if error.field == "prompt" and not str(error.value or "").strip():
        return "Write what the video should show."
    if error.code == "model_not_found":
        return error.message
    reason = f"{sentence(error.because)} " if error.because else ""
    return f"{reason}Allowed: {error.allowed}."


def value_at(values: Values, field: str) -> Any:
    """Give the value that a problem's field means."""
    if field == "size":
        return (values["width"], values["height"])
    if field.startswith("option "):
        return values["options"].get(field.removeprefix("option "))
    return values.get(field)


def place_of(error: InvalidRequestError) -> str:
    """Give the form's field that an error is about; ``"form"`` where it is about the whole."""
    return "size" if error.field in ("width", "height") else error.field or "form"


def _without(values: dict[str, Any], field: str) -> bool:
    """Take a field's value away; ``False`` where the rest cannot be judged without it."""
    if field == "prompt":
        values["prompt"] = _ANY_PROMPT
    elif field == "size":
        values["width"] = values["height"] = None
    elif field == "count":
        values["count"] = 1
    elif field.startswith("option "):
        name = field.removeprefix("option ")
        kept = {key: value for key, value in values["options"].items() if not _meant(key, name)}
        if len(kept) == len(values["options"]):
            return False
        values["options"] = kept
    elif field in REQUEST_FIELDS and field != "model" and values[field] is not None:
        values[field] = None
    else:
        return False
    return True


def _meant(key: str, name: str) -> bool:
    # An error may be about a place inside an option, or about all that one holds.
    return key == name or name.startswith((f"{key}.", f"{key}[")) or key.startswith(f"{name}.")


def _changed(image: str) -> float:
    try:
        return Path(image).stat().st_mtime
    except (OSError, ValueError):
        return 0.0


@lru_cache(maxsize=8)
def _look_at(image: str, changed: float) -> None:  # noqa: ARG001 - a file that changed is another
    # At each key that is pressed a form is judged, and a picture has up to 20 MB.
    as_image(image)
