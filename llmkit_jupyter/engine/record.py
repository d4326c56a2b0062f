"""A job as the journal keeps it."""

from __future__ import annotations

import json
import re
import time
import uuid
from dataclasses import dataclass, fields
from typing import Any, Literal

from llmkit_jupyter.errors import VideoError
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.response import Status

Phase = Literal["queued", "submitting", "generating", "downloading", "done"]

_FILE_NAME = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.(mp4|mov|webm|mkv)")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """One row of the journal. Times are seconds since the epoch; never holds a key."""

    task_id: str
    provider: str
    endpoint: str = ""
    account: str = ""
    """Salted fingerprint of the key, empty without one."""
    model: str
    request: VideoGenerationRequest
    """As the user gave it."""
    sent: VideoGenerationRequest
    """As the provider got it: nothing left to default."""
    status: Status = "processing"
    phase: Phase = "queued"
    provider_task_id: str | None = None
    provider_status: str | None = None
    video_url: str | None = None
    seed: int | None = None
    cost: float | None = None
    error_code: str | None = None
    error_message: str | None = None
    file: str | None = None
    """Name of the file in the library."""
    format: str | None = None
    duration: float | None = None
    width: int | None = None
    height: int | None = None
    created_at: float
    submitted_at: float | None = None
    generated_at: float | None = None
    finished_at: float | None = None
    lease_owner: str | None = None
    lease_epoch: int = 0
    lease_expires: float = 0.0

    @property
    def error(self) -> VideoError | None:
        """Why it failed, if it did."""
        if self.error_code is None:
            return None
        return VideoError(self.error_code, self.error_message or "")

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status != "processing"

    def to_row(self) -> dict[str, Any]:
        """Give column values for SQLite."""
        row = {name: getattr(self, name) for name in COLUMNS}
        for name in ("request", "sent"):
            row[name] = json.dumps(row[name].to_dict())
        return row

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> JobRecord:
        """Read a row; a journal may have been brought by anybody, so values are checked.

        Raises:
            ValueError: a row that no version of this program wrote.
        """
        values = {name: row[name] for name in COLUMNS}
        for name in ("request", "sent"):
            values[name] = VideoGenerationRequest.from_dict(json.loads(values[name]))
        uuid.UUID(values["task_id"])
        if values["file"] is not None and not _FILE_NAME.fullmatch(values["file"]):
            raise ValueError(f"file name {values['file']!r}")
        if values["status"] not in ("processing", "completed", "failed"):
            raise ValueError(f"status {values['status']!r}")
        if values["phase"] not in ("queued", "submitting", "generating", "downloading", "done"):
            raise ValueError(f"phase {values['phase']!r}")
        return cls(**values)


COLUMNS = tuple(f.name for f in fields(JobRecord))


def new_record(
    *,
    provider: str,
    endpoint: str,
    account: str,
    request: VideoGenerationRequest,
    sent: VideoGenerationRequest,
) -> JobRecord:
    """Make the record of a job that is about to begin, under a new task id of our own."""
    return JobRecord(
        task_id=str(uuid.uuid4()),
        provider=provider,
        endpoint=endpoint,
        account=account,
        model=sent.model or "",
        request=request,
        sent=sent,
        seed=sent.seed,
        created_at=time.time(),
    )
