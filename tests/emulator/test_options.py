"""Options change the service while it runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.emulator.asking import MODEL, Asker, video_task
from tests.emulator.process import Emulator
from tests.engine.waiting import until

URL = "https://example.com/first.png"


@pytest.fixture
def asker(emulator: Emulator) -> Iterator[Asker]:
    asker = Asker(emulator)
    yield asker
    asker.close()


def schema_of(asker: Asker, emulator: Emulator, model: str) -> dict:
    answer = asker.get(f"{emulator.origin}/schemas/resolve/{model}")
    return answer.json()["requestSchema"]


def test_latency_holds_up_every_answer_of_the_api_and_nothing_else(asker, emulator) -> None:
    asker.poll("x")
    emulator.set(latency=0.3)
    began = time.monotonic()
    asker.poll("x")
    assert time.monotonic() - began >= 0.3
    asker.submit(video_task(duration=7))
    assert time.monotonic() - began >= 0.6
    # The slowness is the option's, not the machine's.
    began = time.monotonic()
    schema_of(asker, emulator, MODEL)
    assert time.monotonic() - began < 0.3


def test_an_answer_that_outlasts_a_reset_is_not_counted(asker, emulator) -> None:
    emulator.set(dialect="dynamo", seconds=1.0)
    [hosted] = asker.get(f"{emulator.origin}/v1/models").json()["data"]
    with ThreadPoolExecutor() as pool:
        body = {"prompt": "A cat", "model": hosted["id"], "seconds": 1, "size": "256x256"}
        url = f"{emulator.origin}/v1/videos"
        answer = pool.submit(httpx.post, url, json=body, trust_env=False)
        until(emulator.ledger)
        emulator.reset()
        assert answer.result().status_code == 200
    assert emulator.stats()["requests"] == {}


def test_a_model_that_the_snapshot_lacks_is_like_another(asker, emulator) -> None:
    emulator.set(models={"new:model@1": {"like": MODEL}})
    registry = asker.get(f"{emulator.origin}/schemas/registry.json").json()["models"]
    assert "new:model@1" in registry
    assert schema_of(asker, emulator, "new:model@1")["properties"]["model"] == {
        "const": "new:model@1"
    }
    assert asker.make(model="new:model@1")["status"] == "success"


def test_a_model_may_lose_a_field(asker, emulator) -> None:
    emulator.set(models={MODEL: {"without": ["ttl"]}})
    assert "ttl" not in schema_of(asker, emulator, MODEL)["properties"]
    [error] = asker.submit(video_task(ttl=60)).json()["errors"]
    assert (error["code"], error["parameter"]) == ("unsupportedParameter", "ttl")


@pytest.mark.parametrize(
    ("frames", "right", "wrong"),
    [
        (
            "frameImages",
            {"frameImages": [{"inputImage": URL, "frame": "first"}]},
            {"inputs": {"frameImages": [{"image": URL, "frame": "first"}]}},
        ),
        (
            "inputs.referenceImages",
            {"inputs": {"referenceImages": [URL]}},
            {"inputs": {"frameImages": [{"image": URL, "frame": "first"}]}},
        ),
    ],
)
def test_a_first_picture_may_stand_elsewhere(asker, emulator, frames, right, wrong) -> None:
    emulator.set(models={MODEL: {"frames": frames}})
    assert asker.make(**right)["status"] == "success"
    [error] = asker.submit(video_task(**wrong)).json()["errors"]
    assert error["code"] == "unsupportedParameter"


def test_a_file_s_first_addresses_may_have_expired(asker, emulator) -> None:
    emulator.set(stale_addresses=1)
    task = video_task()
    asker.submit(task)
    first, second = (asker.poll(task["taskUUID"])["data"][0]["videoURL"] for _ in range(2))
    assert asker.get(first).status_code == 404
    assert asker.get(second).content[4:8] == b"ftyp"


def test_joint_limits_and_prompt_lengths_stand_in_the_schemas_as_well(asker, emulator) -> None:
    turbo = schema_of(asker, emulator, "klingai:kling-video@3.0-turbo")
    assert turbo["properties"]["positivePrompt"]["minLength"] == 3
    [*_, rule] = schema_of(asker, emulator, "minimax:4@1")["allOf"]
    assert rule["then"] == {"properties": {"duration": {"enum": [6]}}}
