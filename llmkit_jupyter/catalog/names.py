"""Our names for the fields of Runware's wire format, for messages that a person reads."""

from __future__ import annotations

_OURS = {
    "positivePrompt": "prompt",
    "negativePrompt": "negative_prompt",
    "width": "size",
    "height": "size",
    "frameImages": "image",
    "inputImage": "image",
    "inputs": "image",
}
_SAME = ("duration", "seed", "fps", "model")


def our_name(wire: str) -> str:
    """Give our name for a field, which may be a path: ``inputs.frameImages[0].image``."""
    first = wire.replace("[", ".").split(".")[0]
    if first == "inputs" and wire != "inputs" and "frame" not in wire.lower():
        return f"option {wire}"
    return _OURS.get(first) or (first if first in _SAME else f"option {wire}")
