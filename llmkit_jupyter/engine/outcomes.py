"""What a job's record becomes: its video is made, brought in, or cannot be had.

A job whose video is fetched again keeps what it was: cost, times and seed are those of the first
time, and where the video cannot be had any more it is completed without its file.
"""

from __future__ import annotations

import time
from dataclasses import replace

from llmkit_jupyter.engine.library import Stored
from llmkit_jupyter.engine.record import JobRecord
from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.providers.base import Provider, Update


def made(record: JobRecord, update: Update) -> JobRecord:
    """Give the record of a job whose video the provider has."""
    again = record.restoring
    return replace(
        record,
        phase="downloading",
        provider_status=update.provider_status,
        video_url=update.video_url,
        seed=record.seed if again or update.seed is None else update.seed,
        cost=record.cost if again or update.cost is None else update.cost,
        # A job that is fetched again was made when it was first seen to be.
        generated_at=record.generated_at or time.time(),
    )


def delivered(record: JobRecord, stored: Stored) -> JobRecord:
    """Give the record of a job whose video is in the library."""
    header = stored.header
    return replace(
        record,
        status="completed",
        phase="done",
        file=stored.name,
        format=header.format,
        duration=header.duration,
        width=header.width,
        height=header.height,
        finished_at=record.finished_at or time.time(),
    )


def failed(record: JobRecord, error: LLMKitError) -> JobRecord:
    """Give the record of a job of which no video comes."""
    if record.restoring:
        return replace(record, status="completed", phase="done")
    return replace(
        record,
        status="failed",
        phase="done",
        error_code=error.code,
        error_message=str(error),
        error_details=error.details,
        finished_at=time.time(),
    )


def can_be_had_again(record: JobRecord, provider: Provider) -> bool:
    """Whether a provider may still have a video, or makes the same one at no cost."""
    if provider.remote:
        return True
    return not provider.paid and record.sent.seed is not None
