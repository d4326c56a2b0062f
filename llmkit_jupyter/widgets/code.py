"""A request as code that makes exactly this request when a cell runs it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from llmkit_jupyter.catalog.sizes import PRESETS
from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.images import as_image
from llmkit_jupyter.notebook.arguments import quoted
from llmkit_jupyter.notebook.options import parse_cell
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.widgets.literals import WIDTH, call, string

_PICTURE = "the picture is part of the request itself: save it as a file, and choose that file"
_SIZE_NAMES = {(each.width, each.height): each.name for each in PRESETS}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")  # all but tab and line end
_PYTHON_PROMPT = re.compile(r"\s*>>>")
"""What IPython takes away where a line of the cell begins with it, and all dots below it."""
_OTHER_PROMPTS = re.compile(r"\s*(\.\.\.|In \[|\[(nav|ins)\])")
"""The same in the cell's second line."""


def as_python(request: VideoGenerationRequest, count: int = 1, provider: str | None = None) -> str:
    """Give the Python that makes a request, waits for its video and shows it.

    Args:
        request: as ``generate_video`` takes it.
        count: videos of it.
        provider: name of the client's provider; ``None`` for the client of the environment.

    Raises:
        ValueError: it cannot be said in Python, and why: the picture is inside the request.
    """
    several = count > 1
    client = "LLMKitClient.from_env()" if provider is None else f"LLMKitClient({string(provider)})"
    lines = [
        *(["from IPython.display import display"] if several else []),
        "from llmkit_jupyter import LLMKitClient, VideoGenerationRequest",
        "",
        f"client = {client}",
        _assignment(request),
    ]
    if several:
        lines.append(f"responses = client.generate_video(request, count={count})")
        lines.append("display(*responses)")
    else:
        lines += ["response = client.generate_video(request)", "response"]
    return "\n".join(lines) + "\n"


def _assignment(request: VideoGenerationRequest) -> str:
    if (request.image or "").startswith("data:"):
        raise ValueError(_PICTURE)
    fluent, given = _steps(request)
    arguments: list[tuple[str, Any]] = [("", request.prompt), *given]
    made = call("VideoGenerationRequest", arguments, len("request = "))
    if not fluent or len(fluent) == 1:
        line = "".join([f"request = {made}", *(call(name, each, 0) for name, each in fluent)])
        if "\n" not in line and len(line) <= WIDTH:
            return line
    if not fluent:
        return f"request = {call('VideoGenerationRequest', arguments, 0)}"
    chain = [("VideoGenerationRequest", arguments), *fluent]
    return "\n".join(["request = (", *(f"    {call(n, each, 4)}" for n, each in chain), ")"])


_Steps = list[tuple[str, list[tuple[str, Any]]]]


def _steps(request: VideoGenerationRequest) -> tuple[_Steps, list[tuple[str, Any]]]:
    """Give the builder's calls, and those values that only the constructor takes as they are."""
    values = request.to_dict()
    options = values.pop("options", {})
    del values["prompt"]
    given = [
        (name, value)
        for name, value in values.items()
        if (name == "model" and value != value.strip())
        or (name == "image" and not _kept_by_builder(value))
    ]
    fluent: _Steps = [
        (f".with_{name}", [("", value)])
        for name, value in values.items()
        if (name, value) not in given
    ]
    fluent += [(".with_option", [("", name), ("", value)]) for name, value in options.items()]
    return fluent, given


def _kept_by_builder(image: str) -> bool:
    """Whether ``with_image`` gives back the path or address as it is; looks at no file."""
    try:
        if image.lower().startswith(("http:", "https:")):
            return as_image(image) == image
        return "://" not in image and str(Path(image).expanduser().absolute()) == image
    except (LLMKitError, ValueError, RuntimeError):
        return False


def as_magic(request: VideoGenerationRequest, count: int = 1, provider: str | None = None) -> str:
    """Give the ``%%video`` cell that makes a request and keeps the response in ``clip``.

    Args:
        request: as ``generate_video`` takes it.
        count: videos of it, whose responses come as a list.
        provider: name of a provider; ``None`` for the one that is the default.

    Raises:
        ValueError: no cell can say it, and why, in a few words for people.
    """
    prompt, image = request.prompt, request.image
    if (image or "").startswith("data:"):
        raise ValueError(_PICTURE)
    if prompt[0] in "\r\n" or prompt[-1] in "\r\n":
        raise ValueError("a %%video cell drops line ends at the beginning and end of its prompt")
    if any(line.isspace() for line in prompt.split("\n")):
        raise ValueError("a line of the prompt is of blanks alone, which IPython takes away")
    if any(_PYTHON_PROMPT.match(each) for each in prompt.splitlines()):
        raise ValueError("a line of the prompt begins with >>>, which IPython takes away")
    if (request.width is None) != (request.height is None):
        raise ValueError("a %%video cell takes a width only together with a height")
    line = " ".join(["%%video", *_flags(request, count, provider)])
    if _CONTROL.search(line) or _CONTROL.search(prompt):
        raise ValueError("there are control characters, which not every cell keeps")
    if len(line.splitlines()) > 1:
        raise ValueError(
            "the options of a %%video cell stand on one line, and a value here has more"
        )
    _check(line, request, count, provider)
    blank = "\n" if _OTHER_PROMPTS.match(prompt) else ""
    return f"{line}\n{blank}{prompt}"


def _flags(request: VideoGenerationRequest, count: int, provider: str | None) -> list[str]:
    size = (request.width, request.height)
    named = None
    if request.width is not None and request.height is not None:
        named = _SIZE_NAMES.get((request.width, request.height), f"{size[0]}x{size[1]}")
    values = {
        "-m": request.model,
        "-d": request.duration,
        "-s": named,
        "--seed": request.seed,
        "--negative": request.negative_prompt,
        "-i": request.image,
        "--fps": request.fps,
    }
    flags = [f"{flag} {quoted(str(each))}" for flag, each in values.items() if each is not None]
    flags += [f"--set {quoted(_setting(name, value))}" for name, value in request.options.items()]
    flags += [f"-n {count}"] if count > 1 else []
    flags += [] if provider is None else [f"-p {quoted(provider)}"]
    return [*flags, f"-o {'clips' if count > 1 else 'clip'}"]


def _setting(name: str, value: object) -> str:
    """Write ``NAME=VALUE``: JSON, but for a text that would not be read as such."""
    if isinstance(value, str) and value.isprintable():
        try:
            json.loads(value)
        except (ValueError, RecursionError):
            return f"{name}={value}"
    text = json.dumps(value, ensure_ascii=False)
    return f"{name}={text if text.isprintable() else json.dumps(value)}"


def _check(line: str, request: VideoGenerationRequest, count: int, provider: str | None) -> None:
    """Read the line as the magic will; what it cannot say in some other way is refused here."""
    try:
        options = parse_cell(line.removeprefix("%%video "), request.prompt)
        image = options.image
        made = replace(options, image=None).request()
    except LLMKitError as error:
        raise ValueError(f"a %%video cell cannot say it: {error}") from None
    same = made == replace(request, image=None) and image == request.image
    if image is not None and not _kept_by_builder(image):
        raise ValueError("a %%video cell would make another path of the picture's")
    if not same or (options.count, options.provider) != (count, provider):
        raise ValueError("a value is of a kind that the line of a %%video cell cannot hold")
