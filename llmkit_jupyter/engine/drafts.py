"""Requests on their way to becoming jobs: with a record, and whether one is needed at all."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from llmkit_jupyter.engine.choosing import Checked
from llmkit_jupyter.engine.entries import Entry
from llmkit_jupyter.engine.inputs import Inputs
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.engine.planned import Place
from llmkit_jupyter.engine.record import new_record
from llmkit_jupyter.engine.reuse import Rule, match_of
from llmkit_jupyter.providers.base import Provider
from llmkit_jupyter.request import VideoGenerationRequest


@dataclass(frozen=True, slots=True)
class Draft:
    """A job that is about to be recorded, or to be answered by one that is there."""

    provider: Provider
    entry: Entry

    @property
    def checked(self) -> Checked:
        """Who makes it, and the request as it will be sent."""
        return self.provider, self.entry.record.sent


async def draft(
    journal: Journal,
    inputs: Inputs,
    requests: Sequence[VideoGenerationRequest],
    checked: Sequence[Checked],
    *,
    rule: Rule,
    places: Sequence[Place] | None = None,
) -> list[Draft]:
    """Make the records of new jobs, and look which of them are not needed.

    Args:
        journal: where they will be recorded.
        inputs: keeps the pictures that they begin with.
        requests: as given.
        checked: who makes each, and the request as it will be sent.
        rule: what may be answered from the library.
        places: the rows of a sweep that they are for.

    Raises:
        JournalError: it cannot be read.
        LibraryError: a picture cannot be kept.
    """
    accounts = {
        id(provider): await asyncio.wrap_future(journal.fingerprint(provider.credential))
        for provider in {id(provider): provider for provider, _ in checked}.values()
    }
    kept = await keep_pictures(inputs, [sent for _, sent in checked])
    entries = [
        Entry(
            new_record(
                provider=provider.name,
                endpoint=provider.endpoint,
                account=accounts[id(provider)],
                request=without_bytes(request, kept),
                sent=replace(sent, image=kept.get(sent.image or "")),
            ),
            match_of(rule, seeded=request.seed is not None),
            place=places[number] if places else None,
        )
        for number, (request, (provider, sent)) in enumerate(zip(requests, checked, strict=True))
    ]
    # Just as it will be once they are written down: also of rows that others have submitted.
    if places or any(entry.match != "never" for entry in entries):
        found = await asyncio.wrap_future(journal.alike(entries))
        entries = [replace(e, found=there) for e, there in zip(entries, found, strict=True)]
    return [Draft(provider, e) for (provider, _), e in zip(checked, entries, strict=True)]


async def keep_pictures(
    inputs: Inputs, requests: Sequence[VideoGenerationRequest]
) -> dict[str, str]:
    """Keep the pictures that requests begin with; gives the place of each.

    Raises:
        InvalidRequestError: one cannot be read any more.
        LibraryError: one cannot be stored.
    """
    pictures = {request.image for request in requests if request.image}
    return {image: await inputs.keep(image) for image in pictures}


def without_bytes(
    request: VideoGenerationRequest, kept: Mapping[str, str]
) -> VideoGenerationRequest:
    """Give the request as it was given, but for a picture of many characters: that has a path."""
    image = request.image or ""
    return replace(request, image=kept[image]) if image.startswith("data:") else request
