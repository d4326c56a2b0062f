"""What a task looks like when it arrives at the service."""

from __future__ import annotations

import base64
import warnings

import pytest

from llmkit_jupyter import ModelSubstitutionWarning, VideoGenerationRequest
from tests.providers.runware.conftest import video

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
DATA = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
WITH_PICTURE = VideoGenerationRequest("It moves", model="runway:1@1").with_image(PNG)


def test_what_the_client_decides_stands_in_every_task(client, emulator):
    client.generate_video(video())
    task = emulator.ledger()[0].request
    decided = {
        "taskType": "videoInference",
        "deliveryMethod": "async",
        "outputType": "URL",
        "outputFormat": "MP4",
        "numberResults": 1,
        "includeCost": True,
        "ttl": 7 * 24 * 3600,
    }
    assert {name: task.get(name) for name in decided} == decided


def test_a_format_that_was_asked_for_goes_before_the_client_s_own(client, emulator):
    client.generate_video(video().with_option("outputFormat", "WEBM"))
    assert emulator.ledger()[0].request["outputFormat"] == "WEBM"


@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        ("inputs.frameImages", {"inputs": {"frameImages": [{"image": DATA, "frame": "first"}]}}),
        ("frameImages", {"frameImages": [{"inputImage": DATA, "frame": "first"}]}),
        ("inputs.referenceImages", {"inputs": {"referenceImages": [DATA]}}),
    ],
)
def test_the_first_picture_stands_where_the_model_s_live_schema_has_it(
    client, emulator, place, wanted
):
    emulator.set(models={"runway:1@1": {"frames": place}})
    assert client.generate_video(WITH_PICTURE).status == "completed"
    task = emulator.ledger()[0].request
    assert {name: task[name] for name in ("inputs", "frameImages") if name in task} == wanted


def test_a_field_that_the_live_schema_lacks_is_left_out(client, emulator):
    emulator.set(models={"runway:1@2": {"without": ["ttl"]}})
    assert client.generate_video(video()).status == "completed"
    assert "ttl" not in emulator.ledger()[0].request
    assert emulator.stats()["requests"]["submit"] == 1


def test_kling_2_0_is_made_by_itself_where_the_service_lists_it(client, emulator):
    emulator.set(models={"klingai:4@3": {"like": "klingai:6@1"}})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        response = client.generate_video(VideoGenerationRequest("A cat", model="kling-2.0"))
    assert response.status == "completed"
    [row] = emulator.ledger()
    assert (response.model, row.model) == ("klingai:4@3", "klingai:4@3")
    # What the service publishes of a model that the snapshot lacks is filled in all the same.
    assert row.request["duration"] == 5


def test_kling_2_0_is_made_by_its_successor_where_the_service_does_not_list_it(client, emulator):
    with pytest.warns(ModelSubstitutionWarning, match=r"kling-2\.0; .*\(klingai:6@1\)"):
        response = client.generate_video(VideoGenerationRequest("A cat", model="kling-2.0"))
    [row] = emulator.ledger()
    assert (response.model, row.model) == ("klingai:6@1", "klingai:6@1")
