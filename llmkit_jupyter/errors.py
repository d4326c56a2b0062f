"""Every error of the package, under one base class, each with a message that stands alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ProviderDetails:
    """An error in the provider's own terms.

    ``code`` is its word for it, ``parameters`` are the fields of its wire format that are meant,
    ``allowed`` the values that it would take, ``documentation`` is a page about it.
    """

    code: str | None = None
    parameters: tuple[str, ...] = ()
    allowed: tuple[Any, ...] = ()
    documentation: str | None = None
    status: int | None = None
    """HTTP status of the answer."""


class LLMKitError(Exception):
    """Base of all errors raised here.

    Attributes:
        code: a stable word for programs to test, such as ``"model_not_found"``.
        message: the sentence that a person reads.
        task_id: the job that it is about, if there is one.
        provider: the provider that it came from, if it came from one.
        details: what the provider itself said of it, if it did.
        retry_after_seconds: how long the provider asked to wait, if it did.
    """

    code = "error"
    details: ProviderDetails | None = None
    retry_after_seconds: float | None = None

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        task_id: str | None = None,
        provider: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.task_id = task_id
        self.provider = provider
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        # Constructors differ; what was made travels to other processes as it is.
        return rebuild, (type(self), self.args, self.__dict__)


class ConfigurationError(LLMKitError):
    """A setting, environment variable or ``config.toml`` entry cannot be used."""

    code = "configuration"


class ProviderNotFoundError(ConfigurationError):
    """No provider goes by that name."""

    code = "provider_not_found"


class AuthenticationError(LLMKitError):
    """The key is missing (told before any request) or the provider refused it."""

    code = "authentication"


class PermissionDeniedError(AuthenticationError):
    """The provider knows the key, and it may not do this."""

    code = "permission_denied"


class InsufficientCreditError(LLMKitError):
    """The account at the provider has too little money left."""

    code = "insufficient_credit"


class BudgetExceededError(LLMKitError):
    """It would cost more than the budget has left. Nothing was sent.

    Attributes:
        budget: the limit, in US dollars.
        spent: spent and reserved so far, in US dollars.
        estimate: what this would cost, in US dollars; ``None`` where unknown.
    """

    code = "budget_exceeded"

    def __init__(
        self, message: str, *, budget: float, spent: float, estimate: float | None
    ) -> None:
        super().__init__(message)
        self.budget = budget
        self.spent = spent
        self.estimate = estimate


class ConfirmationRequiredError(LLMKitError):
    """It costs more than ``confirm_above``, and nobody agreed yet. Nothing was sent.

    Attributes:
        estimate: what it would cost, in US dollars.
    """

    code = "confirmation_required"

    def __init__(self, message: str, *, estimate: float) -> None:
        super().__init__(message)
        self.estimate = estimate


class InvalidRequestError(LLMKitError, ValueError):
    """A value that cannot be used; nothing was submitted.

    Attributes:
        field: what the value was given for.
        value: the value as given.
        allowed: in words, what would be accepted.
        because: what is wrong with the value, where that is not plain to see.
    """

    code = "invalid_request"
    field = ""
    value: object = None
    allowed = ""
    because: str | None = None

    def __init__(
        self,
        field: str,
        value: object,
        allowed: str,
        *,
        because: str | None = None,
        provider: str | None = None,
    ) -> None:
        reason = f" ({because})" if because else ""
        super().__init__(
            f"{field} is {shorten(value)}{reason}; allowed: {allowed}", provider=provider
        )
        self.field = field
        self.value = value
        self.allowed = allowed
        self.because = because


class ModelNotFoundError(InvalidRequestError):
    """The provider has no such model. The message names the nearest ids."""

    code = "model_not_found"

    def __init__(self, model: str, allowed: str, *, provider: str | None = None) -> None:
        super().__init__("model", model, allowed, provider=provider)
        at = f" at {provider}" if provider else ""
        self.message = f"Model not found{at}: {shorten(model)}; {allowed}"
        self.args = (self.message,)


class OutputExistsError(InvalidRequestError, FileExistsError):
    """A file stands where the video should go, and overwriting was not asked for."""

    code = "output_exists"


class SweepExistsError(InvalidRequestError):
    """A sweep of that name is there, with other contents."""

    code = "sweep_exists"

    def __init__(self, name: str, because: str) -> None:
        super().__init__(
            "name",
            name,
            f"the same rows as before, or another name; Sweep.load({name!r}) gives the one that "
            "is there",
            because=f"a sweep of that name exists: {because}",
        )


class SweepNotFoundError(LLMKitError, KeyError):
    """The journal knows no sweep of that name."""

    code = "sweep_not_found"

    def __init__(self, name: str, allowed: str) -> None:
        super().__init__(f"There is no sweep {shorten(name)}; {allowed}")


class InvalidSweepError(InvalidRequestError):
    """Rows of a sweep that cannot be made; nothing was submitted.

    Attributes:
        problems: the number of each such row, and what is wrong with it.
    """

    code = "invalid_sweep"
    problems: tuple[tuple[int, LLMKitError], ...] = ()

    def __init__(self, message: str, problems: Sequence[tuple[int, LLMKitError]]) -> None:
        super().__init__("rows", [number for number, _ in problems], "")
        self.message = message
        self.args = (message,)
        self.problems = tuple(problems)


class RateLimitError(LLMKitError):
    """The provider asks to slow down."""

    code = "rate_limit"

    def __init__(
        self, message: str, *, retry_after_seconds: float | None = None, provider: str | None = None
    ) -> None:
        super().__init__(message, provider=provider)
        self.retry_after_seconds = retry_after_seconds


class ContentFilteredError(LLMKitError):
    """The provider declined the prompt or the result."""

    code = "content_filtered"


class NetworkError(LLMKitError):
    """The provider could not be reached, or the connection broke."""

    code = "network"


class UnreachableError(NetworkError):
    """There was no connection, so nothing was sent."""

    code = "unreachable"


class UntrustedServerError(NetworkError):
    """The server's certificate could not be verified. Never tried without."""

    code = "untrusted_server"


class ServerError(LLMKitError):
    """The provider answered with a fault of its own. ``status`` is the HTTP status, if any."""

    code = "server"
    status: int | None = None

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after_seconds: float | None = None,
        provider: str | None = None,
    ) -> None:
        super().__init__(message, provider=provider)
        self.status = status
        self.retry_after_seconds = retry_after_seconds


class NotTakenError(ServerError):
    """The provider named the job and did not take it, for a reason that may pass."""

    code = "not_taken"


class WrongAddressError(ServerError):
    """What answers at the provider's address is not the provider."""

    code = "wrong_address"


class NotSupportedError(LLMKitError):
    """The provider cannot do what was asked."""

    code = "not_supported"


class GenerationFailedError(LLMKitError):
    """The job ended without a video."""

    code = "generation_failed"


class ProviderTimeoutError(GenerationFailedError):
    """The provider gave up on the job because it took too long there."""

    code = "provider_timeout"


class ResultExpiredError(GenerationFailedError):
    """The video was made, and the provider has it no longer."""

    code = "result_expired"


class JobLostError(GenerationFailedError):
    """The provider took the job and knows it no longer. It is never sent again by itself."""

    code = "job_lost"


class JobCancelledError(GenerationFailedError):
    """The job was cancelled before its video was made."""

    code = "cancelled"


class SubmissionUnknownError(GenerationFailedError):
    """Whether the provider took the job cannot be told. It is never sent again by itself."""

    code = "submission_unknown"


class VideoTimeoutError(LLMKitError, TimeoutError):
    """The wait ran out; the job itself goes on and can be picked up by its task id."""

    code = "timeout"


class JobNotFoundError(LLMKitError, KeyError):
    """The journal knows no job with that task id."""

    code = "job_not_found"


class JournalError(LLMKitError):
    """The record of jobs cannot be read or written. Nothing is submitted without it."""

    code = "journal"


class LibraryError(LLMKitError):
    """A finished video cannot be stored, or its file is gone."""

    code = "library"


class InvalidVideoError(LLMKitError):
    """What arrived is not a video file that can be used."""

    code = "invalid_video"


class VideoTooLargeError(InvalidVideoError):
    """The video is larger than the limit of downloads."""

    code = "video_too_large"


TimeoutError = VideoTimeoutError  # noqa: A001 - the name that the first llmkit gave it


def rebuild(cls: type[LLMKitError], args: tuple[Any, ...], state: dict[str, Any]) -> LLMKitError:
    """Make an error as it was, whatever its constructor takes."""
    # An OSError has a layout of its own, and is not always the first base.
    base = OSError if issubclass(cls, OSError) else Exception
    error = base.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


def shorten(value: object, limit: int = 80) -> str:
    """Give ``repr(value)``, cut in the middle where it is longer than ``limit`` characters."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - an int of many thousand digits, or a class of somebody's
        text = f"a {type(value).__name__} that cannot be shown"
    if len(text) <= limit:
        return text
    half = (limit - 3) // 2
    return f"{text[:half]}...{text[-half:]}"


def nearest(name: str, known: list[str]) -> str:
    """Give ``"did you mean x, y? known: ..."`` for a name that was not found among ``known``."""
    from difflib import get_close_matches

    close = get_close_matches(name.lower(), known, n=3, cutoff=0.5)
    listing = ", ".join(known)
    return f"did you mean {' or '.join(close)}? known: {listing}" if close else f"known: {listing}"
