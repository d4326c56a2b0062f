"""``%llmkit jobs``, ``job``, ``resume`` and ``cancel``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmkit_jupyter.catalog.facts import title_of
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.notebook.flags import UsageError
from llmkit_jupyter.notebook.tables import Table, show, show_text
from llmkit_jupyter.notebook.wording import excerpt, moment, money, seconds

if TYPE_CHECKING:
    from llmkit_jupyter.job import VideoJob

LISTED = 20


def listed(words: list[str]) -> None:
    """Show a table of the newest jobs."""
    from llmkit_jupyter.client import default_client

    limit = LISTED
    if words:
        if len(words) > 1 or not words[0].isascii() or not words[0].isdigit() or int(words[0]) < 1:
            raise InvalidRequestError("jobs", " ".join(words), "how many to list, such as 50")
        limit = int(words[0])
    jobs = default_client().jobs(limit)
    show(
        Table(
            ("prompt", "model", "status", "took", "cost", "begun", "task id"),
            [_row(job) for job in jobs],
            empty="No jobs yet. Make a video with: %video a cat on a skateboard",
            caption="Newest first. %llmkit job TASK_ID shows one of them.",
            below=6,
            code=True,
        )
    )


def one(words: list[str]) -> None:
    """Show a job: its video, or its card."""
    _follow(_job(words, "job"))


def cancel(words: list[str]) -> None:
    """Ask for a job to be stopped, and show what comes of it."""
    job = _job(words, "cancel")
    if job.done():
        show_text(f"There is nothing to cancel: the job has ended ({_status(job)}).")
        return
    job.cancel()
    _follow(job)


def resume() -> None:
    """Take up what is unfinished, and show it."""
    from llmkit_jupyter.client import default_client

    client = default_client()
    client.resume()
    jobs = client.jobs(None, unfinished=True)
    if not jobs:
        show_text("No unfinished jobs.")
        return
    _follow(*jobs)


def _job(words: list[str], name: str) -> VideoJob:
    from llmkit_jupyter.client import default_client

    if len(words) != 1:
        got = f"{len(words)} words" if words else "nothing"
        raise UsageError(
            f"%llmkit {name} takes one task id, and got {got}; %llmkit jobs lists them"
        )
    # As they are copied from Python.
    return default_client().job(words[0].strip("\"'"))


def _follow(*jobs: VideoJob) -> None:
    from llmkit_jupyter.notebook import live

    live.follow(jobs)


def _row(job: VideoJob) -> tuple[str, ...]:
    cost = money(job.cost) if job.cost else ""
    if job.cost is None and job.estimate and not job.done():
        cost = f"about {money(job.estimate)}"
    return (
        excerpt(job.request.prompt, 60),
        title_of(job.model),
        _status(job),
        seconds(job.elapsed),
        cost,
        moment(job.created_at),
        job.task_id,
    )


def _status(job: VideoJob) -> str:
    if job.status == "processing":
        return "cancelling" if job.cancelling else job.phase
    if job.error is not None:
        return "cancelled" if job.error.code == "cancelled" else f"failed: {job.error.code}"
    return job.status
