"""The emulator answers as reference and SDK say that the service does."""

from __future__ import annotations

import io
from collections.abc import Iterator

import av
import pytest

from tests.emulator.asking import Asker, new_id, video_task
from tests.emulator.process import Emulator


@pytest.fixture
def asker(emulator: Emulator) -> Iterator[Asker]:
    asker = Asker(emulator)
    yield asker
    asker.close()


def test_a_job_from_submission_to_its_file(asker: Asker, emulator: Emulator) -> None:
    task = video_task("A cat [emulator: seconds=3600]", includeCost=True)
    ack = {"taskType": "videoInference", "taskUUID": task["taskUUID"]}
    assert asker.submit(task).json() == {"data": [ack]}
    assert asker.poll(task["taskUUID"]) == {"data": [{**ack, "status": "processing"}]}
    emulator.finish(task["taskUUID"])
    [item] = asker.poll(task["taskUUID"])["data"]
    assert item["status"] == "success"
    assert item["cost"] == 0.25
    assert item["videoURL"] == f"{emulator.origin}/files/{item['videoUUID']}.mp4"
    file = asker.get(item["videoURL"])
    assert file.headers["content-type"] == "video/mp4"
    with av.open(io.BytesIO(file.content)) as video:
        assert len(list(video.decode(video=0))) == 24


def test_a_failed_generation_moves_to_errors_with_status_200(asker: Asker) -> None:
    task = video_task("A cat [emulator: fail=timeoutProvider]")
    asker.submit(task)
    told = asker.poll(task["taskUUID"])
    assert told["data"] == []
    assert told["errors"][0]["code"] == "timeoutProvider"
    assert told["errors"][0]["taskUUID"] == task["taskUUID"]


@pytest.mark.parametrize(
    ("changes", "code", "parameter"),
    [
        ({"model": "made:up@1"}, "modelNotFound", "model"),
        ({"model": "kling"}, "invalidModel", "model"),
        ({"seed": 1}, "unsupportedParameter", "seed"),
        ({"positivePrompt": None}, "missingPositivePrompt", "positivePrompt"),
        ({"positivePrompt": "A"}, "invalidPositivePromptLength", "positivePrompt"),
        ({"duration": 7}, "unsupportedDuration", "duration"),
        ({"height": None}, "missingHeight", "height"),
        ({"width": 1000}, "invalidWidth", "width"),
        ({"height": 1000}, "invalidHeight", "height"),
        ({"taskUUID": "42"}, "invalidTaskUUID", "taskUUID"),
        ({"deliveryMethod": "sync"}, "invalidDeliveryMethod", "deliveryMethod"),
        ({"outputType": "base64Data"}, "invalidOutputType", "outputType"),
        ({"ttl": 59}, "invalidTtl", "ttl"),
        ({"numberResults": 5}, "invalidNumberResults", "numberResults"),
        ({"inputs": {"frameImages": [{"image": "?"}]}}, "invalidFrameImage", None),
        ({"model": "runway:1@1"}, "missingParameter", "inputs"),
        ({"model": "bytedance:seedance@2.5", "duration": 31}, "unsupportedDuration", "duration"),
        ({"model": "minimax:3@1", "duration": 6, "fps": 24}, "invalidWidth", "width"),
        (
            {"model": "minimax:4@1", "duration": 10, "width": 1920, "height": 1080},
            "unsupportedDuration",
            "duration",
        ),
        (
            {"model": "klingai:kling-video@3.0-turbo", "positivePrompt": "Hi"},
            "invalidPositivePromptLength",
            "positivePrompt",
        ),
    ],
)
def test_what_the_model_does_not_take_is_refused(
    asker: Asker, emulator: Emulator, changes, code, parameter
) -> None:
    task = video_task(**changes)
    answer = asker.submit(task)
    [error] = answer.json()["errors"]
    assert answer.status_code == 400
    assert error["code"] == code
    assert parameter in (None, error["parameter"])
    assert error["taskUUID"] == task["taskUUID"]
    assert emulator.ledger() == []


def test_a_wrong_task_does_not_touch_the_others(asker: Asker, emulator: Emulator) -> None:
    right, wrong = video_task(), video_task(duration=7)
    answer = asker.submit(wrong, right)
    assert answer.status_code == 200
    assert [item["taskUUID"] for item in answer.json()["data"]] == [right["taskUUID"]]
    [error] = answer.json()["errors"]
    assert (error["taskUUID"], error["allowedValues"]) == (wrong["taskUUID"], [5, 10])
    assert [row.task_id for row in emulator.ledger()] == [right["taskUUID"]]


def test_the_same_id_twice_is_charged_once_and_spoils_the_details(
    asker: Asker, emulator: Emulator
) -> None:
    task = video_task()
    asker.submit(task)
    assert "data" in asker.details(task["taskUUID"])["data"][0]["response"]
    again = asker.submit(task)
    assert again.status_code == 400
    assert again.json()["errors"][0]["code"] == "conflictTaskUUID"
    assert "errors" in asker.details(task["taskUUID"])["data"][0]["response"]
    assert asker.poll(task["taskUUID"])["data"][0]["status"] == "success"
    [row] = emulator.ledger()
    assert (row.times_submitted, row.times_charged, row.charged) == (2, 1, 0.25)


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [
        ("", 401, "invalidApiKey"),
        ("bad-key", 401, "invalidApiKey"),
        ("forbidden-key", 403, "forbidden"),
        ("broke-key", 402, "insufficientCredits"),
    ],
)
def test_keys(emulator: Emulator, key, status, code) -> None:
    asker = Asker(emulator, key)
    answer = asker.submit(video_task(), video_task())
    asker.close()
    assert answer.status_code == status
    assert answer.json()["errors"][0]["code"] == code
    assert "taskUUID" not in answer.json()["errors"][0]


def test_the_key_may_come_as_a_first_task(emulator: Emulator) -> None:
    asker = Asker(emulator, "")
    answer = asker.submit({"taskType": "authentication", "apiKey": "any"}, video_task())
    asker.close()
    assert [item["taskType"] for item in answer.json()["data"]] == [
        "authentication",
        "videoInference",
    ]


def test_a_dry_run_tells_the_price_and_accepts_nothing(asker: Asker, emulator: Emulator) -> None:
    headers = {"X-Runware-Dry-Run": "1"}
    right = asker.post([video_task(duration=10)], **headers).json()
    wrong = asker.post([video_task(duration=7)], **headers).json()
    assert right["data"][0]["cost"] == 0.5
    assert wrong["errors"][0]["code"] == "unsupportedDuration"
    assert emulator.ledger() == []
    assert emulator.stats()["requests"] == {"dryrun": 2}


def test_several_results_come_one_after_the_other_and_stay(asker: Asker) -> None:
    task = video_task(numberResults=3)
    asker.submit(task)
    first, second = (asker.poll(task["taskUUID"])["data"] for _ in range(2))
    assert first == second
    assert len({item["videoUUID"] for item in first}) == 3


def test_unknown_ids_are_answered_with_nothing(asker: Asker) -> None:
    assert asker.poll(new_id()) == {"data": []}
    assert asker.details(new_id())["errors"][0]["code"] == "taskNotFound"


def test_an_id_may_stay_hidden_for_a_while(asker: Asker) -> None:
    task = video_task("A cat [emulator: hidden=3600]")
    asker.submit(task)
    assert asker.poll(task["taskUUID"]) == {"data": []}


def test_the_balance_goes_down(asker: Asker, emulator: Emulator) -> None:
    emulator.set(balance=0.6)
    asker.submit(video_task(), video_task())
    [account] = asker.submit({"taskType": "accountManagement", "operation": "getDetails"}).json()[
        "data"
    ]
    assert account["balance"] == 0.1
    third = asker.submit(video_task())
    assert (third.status_code, third.json()["errors"][0]["code"]) == (402, "insufficientCredits")


def test_a_body_that_is_no_array_is_refused(asker: Asker) -> None:
    answer = asker.post(video_task())
    assert answer.status_code == 400
    assert "taskUUID" not in answer.json()["errors"][0]
    [error] = asker.post([{"taskType": "videoDream"}]).json()["errors"]
    assert error["code"] == "unsupportedTaskType"


def test_ledger_and_jobs_outlive_the_emulator(asker: Asker, emulator: Emulator) -> None:
    task = video_task()
    asker.submit(task)
    [before] = emulator.ledger()
    emulator.kill()
    assert emulator.ledger() == [before]
    emulator.start()
    [item] = asker.poll(task["taskUUID"])["data"]
    assert item["videoUUID"] == before.video_ids[0]
    assert asker.submit(task).json()["errors"][0]["code"] == "conflictTaskUUID"


def test_schemas_are_served_with_etags(asker: Asker, emulator: Emulator) -> None:
    registry = asker.get(f"{emulator.origin}/schemas/registry.json")
    assert registry.json()["models"]["klingai:6@1"]["taskType"] == "videoInference"
    same = asker.get(str(registry.url), **{"If-None-Match": registry.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    schema = asker.get(f"{emulator.origin}/schemas/resolve/klingai%3A6%401").json()
    assert schema["requestSchema"]["properties"]["duration"] == {"enum": [5, 10]}
    assert asker.get(f"{emulator.origin}/schemas/resolve/made:up@1").status_code == 404


def test_reset_brings_the_first_options_back_even_after_a_restart(emulator: Emulator) -> None:
    emulator.set(seconds=3600.0)
    emulator.restart()
    emulator.reset()
    asker = Asker(emulator)
    assert asker.make()["status"] == "success"
    asker.close()
    with pytest.raises(ValueError, match="No option 'secnods'"):
        emulator.set(secnods=1)
