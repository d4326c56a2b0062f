"""What a provider must be able to do. One module a wire format implements this."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self
from uuid import UUID

from llmkit_jupyter.catalog.controls import Controls, of_model, of_unknown
from llmkit_jupyter.catalog.models import Model
from llmkit_jupyter.errors import (
    InvalidRequestError,
    LLMKitError,
    ModelNotFoundError,
    NetworkError,
    NotSupportedError,
    NotTakenError,
    ServerError,
    UnreachableError,
    UntrustedServerError,
    WrongAddressError,
)
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.settings import Secret, Settings
from llmkit_jupyter.transport.download import Sink

ELSEWHERE = "A video made elsewhere"
"""The prompt of a job of another program, where nobody tells what was asked for."""
MAX_ID = 2000  # characters of a provider's id: a proxy packs where a job runs into its own


@dataclass(frozen=True, slots=True)
class Submission:
    """One job to hand over: our task id, and the request with nothing left to default."""

    task_id: str
    request: VideoGenerationRequest
    seed_is_chosen: bool = False
    """The request's seed is not a person's: ``validate`` chose it."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """An accepted job: our task id and the provider's own (the same where it takes ours)."""

    task_id: str
    provider_task_id: str
    without_seed: bool = False
    """The provider takes no seed; the one that was chosen for the job was not sent."""
    note: str = ""
    """A sentence that a person should see beside the job."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What another program asked for, as the provider tells it."""

    request: VideoGenerationRequest
    whole: bool = False
    """All that makes a difference to the video is in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A job that was sent, or may have been, and whose answer never came.

    The provider made it between ``earliest`` and ``latest``, if it did; in seconds since the epoch
    by our clock.
    """

    submission: Submission
    earliest: float
    latest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Others:
    """What else the journal knows of jobs at the provider, of all processes."""

    ids: frozenset[str] = frozenset()
    """The provider's ids of other jobs."""
    on_their_way: tuple[Submission, ...] = ()
    """Jobs that may be told at any moment that an id is theirs."""
    unknown: tuple[Submission, ...] = ()
    """Jobs of which nobody found out lately what became of them."""


@dataclass(frozen=True, slots=True)
class Cancellation:
    """What became of the wish to stop a job."""

    stopped: bool
    note: str = ""
    """More about it, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What the provider says of a job.

    ``unknown`` means that the provider does not show the id: normal for a moment, an error when
    it lasts for a minute. A word that is not understood counts as ``processing``.
    """

    ticket: Ticket
    state: Literal["processing", "succeeded", "failed", "unknown"]
    provider_status: str | None = None
    progress: float | None = None
    """Between 0 and 1."""
    video_url: str | None = None
    seed: int | None = None
    cost: float | None = None
    """US dollars."""
    error: LLMKitError | None = None
    retry_after: float | None = None
    """Seconds until the provider wants to be asked again."""
    waiting: bool = False
    """It waits at the provider for something to run on."""
    queue_position: int | None = None
    """Its place among those that wait, from 1, where that is told."""


class Provider(ABC):
    """Speaks one wire format.

    All methods but ``validate``, ``models`` and ``controls`` run on the loop thread.

    Submit and poll take many jobs at once by design: where the provider offers it they become
    one request, elsewhere the provider loops inside.
    """

    name: ClassVar[str]
    """As in ``LLMKIT_VIDEO_PROVIDER`` and ``provider/model``."""
    title: ClassVar[str]
    """For people."""
    default_model: ClassVar[str] = ""
    """For requests that name none; empty where that is the provider's own business."""
    remote: ClassVar[bool] = True
    """False: jobs live in this process, so unfinished ones start again in the next."""
    idempotent_submit: ClassVar[bool] = False
    """True: sending the same task id twice makes and charges one job."""
    poll_hint: ClassVar[float | None] = None
    """Seconds between polls where asking costs nothing (a local provider)."""

    paid: ClassVar[bool] = True
    """False: nothing here costs money, so that no price is asked for."""

    @classmethod
    def missing(cls, settings: Settings) -> str | None:  # noqa: ARG003
        """Say in words what has to be set before it can be used; ``None`` where nothing is.

        Asked of providers of other packages, before ``from_settings``.
        """
        return None

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:  # noqa: ARG003
        """Make the provider with what the settings hold for it."""
        return cls()

    @property
    def submit_limit(self) -> int | None:
        """How many jobs one request of ``submit`` takes at present; ``None`` for any number."""
        return None

    @property
    def submit_at_once(self) -> int | None:
        """How many requests of ``submit`` may be under way; ``None`` for any number.

        Jobs that wait for their turn are certainly not sent.
        """
        return None

    @property
    def poll_limit(self) -> int | None:
        """How many jobs one request of ``poll`` takes at present.

        ``None`` where each is a request of its own, so that many are asked for less often.
        """
        return None

    @property
    def credential(self) -> Secret | None:
        """The key that jobs are submitted with; its salted fingerprint goes to the journal."""
        return None

    @property
    def endpoint(self) -> str:
        """Where the jobs live, for the journal."""
        return ""

    async def prepare(self, requests: Sequence[VideoGenerationRequest]) -> None:  # noqa: B027
        """Learn from the network what ``validate`` should know, if anything.

        Without requests: what ``models`` lists. Must come back soon and without an error: what
        could not be learned is judged offline.
        """

    @abstractmethod
    def validate(self, request: VideoGenerationRequest) -> VideoGenerationRequest:
        """Check what can be known offline and fill in every default.

        The result is what will be sent and, for a provider that chooses a seed itself, holds it:
        it goes to the journal before the submission, so that a restart repeats the same job.

        Raises:
            InvalidRequestError: names the field, the value and what is allowed.
        """

    @abstractmethod
    async def submit(self, submissions: Sequence[Submission]) -> dict[str, Ticket | LLMKitError]:
        """Hand jobs over; gives a ticket or the refusal for each task id."""

    async def look_for(
        self,
        unanswered: Sequence[Unanswered],  # noqa: ARG002
        others: Callable[[], Awaitable[Others]],  # noqa: ARG002
    ) -> dict[str, Ticket] | None:
        """Look whether jobs arrived whose answer was lost; for providers that choose the ids.

        Args:
            unanswered: what was sent, or may have been.
            others: tells which must not be mistaken for them; to be asked once the provider has
                told what it has, or one that is submitted meanwhile is not among them.

        Returns:
            A ticket for the task id of each that was found, and only where it is certain that it
            is the same job. ``None`` where the provider has no way to look.

        Raises:
            LLMKitError: it could not be looked at present.
        """
        return None

    @abstractmethod
    async def poll(self, tickets: Sequence[Ticket]) -> list[Update]:
        """Ask for many jobs at once. Ids that the answer lacks are taken as ``unknown``."""

    def lives_in_process(self, ticket: Ticket) -> bool:  # noqa: ARG002
        """Whether nobody but the process that submitted a job can ever get its video.

        Such a job, in a connection that its process holds open, say, is left to it for as long as
        it lives, however long it stands still.
        """
        return False

    def where_to_look(self, task_id: str) -> str:
        """Say in a sentence where a person finds a job of which nobody knows what became."""
        return f"Look for task {task_id} in your account there."

    async def look_back(self, ticket: Ticket) -> Update:
        """Ask about a job that ``poll`` shows no longer, wherever else it may be recorded.

        ``unknown`` ends the job with ``SubmissionUnknownError``.
        """
        return Update(ticket=ticket, state="unknown")

    def known_as(self, given: str) -> str:
        """Give the id of a job that another program submitted, as it is asked for.

        Raises:
            InvalidRequestError: no job here has such an id.
            NotSupportedError: there are no jobs but those of this program.
        """
        if not self.remote:
            raise NotSupportedError(
                f"{self.title} makes its videos in this process; no other program submits any.",
                provider=self.name,
            )
        name = given.strip()
        if not name or len(name) > MAX_ID or not name.isprintable():
            raise InvalidRequestError("task_id", given, f"an id of a job at {self.title}")
        if not self.idempotent_submit:
            return name
        try:
            good = str(UUID(name)) == name.lower()
        except ValueError:
            good = False
        if not good:
            raise InvalidRequestError(
                "task_id", given, "a UUID such as 01234567-89ab-4def-8123-456789abcdef"
            )
        return name.lower()

    async def asked(self, ticket: Ticket) -> Asked | None:  # noqa: ARG002
        """Tell what was asked for, of a job of another program; ``None`` where that is not told.

        Raises:
            LLMKitError: it could not be asked at present.
        """
        return None

    @abstractmethod
    async def fetch(self, update: Update, sink: Sink) -> None:
        """Write the finished video's bytes into the sink.

        Raises:
            LLMKitError: the video cannot be had.
        """

    @abstractmethod
    async def cancel(self, ticket: Ticket) -> bool | Cancellation:
        """Stop a job. ``False`` where that cannot be done: it goes on and will be charged."""

    @abstractmethod
    async def estimate(self, request: VideoGenerationRequest) -> float | None:
        """Give the price in US dollars of a validated request; ``None`` where unknown.

        Raises:
            LLMKitError: the provider would refuse the request, and says why.
        """

    async def balance(self) -> float | None:
        """Give what is left in the account, in US dollars; ``None`` where that is not told."""
        return None

    @abstractmethod
    def models(self) -> list[Model]:
        """List what the provider serves."""

    @property
    def trouble(self) -> str | None:
        """Say in a sentence why ``models`` lists nothing, or too little, if that is so."""
        return None

    def controls(self, model: str, *, image: bool = False) -> Controls:  # noqa: ARG002
        """Give what a form for a model's videos offers, by what is known offline.

        Made from the model's entry in ``models``; a provider that knows more says more.

        Args:
            model: as in a request; empty for the default one.
            image: the video begins with a picture, for names that mean another model then.

        Raises:
            ModelNotFoundError: as from ``validate``.
        """
        name = model or self.default_model
        for entry in self.models():
            if name.lower() in (entry.id.lower(), entry.runs.lower()):
                return of_model(entry)
        try:
            # It may be served without being listed; if not, this says so in its own words.
            self.validate(VideoGenerationRequest("A video", model=name or None))
        except ModelNotFoundError:
            raise
        except InvalidRequestError:
            pass  # the model is there, and wants more than a prompt
        return of_unknown(name)


def may_have_arrived(answer: Ticket | LLMKitError | None) -> bool:
    """Whether a submission that was answered like that, or not at all, may have been taken."""
    if isinstance(answer, (UnreachableError, UntrustedServerError)):
        return False
    if isinstance(answer, (NotTakenError, WrongAddressError)):
        return False
    return answer is None or isinstance(answer, (NetworkError, ServerError))


def unexpected(error: BaseException) -> LLMKitError:
    """Wrap what a provider from elsewhere, or a bug of ours, has raised."""
    return LLMKitError(f"unexpected {type(error).__name__}: {error}", code="internal")
