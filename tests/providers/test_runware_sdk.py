"""The emulator against the service's own SDK: what satisfies it is what our provider must meet.

The SDK lives in an environment of its own, because its import name and its dependencies are not
ours. It is told where to look by its settings, and its schemas' address by its one constant.
"""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from tests.emulator.process import Emulator
from tests.emulator.sdk import call, make_environment

TASK = {
    "taskType": "videoInference",
    "model": "klingai:6@1",
    "positivePrompt": "A lighthouse",
    "width": 1280,
    "height": 720,
    "duration": 5,
    "includeCost": True,
}


@pytest.fixture(scope="session")
def sdk_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that has the SDK."""
    return make_environment(tmp_path_factory.mktemp("sdk"))


@pytest.fixture
def ask(sdk_python: Path, emulator: Emulator):
    """Let the SDK make one call, and return what it says of it."""

    return functools.partial(call, sdk_python, emulator)


def test_it_gets_its_videos(ask, emulator: Emulator) -> None:
    prompt = "A lighthouse [emulator: seconds=3 progress]"
    told = ask("run", {**TASK, "positivePrompt": prompt, "numberResults": 2})
    assert [item["cost"] for item in told["results"]] == [0.25, 0.25]
    assert len({item["videoUUID"] for item in told["results"]}) == 2
    for item in told["results"]:
        assert item["videoURL"] == f"{emulator.origin}/files/{item['videoUUID']}.mp4"
    assert told["progress"]
    [row] = emulator.ledger()
    assert row.charged == 0.5


def test_it_understands_a_refusal(ask) -> None:
    error = ask("run", {**TASK, "duration": 7})["error"]
    assert error["code"] == "validation"
    assert error["parameter"] == "duration"
    assert error["status_code"] == 400
    assert "must be one of [5, 10]" in error["message"]


@pytest.mark.parametrize("style", ["errors", "item"])
def test_it_understands_a_failed_generation(ask, style) -> None:
    prompt = f"A lighthouse [emulator: fail=providerError fail_style={style}]"
    error = ask("run", {**TASK, "positivePrompt": prompt})["error"]
    assert error["code"] == "provider"
    assert error["retryable"]
    assert error["status_code"] is None  # it came with a 200


def test_it_gets_over_an_outage(ask, emulator: Emulator) -> None:
    emulator.fault("poll", "503")
    assert len(ask("run", TASK)["results"]) == 1
    assert emulator.stats()["statuses"]["poll:503"] == 1


def test_it_compiles_the_schema_and_finds_the_mistake_with_it(ask, emulator: Emulator) -> None:
    error = ask("run", {**TASK, "duration": 7}, validate=True)["error"]
    assert (error["code"], error["parameter"]) == ("validation", "duration")
    assert emulator.stats()["requests"] == {"schema": 1}  # nothing was submitted
    assert len(ask("run", TASK, validate=True)["results"]) == 1


def test_it_finds_models_by_their_slugs_in_the_registry(ask, emulator: Emulator) -> None:
    registry = ask("registry", {})["models"]
    task = {name: value for name, value in TASK.items() if name != "taskType"}
    assert len(ask("run", {**task, "model": registry[TASK["model"]]})["results"]) == 1
    assert emulator.ledger()[0].model == TASK["model"]
    assert emulator.stats()["requests"]["schema"] == 2  # not the SDK's own copy


def test_it_reads_account_and_details(ask, emulator: Emulator) -> None:
    [account] = ask("account_management", {"operation": "getDetails"})["results"]
    assert account["balance"] == 10_000.0
    ask("run", TASK)
    [row] = emulator.ledger()
    [details] = ask("get_task_details", {"taskUUID": row.task_id})["results"]
    assert details["request"][0]["positivePrompt"] == TASK["positivePrompt"]
    assert details["response"]["data"][0]["videoUUID"] == row.video_ids[0]
