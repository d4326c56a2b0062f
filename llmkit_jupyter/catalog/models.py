"""A catalogue entry, and the five models that the page documents."""

from __future__ import annotations

from dataclasses import dataclass

from llmkit_jupyter.errors import InvalidRequestError, ModelNotFoundError, nearest

DEFAULT_MODEL = "runway-gen-4"
DEFAULT_DURATION = 5  # seconds
DEFAULT_SIZE = (1280, 720)  # pixels


@dataclass(frozen=True, slots=True)
class Model:
    """A model that a provider serves. Durations in seconds, sizes in pixels.

    ``note`` is what a person should know before choosing it, if anything.
    """

    id: str
    title: str
    provider: str
    max_duration: int
    advice: str
    note: str = ""
    min_duration: int = 1

    def check_duration(self, seconds: int) -> None:
        """Refuse a duration that the model cannot make.

        Raises:
            InvalidRequestError: names what the model accepts.
        """
        if not self.min_duration <= seconds <= self.max_duration:
            raise InvalidRequestError(
                "duration",
                seconds,
                f"{self.min_duration} to {self.max_duration} seconds for {self.id}",
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
