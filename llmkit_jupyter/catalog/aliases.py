"""Which model is meant: the page's five names, the service's slugs, and its own ids.

The table is what the service offered in October 2026. Its catalogue changes every few weeks, so
any id of the service passes through, and ``config.toml`` can point a name anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from llmkit_jupyter.catalog.facts import Registry, bundled, snapshot
from llmkit_jupyter.catalog.models import PAGE_MODELS
from llmkit_jupyter.errors import ModelNotFoundError

_AIR = re.compile(r"[a-z0-9][a-z0-9_.-]*:[a-z0-9][a-z0-9_.-]*@[a-z0-9][a-z0-9_.-]*", re.IGNORECASE)
_NEVER_OFFERED = {  # and what comes nearest
    "pika-1.0": ("pixverse:1@8",),
    "leonardo-ultra": ("bytedance:seedance@2.5", "google:3@2"),
}
_KLING_2 = "klingai:4@3"
_SUCCESSORS = {
    "runway-gen-4": "runway:1@2",
    "kling-2.0": "klingai:6@1",
    "hailuo-mini": "minimax:4@1",
}
_WORD = re.compile(r"[a-z]+|\d+")
_ALIKE = 0.65
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
    name = model.strip().lower()
    known = name in _SUCCESSORS or name in _EXACT or name in _NEVER_OFFERED or is_air(name)
    return name == "kling-2.0" or not (known or bundled(name))


def resolve(
    model: str, *, image: bool = False, registry: Registry | None = None, strict: bool = False
) -> Found:
    """Find the model that is meant.

    Args:
        model: a name of the page's, a slug or an AIR id.
        image: the video begins with a picture.
        registry: what the service lists today; ``None`` where that is not known.
        strict: refuse successors.

    Raises:
        ModelNotFoundError: names the nearest ids.
    """
    name = model.strip().lower()
    if name in _NEVER_OFFERED:
        others = [snapshot()[air] for air in _NEVER_OFFERED[name]]
        ids = " or ".join(f"{each.slug} ({each.title}, {each.air})" for each in others)
        raise ModelNotFoundError(model, f"nearest there: {ids}", provider="runware")
    if name in _EXACT:
        return Found(_EXACT[name])
    if name in _SUCCESSORS:
        return _successor(name, image=image, registry=registry, strict=strict)
    facts = bundled(name)
    if facts is not None:
        return Found(facts.air)
    if is_air(model.strip()):
        return Found(model.strip())
    listed = {slug.lower(): air for air, slug in (registry or {}).items()}
    if name in listed:
        return Found(listed[name])
    raise ModelNotFoundError(model, _nearest(name, listed), provider="runware")


def _successor(name: str, *, image: bool, registry: Registry | None, strict: bool) -> Found:
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


def _nearest(name: str, listed: Iterable[str]) -> str:
    """Suggest the names that have most words in common with this one."""
    ids = [page.id for page in PAGE_MODELS if page.id not in _NEVER_OFFERED]
    by_air = ":" in name or "@" in name
    # Those that work on other videos come to the mind of nobody who mistypes a name.
    usual = [facts for facts in snapshot().values() if not facts.works_on]
    ids += [facts.air if by_air else facts.slug for facts in usual]
    ids += listed
    scored = sorted(((_likeness(name, each), each) for each in dict.fromkeys(ids)), reverse=True)
    close = [each for likeness, each in scored[:3] if likeness]
    hint = f"did you mean {' or '.join(close)}? " if close else ""
    return f"{hint}%llmkit models lists all, and an id such as runway:1@2 passes through"


def _likeness(name: str, known: str) -> float:
    """Give up to 1 for the words that are found again, and up to 1 for the spelling.

    0 where there is little of the latter, and no word but numbers.
    """
    words = [word for word in _WORD.findall(name) if word.isdigit() or len(word) > 2]
    parts = _WORD.findall(known)
    found = [word for word in words if any(part.startswith(word) for part in parts)]
    spelling = SequenceMatcher(None, name, known).ratio()
    if spelling < _ALIKE and all(word.isdigit() for word in found):
        return 0.0
    return len(found) / max(1, len(words)) + spelling
