"""The list of Runware's video models: the page's names first, then the service's own."""

from __future__ import annotations

from dataclasses import replace

from llmkit_jupyter.catalog import aliases
from llmkit_jupyter.catalog.facts import ModelFacts, bundled, snapshot
from llmkit_jupyter.catalog.models import PAGE_MODELS, Model
from llmkit_jupyter.errors import ModelNotFoundError


def runware_models(registry: frozenset[str] | None) -> list[Model]:
    """List what the service offers.

    Args:
        registry: AIR ids that it lists today, which leaves out what it has dropped since the
            snapshot was made; ``None`` where that is not known.
    """
    listed: list[Model] = []
    for page in PAGE_MODELS:
        try:
            found = aliases.resolve(page.id, registry=registry)
        except ModelNotFoundError:
            continue  # not offered, under no name
        # An id that the snapshot has no more is described by its successor's limits.
        facts = bundled(found.model_id) or bundled(aliases.resolve(page.id).model_id)
        if facts is not None:
            note = f"made by {facts.title}" if found.substituted else ""
            entry = _entry(page.id, page.title, facts, advice=page.advice, note=note)
            listed.append(replace(entry, runs=found.model_id))
    return listed + [
        _entry(facts.slug, facts.title, facts, advice="", note=facts.note or _works_on(facts))
        for facts in sorted(snapshot().values(), key=lambda each: each.slug)
        if registry is None or facts.air in registry
    ]


def _works_on(facts: ModelFacts) -> str:
    return f"works on {facts.works_on}" if facts.works_on else ""


def _entry(name: str, title: str, facts: ModelFacts, *, advice: str, note: str) -> Model:
    known = facts.durations
    return Model(
        id=name,
        title=title,
        provider="runware",
        min_duration=min(known) if known else 1,
        max_duration=max(known) if known else 0,
        durations=known if isinstance(known, tuple) else (),
        sizes=facts.sizes,
        text=facts.text_to_video,
        image=facts.takes_image,
        advice=advice,
        note=note,
        runs=facts.air,
        price=facts.price,
    )
