"""The provider against the emulated service, over real HTTP."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from llmkit_jupyter import (
    AuthenticationError,
    InvalidRequestError,
    LLMKitClient,
    ModelNotFoundError,
    VideoGenerationRequest,
)
from llmkit_jupyter.caution import ModelSubstitutionWarning, PromptNotUsedWarning
from llmkit_jupyter.errors import (
    ContentFilteredError,
    GenerationFailedError,
    InsufficientCreditError,
    PermissionDeniedError,
    ProviderTimeoutError,
)
from tests.engine.waiting import until
from tests.providers.runware.conftest import video

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def test_a_prompt_becomes_a_video_with_its_price_and_seed(client: LLMKitClient, emulator):
    response = client.generate_video(video().with_seed(7).with_duration(5))
    assert response.status == "completed"
    assert response.video_bytes
    assert response.video_bytes[4:8] == b"ftyp"
    assert (response.model, response.seed, response.cost) == ("runway:1@2", 7, 0.25)
    [row] = emulator.ledger()
    assert row.task_id == response.task_id
    assert row.charged == 0.25
    assert emulator.stats()["files_with_credentials"] == 0


def test_only_declared_fields_are_sent_and_what_the_model_needs_is_filled_in(client, emulator):
    client.generate_video(video())
    [row] = emulator.ledger()
    task = row.request
    assert (task["width"], task["height"], task["duration"]) == (1280, 720, 5)
    assert (task["deliveryMethod"], task["outputType"]) == ("async", "URL")
    assert (task["includeCost"], task["ttl"]) == (True, 7 * 24 * 3600)
    assert not {"seed", "negativePrompt", "fps", "inputs"} & task.keys()


def test_the_page_s_default_model_is_served_by_its_successor_and_says_so(client, emulator):
    with pytest.warns(ModelSubstitutionWarning, match=r"runway-gen-4; .*\(runway:1@2\)") as told:
        response = client.generate_video(VideoGenerationRequest("A cat", model="runway-gen-4"))
    assert told[0].filename == __file__
    assert response.model == "runway:1@2"


def test_who_names_no_model_is_not_told_that_it_is_another_one(client, home: Path):
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text("strict_models = true")
    strict = LLMKitClient()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for each in (client, strict):
            assert each.validate(VideoGenerationRequest("A cat")).model == "runway:1@2"
    with pytest.raises(ModelNotFoundError, match="strict_models"):
        strict.validate(VideoGenerationRequest("A cat", model="runway-gen-4"))


def test_a_picture_begins_the_video_in_the_model_that_takes_one(client, emulator):
    moving = VideoGenerationRequest("It moves", model="runway-gen-4").with_image(PNG)
    with pytest.warns(ModelSubstitutionWarning):
        response = client.generate_video(moving)
    assert response.model == "runway:1@1"
    [frame] = emulator.ledger()[0].request["inputs"]["frameImages"]
    assert frame["frame"] == "first"
    assert frame["image"].startswith("data:image/png;base64,")


def test_words_that_a_model_does_not_take_are_told(client, emulator):
    request = video().with_model("bria:60@1").with_option("inputs", {"video": "https://x.test/v"})
    with pytest.warns(PromptNotUsedWarning, match="Bria Video Eraser takes no words"):
        client.validate(request)


def test_options_reach_into_the_task(client, emulator):
    request = (
        video("A cat").with_model("klingai:6@1").with_negative_prompt("dogs")
        .with_option("CFGScale", 0.7)
    )  # fmt: skip
    client.generate_video(request)
    task = emulator.ledger()[0].request
    assert (task["negativePrompt"], task["CFGScale"]) == ("dogs", 0.7)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (video().with_duration(7), "duration is 7; allowed: 5, 8 or 10 seconds"),
        (video().with_width(1024).with_height(576), "size is '1024x576'; allowed: 1280x720"),
        (video().with_fps(30), "fps is 30; allowed: none"),
        (video().with_negative_prompt("x"), "negative_prompt"),
        (video().with_option("foo", 1), "option foo is 1; allowed: options: "),
        (video().with_option("width", 1), r"use \.with_width"),
        (video().with_option("taskUUID", "x"), "set by the client"),
        (video().with_model("runway:1@1"), "with_image"),
        (video().with_model("minimax:4@1").with_fps(24), "allowed: 25"),
        (
            video().with_model("minimax:4@1").with_duration(10).with_width(1920).with_height(1080),
            "6 seconds at 1920x1080",
        ),
    ],
)
def test_what_the_catalogue_knows_is_told_before_any_request(client, emulator, request_, words):
    with pytest.raises(InvalidRequestError, match=words):
        client.submit_video(request_)
    assert client.jobs() == []
    assert emulator.stats()["requests"].get("submit", 0) == 0


@pytest.mark.parametrize(
    ("model", "near"), [("pika-1.0", "pixverse:1@8"), ("leonardo-ultra", "Seedance 2.5"),
                        ("runway-gen-45", "runway-gen-4-5")]
)  # fmt: skip
def test_a_model_that_is_not_there_is_told_with_the_nearest(client, emulator, model, near):
    with pytest.raises(ModelNotFoundError, match=near):
        client.submit_video(video().with_model(model))


def test_what_only_the_service_knows_is_told_before_anything_is_charged(client, emulator):
    # The snapshot does not say how long a prompt must be; the live schema does.
    with pytest.raises(InvalidRequestError, match="prompt is 'x'; allowed: 2 characters or more"):
        client.generate_video(video("x").with_model("klingai:6@1"))
    assert emulator.ledger() == []


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("timeoutProvider", ProviderTimeoutError),
        ("contentPolicyViolation", ContentFilteredError),
        ("inferenceError", GenerationFailedError),
        ("somethingNobodyKnows", GenerationFailedError),
    ],
)
@pytest.mark.parametrize("style", ["errors", "item", "singular", "list"])
def test_a_generation_that_fails_says_how(client, emulator, code, error, style):
    job = client.submit_video(video(f"A cat [emulator: fail={code} fail_style={style}]"))
    with pytest.raises(error) as caught:
        job.result()
    assert caught.value.details is not None
    assert caught.value.details.code == code
    assert caught.value.provider == "runware"


@pytest.mark.parametrize(
    ("key", "error"),
    [
        ("bad-key", AuthenticationError),
        ("forbidden-key", PermissionDeniedError),
        ("broke-key", InsufficientCreditError),
    ],
)
def test_a_key_that_is_refused_says_why_and_is_not_shown(emulator, key, error):
    client = LLMKitClient("runware", api_key=key)
    with pytest.raises(error) as caught:
        client.generate_video(video())
    assert type(caught.value) is error
    assert key not in str(caught.value)
    assert emulator.ledger() == []


@pytest.mark.parametrize("code", ["serviceUnavailable", "somethingNobodyKnows"])
def test_a_status_that_speaks_of_the_key_says_more_than_a_vague_code(client, emulator, code):
    emulator.fault("submit", "401", code=code)
    with pytest.raises(AuthenticationError):
        client.generate_video(video())
    assert emulator.stats()["requests"]["submit"] == 1
    assert "poll" not in emulator.stats()["requests"]


def test_the_price_is_known_beforehand_and_the_balance_too(client, emulator):
    assert client.estimate(video().with_duration(10)) == 0.5
    assert emulator.ledger() == []

    assert client.balance() == 10_000


def test_all_models_are_listed_with_the_page_s_names_first(client, emulator):
    models = client.models()
    assert [m.id for m in models if m.provider == "runware"][:3] == [
        "runway-gen-4", "kling-2.0", "hailuo-mini",
    ]  # fmt: skip
    assert len([m for m in models if m.provider == "runware"]) == 97 + 3


def test_a_job_cannot_be_cancelled_and_says_what_that_means(client, emulator):
    job = client.submit_video(video("A cat [emulator: seconds=1.5]"))
    until(lambda: job.phase == "generating")
    job.cancel()
    assert job.result().status == "completed"
    assert "will be charged" in (job.notice or "") or "made already" in (job.notice or "")
