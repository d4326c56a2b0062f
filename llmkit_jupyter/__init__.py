"""From a text prompt to a video playing inside the notebook.

Every public name stands here and is loaded when it is first used, so that the import costs
next to nothing.
"""

from __future__ import annotations

import sys
import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from llmkit_jupyter import rendering

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from llmkit_jupyter.catalog.models import Model
    from llmkit_jupyter.caution import (
        HomeNotKeptWarning,
        ModelSubstitutionWarning,
        PromptNotUsedWarning,
        TemporaryJournalWarning,
    )
    from llmkit_jupyter.client import LLMKitClient
    from llmkit_jupyter.errors import (
        AuthenticationError,
        BudgetExceededError,
        ConfigurationError,
        ConfirmationRequiredError,
        ContentFilteredError,
        GenerationFailedError,
        InsufficientCreditError,
        InvalidRequestError,
        InvalidSweepError,
        InvalidVideoError,
        JobCancelledError,
        JobLostError,
        JobNotFoundError,
        JournalError,
        LibraryError,
        LLMKitError,
        ModelNotFoundError,
        NetworkError,
        NotSupportedError,
        OutputExistsError,
        PermissionDeniedError,
        ProviderDetails,
        ProviderNotFoundError,
        ProviderTimeoutError,
        RateLimitError,
        ResultExpiredError,
        ServerError,
        SubmissionUnknownError,
        SweepExistsError,
        SweepNotFoundError,
        UnreachableError,
        UntrustedServerError,
        VideoTimeoutError,
    )
    from llmkit_jupyter.failure import VideoError
    from llmkit_jupyter.job import VideoJob
    from llmkit_jupyter.notebook.nested import allow_nested_run
    from llmkit_jupyter.request import VideoGenerationRequest
    from llmkit_jupyter.response import VideoGenerationResponse
    from llmkit_jupyter.sweeps.start import sweep
    from llmkit_jupyter.sweeps.sweep import Sweep
    from llmkit_jupyter.widgets.compare import CompareGrid
    from llmkit_jupyter.widgets.history import JobHistory
    from llmkit_jupyter.widgets.job import JobView
    from llmkit_jupyter.widgets.player import VideoPlayer
    from llmkit_jupyter.widgets.studio import VideoStudio

__version__ = "0.1.0"

__all__ = [
    "AuthenticationError",
    "BudgetExceededError",
    "CompareGrid",
    "ConfigurationError",
    "ConfirmationRequiredError",
    "ContentFilteredError",
    "GenerationFailedError",
    "HomeNotKeptWarning",
    "InsufficientCreditError",
    "InvalidRequestError",
    "InvalidSweepError",
    "InvalidVideoError",
    "JobCancelledError",
    "JobHistory",
    "JobLostError",
    "JobNotFoundError",
    "JobView",
    "JournalError",
    "LLMKitClient",
    "LLMKitError",
    "LibraryError",
    "Model",
    "ModelNotFoundError",
    "ModelSubstitutionWarning",
    "NetworkError",
    "NotSupportedError",
    "OutputExistsError",
    "PermissionDeniedError",
    "PromptNotUsedWarning",
    "ProviderDetails",
    "ProviderNotFoundError",
    "ProviderTimeoutError",
    "RateLimitError",
    "ResultExpiredError",
    "ServerError",
    "SubmissionUnknownError",
    "Sweep",
    "SweepExistsError",
    "SweepNotFoundError",
    "TemporaryJournalWarning",
    "UnreachableError",
    "UntrustedServerError",
    "VideoError",
    "VideoGenerationRequest",
    "VideoGenerationResponse",
    "VideoJob",
    "VideoPlayer",
    "VideoStudio",
    "VideoTimeoutError",
    "allow_nested_run",
    "sweep",
]

_HOMES = {
    "LLMKitClient": "client",
    "HomeNotKeptWarning": "caution",
    "ModelSubstitutionWarning": "caution",
    "PromptNotUsedWarning": "caution",
    "TemporaryJournalWarning": "caution",
    "Model": "catalog.models",
    "VideoGenerationRequest": "request",
    "VideoGenerationResponse": "response",
    "VideoError": "failure",
    "VideoJob": "job",
    "CompareGrid": "widgets.compare",
    "JobHistory": "widgets.history",
    "JobView": "widgets.job",
    "VideoPlayer": "widgets.player",
    "VideoStudio": "widgets.studio",
    "Sweep": "sweeps.sweep",
    "allow_nested_run": "notebook.nested",
    "sweep": "sweeps.start",
    # Not in __all__, where it would hide Python's own from `import *`.
    "TimeoutError": "errors",
}


def __getattr__(name: str) -> Any:
    if name not in __all__ and name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    # What is not listed above has to do with errors.
    module = import_module(f"{__name__}.{_HOMES.get(name, 'errors')}")
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


def load_ipython_extension(ipython: Any) -> None:
    """Register ``%video``, ``%%video`` and ``%llmkit``: ``%load_ext llmkit_jupyter``."""
    from llmkit_jupyter.notebook import extension

    extension.load(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Take away everything that loading brought: ``%unload_ext llmkit_jupyter``."""
    from llmkit_jupyter.notebook import extension

    extension.unload(ipython)


def _render(value: object) -> rendering.MimeBundle | None:
    from llmkit_jupyter.notebook.display import render_value

    return render_value(value)


def _show_waiting(jobs: Sequence[VideoJob]) -> AbstractContextManager[object]:
    # Only where a cell waits: a script's output is its own, and so is a thread's.
    if rendering.in_notebook() and threading.current_thread() is threading.main_thread():
        from llmkit_jupyter.notebook import live

        return live.waiting(jobs)
    return nullcontext()


def _show_watching(sweep: Any) -> AbstractContextManager[object]:
    # A terminal has a line for it; what a script's output is piped to gets nothing.
    shows = rendering.in_notebook() or (sys.stderr is not None and sys.stderr.isatty())
    if shows and threading.current_thread() is threading.main_thread():
        from llmkit_jupyter.notebook import watching

        return watching.watching(sweep)
    return nullcontext()


def _show_moving(value: Any) -> bool:
    if not rendering.in_notebook():
        return False
    from llmkit_jupyter.notebook import live, watching
    from llmkit_jupyter.sweeps.sweep import Sweep

    if isinstance(value, Sweep):
        return watching.shows(value)
    live.follow([value])
    return True


_lacks: set[str] = set()


def _clickable_surface() -> Any:
    try:
        from llmkit_jupyter.widgets.job import JobSurface
    except Exception as error:
        import logging

        log = logging.getLogger(__name__)
        if str(error) not in _lacks:
            # A kernel shows warnings in the cell: once is enough, and without our own lines.
            _lacks.add(str(error))
            log.warning("plain cards, because there are no widgets here: %s", error)
        log.debug("no widgets", exc_info=True)
        return None
    return JobSurface()


rendering.set_renderer(_render)
rendering.set_waiting(_show_waiting)
rendering.set_watching(_show_watching)
rendering.set_shower(_show_moving)
rendering.set_surfaces(_clickable_surface)
