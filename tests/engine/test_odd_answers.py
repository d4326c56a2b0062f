"""Providers from elsewhere say what no journal can hold: it costs no job, and no neighbour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.errors import GenerationFailedError, RateLimitError
from llmkit_jupyter.providers.base import Submission, Ticket, Update
from tests.engine.waiting import until

REQUEST = VideoGenerationRequest("hills")
HALF = "\ud800"  # of a character


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"video_url": f"https://x.test/{HALF}"}, {"video_url": "https://x.test/?"}),
        ({"video_url": ["https://x.test/v.mp4"]}, {"video_url": None}),
        ({"provider_status": HALF, "seed": 2**64}, {"provider_status": "?", "seed": None}),
        ({"seed": "seven", "cost": 10**400}, {"seed": None, "cost": None}),
        ({"seed": 7, "cost": 1}, {"seed": 7, "cost": 1.0}),
    ],
)
def test_what_only_describes_a_job_is_not_worth_its_video(
    client: LLMKitClient, provider, said: dict[str, Any], kept: dict[str, Any]
):
    provider.on_poll = lambda ticket: Update(ticket=ticket, state="succeeded", **said)
    job = client.submit_video(REQUEST)
    assert job.result(20).video_bytes == provider.video
    [found] = client._engine.journal.get([job.task_id]).result()
    assert {name: getattr(found, name) for name in kept} == kept


def test_a_reason_that_is_no_text_is_still_a_reason(client: LLMKitClient, provider):
    provider.on_poll = lambda ticket: Update(
        ticket=ticket, state="failed", error=GenerationFailedError(f"no {HALF}")
    )
    job = client.submit_video(REQUEST)
    with pytest.raises(GenerationFailedError):
        job.result(20)
    [found] = client._engine.journal.get([job.task_id]).result()
    assert found.error_message == "no ?"


def test_an_id_that_is_a_number_is_kept_as_text(client: LLMKitClient, provider):
    number: Any = 10**30
    provider.on_submit = lambda submission: Ticket(submission.task_id, number)
    job = client.submit_video(REQUEST)
    assert job.result(20).status == "completed"
    [found] = client._engine.journal.get([job.task_id]).result()
    assert found.provider_task_id == str(number)


class Unspeakable:
    def __str__(self) -> str:
        raise ZeroDivisionError


def a_late_refusal() -> Any:
    error = RateLimitError("wait")
    error.retry_after_seconds = "soon"  # type: ignore[assignment]
    return error


@pytest.mark.parametrize(
    "odd", [lambda id_: Ticket(id_, Unspeakable()), lambda _: a_late_refusal()]
)
def test_one_answer_that_nobody_understands_costs_no_other_one_its_id(
    client: LLMKitClient, provider, monkeypatch, odd: Callable[[str], Any]
):
    provider.idempotent_submit = False
    provider.polls = 10**9
    names: list[str] = []

    def answer(submission: Submission) -> Any:
        names.append(submission.task_id)
        first = len(names) == 1
        return odd(submission.task_id) if first else Ticket(submission.task_id, "theirs")

    provider.on_submit = answer
    jobs = client.submit_videos([REQUEST, VideoGenerationRequest("dales")])
    journal = Journal(client._engine.home)

    def states() -> list[tuple[str | None, bool]]:
        known = list(names)  # the second may come at any moment
        found = {record.task_id: record for record in journal.get(known).result()}
        return [(found[name].provider_task_id, found[name].lease_expires > 0) for name in known]

    # The other one's goes on; this one is put to rest, for a resume to look after.
    until(lambda: states() == [(None, False), ("theirs", True)])
    bad = next(job for job in jobs if job.task_id == names[0])
    until(lambda: "resume" in (bad.notice or ""))
    assert bad.status == "processing"
    provider.polls = 1
    assert next(job for job in jobs if job.task_id == names[1]).result(20).status == "completed"
    journal.close()


def test_an_answer_of_no_known_kind_is_none(client: LLMKitClient, provider):
    provider.on_submit = lambda _: {"id": "theirs"}
    provider.polls = 1
    # It may have been taken, so that it is asked for and not given up.
    assert client.submit_video(REQUEST).result(20).status == "completed"
