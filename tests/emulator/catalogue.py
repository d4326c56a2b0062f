"""The models the emulator knows: the snapshot that the package ships."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import llmkit_jupyter

SNAPSHOT = Path(llmkit_jupyter.__file__).parent / "catalog" / "runware_models.json"
ENVELOPE = ("taskType", "taskUUID", "model")  # what every task carries, whatever its model
PROMPT_LENGTH = (2, 3072)  # where the snapshot tells none: what most models are documented to take
SIZES = {  # what a resolution means where a price or a picture needs pixels
    "360p": (640, 360),
    "480p": (854, 480),
    "540p": (960, 540),
    "720p": (1280, 720),
    "768p": (1366, 768),
    "1080p": (1920, 1080),
    "1440p": (2560, 1440),
    "4k": (3840, 2160),
}


@dataclass(frozen=True)
class Together:
    """A limit across fields: these sizes, or resolutions by name, only with these durations."""

    sizes: tuple[tuple[int, int], ...]
    resolutions: tuple[str, ...]
    durations: tuple[int, ...]


@dataclass(frozen=True)
class Model:
    air: str
    slug: str
    fields: frozenset[str]
    required: tuple[str, ...]
    text_to_video: bool
    enums: dict[str, list[Any]] = field(default_factory=dict)
    sizes: tuple[tuple[int, int], ...] = ()
    durations: tuple[int, ...] = ()
    duration_limits: tuple[int, int] | None = None
    image_only: bool = False
    prompt: tuple[int, int] = PROMPT_LENGTH
    together: tuple[Together, ...] = ()
    frames: str = "inputs.frameImages"  # where its first picture stands

    @property
    def documentation(self) -> str:
        return f"https://runware.ai/docs/models/{self.slug}"


def load(path: Path = SNAPSHOT) -> dict[str, Model]:
    """Read the snapshot: model by AIR."""
    snapshot = json.loads(path.read_text("utf-8"))
    common = frozenset(snapshot["common_fields"]) | frozenset(ENVELOPE)
    return {air: _model(air, entry, common) for air, entry in snapshot["models"].items()}


def _model(air: str, entry: dict[str, Any], common: frozenset[str]) -> Model:
    enums = dict(entry.get("enums", {}))
    listed = enums.pop("duration", [])
    durations = entry.get("durations", listed)
    limits = None
    if isinstance(durations, dict):
        limits, durations = (durations["min"], durations["max"]), []
    return Model(
        air=air,
        slug=entry["slug"],
        fields=common | frozenset(entry["fields"]),
        required=tuple(entry["required"]),
        text_to_video=entry["text_to_video"],
        enums=enums,
        sizes=tuple(_pair(size) for size in entry.get("sizes", [])),
        durations=tuple(durations),
        duration_limits=limits,
        image_only="image-to-video only" in entry.get("note", ""),
        prompt=tuple(entry.get("prompt", PROMPT_LENGTH)),
        together=tuple(_together(limit) for limit in entry.get("limits", [])),
    )


def _together(limit: dict[str, Any]) -> Together:
    return Together(
        sizes=tuple(_pair(size) for size in limit.get("sizes", [])),
        resolutions=tuple(limit.get("resolutions", [])),
        durations=tuple(limit["durations"]),
    )


def changed(models: dict[str, Model], changes: dict[str, dict[str, Any]]) -> dict[str, Model]:
    """Give the models as the service has them after the snapshot was taken.

    Args:
        models: those of the snapshot.
        changes: by AIR; `like`, another model's AIR, makes a new one; `without` lists fields that
            it has no longer; `enums` replaces the values that fields may have; `frames` is the
            place of its first picture: `frameImages` or `inputs.referenceImages`.
    """
    models = dict(models)
    for air, change in changes.items():
        model = replace(models[change.get("like", air)], air=air)
        fields = model.fields - set(change.get("without", ()))
        required = model.required
        frames = change.get("frames", model.frames)
        if frames == "frameImages":
            fields = fields - {"inputs"} | {frames}
            required = tuple(frames if name == "inputs" else name for name in required)
        models[air] = replace(
            model,
            fields=fields,
            required=required,
            frames=frames,
            enums=model.enums | change.get("enums", {}),
        )
    return models


def _pair(size: str) -> tuple[int, int]:
    width, height = size.split("x")
    return int(width), int(height)


def pixels_of(task: dict[str, Any]) -> tuple[int, int]:
    """Width and height of what a task asks for."""
    if "width" in task:
        return int(task["width"]), int(task["height"])
    return SIZES.get(str(task.get("resolution", "720p")).lower(), (1280, 720))


def seconds_of(task: dict[str, Any]) -> float:
    """Duration of what a task asks for; "auto" and nothing mean 5 s."""
    duration = task.get("duration", 5)
    return float(duration) if isinstance(duration, int | float) else 5.0
