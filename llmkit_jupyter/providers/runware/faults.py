"""Runware's error codes as errors of ours.

The service has a few hundred codes, says that they are still being standardised, and groups them
in categories by their words. So are they here; the order of the table matters.
"""

from __future__ import annotations

import re
from typing import Literal

from llmkit_jupyter.catalog.names import our_name
from llmkit_jupyter.errors import (
    AuthenticationError,
    ContentFilteredError,
    GenerationFailedError,
    InsufficientCreditError,
    InvalidRequestError,
    LLMKitError,
    ModelNotFoundError,
    NotTakenError,
    PermissionDeniedError,
    ProviderDetails,
    ProviderTimeoutError,
    RateLimitError,
    ResultExpiredError,
    ServerError,
    WrongAddressError,
)
from llmkit_jupyter.providers.runware.envelope import Fault
from llmkit_jupyter.request import VideoGenerationRequest

NAME = "runware"
TITLE = "Runware"
_CONFLICT = re.compile(
    r"(conflict|duplicate)_?task_?uuid|task_?uuid_?(conflict|exists)", re.IGNORECASE
)

Category = Literal[
    "quota",
    "rate",
    "safety",
    "auth",
    "permission",
    "timeout",
    "expired",
    "cancelled",
    "model",
    "missing",
    "server",
    "provider",
    "validation",
    "unknown",
]

# Codes in lower case; the first row that matches decides.
_TABLE: tuple[tuple[Category, str], ...] = (
    ("quota", r"credits|quota|balance|paymentrequired|environmentpaused"),
    ("rate", r"ratelimit|toomanyrequests"),
    (
        "safety",
        (
            r"contentpolicy|sensitivecontent|unsafecontent|nsfw|promptblocked|imageblocked"
            r"|moderation|^invalidprovidercontent$"
        ),
    ),
    ("provider", r"^provider(authentication|bad|internal|un|error)"),
    ("permission", r"forbidden|permission|(suspended|disabled)$(?<!modeldisabled)"),
    ("auth", r"apikey|unauthorized|^auth|authentication|credentials|^token"),
    ("timeout", r"timeout|timedout"),
    ("model", r"^(modelnotfound|unknownmodel|invalidmodel|invalidair)$"),
    ("expired", r"expired$"),
    ("cancelled", r"^taskcancell?ed$"),
    ("missing", r"notfound$"),
    (
        "server",
        (
            r"^(internalservererror|serviceunavailable|serverunavailable|standarderror"
            r"|unrecognizedresponse|errorretrievingaccountmanagement)$"
        ),
    ),
    ("unknown", r"^(unknownerror|undefinederror|defaulterror)$"),
    (
        "provider",
        (
            r"^(inferenceerror|processingfailed|taskfailed|downloadfailed|uploadfailed"
            r"|noavailableserver|modelunavailable|modeldisabled|modelnotready|mediastorage.*)$"
        ),
    ),
    (
        "validation",
        (
            r"^(conflict|unsupported|unknown|incompatible|invalid|missing|mismatch|duplicate|max|min"
            r"|value|array|validation|transparent|modelownership|modelalready|bad)"
        ),
    ),
)
_ROWS: tuple[tuple[Category, re.Pattern[str]], ...] = tuple(
    (category, re.compile(pattern)) for category, pattern in _TABLE
)

_BY_STATUS: dict[int, Category] = {401: "auth", 402: "quota", 403: "permission", 429: "rate"}


def category_of(code: str, status: int | None = None) -> Category:
    """Tell which kind of error a code is, whatever its letters' case.

    Where the code says too little, an HTTP status that speaks of the key, of money or of haste
    says more.
    """
    lower = code.lower()
    for category, row in _ROWS:
        if row.search(lower):
            found = category
            break
    else:
        found = "unknown"
    return _BY_STATUS.get(status or 0, found) if found in ("unknown", "server") else found


def is_conflict(fault: Fault) -> bool:
    """Whether the service has that task id already: what was sent again had arrived."""
    return _CONFLICT.fullmatch(fault.code) is not None


def to_error(
    fault: Fault,
    *,
    status: int | None = None,
    retry_after: float | None = None,
    request: VideoGenerationRequest | None = None,
) -> LLMKitError:
    """Make the error for a fault that the service told.

    Args:
        fault: as it was read.
        status: HTTP status of the answer.
        retry_after: seconds that the answer told to wait.
        request: that was refused, for the field's value.
    """
    return _error(fault, category_of(fault.code, status), status, retry_after, request)


def by_status(
    status: int, excerpt: str, *, retry_after: float | None = None, fault: Fault | None = None
) -> LLMKitError:
    """Make the error for an answer that is a failure as a whole, by its HTTP status.

    Args:
        status: HTTP status of the answer.
        excerpt: the body's beginning, fit to be shown.
        retry_after: seconds that the answer told to wait.
        fault: what it said itself, if that could be read.
    """
    said = f": {excerpt}" if excerpt else ""
    told = fault or Fault("", f"HTTP status {status}{said}")
    return _error(told, _BY_STATUS.get(status, "server"), status, retry_after, None)


def wrong_address(status: int, said: str) -> WrongAddressError:
    """Make the error for an address where something else answers."""
    error = WrongAddressError(
        f"{said} Look at LLMKIT_RUNWARE_URL: addresses of this service end in /v1.",
        status=status,
        provider=NAME,
    )
    error.details = ProviderDetails(status=status)
    return error


def not_taken(fault: Fault, *, status: int | None, retry_after: float | None) -> LLMKitError | None:
    """Make the error for a fault of a submission that tells of the moment, not of the job.

    ``None`` for other faults: the same task would be refused again.
    """
    if category_of(fault.code, status) not in ("server", "provider", "timeout", "unknown"):
        return None
    error = NotTakenError(
        f"{TITLE} did not take the job: {_words(fault)}",
        status=status,
        retry_after_seconds=retry_after,
    )
    return _signed(error, fault, status)


def _error(
    fault: Fault,
    category: Category,
    status: int | None,
    retry_after: float | None,
    request: VideoGenerationRequest | None,
) -> LLMKitError:
    error = _of_kind(fault, category, status, request)
    error.retry_after_seconds = retry_after
    return _signed(error, fault, status)


def _signed(error: LLMKitError, fault: Fault, status: int | None) -> LLMKitError:
    error.task_id = fault.task_id
    error.provider = NAME
    error.details = ProviderDetails(
        code=fault.code or None,
        parameters=fault.parameters,
        allowed=fault.allowed,
        documentation=fault.documentation,
        status=status,
    )
    return error


def _words(fault: Fault) -> str:
    told = not fault.code or f"({fault.code})" in fault.message
    return fault.message if told else f"{fault.message} ({fault.code})"


def _of_kind(  # noqa: PLR0911, C901 - one return a kind
    fault: Fault, category: Category, status: int | None, request: VideoGenerationRequest | None
) -> LLMKitError:
    said = _words(fault)
    match category:
        case "quota":
            return InsufficientCreditError(
                f"{TITLE} made nothing: the account has too little credit. {said}"
            )
        case "rate":
            return RateLimitError(f"{TITLE} asks to slow down: {said}")
        case "safety":
            return ContentFilteredError(f"{TITLE} declined the prompt or the result: {said}")
        case "auth":
            return AuthenticationError(
                f"{TITLE} does not accept the key: {said}. "
                "Check LLMKIT_API_KEY or RUNWARE_API_KEY, or %llmkit login."
            )
        case "permission":
            return PermissionDeniedError(f"{TITLE} knows the key, but it may not do this: {said}")
        case "timeout":
            return ProviderTimeoutError(f"{TITLE} gave up on the job after too long a time: {said}")
        case "model":
            model = (request.model if request else None) or "the model asked for"
            return ModelNotFoundError(
                model, f"{said}. %llmkit models lists what there is.", provider=NAME
            )
        case "expired":
            return ResultExpiredError(f"{TITLE} has the result no longer: {said}")
        case "cancelled":
            return GenerationFailedError(f"The job was cancelled at {TITLE}: {said}")
        case "server":
            how = "has a fault of its own:" if fault.code else "answered with"
            return ServerError(f"{TITLE} {how} {said}", status=status)
        case "validation":
            return _invalid(fault, request)
        case _:
            return GenerationFailedError(f"{TITLE} made no video: {said}")


def _invalid(fault: Fault, request: VideoGenerationRequest | None) -> InvalidRequestError:
    wire = fault.parameters[0] if fault.parameters else ""
    field = our_name(wire) if wire else "request"
    if fault.allowed:
        allowed = ", ".join(str(value) for value in fault.allowed)
    elif fault.low is not None or fault.high is not None:
        low = "" if fault.low is None else f"from {fault.low:g}"
        high = "" if fault.high is None else f"up to {fault.high:g}"
        allowed = f"{low} {high}".strip()
    else:
        allowed = "what the model's page says"
    if fault.documentation:
        allowed += f"; see {fault.documentation}"
    because = f"{TITLE} says: {fault.message}"
    return InvalidRequestError(field, _value(field, request), allowed, because=because)


def _value(field: str, request: VideoGenerationRequest | None) -> object:
    if request is None:
        return None
    if field == "size":
        return f"{request.width}x{request.height}" if request.width else None
    if field.startswith("option "):
        return request.options.get(field.removeprefix("option "))
    return getattr(request, field, None)
