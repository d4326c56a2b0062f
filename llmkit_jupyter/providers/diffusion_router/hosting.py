"""Which of a server's models is meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from llmkit_jupyter.catalog.models import Model
from llmkit_jupyter.catalog.open_models import Kind, kind_of
from llmkit_jupyter.errors import ModelNotFoundError, nearest
from llmkit_jupyter.providers.diffusion_router.faults import NAME


@dataclass(frozen=True, slots=True)
class Hosted:
    """A model that a server hosts."""

    name: str
    kind: Kind
    tasks: frozenset[str] = frozenset()
    """In the server's words."""
    owner: str = ""
    """Who serves it, in the server's words."""

    def __str__(self) -> str:
        return f"{self.name} ({', '.join(sorted(self.tasks))})" if self.tasks else self.name

    def entry(self) -> Model:
        """Give it as the catalogue has models."""
        return Model(
            id=self.name,
            title=self.name.rpartition("/")[2] or self.name,
            provider=NAME,
            max_duration=0,
            advice="",
            note=", ".join(sorted(self.tasks)),
            text=self.kind.text,
            image=self.kind.image,
        )


def videos(hosted: Sequence[Hosted]) -> list[Hosted]:
    """Leave out what makes no videos; what is known to make them goes first."""
    found = [each for each in hosted if each.kind.makes != "image" and "*" not in each.name]
    if any(each.owner == "vllm" for each in found):
        # All are names for the one model that it runs, and it takes the first name alone.
        return found
    return sorted(found, key=lambda each: each.kind.makes != "video")


def find(
    hosted: Sequence[Hosted], name: str | None, url: str, *, image: bool
) -> tuple[str | None, Kind]:
    """Give the model that is meant, by the server's own spelling, and what it makes.

    Args:
        hosted: as last heard; where nothing was, the server itself has the last word.
        name: as in a request; ``None`` for the server's own choice.
        url: of the server.
        image: the video begins with a picture.

    Raises:
        ModelNotFoundError: names those that there are.
    """
    if not hosted:
        return name, kind_of(name) if name else Kind("unknown")
    there = videos(hosted)
    if not there:
        listed = ", ".join(map(str, hosted[:20]))
        allowed = f"{url} hosts no model that makes videos, only: {listed}"
        raise ModelNotFoundError(name or "one for videos", allowed, provider=NAME)
    if name is None:
        fitting = [each for each in there if (each.kind.image if image else each.kind.text)]
        chosen = (fitting or there)[0]
        return chosen.name, chosen.kind
    for each in there:
        if name.lower() in (each.name.lower(), each.name.lower().rpartition("/")[2]):
            return each.name, each.kind
    if any("*" in each.name for each in hosted):
        return name, kind_of(name)  # a proxy that passes on whatever it is asked for
    names = [each.name for each in there]
    if any(name.lower() == each.name.lower() for each in hosted):
        allowed = f"it makes no videos; there is: {', '.join(names)}"
        raise ModelNotFoundError(name, allowed, provider=NAME)
    raise ModelNotFoundError(name, f"{nearest(name, names)}; at {url}", provider=NAME)
