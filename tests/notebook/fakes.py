"""A job of our own making, for what cards show and when."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from llmkit_jupyter.errors import JobCancelledError
from llmkit_jupyter.job import VideoJob
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.response import VideoGenerationResponse

TASK_ID = "0b9cbb51-7a3c-4f51-9a5b-3f7c2f4f2d11"

NASTY = (
    "<script>window.pwned = 1</script>",
    '"><img src=x onerror="window.pwned = 1">',
    "' onmouseover='window.pwned = 1",
    "</figcaption></figure><iframe src=javascript:alert(1)>",
    "&lt;already&gt; &amp;amp; escaped",
    "a\u202eb\u2066c {x} $y \\ ``` \x00 \x1b[31m",
)


@dataclass
class FakeJob:
    """Has what `VideoJob` has, set by hand."""

    response: VideoGenerationResponse
    eta: float | None = None
    cancelling: bool = False
    notice: str | None = None
    estimate: float | None = 0.0
    waiting: bool = False
    queue_position: int | None = None
    listeners: list[Callable[[Any], None]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        if name in ("task_id", "request", "model", "provider", "status", "phase", "error", "cost"):
            return getattr(self.response, name)
        raise AttributeError(name)

    def done(self) -> bool:
        return self.response.status != "processing"

    def on_change(self, callback: Callable[[Any], None]) -> Callable[[], None]:
        self.listeners.append(callback)
        return lambda: self.listeners.remove(callback)

    def become(self, **values: Any) -> None:
        self.response = a_response(**values)
        for listener in list(self.listeners):
            listener(self)


def a_response(**values: Any) -> VideoGenerationResponse:
    prompt = values.pop("prompt", "A red balloon over the sea")
    defaults: dict[str, Any] = {
        "status": "processing",
        "phase": "generating",
        "task_id": TASK_ID,
        "model": "runway-gen-4",
        "provider": "preview",
        "elapsed": 12.0,
        "request": VideoGenerationRequest(prompt),
    }
    return VideoGenerationResponse(**defaults | values)


def stop(job: VideoJob) -> None:
    """Cancel a real job and see it end, so that nothing works on after the test."""
    job.cancel()
    with contextlib.suppress(JobCancelledError):
        job.result(20)
