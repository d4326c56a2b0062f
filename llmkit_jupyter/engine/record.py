"""A job as the journal keeps it."""

from __future__ import annotations

import hashlib
import json
import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import PureWindowsPath
from typing import Any, Literal, cast

from llmkit_jupyter.engine import columns, names
from llmkit_jupyter.errors import ProviderDetails
from llmkit_jupyter.failure import VideoError
from llmkit_jupyter.providers.base import Submission
from llmkit_jupyter.request import VideoGenerationRequest
from llmkit_jupyter.response import Status

Phase = Literal["queued", "submitting", "generating", "downloading", "done"]

_log = logging.getLogger(__name__)


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
    estimate: float | None = None
    """US dollars that the budget reserves for it; 0 where nothing costs, ``None`` if unknown."""
    cost: float | None = None
    """US dollars charged; ``None`` while unknown."""
    error_code: str | None = None
    error_message: str | None = None
    error_details: ProviderDetails | None = None
    """What the provider itself said of the failure."""
    file: str | None = None
    """Name of the file in the library."""
    format: str | None = None
    duration: float | None = None
    width: int | None = None
    height: int | None = None
    created_at: float
    sent_at: float | None = None
    """When it was last handed over, whether or not an answer came."""
    submitted_at: float | None = None
    generated_at: float | None = None
    finished_at: float | None = None
    lease_owner: str | None = None
    lease_epoch: int = 0
    lease_expires: float = 0.0
    rating: int | None = None
    """Stars, 1 to 5, that a person gave."""

    @property
    def error(self) -> VideoError | None:
        """Why it failed, if it did."""
        if self.error_code is None:
            return None
        return VideoError(self.error_code, self.error_message or "", self.error_details)

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status != "processing"

    @property
    def restoring(self) -> bool:
        """Whether its video was in the library once, and is fetched again."""
        return self.finished_at is not None and not self.ended

    @property
    def picked_up(self) -> bool:
        """Whether another program submitted it: nobody who writes here ever handed it over."""
        sent = self.sent_at is not None or self.submitted_at is not None
        return self.provider_task_id is not None and not sent

    @property
    def not_there(self) -> bool:
        """Whether it was picked up, and the provider did not know it."""
        return self.picked_up and self.error_code == "submission_unknown"

    def to_row(self) -> dict[str, Any]:
        """Give column values for SQLite."""
        row = {name: getattr(self, name) for name in FIELDS}
        for name in ("request", "sent"):
            row[name] = json.dumps(row[name].to_dict())
        if self.error_details is not None:
            # Its values come from the provider's own answer, or from a plug-in.
            row["error_details"] = json.dumps(asdict(self.error_details), default=str)
        row = columns.storable(row)
        row["kind"] = kind_of(self.sent)
        row["seal"] = seal_of(row)
        return row

    def to_new_row(self) -> dict[str, Any]:
        """Give the same with what the job is like, which is written once: it never changes."""
        with_seed, without = likenesses(self.provider, self.endpoint, self.sent)
        return {**self.to_row(), "likeness": with_seed, "likeness_any": without}

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> JobRecord:
        """Read a row; a journal may have been brought by anybody, so values are checked.

        Raises:
            ValueError: a row that no version of this program wrote.
        """
        row = columns.checked(row)
        if row["seal"] != seal_of(row):
            raise ValueError("its checksum does not fit")
        values = {name: row[name] for name in FIELDS}
        for name in ("request", "sent"):
            values[name] = read_request(values[name])
        values["error_details"] = _details(values["error_details"])
        uuid.UUID(values["task_id"])
        if values["file"] is not None and not names.is_video(values["file"]):
            raise ValueError(f"file name {values['file']!r}")
        if values["status"] not in ("processing", "completed", "failed"):
            raise ValueError(f"status {values['status']!r}")
        if values["phase"] not in ("queued", "submitting", "generating", "downloading", "done"):
            raise ValueError(f"phase {values['phase']!r}")
        return cls(**values)


FIELDS = tuple(f.name for f in fields(JobRecord))
COLUMNS = (*FIELDS, "kind", "seal", "likeness", "likeness_any")
"""What is written; what is no field is there to be searched for, and is not read back."""
SEALED = ("task_id", "provider", "endpoint", "account", "model", "request", "sent", "created_at")


def seal_of(row: Mapping[str, Any]) -> str:
    """Give the checksum of what never changes in a row.

    SQLite does not notice a bit that flipped inside a value. In a task id it would let a job that
    was sent be sent again under another one.
    """
    values = json.dumps([row[name] for name in SEALED])
    return hashlib.sha256(values.encode()).hexdigest()[:16]


def kind_of(sent: VideoGenerationRequest) -> str:
    """Name what a price and a time depend on, beside the model: duration and size."""
    return f"{sent.duration or ''}:{sent.width or ''}x{sent.height or ''}"


def likenesses(provider: str, endpoint: str, sent: VideoGenerationRequest) -> tuple[str, str]:
    """Name what a video depends on: all that was sent, and all of it but the seed.

    The model is the one that runs.
    """
    values = by_content(sent)
    seed = values.pop("seed", None)
    texts = (json.dumps([provider, endpoint, values, each], sort_keys=True) for each in (seed, ""))
    with_seed, without = (hashlib.sha256(text.encode()).hexdigest()[:32] for text in texts)
    return with_seed, without


def by_content(request: VideoGenerationRequest) -> dict[str, Any]:
    """Give what a request asks for. A picture counts as what it shows.

    Its kept name says that, wherever the folder is.
    """
    values = request.to_dict()
    image = request.image
    if image is not None and image.partition(":")[0].lower() not in ("http", "https", "data"):
        values["image"] = PureWindowsPath(image).name
    return values


def submission_of(record: JobRecord) -> Submission:
    """Give a job as its provider is handed it."""
    return Submission(record.task_id, record.sent, seed_is_chosen=record.request.seed is None)


def _details(text: object) -> ProviderDetails | None:
    """Read a provider's details; what nobody of us wrote is left out, not a reason to fail."""
    if text is None:
        return None
    try:
        values: object = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        values = None
    if not isinstance(values, dict):
        _log.warning("the journal holds details of an error that cannot be read")
        return None
    known = cast("dict[str, object]", values)
    status = known.get("status")
    return ProviderDetails(
        code=_text(known.get("code")),
        parameters=tuple(name for name in _list(known.get("parameters")) if isinstance(name, str)),
        allowed=tuple(_list(known.get("allowed"))),
        documentation=_text(known.get("documentation")),
        status=status if isinstance(status, int) and not isinstance(status, bool) else None,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def read_request(text: str) -> VideoGenerationRequest:
    """Read a request that was written as JSON.

    Raises:
        ValueError, TypeError: it is none.
    """
    try:
        values: object = json.loads(text)
    except RecursionError:
        values = None
    if not isinstance(values, dict):
        raise ValueError("a request that cannot be read")  # noqa: TRY004
    return VideoGenerationRequest.from_dict(cast("dict[str, Any]", values))


def new_record(
    *,
    provider: str,
    endpoint: str,
    account: str,
    request: VideoGenerationRequest,
    sent: VideoGenerationRequest,
    estimate: float | None = None,
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
        estimate=estimate,
        created_at=time.time(),
    )
