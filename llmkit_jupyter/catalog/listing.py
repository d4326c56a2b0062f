"""The list of Runware's video models: the page's names first, then the service's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from llmkit_jupyter.catalog import aliases
from llmkit_jupyter.catalog.facts import ModelFacts, Registry, bundled, snapshot
from llmkit_jupyter.catalog.models import PAGE_MODELS, Model
from llmkit_jupyter.errors import ModelNotFoundError

_NEW = "new; its limits are looked up when it is used"


def runware_models(
    registry: Registry | None, known: Callable[[str], ModelFacts | None] = bundled
) -> list[Model]:
    """List what the service offers.

    Args:
        registry: what it lists today: without what it has dropped since the snapshot was made,
            and with what is new; ``None`` where that is not known.
        known: gives the latest facts of a model.
    """
    offered = {facts.air: facts.slug for facts in snapshot().values()}
    if registry is not None:
        offered = {air: offered.get(air, slug) for air, slug in registry.items()}
    listed: list[Model] = []
    for page in PAGE_MODELS:
        try:
            found = aliases.resolve(page.id, registry=registry)
        except ModelNotFoundError:
            continue  # not offered, under no name
        # An id that the snapshot has no more is described by its successor's limits.
        facts = known(found.model_id) or bundled(aliases.resolve(page.id).model_id)
        if facts is not None:
            note = f"made by {facts.title}" if found.substituted else ""
            entry = _entry(page.id, page.title, facts, advice=page.advice, note=note)
            listed.append(replace(entry, runs=found.model_id))
    return listed + [
        _offered(air, slug, known(air))
        for air, slug in sorted(offered.items(), key=lambda entry: entry[1])
    ]


def _offered(air: str, slug: str, facts: ModelFacts | None) -> Model:
    if facts is None:
        # Listed by the service, and not looked at by anybody here yet.
        return Model(slug, slug, "runware", 0, "", note=_NEW, image=True, runs=air)
    title = slug if facts.title == air else facts.title
    return _entry(slug, title, facts, advice="", note=facts.note or _works_on(facts))


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
