"""What a server was found to accept, remembered for as long as the process lives.

The servers that speak ``/v1/videos`` differ in what they take. Nothing is asked of the user: the
first submission finds out, as a refused request may be sent again in another way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Form = Literal["json", "multipart"]


@dataclass(slots=True)
class Manners:
    """How a server wants to be asked."""

    owners: frozenset[str] = frozenset()
    """Who its list of models says that it is."""
    read: set[Form] = field(default_factory=set[Form])
    """Forms in which jobs were taken."""
    form: Form = "json"
    """Of bodies without a picture."""
    refused: set[Form] = field(default_factory=set[Form])
    """Forms that it does not read."""
    seconds_as_number: bool = False
    size_in_two: bool = False
    """``width`` and ``height`` instead of ``size``."""
    strict: bool = False
    """It takes the fields of OpenAI's own API and no others."""
    synchronous: bool = False
    """It answers with the finished video (NVIDIA Dynamo)."""
    without_list: bool = False
    """It has no list of jobs, or one that does not show ours."""
    list_again: float = 0.0
    """Monotonic seconds before which the list is not worth asking for."""

    def meet(self, owners: frozenset[str]) -> None:
        """Learn who it is; begins anew where another server has taken its place."""
        if self.owners and owners and owners != self.owners:
            self.__init__()
        self.owners = owners or self.owners
        if not self.proven:
            # The rest is found out by the first submission.
            self.synchronous = "nvidia" in self.owners
            if "vllm" in self.owners and not self.refused:
                self.form = "multipart"

    @property
    def proven(self) -> bool:
        """Whether a job was taken, so that the rest is right."""
        return bool(self.read)


_known: dict[str, Manners] = {}


def manners_of(url: str) -> Manners:
    """Give what this process has learned about the server at an address."""
    return _known.setdefault(url, Manners())


def forget() -> None:
    """Learn everything anew."""
    for manners in _known.values():
        # In place: providers hold on to them.
        manners.__init__()
