"""From a server's refusals to our errors: each names the address and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llmkit_jupyter.errors import (
    AuthenticationError,
    ContentFilteredError,
    GenerationFailedError,
    InsufficientCreditError,
    InvalidRequestError,
    LLMKitError,
    ModelNotFoundError,
    NetworkError,
    NotTakenError,
    PermissionDeniedError,
    ProviderDetails,
    RateLimitError,
    ServerError,
    UnreachableError,
    UntrustedServerError,
    WrongAddressError,
)
from llmkit_jupyter.providers.diffusion_router.complaints import Complaint
from llmkit_jupyter.providers.diffusion_router.records import Record
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.transport.answers import Answer
from llmkit_jupyter.transport.failures import place

NAME = "diffusion-router"
TITLE = "DiffusionRouter"
URL_SETTING = "LLMKIT_DIFFUSION_ROUTER_URL"
KEY_SETTING = "LLMKIT_DIFFUSION_ROUTER_API_KEY"

_OURS = {
    "seconds": "duration",
    "num_frames": "duration",
    "size": "size",
    "width": "size",
    "height": "size",
    "input_reference": "image",
    "reference_url": "image",
    "image_reference": "image",
}
_AS_THEY_ARE = ("prompt", "model", "seed", "negative_prompt", "fps")
_NOT_SAFE = ("moderation", "content_policy", "content policy", "safety", "nsfw", "sensitive")


def no_answer(error: NetworkError, url: str, *, known: bool) -> NetworkError:
    """Add the address and what to do to an error of the way to the server.

    Args:
        error: as the transport tells it.
        url: of the server.
        known: it has answered before, so that it is there and speaks what it should.
    """
    host, words = place(url), str(error).rstrip(".")
    words = f"{url}{words.removeprefix(host)}" if words.startswith(host) else f"{url}: {words}"
    if isinstance(error, UntrustedServerError):
        how = f"Or is it a server that {url.replace('https:', 'http:', 1)} reaches?"
    elif "TLS" in words and url.startswith("https:"):
        how = f"Servers on one's own machines often speak http: try http{url[5:]}"
    elif isinstance(error, UnreachableError):
        how = f"Is the server running, and is {URL_SETTING} right (host and port)?"
    elif url.startswith("http:") and not known:
        how = f"Perhaps it speaks https (https{url[4:]}), or is no server for videos; see its log."
    else:
        how = f"If that goes on, look at the server's log and at {URL_SETTING}."
    found = type(error)(f"{words}. {how}", provider=NAME)
    found.retry_after_seconds = error.retry_after_seconds
    return found


def redirected(error: ServerError, url: str) -> WrongAddressError:
    """Make the error for a server that sends its callers elsewhere, which is not followed."""
    return WrongAddressError(
        f"{str(error).rstrip('.')} ({URL_SETTING} is {url}).", status=error.status, provider=NAME
    )


def is_page(answer: Answer) -> bool:
    """Whether a web page came, or something else in angle brackets."""
    return answer.body is None and answer.excerpt.lstrip().startswith("<")


def no_json(answer: Answer, url: str) -> LLMKitError:
    """Make the error for an answer that is no JSON under a good status."""
    what = "a web page" if is_page(answer) else answer.problem or "something else"
    return _signed(
        WrongAddressError(
            f"{url} answers with {what} instead of JSON, so no server for videos is there. "
            f"{URL_SETTING} is the address of its API, without a page's path, such as "
            f"http://127.0.0.1:30000. It says: {answer.excerpt or 'nothing'}",
            status=answer.status,
        ),
        answer,
    )


def no_video(answer: Answer, url: str, *, known: bool) -> LLMKitError:
    """Make the error for a server that has no ``/v1/videos``.

    Args:
        answer: as it came.
        url: of the server.
        known: it had, before.
    """
    if known:
        words = f"{url} does not answer for /v1/videos at the moment (HTTP status {answer.status})"
        return _signed(NotTakenError(f"{words}; nothing was made.", status=answer.status), answer)
    return _signed(
        WrongAddressError(
            f"{url} answers, and this server does not offer video: it has no /v1/videos (HTTP "
            f"status {answer.status}). {URL_SETTING} must be the address of a server that makes "
            "videos: SGLang Diffusion, vLLM-Omni, NVIDIA Dynamo, or a router before them.",
            status=answer.status,
        ),
        answer,
    )


def refused(
    answer: Answer,
    complaint: Complaint,
    url: str,
    *,
    with_key: bool,
    request: VideoGenerationRequest | None = None,
    sent: Mapping[str, Any] | None = None,
) -> LLMKitError:
    """Make the error for an answer with a status that says no.

    Args:
        answer: as it came.
        complaint: what it says.
        url: of the server.
        with_key: a key went along.
        request: that was refused, for the field's value.
        sent: the fields of the body.
    """
    error = _of_status(answer, complaint, url, with_key, request, sent)
    error.retry_after_seconds = answer.retry_after
    return _signed(error, answer, complaint)


def _of_status(  # noqa: C901, PLR0911 - one return a kind
    answer: Answer,
    complaint: Complaint,
    url: str,
    with_key: bool,
    request: VideoGenerationRequest | None,
    sent: Mapping[str, Any] | None,
) -> LLMKitError:
    status, said = answer.status, complaint.message or "no reason is given"
    if complaint.code == "no_db_connection":
        # So LiteLLM without a database calls a key that it does not know.
        status = 401
    if status == 400 and "plain http request" in said.lower():
        return WrongAddressError(f"{url} speaks https: set {URL_SETTING} to https{url[4:]}.")
    match status:
        case 401:
            wants = "does not accept the key" if with_key else "wants a key"
            return AuthenticationError(f"{url} {wants}: {said}. Set {KEY_SETTING}.")
        case 403:
            return PermissionDeniedError(f"{url} does not allow this: {said}")
        case 402:
            return InsufficientCreditError(f"{url} made nothing for lack of credit: {said}")
        case 429:
            return RateLimitError(f"{url} asks to slow down: {said}")
        case 413:
            what = "image" if request is not None and request.image else "request"
            return InvalidRequestError(
                what,
                None if request is None else _value(what, request),
                f"what the server, or a proxy before it, takes; {url} says: {said}",
                because="too large (HTTP status 413)",
            )
        case 400 | 404 | 422 if request is not None and _is_about_model(complaint, status):
            return ModelNotFoundError(request.model or "none", f"{url} says: {said}", provider=NAME)
        case 400 | 409 | 415 | 422:
            if any(word in said.lower() for word in _NOT_SAFE):
                return ContentFilteredError(f"{url} declined the prompt: {said}")
            return _invalid(complaint, url, said, request, sent)
        case _:
            return ServerError(f"{url} answers with HTTP status {status}: {said}", status=status)


def failed(record: Record, url: str) -> LLMKitError:
    """Make the error for a job that ended without a video."""
    said = record.error or "no reason is given"
    lower = f"{record.error_code} {said}".lower()
    if any(word in lower for word in _NOT_SAFE):
        error: LLMKitError = ContentFilteredError(
            f"{url} declined the prompt or the result: {said}"
        )
    elif record.cancelled:
        error = GenerationFailedError(f"The job was cancelled at {url}: {said}")
    else:
        error = GenerationFailedError(f"{url} made no video: {said}")
    error.provider = NAME
    if record.error_code:
        error.details = ProviderDetails(code=record.error_code)
    return error


def _is_about_model(complaint: Complaint, status: int) -> bool:
    words = complaint.message.lower()
    named = "model" in complaint.fields or complaint.code == "model_not_found"
    return (
        named
        or "model mismatch" in words
        or ("model" in words and any(said in words for said in ("not found", "invalid model")))
        or (status == 404 and "model" in words)
    )


def _invalid(
    complaint: Complaint,
    url: str,
    said: str,
    request: VideoGenerationRequest | None,
    sent: Mapping[str, Any] | None,
) -> InvalidRequestError:
    named = complaint.among(sent or ()) or complaint.among(_OURS)
    wire = named[0] if named else next(iter(complaint.fields), "")
    field = our_name(wire) if wire else "request"
    value = None if request is None else _value(field, request)
    return InvalidRequestError(field, value, f"what {url} takes; it says: {said}")


def our_name(wire: str) -> str:
    """Give the request's name for a field of the body."""
    return _OURS.get(wire) or (wire if wire in _AS_THEY_ARE else f"option {wire}")


def _value(field: str, request: VideoGenerationRequest) -> object:
    if field == "size":
        return f"{request.width}x{request.height}" if request.width else None
    if field.startswith("option "):
        return request.options.get(field.removeprefix("option "))
    return getattr(request, field, None)


def _signed(error: LLMKitError, answer: Answer, complaint: Complaint | None = None) -> LLMKitError:
    error.provider = NAME
    error.details = ProviderDetails(
        code=complaint.code if complaint else None,
        parameters=complaint.fields if complaint else (),
        status=answer.status,
    )
    return error
