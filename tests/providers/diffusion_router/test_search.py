"""Which job of a server's list is the one whose answer was lost: never somebody else's."""

from __future__ import annotations

import pytest

from llmkit_jupyter import VideoGenerationRequest
from llmkit_jupyter.providers.base import Others, Submission, Unanswered
from llmkit_jupyter.providers.diffusion_router.records import Record
from llmkit_jupyter.providers.diffusion_router.search import clock_ahead, match

NOW = 1_800_000_000.0


def job(name: str = "a", prompt: str = "A cat", model: str = "wan") -> Submission:
    request = VideoGenerationRequest(prompt, model=model, duration=5, width=256, height=128)
    return Submission(name, request)


def record(name: str = "r", at: float = NOW, **more: object) -> Record:
    usual = {"model": "wan", "size": "256x128", "seconds": "5", "prompt": "A cat"}
    return Record(id=name, created_at=at, **usual | more)  # type: ignore[arg-type]


def find(listed: list[Record], *jobs: Submission, ahead: float = 0.0, **others) -> dict[str, str]:
    looked = [
        Unanswered(submission=each, earliest=NOW, latest=NOW + 120) for each in jobs or (job(),)
    ]
    found = match(looked, listed, Others(**others), ahead=ahead)
    return {name: ticket.provider_task_id for name, ticket in found.items()}


def taken(*ids: str) -> dict[str, frozenset[str]]:
    return {"ids": frozenset(ids)}


def test_it_is_found_by_all_that_is_told_of_it():
    assert find([record()]) == {"a": "r"}
    assert find([record(seconds="5.04", size="240x128")]) == {"a": "r"}  # as models round them
    assert find([record(seconds=None, size=None, model=None)]) == {"a": "r"}


@pytest.mark.parametrize(
    "other",
    [
        record(prompt="A dog"),
        record(prompt="A cat "),
        record(model="ltx"),
        record(at=NOW - 2),
        record(at=NOW + 122),
        record(size="1920x1080"),
        record(size="128x256", prompt=None),
        record(seconds="9"),
        Record(id="r", prompt="A cat"),
    ],
    ids=[
        "words",
        "a blank",
        "model",
        "before",
        "long after",
        "size",
        "turned",
        "length",
        "no time",
    ],
)
def test_another_job_is_not_taken_for_it(other: Record):
    assert find([other]) == {}


def test_a_job_of_ours_is_not_taken_for_another():
    assert find([record()], **taken("r")) == {}
    assert find([record(), record("s", NOW + 1)], **taken("r")) == {"a": "s"}


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
    assert find([record()], on_their_way=(job("b"),)) == {}
    assert find([record()], on_their_way=(job("b", "A dog"),)) == {"a": "r"}
    assert find([record()], unknown=(job("b"),)) == {"a": "r"}  # one is as good as the other


def test_without_words_it_must_be_the_only_one():
    silent = record(prompt=None)
    assert find([silent]) == {"a": "r"}
    assert find([silent, record("s", NOW + 1, prompt=None)]) == {}


def test_without_words_another_of_ours_may_be_it():
    silent = record(prompt=None)
    dog = job("b", "A dog")
    assert find([silent], job("a"), dog) == {}
    assert find([silent], on_their_way=(dog,)) == {}
    assert find([silent], unknown=(dog,)) == {}
    assert find([silent], unknown=(job("b", "A dog", "ltx"),)) == {"a": "r"}


def test_without_words_on_a_server_that_others_use_nothing_is_certain():
    silent = record(prompt=None)
    somebody_s = record("s", NOW - 600, prompt=None)
    assert find([silent, somebody_s]) == {}
    assert find([silent, somebody_s], **taken("s")) == {"a": "r"}  # it is ours too
    assert find([silent, record("s", NOW - 7200, prompt=None)]) == {"a": "r"}
    with_words = [record(), record("s", NOW - 600, prompt="Somebody's")]
    assert find(with_words) == {"a": "r"}


def test_a_find_without_words_is_told_as_such():
    looked = [Unanswered(submission=job(), earliest=NOW, latest=NOW + 120)]
    [by_words] = match(looked, [record()], Others()).values()
    [by_time] = match(looked, [record(prompt=None)], Others()).values()
    assert by_words.note == ""
    assert "by its time, model and size" in by_time.note
