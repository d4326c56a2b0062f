"""Finds a job whose submission's answer was lost, in the server's own list.

No such server lets a client choose the id, so a job is known again by what it is: its time, its
model, its prompt, its length and its size. A wrong find would show somebody else's video, so that
doubt means "not found".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime

from llmkit_jupyter.providers.base import Others, Submission, Ticket, Unanswered
from llmkit_jupyter.providers.diffusion_router.records import Record

SLACK = 1.5  # seconds: servers tell whole ones, of both the time and the job
BUSY_SECONDS = 3600.0  # a server where others made something in that time is not ours alone
ROUNDING = 32  # pixels of an edge by which a model may make a size another one
_LENGTHS = ("num_frames", "frames", "enable_frame_interpolation")
_NOTE = (
    "The answer to its submission was lost. It was found again by its time, model and size, "
    "because the server does not tell prompts."
)


def match(
    unanswered: Sequence[Unanswered],
    listed: Sequence[Record],
    others: Others,
    *,
    ahead: float = 0.0,
) -> dict[str, Ticket]:
    """Give the jobs that are certainly among those listed.

    Args:
        unanswered: that are looked for.
        listed: by the server.
        others: jobs that must not be mistaken for them.
        ahead: seconds that the server's clock is ahead of ours.
    """
    free = sorted(
        (each for each in listed if each.id not in others.ids and each.created_at is not None),
        key=lambda each: each.created_at or 0.0,
    )
    found: dict[str, Ticket] = {}
    for job in sorted(unanswered, key=lambda each: each.earliest):
        task_id = job.submission.task_id
        fitting = [each for each in free if _fits(job, each, ahead)]
        by_words = [each for each in fitting if each.prompt is not None]
        if by_words:
            if any(_same_words(job.submission, each) for each in others.on_their_way):
                continue  # looked for again when that one has its answer
            chosen, note = by_words[0], ""
        elif len(fitting) == 1 and _certain(job, fitting[0], free, unanswered, others, ahead):
            chosen, note = fitting[0], _NOTE
        else:
            continue
        free.remove(chosen)
        found[task_id] = Ticket(task_id, chosen.id, note=note)
    return found


def clock_ahead(headers: Mapping[str, str], now: float) -> float:
    """Give the seconds that a server's clock is ahead of ours, by an answer's date."""
    try:
        return parsedate_to_datetime(headers["date"]).timestamp() - now
    except (KeyError, ValueError, TypeError, OverflowError):
        return 0.0


def _fits(job: Unanswered, record: Record, ahead: float) -> bool:
    request = job.submission.request
    at = (record.created_at or 0.0) - ahead
    if not job.earliest - SLACK <= at <= job.latest + SLACK:
        return False
    if request.model and record.model and request.model != record.model:
        return False
    if record.prompt is not None and record.prompt != request.prompt:
        return False
    return _same_length(job.submission, record) and _same_size(job.submission, record)


def _same_length(submission: Submission, record: Record) -> bool:
    """Whether the lengths agree, as far as both are told: frames are rounded to what goes."""
    request = submission.request
    if request.duration is None or any(name in request.options for name in _LENGTHS):
        return True
    try:
        return record.seconds is None or abs(float(record.seconds) - request.duration) <= 1
    except ValueError:
        return True


def _same_size(submission: Submission, record: Record) -> bool:
    request = submission.request
    width, _, height = (record.size or "").lower().partition("x")
    if not request.width or not request.height or not (width.isdigit() and height.isdigit()):
        return True
    return (
        abs(int(width) - request.width) <= ROUNDING
        and abs(int(height) - request.height) <= ROUNDING
    )


def _certain(
    job: Unanswered,
    record: Record,
    free: Sequence[Record],
    unanswered: Sequence[Unanswered],
    others: Others,
    ahead: float,
) -> bool:
    """Whether a job of a list that tells no words can be no other than ours.

    It could be another one of ours that looks alike, or somebody else's, where there is somebody.
    """
    rivals = [each.submission for each in unanswered]
    rivals += [*others.on_their_way, *others.unknown]
    if any(_look_alike(job.submission, each) for each in rivals):
        return False
    since = job.earliest + ahead - BUSY_SECONDS
    return not any(each is not record and (each.created_at or 0.0) >= since for each in free)


def _same_words(one: Submission, other: Submission) -> bool:
    return one.task_id != other.task_id and one.request.prompt == other.request.prompt


def _look_alike(one: Submission, other: Submission) -> bool:
    a, b = one.request, other.request
    return one.task_id != other.task_id and (a.model, a.width, a.height) == (
        b.model,
        b.width,
        b.height,
    )
