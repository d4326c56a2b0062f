"""A job as the gallery shows it: a tile, and what there is to see of the one that is open.

The twin of these dictionaries is ``js/src/history/state.ts``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from llmkit_jupyter.notebook.card import Card
from llmkit_jupyter.notebook.wording import (
    amount,
    dimensions,
    excerpt,
    length,
    moment,
    money,
    sentence,
    visible,
)
from llmkit_jupyter.widgets.code import as_magic, as_python
from llmkit_jupyter.widgets.shape import card_state, size_of

if TYPE_CHECKING:
    from llmkit_jupyter.job import VideoJob
    from llmkit_jupyter.request import VideoGenerationRequest

_LONGEST = 300  # characters of a setting


@dataclass(frozen=True, slots=True, kw_only=True)
class TileState:
    """A job among many. Size in pixels."""

    task_id: str
    state: str
    headline: str
    share: float | None
    prompt: str
    model: str
    made: str
    cost: str
    length: str
    rating: int | None
    width: int
    height: int
    has_video: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedState:
    """The job that is looked at; as it is made here, none."""

    task_id: str = ""
    card: dict[str, Any] | None = None
    rating: int | None = None
    made: str = ""
    settings: list[list[str]] = field(default_factory=list[list[str]])
    python: str = ""
    magic: str = ""
    no_code: str = ""
    goes: str = ""
    has_form: bool = False
    problem: str = ""


def tile_state(job: VideoJob, card: Card | None = None) -> dict[str, Any]:
    """Give a job's tile; looks whether its file is there.

    Args:
        job: in any state.
        card: of it, where there is one already.
    """
    card = card or Card.of(job)
    response = job.response
    width, height = size_of(response)
    cost = money(card.cost) if card.cost else ""
    if card.cost is None and card.estimate:
        cost = f"about {money(card.estimate)}"
    return asdict(
        TileState(
            task_id=card.task_id,
            state=card.state,
            headline=card.headline,
            share=card.share,
            prompt=card.prompt,
            model=visible(card.model),
            made=moment(job.created_at),
            cost=cost,
            length=length(response.duration) if response.duration else "",
            rating=job.rating,
            width=width,
            height=height,
            has_video=response.path is not None and response.path.is_file(),
        )
    )


def opened_state(job: VideoJob, *, provider: str | None, has_form: bool) -> dict[str, Any]:
    """Give what there is to see of a job that is looked at.

    Args:
        job: in any state.
        provider: name that code has to say; ``None`` for the one that is the default.
        has_form: whether its settings have a form to go to.
    """
    card = Card.of(job)
    request = repeatable(job)
    python = magic = no_code = ""
    try:
        python = as_python(request, provider=provider)
        magic = as_magic(request, provider=provider)
    except ValueError as error:
        no_code = sentence(str(error))
    return asdict(
        OpenedState(
            task_id=card.task_id,
            card=card_state(job, card),
            rating=job.rating,
            made=moment(job.created_at, year=True),
            settings=_settings(request),
            python=python,
            magic=magic,
            no_code=no_code,
            goes=_goes(job),
            has_form=has_form,
        )
    )


def repeatable(job: VideoJob) -> VideoGenerationRequest:
    """Give the request that makes the same video again: with the seed that was chosen for it."""
    chosen = job.request.seed is None and job.seed is not None
    return job.request.with_seed(job.seed) if chosen and job.seed is not None else job.request


def _settings(request: VideoGenerationRequest) -> list[list[str]]:
    """Give what was asked for: pairs of a label and a text. The prompt stands elsewhere."""
    size = None
    if request.width is not None or request.height is not None:
        size = dimensions(request.width or "?", request.height or "?")
    image = request.image
    if image is not None and image.startswith("data:"):
        image = "inside the request"
    asked: list[tuple[str, object]] = [
        ("Model asked for", request.model),
        ("Length", None if request.duration is None else length(request.duration)),
        ("Size", size),
        ("Seed", request.seed),
        ("Negative prompt", request.negative_prompt),
        ("First picture", image),
        ("Frame rate", request.fps),
        *request.options.items(),
    ]
    # A dictionary: an option may have the name of a field.
    told = {
        excerpt(label, 60): excerpt(str(each), _LONGEST)
        for label, each in asked
        if each is not None
    }
    return [[label, text] for label, text in told.items()]


def _goes(job: VideoJob) -> str:
    """Say what would be gone if a job were forgotten."""
    size = job.response.size
    video = f", and its video ({amount(size)})" if size else ""
    return (
        f"Its prompt, settings and error texts would be gone for good{video}. What it cost stays "
        "counted; copies that were saved, exported or put beside a notebook stay."
    )
