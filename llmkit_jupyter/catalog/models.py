"""A catalogue entry, and the five models that the page documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from llmkit_jupyter.errors import InvalidRequestError, ModelNotFoundError, nearest
from llmkit_jupyter.request import MAX_DURATION, MAX_PIXELS, whole_number

DEFAULT_MODEL = "runway-gen-4"
DEFAULT_DURATION = 5  # seconds
DEFAULT_SIZE = (1280, 720)  # pixels


@dataclass(frozen=True, slots=True)
class Model:
    """A model that a provider serves. Durations in seconds, sizes in pixels.

    ``note`` is what a person should know before choosing it, if anything. A ``max_duration`` of 0
    means that nothing is known about it.
    """

    id: str
    title: str
    provider: str
    max_duration: int
    advice: str
    note: str = ""
    min_duration: int = 1
    durations: tuple[int, ...] = ()
    """The only ones that it makes, where it does not make all between the ends."""
    sizes: tuple[tuple[int, int], ...] = ()
    """The only ones that it makes, as (width, height); empty where that is not known."""
    text: bool = True
    """Whether it makes videos of words alone."""
    image: bool = False
    """Whether a video can begin with a picture."""
    runs: str = ""
    """The provider's own id, where ``id`` is a name for it."""
    price: str = ""
    """As published, in words and US dollars; an estimate of a request is exact."""

    @property
    def seconds(self) -> str:
        """The durations in words; empty where nothing is known."""
        if self.durations:
            return ", ".join(str(each) for each in self.durations)
        return f"{self.min_duration} to {self.max_duration}" if self.max_duration else ""

    def makes(self, seconds: int) -> bool | None:
        """Whether it makes videos of that length; ``None`` where that is not known."""
        if self.durations:
            return seconds in self.durations
        return self.min_duration <= seconds <= self.max_duration if self.max_duration else None

    def check_duration(self, seconds: int) -> None:
        """Refuse a duration that the model cannot make.

        Raises:
            InvalidRequestError: names what the model accepts.
        """
        if self.makes(seconds) is False:
            raise InvalidRequestError(
                "duration",
                seconds,
                f"{self.seconds} seconds for {self.id}",
                provider=self.provider,
            )


@dataclass(frozen=True, slots=True)
class PageModel:
    """A row of the page's model table: id, title, longest duration in seconds, advice."""

    id: str
    title: str
    max_duration: int
    advice: str


PAGE_MODELS = (
    PageModel("runway-gen-4", "Runway Gen-4", 30, "best for photorealistic, high-quality output"),
    PageModel("kling-2.0", "Kling 2.0", 10, "fast generation, good for quick turnaround"),
    PageModel("pika-1.0", "Pika 1.0", 10, "smooth animations and movements"),
    PageModel("hailuo-mini", "Hailuo Mini", 10, "cost-effective"),
    PageModel("leonardo-ultra", "Leonardo Ultra", 15, "premium quality, most detailed"),
)


def find_model(model_id: str, models: list[Model], *, provider: str) -> Model:
    """Find a model by its id, whatever its letters' case.

    Raises:
        ModelNotFoundError: names the nearest ids.
    """
    for model in models:
        if model.id == model_id.lower():
            return model
    raise ModelNotFoundError(
        model_id, nearest(model_id, [model.id for model in models]), provider=provider
    )


def select(
    models: list[Model],
    *,
    text: bool | None = None,
    image: bool | None = None,
    duration: int | None = None,
    size: tuple[int, int] | str | None = None,
) -> list[Model]:
    """Choose from models; those about whose limits nothing is known are kept.

    Args:
        models: to choose from.
        text: those that make videos of words alone, or those that do not.
        image: those whose videos can begin with a picture, or those that cannot.
        duration: those that make videos of that many seconds.
        size: those that make videos of that width and height in pixels; or a name such as "hd".

    Raises:
        InvalidRequestError: a value that says nothing about models.
    """
    for name, value in (("text", text), ("image", image)):
        if value not in (None, True, False):
            raise InvalidRequestError(name, value, "True, False or None")
    if duration is not None:
        duration = whole_number("duration", duration, 1, MAX_DURATION, "seconds")
    pair = None if size is None else _pair(size)
    return [
        model
        for model in models
        if (text is None or model.text == text)
        and (image is None or model.image == image)
        and (duration is None or model.makes(duration) is not False)
        and (pair is None or not model.sizes or pair in model.sizes)
    ]


def _pair(size: object) -> tuple[int, int]:
    from llmkit_jupyter.catalog.sizes import parse_size

    if isinstance(size, str):
        return parse_size(size)
    edges = cast("tuple[object, ...]", size) if isinstance(size, (tuple, list)) else ()
    if len(edges) != 2:
        raise InvalidRequestError(
            "size", cast("object", size), "(width, height) in pixels, or a name such as 'hd'"
        )
    width, height = (
        whole_number(edge, value, 1, MAX_PIXELS, "pixels")
        for edge, value in zip(("width", "height"), edges, strict=True)
    )
    return width, height
