"""Refusals: of which kind they are, and what the service said that helps."""

from __future__ import annotations

import pytest

from llmkit_jupyter import AuthenticationError, InvalidRequestError, RateLimitError
from llmkit_jupyter.engine import polling
from llmkit_jupyter.errors import InsufficientCreditError, LLMKitError, PermissionDeniedError
from tests.providers.runware.conftest import video

BY_STATUS = [
    ("401", AuthenticationError, 1),
    ("402", InsufficientCreditError, 1),
    ("403", PermissionDeniedError, 1),
    ("429", RateLimitError, 3),
]


@pytest.mark.parametrize(("status", "error", "tries"), BY_STATUS)
@pytest.mark.parametrize(
    "body", [{"body": "html"}, {"body": "empty"}, {"code": ""}, {"code": "unknownError"}]
)
def test_a_status_alone_tells_what_is_wrong(
    client, emulator, monkeypatch, status, error, tries, body
):
    monkeypatch.setattr(polling, "GRACE", 0.3)
    emulator.fault("submit", status, times=-1, **body)
    with pytest.raises(LLMKitError) as caught:
        client.generate_video(video())
    assert type(caught.value) is error
    assert caught.value.details is not None
    assert caught.value.details.status == int(status)
    assert emulator.stats()["requests"]["submit"] == tries
    assert "poll" not in emulator.stats()["requests"]
    assert emulator.ledger() == []


def test_what_the_service_would_take_instead_is_on_the_exception(client, emulator):
    # The snapshot does not know yet that a model takes less than it did.
    emulator.fault("schema", "503", times=-1)
    emulator.set(models={"pixverse:1@8": {"enums": {"resolution": ["360p", "540p"]}}})
    request = video().with_model("pixverse:1@8").with_duration(5)
    with pytest.raises(InvalidRequestError, match="allowed: 360p, 540p") as caught:
        client.generate_video(request.with_option("resolution", "720p"))
    error = caught.value
    assert (error.field, error.value) == ("option resolution", "720p")
    assert error.details is not None
    assert error.details.code == "invalidResolution"
    assert error.details.parameters == ("resolution",)
    assert error.details.allowed == ("360p", "540p")
    assert error.details.documentation == "https://runware.ai/docs/platform/errors"
    assert error.details.status == 400
    assert str(error.details.documentation) in str(error)


def test_an_id_that_is_taken_is_a_job_that_was_accepted(client, emulator):
    # Half of the tasks are missing in the answer; sent again, the service has them already.
    emulator.fault("submit", "partial")
    jobs = client.submit_videos([video(f"Cat {i}") for i in range(4)], confirm=True)
    assert [response.status for response in client.wait(jobs)] == ["completed"] * 4
    rows = emulator.ledger()
    assert [row.times_charged for row in rows] == [1] * 4
    assert sorted(row.times_submitted for row in rows) == [1, 1, 2, 2]
