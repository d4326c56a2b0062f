"""Errors by the names of their classes, as the test vectors tell of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llmkit_jupyter import errors

BOTH = (
    "LLMKitError",
    "ConfigurationError",
    "ProviderNotFoundError",
    "AuthenticationError",
    "PermissionDeniedError",
    "InsufficientCreditError",
    "InvalidRequestError",
    "ModelNotFoundError",
    "OutputExistsError",
    "RateLimitError",
    "ContentFilteredError",
    "NetworkError",
    "UnreachableError",
    "UntrustedServerError",
    "ServerError",
    "NotTakenError",
    "WrongAddressError",
    "NotSupportedError",
    "GenerationFailedError",
    "ProviderTimeoutError",
    "ResultExpiredError",
    "JobLostError",
    "JobCancelledError",
    "SubmissionUnknownError",
    "VideoTimeoutError",
    "JobNotFoundError",
    "InvalidVideoError",
    "VideoTooLargeError",
)
"""The classes that both languages have."""
_ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "InvalidRequestError": ("field", "value", "something else"),
    "ModelNotFoundError": ("a-model", "another one"),
    "OutputExistsError": ("path", "a.mp4", "another one"),
}


def make(told: dict[str, Any]) -> errors.LLMKitError:
    """Make an error of a class, with the status and the wait that the vector tells."""
    name = told["class"]
    error: errors.LLMKitError = getattr(errors, name)(*_ARGUMENTS.get(name, ("A sentence.",)))
    if "status" in told:
        assert isinstance(error, errors.ServerError)
        error.status = told["status"]
    error.retry_after_seconds = told.get("retry_after")
    return error


def real(value: Any) -> Any:
    """Give a value of a vector, with the numbers that JSON cannot write."""
    if isinstance(value, dict):
        if set(value) == {"number"}:
            return float(value["number"])
        return {name: real(each) for name, each in value.items()}
    return [real(each) for each in value] if isinstance(value, list) else value


def said(error: errors.LLMKitError) -> dict[str, Any]:
    """Give an error as a vector tells of it."""
    told = {"class": type(error).__name__, "code": error.code}
    field = getattr(error, "field", "")
    return {**told, "field": field} if field else told


def outcome(work: Callable[[], Any]) -> tuple[Any, str]:
    """Give what comes of it, as a vector tells of it, and the message where that is an error."""
    try:
        return work(), ""
    except errors.LLMKitError as error:
        return {"error": said(error)}, str(error)


def expected(case: dict[str, Any], name: str) -> Any:
    """Give what should come of it: a value of that name, or an error."""
    return {"error": case["error"]} if "error" in case else real(case[name])
