"""Which job of a server's list is the one whose answer was lost: never somebody else's."""

from __future__ import annotations

import time

import pytest

from llmkit_jupyter import VideoGenerationRequest
from llmkit_jupyter.providers.base import Submission, Unanswered
from llmkit_jupyter.providers.diffusion_router.records import Record
from llmkit_jupyter.providers.diffusion_router.search import clock_ahead, match, wanted

NOW = 1_800_000_000.0


def job(name: str = "a", prompt: str = "A cat", **more: object) -> Submission:
    request = VideoGenerationRequest(prompt, model="wan", width=256, height=128)
    return Submission(name, request if not more else request.with_model(str(more["model"])))


def record(name: str = "r", at: float = NOW, **more: object) -> Record:
    values: dict[str, object] = {"model": "wan", "size": "256x128", "prompt": "A cat"} | more
    return Record(id=name, created_at=at, **values)  # type: ignore[arg-type]


def find(
    listed: list[Record], *jobs: Submission, taken: tuple[str, ...] = (), ahead: float = 0.0, **more
) -> dict[str, str]:
    looked = [Unanswered(submission=each, since=NOW) for each in jobs or (job(),)]
    sent = {each.task_id: (each, NOW) for each in jobs or (job(),)}
    found = match(wanted(looked, sent, ahead), listed, taken=taken, **more)
    return {name: ticket.provider_task_id for name, ticket in found.items()}


def test_it_is_found_by_its_words_time_and_model():
    assert find([record()]) == {"a": "r"}


@pytest.mark.parametrize(
    "other",
    [
        record(prompt="A dog"),
        record(prompt="A cat "),
        record(model="ltx"),
        record(at=NOW - 5),
        record(at=NOW + 10**9),
        record(size="128x256", prompt=None),
        Record(id="r", prompt="A cat"),
    ],
    ids=["words", "a blank", "model", "before", "long after", "size", "no time"],
)
def test_another_job_is_not_taken_for_it(other: Record):
    assert find([other]) == {}


def test_a_job_of_ours_is_not_taken_for_another():
    assert find([record()], taken=("r",)) == {}
    assert find([record(), record("s", NOW + 1)], taken=("r",)) == {"a": "s"}


def test_a_server_whose_clock_is_wrong_is_understood():
    late = record(at=NOW + 7200)
    assert find([late]) == {}
    assert find([late], ahead=7200) == {"a": "r"}
    assert clock_ahead({"date": "Fri, 15 Jan 2027 10:00:00 GMT"}, NOW) == 7200
    for wrong in ({}, {"date": "yesterday"}, {"date": ""}):
        assert clock_ahead(wrong, NOW) == 0.0


def test_jobs_of_the_same_words_get_one_each():
    found = find([record("r"), record("s", NOW + 1)], job("a"), job("b"))
    assert found == {"a": "r", "b": "s"}
    assert len(find([record("r")], job("a"), job("b"))) == 1


def test_one_of_the_same_words_that_is_on_its_way_may_be_it():
    assert find([record()], job("a"), on_their_way=[job("b")]) == {}
    assert find([record()], job("a"), on_their_way=[job("b", "A dog")]) == {"a": "r"}


def test_without_words_it_must_be_the_only_one():
    silent = record(prompt=None)
    assert find([silent]) == {"a": "r"}
    assert find([silent, record("s", NOW + 1, prompt=None)]) == {}
    # One that is made in another size than was asked for cannot be told, and its model can.
    assert find([silent, record("s", NOW + 1, prompt=None, model="ltx")]) == {"a": "r"}


def test_without_words_another_of_ours_may_be_it():
    silent = record(prompt=None)
    assert find([silent], job("a"), job("b", "A dog")) == {}
    assert find([silent], job("a"), unsettled=[job("b", "A dog")]) == {}
    assert find([silent], job("a"), unsettled=[job("b", "A dog", model="ltx")]) == {"a": "r"}


def test_a_find_without_words_is_told_as_such():
    looked = wanted([Unanswered(submission=job(), since=NOW)], {"a": (job(), NOW)}, 0.0)
    [by_words] = match(looked, [record()], taken=()).values()
    [by_time] = match(looked, [record(prompt=None)], taken=()).values()
    assert by_words.note == ""
    assert "by its time, model and size" in by_time.note


def test_how_late_a_job_may_appear():
    ours = wanted([Unanswered(submission=job(), since=NOW)], {"a": (job(), NOW)}, 0.0)[0]
    assert ours.latest >= time.time()  # for as long as it is looked for
    theirs = wanted([Unanswered(submission=job(), since=NOW)], {}, 0.0)[0]
    assert theirs.latest == NOW + 303  # sent by a process that is gone, some time after that
