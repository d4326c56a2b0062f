"""Which model is meant: the page's five names, the service's slugs, and its own ids.

The table is what the service offered in October 2026. Its catalogue changes every few weeks, so
any id of the service passes through, and ``config.toml`` can point a name anywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from llmkit_jupyter.catalog.facts import bundled, snapshot
from llmkit_jupyter.catalog.models import PAGE_MODELS
from llmkit_jupyter.errors import ModelNotFoundError

_AIR = re.compile(r"[a-z0-9][a-z0-9_.-]*:[a-z0-9][a-z0-9_.-]*@[a-z0-9][a-z0-9_.-]*", re.IGNORECASE)
_NEVER_OFFERED = {
    "pika-1.0": "nearest: PixVerse v6, pixverse:1@8",
    "leonardo-ultra": "nearest: Seedance 2.5, bytedance:seedance@2.5, and Veo 3.1, google:3@2",
}
_KLING_2 = "klingai:4@3"
_SUCCESSORS = {
    "runway-gen-4": "runway:1@2",
    "kling-2.0": "klingai:6@1",
    "hailuo-mini": "minimax:4@1",
}
_EXACT = {"runway-gen-4.5": "runway:1@2"}


@dataclass(frozen=True, slots=True)
class Found:
    """A model's id at the service. ``note`` says why it is another one than was asked for."""

    model_id: str
    note: str = ""

    @property
    def substituted(self) -> bool:
        """Whether a successor stands in."""
        return bool(self.note)


def is_air(model: str) -> bool:
    """Whether a text has the form of the service's own ids, ``creator:family@version``."""
    return _AIR.fullmatch(model) is not None


def needs_registry(model: str) -> bool:
    """Whether the answer depends on what the service lists today."""
    return model.lower() == "kling-2.0"


def resolve(
    model: str, *, image: bool = False, registry: frozenset[str] | None = None, strict: bool = False
) -> Found:
    """Find the model that is meant.

    Args:
        model: a name of the page's, a slug or an AIR id.
        image: the video begins with a picture.
        registry: AIR ids that the service lists today; ``None`` where that is not known.
        strict: refuse successors.

    Raises:
        ModelNotFoundError: names the nearest ids.
    """
    name = model.strip().lower()
    if name in _NEVER_OFFERED:
        raise ModelNotFoundError(
            model, f"Runware does not offer it; {_NEVER_OFFERED[name]}", provider="runware"
        )
    if name in _EXACT:
        return Found(_EXACT[name])
    if name in _SUCCESSORS:
        return _successor(name, image=image, registry=registry, strict=strict)
    facts = bundled(name)
    if facts is not None:
        return Found(facts.air)
    if is_air(model.strip()):
        return Found(model.strip())
    raise ModelNotFoundError(model, _nearest(name), provider="runware")


def _successor(name: str, *, image: bool, registry: frozenset[str] | None, strict: bool) -> Found:
    if name == "kling-2.0" and registry is not None and _KLING_2 in registry:
        return Found(_KLING_2)
    model_id = _SUCCESSORS[name]
    if name == "runway-gen-4" and image:
        # The one of its name that is offered begins with a picture.
        model_id = "runway:1@1"
    facts = bundled(model_id)
    title = facts.title if facts else model_id
    if strict:
        raise ModelNotFoundError(
            name,
            f"Runware offers only its successor {title}, {model_id}, and strict_models is set",
            provider="runware",
        )
    return Found(
        model_id, f"Runware does not offer {name}; {title} ({model_id}) makes the video instead."
    )


def _nearest(name: str) -> str:
    known = {facts.slug: facts.air for facts in snapshot().values()}
    ids = [*(page.id for page in PAGE_MODELS), *known, *known.values()]
    close = get_close_matches(name, ids, n=3, cutoff=0.5)
    close += [each for each in ids if name in each and each not in close][: 3 - len(close)]
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    return f"{hint}%llmkit models lists all, and an id such as runway:1@2 passes through"
