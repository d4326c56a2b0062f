"""Finds a job whose submission's answer was lost, in the server's own list.

No such server lets a client choose the id, so a job is known again by what it is: its time, its
model and its prompt. A wrong find would show somebody else's video, so that doubt means "not
found".
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from llmkit_jupyter.providers.base import Submission, Ticket, Unanswered
from llmkit_jupyter.providers.diffusion_router.records import Record

SLACK = 3.0  # seconds: clocks of whole seconds, on both sides
LATE = 60.0  # seconds after it was sent that a job may appear
LATE_ELSEWHERE = 300.0  # the same, for one that an earlier process sent at an unknown time


@dataclass(frozen=True, slots=True)
class Wanted:
    """A job that is looked for, and when it can have been made, by the server's clock."""

    submission: Submission
    earliest: float
    latest: float


def wanted(
    unanswered: Sequence[Unanswered],
    sent: Mapping[str, tuple[Submission, float]],
    ahead: float,
) -> list[Wanted]:
    """Say what is looked for.

    Args:
        unanswered: jobs without an answer.
        sent: when this process sent them, if it did; by its own clock.
        ahead: seconds that the server's clock is ahead of ours.
    """
    found: list[Wanted] = []
    for each in unanswered:
        at = sent.get(each.submission.task_id)
        since, late = (each.since, LATE_ELSEWHERE) if at is None else (at[1], LATE)
        latest = max(since + late, time.time() if at else 0.0) + ahead + SLACK
        found.append(Wanted(each.submission, since + ahead - SLACK, latest))
    return found


def match(
    jobs: Sequence[Wanted],
    listed: Sequence[Record],
    *,
    taken: Collection[str],
    on_their_way: Sequence[Submission] = (),
    unsettled: Sequence[Submission] = (),
) -> dict[str, Ticket]:
    """Give the jobs that are certainly among those listed.

    Args:
        jobs: that are looked for.
        listed: by the server.
        taken: ids of other jobs of ours.
        on_their_way: other submissions, which may yet be told that a job in the list is theirs.
        unsettled: those, and others of which nobody knows what became.
    """
    free = sorted(
        (each for each in listed if each.id not in taken and each.created_at is not None),
        key=lambda each: each.created_at or 0.0,
    )
    rivals = [*unsettled, *(job.submission for job in jobs)]
    found: dict[str, Ticket] = {}
    for job in sorted(jobs, key=lambda each: each.earliest):
        fitting = [each for each in free if _fits(job, each)]
        by_words = [each for each in fitting if each.prompt is not None]
        if by_words:
            if any(_same(job.submission, each) for each in on_their_way):
                continue  # looked for again when that one has its answer
            chosen, note = by_words[0], ""
        elif len(fitting) == 1 and not _rivals(job, rivals):
            chosen = fitting[0]
            note = (
                "The answer to its submission was lost. It was found again by its time, model "
                "and size, because the server does not tell prompts."
            )
        else:
            continue
        free.remove(chosen)
        task_id = job.submission.task_id
        found[task_id] = Ticket(task_id, chosen.id, note=note)
    return found


def clock_ahead(headers: Mapping[str, str], now: float) -> float:
    """Give the seconds that a server's clock is ahead of ours, by an answer's date."""
    try:
        return parsedate_to_datetime(headers["date"]).timestamp() - now
    except (KeyError, ValueError, TypeError, OverflowError):
        return 0.0


def _fits(job: Wanted, record: Record) -> bool:
    request = job.submission.request
    if not job.earliest <= (record.created_at or 0.0) <= job.latest:
        return False
    if request.model and record.model and request.model != record.model:
        return False
    if record.prompt is not None:
        return record.prompt == request.prompt
    # Servers name the size that was made, which is another one where a model rounds it.
    size = f"{request.width}x{request.height}" if request.width else None
    return size is None or record.size is None or record.size.lower() == size


def _same(one: Submission, other: Submission) -> bool:
    return one.task_id != other.task_id and one.request.prompt == other.request.prompt


def _rivals(job: Wanted, others: Sequence[Submission]) -> bool:
    """Whether another job could be the same one of a list that tells no words."""

    def looks(submission: Submission) -> tuple[object, ...]:
        request = submission.request
        return request.model, request.width, request.height

    mine = job.submission
    return any(each.task_id != mine.task_id and looks(each) == looks(mine) for each in others)
