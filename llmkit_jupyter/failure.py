"""Why a job failed, as a plain value that can be written down, and the error that it stands for."""

from __future__ import annotations

from dataclasses import dataclass

from llmkit_jupyter import errors
from llmkit_jupyter.errors import GenerationFailedError, LLMKitError, ProviderDetails


@dataclass(frozen=True, slots=True)
class VideoError:
    """Why a job failed, as a plain value: a stable ``code`` and a sentence for people."""

    code: str
    message: str
    details: ProviderDetails | None = None
    """What the provider itself said, if it did."""

    def __str__(self) -> str:
        return self.message


_BY_CODE: dict[str, type[LLMKitError]] = {
    cls.code: cls
    for cls in list(vars(errors).values())
    if isinstance(cls, type) and issubclass(cls, LLMKitError)
}


def to_exception(
    error: VideoError, *, task_id: str | None = None, provider: str | None = None
) -> LLMKitError:
    """Rebuild the exception for a failure that was read back from the journal."""
    cls = _BY_CODE.get(error.code, GenerationFailedError)
    # Constructors differ, and the message is complete already.
    exception = errors.rebuild(cls, (error.message,), {"message": error.message})
    exception.code = error.code
    exception.task_id = task_id
    exception.provider = provider
    exception.details = error.details
    return exception
