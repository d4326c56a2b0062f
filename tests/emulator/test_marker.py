"""What a prompt asks for happens to its own job, and to no other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator.asking import Asker, video_task
from tests.emulator.process import Emulator


@pytest.fixture
def asker(emulator: Emulator) -> Iterator[Asker]:
    asker = Asker(emulator)
    yield asker
    asker.close()


@pytest.mark.parametrize(
    ("what", "check"),
    [
        ("item-error", lambda told, mine: told["data"][1]["error"]["taskUUID"] == mine),
        ("singular-error", lambda told, mine: told["error"]["taskUUID"] == mine),
        ("singular-error-list", lambda told, mine: told["error"][0]["taskUUID"] == mine),
        ("echo-key", lambda told, mine: told["errors"][0]["taskUUID"] == mine),
        ("status:dreaming", lambda told, mine: told["data"][1]["status"] == "dreaming"),
        ("foreign", lambda told, mine: told["data"][1]["taskUUID"] != mine),
        ("partial", lambda told, mine: len(told["data"]) == 2),
    ],
)
def test_a_prompt_spoils_the_answer_to_its_own_task_alone(asker, what, check) -> None:
    tasks = video_task(), video_task(f"A cat [emulator: poll={what}]"), video_task()
    first, mine, last = (task["taskUUID"] for task in tasks)
    asker.submit(*tasks)
    told = asker.poll(first, mine, last)
    assert check(told, mine)
    states = {item["taskUUID"]: item["status"] for item in told["data"]}
    assert (states[first], states[last]) == ("success", "success")


@pytest.mark.parametrize(
    ("word", "status", "header", "code"),
    [
        ("429:7", 429, "7", "rateLimitExceeded"),
        ("429:-5", 429, "-5", "rateLimitExceeded"),
        ("429:1e9", 429, "1e9", "rateLimitExceeded"),
        ("503,retry_after=2,body=json", 503, "2", "serviceUnavailable"),
        ("401,code=serviceUnavailable", 401, None, "serviceUnavailable"),
        ("429", 429, None, "rateLimitExceeded"),
    ],
)
def test_a_prompt_names_wait_body_and_code_of_a_refusal(
    asker, emulator, word, status, header, code
) -> None:
    task = video_task(f"A cat [emulator: submit={word}]")
    answer = asker.submit(task)
    assert (answer.status_code, answer.headers.get("retry-after")) == (status, header)
    assert answer.json()["errors"][0]["code"] == code
    assert emulator.ledger() == []
    assert asker.submit(task).status_code == 200


def test_a_prompt_names_a_moment_a_body_and_how_often(asker) -> None:
    words = (
        "submit=429:date:90 submit=503,body=empty*2 submit=404,body=html submit=json-error,code=x"
    )
    task = video_task(f"A cat [emulator: {words}]")
    assert asker.submit(task).headers["retry-after"].endswith(" GMT")
    assert [asker.submit(task).content for _ in range(2)] == [b"", b""]
    assert b"doctype" in asker.submit(task).content
    assert asker.submit(task).json()["errors"][0]["code"] == "x"


def test_the_key_comes_back_wherever_an_error_has_room_for_it(emulator) -> None:
    asker = Asker(emulator, "canary-key")
    task = video_task("A cat [emulator: poll=echo-key poll=echo-key:status]")
    asker.submit(task)
    [error] = asker.poll(task["taskUUID"])["errors"]
    for name in ("code", "status", "message", "parameter", "allowedValues", "documentation"):
        assert "canary-key" in str(error[name])
    assert asker.poll(task["taskUUID"])["data"][0]["status"] == "canary-key"
    asker.close()


def test_words_of_the_prompt_shape_a_jobs_status(asker) -> None:
    item = asker.make("A cat [emulator: seconds=3600 progress status=queued]")
    assert (item["status"], item["progress"]) == ("queued", 0)
    item = asker.make("A cat [emulator: fail=inferenceError fail_style=item]")
    assert (item["status"], item["error"]["code"]) == ("error", "inferenceError")
    assert asker.make("A cat [emulator: index]")["resultIndex"] == 0
