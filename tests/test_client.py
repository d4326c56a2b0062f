"""Which provider and model are meant, and what is told before anything is sent."""

from __future__ import annotations

import math

import pytest

from llmkit_jupyter import (
    AuthenticationError,
    ConfigurationError,
    InvalidRequestError,
    LLMKitClient,
    ModelNotFoundError,
    ProviderNotFoundError,
    VideoGenerationRequest,
)
from llmkit_jupyter.catalog.models import PAGE_MODELS
from llmkit_jupyter.engine import telling
from llmkit_jupyter.providers.preview.provider import PreviewProvider
from llmkit_jupyter.providers.registry import canonical, split_model
from tests.scripted import ScriptedProvider

LIMITS = {
    "runway-gen-4": 30,
    "kling-2.0": 10,
    "pika-1.0": 10,
    "hailuo-mini": 10,
    "leonardo-ultra": 15,
}


def test_an_argument_beats_the_environment_which_beats_the_default(monkeypatch):
    monkeypatch.setenv("LLMKIT_VIDEO_PROVIDER", "nonsense")
    assert LLMKitClient("preview").provider == "preview"
    with pytest.raises(ProviderNotFoundError, match="'nonsense' not found"):
        LLMKitClient()
    monkeypatch.delenv("LLMKIT_VIDEO_PROVIDER")
    assert LLMKitClient.from_env().provider == "preview"


def test_a_provider_object_is_the_default_and_named_ones_stay_usable(small):
    client = LLMKitClient(ScriptedProvider())
    assert client.provider == "scripted"
    assert client.video_providers() == ["scripted", "preview"]
    assert client.validate(small).model == "any-model"
    assert client.validate(small.with_model("preview/kling-2.0")).model == "kling-2.0"
    assert {model.provider for model in client.models()} == {"scripted", "preview"}


@pytest.mark.parametrize("wrong", ["previeww", "Vorschau"])
def test_an_unknown_name_is_told_with_the_known_ones(wrong: str):
    with pytest.raises(ProviderNotFoundError, match=rf"'{wrong}' not found.*preview"):
        LLMKitClient(wrong)


@pytest.mark.parametrize("wrong", [5, b"preview", PreviewProvider, ["preview"]])
def test_what_is_no_provider_is_not_taken_for_none(wrong: object):
    with pytest.raises(ProviderNotFoundError, match="a name or a Provider object"):
        LLMKitClient(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("spelling", ["diffusion-router", "diffusion_router", " DiffusionRouter "])
def test_a_provider_may_be_spelled_as_on_the_page_or_as_in_code(spelling: str):
    assert canonical(spelling) == "diffusion-router"
    with pytest.raises(ConfigurationError, match="LLMKIT_DIFFUSION_ROUTER_URL"):
        LLMKitClient(spelling)


@pytest.mark.parametrize("how", ["argument", "environment", "model"])
def test_a_named_provider_without_its_key_is_told_at_once(how: str, small, monkeypatch):
    def use() -> None:
        if how == "argument":
            LLMKitClient("runware")
        elif how == "environment":
            monkeypatch.setenv("LLMKIT_VIDEO_PROVIDER", "runware")
            LLMKitClient.from_env()
        else:
            client.submit_video(small.with_model("runware/runway-gen-4"))

    client = LLMKitClient()
    with pytest.raises(AuthenticationError, match="LLMKIT_API_KEY or RUNWARE_API_KEY"):
        use()
    assert client.jobs() == []


def test_provider_slash_model_says_both():
    assert split_model("preview/kling-2.0") == ("preview", "kling-2.0")
    assert split_model("Diffusion_Router/wan/2.2") == ("diffusion-router", "wan/2.2")
    assert split_model("stabilityai/video") == (None, "stabilityai/video")
    assert split_model("preview/") == (None, "preview/")


def test_the_default_model_comes_from_argument_then_environment(small, monkeypatch):
    monkeypatch.setenv("LLMKIT_VIDEO_MODEL", "pika-1.0")
    assert LLMKitClient().validate(small).model == "pika-1.0"
    client = LLMKitClient(model="preview/hailuo-mini")
    assert client.validate(small).model == "hailuo-mini"
    assert client.validate(small.with_model("Leonardo-Ultra")).model == "leonardo-ultra"


def test_that_it_is_only_a_preview_is_told_once_and_on_stderr(small, monkeypatch, capsys):
    monkeypatch.delenv("LLMKIT_VIDEO_PROVIDER")
    monkeypatch.setattr(telling, "_told", set())
    import ipykernel.kernelapp  # noqa: F401 - which makes no notebook of a script

    for _ in range(2):
        LLMKitClient().generate_video(small)
    captured = capsys.readouterr()
    assert captured.err.count("offline preview") == 1
    assert captured.out == ""


def test_who_asked_for_the_preview_is_not_told_that_it_is_one():
    assert LLMKitClient("preview").notices == []
    assert LLMKitClient(PreviewProvider()).notices == []
    assert LLMKitClient().notices == []  # by the environment


def test_the_page_s_models_have_the_page_s_limits(client: LLMKitClient):
    assert {model.id: model.max_duration for model in client.models()} == LIMITS
    assert all(model.provider == "preview" and model.advice for model in client.models())


@pytest.mark.parametrize("model", LIMITS)
def test_a_duration_beyond_the_model_names_its_limit(model: str, client: LLMKitClient):
    request = VideoGenerationRequest("x").with_model(model)
    assert client.validate(request.with_duration(LIMITS[model])).duration == LIMITS[model]
    with pytest.raises(InvalidRequestError, match=f"1 to {LIMITS[model]} seconds for {model}"):
        client.submit_video(request.with_duration(LIMITS[model] + 1))
    assert client.jobs() == []


@pytest.mark.parametrize(
    ("wrong", "near"), [("runway-gen4", "runway-gen-4"), ("kling2", "kling-2.0"), ("pika", "pika")]
)
def test_an_unknown_model_is_told_with_the_nearest(wrong: str, near: str, client: LLMKitClient):
    with pytest.raises(
        ModelNotFoundError, match=f"Model not found at preview.*did you mean {near}"
    ):
        client.generate_video(VideoGenerationRequest("x").with_model(wrong))
    with pytest.raises(ModelNotFoundError) as caught:
        client.generate_video(VideoGenerationRequest("x").with_model("zzz"))
    assert all(model.id in str(caught.value) for model in PAGE_MODELS)
    assert client.jobs() == []


@pytest.mark.parametrize(
    ("width", "height"), [(62, 64), (64, 62), (3842, 2160), (3840, 2162), (2162, 2162), (97, 64)]
)
def test_a_wrong_size_names_what_is_allowed(width: int, height: int, client: LLMKitClient):
    request = VideoGenerationRequest("x", width=width, height=height)
    with pytest.raises(InvalidRequestError, match="64x64 up to 3840x2160 or 2160x3840") as caught:
        client.submit_video(request)
    assert (caught.value.field, caught.value.value) == ("size", f"{width}x{height}")
    assert client.jobs() == []


def test_a_width_without_a_height_is_told_before_anything_is_sent(client: LLMKitClient):
    for request, missing in (
        (VideoGenerationRequest("x").with_width(1280), "height"),
        (VideoGenerationRequest("x").with_height(720), "width"),
    ):
        with pytest.raises(InvalidRequestError, match=f"with_{missing}") as caught:
            client.generate_video(request)
        assert caught.value.field == missing
    assert client.jobs() == []


def test_validation_fills_in_every_default(client: LLMKitClient):
    sent = client.validate(VideoGenerationRequest("x"))
    assert (sent.model, sent.duration, sent.width, sent.height) == ("runway-gen-4", 5, 1280, 720)
    assert sent.seed is not None
    assert client.validate(sent) == sent
    assert client.jobs() == []


def test_the_preview_costs_nothing_and_says_so(client: LLMKitClient, small):
    assert client.estimate(small) == 0.0
    assert LLMKitClient(ScriptedProvider()).estimate(small) == 0.01
    with pytest.raises(ModelNotFoundError):
        client.estimate(small.with_model("zzz"))


@pytest.mark.parametrize("count", [0, -1, 2.5, 101, True, "2", math.nan])
def test_a_wrong_count_is_refused_before_anything_is_sent(count, client: LLMKitClient, small):
    with pytest.raises(InvalidRequestError, match=r"count is .* from 1 to 100"):
        client.generate_video(small, count=count)
    assert client.jobs() == []


@pytest.mark.parametrize("timeout", ["5", -1, math.nan, True])
def test_a_wrong_timeout_is_refused_before_anything_is_sent(timeout, client: LLMKitClient, small):
    with pytest.raises(InvalidRequestError, match=r"timeout is .*seconds, 0 or more"):
        client.generate_video(small, timeout=timeout)
    assert client.jobs() == []
    job = client.submit_video(small)
    with pytest.raises(InvalidRequestError, match="timeout"):
        job.result(timeout)


@pytest.mark.parametrize("timeout", [math.inf, 1e300])
def test_a_wait_may_be_as_long_as_one_likes(timeout: float, client: LLMKitClient, small):
    assert client.generate_video(small, timeout=timeout).status == "completed"


def test_one_bad_request_among_many_stops_them_all(client: LLMKitClient, small):
    with pytest.raises(InvalidRequestError, match="duration"):
        client.submit_videos([small, small.with_duration(31)])
    with pytest.raises(InvalidRequestError, match="a VideoGenerationRequest"):
        client.submit_videos([small, "a prompt"])  # type: ignore[list-item]
    assert client.jobs() == []
