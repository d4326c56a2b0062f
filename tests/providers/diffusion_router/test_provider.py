"""From a prompt to a video at each kind of server, and what is sent on the way."""

from __future__ import annotations

import json

import pytest

from llmkit_jupyter import InvalidRequestError, LLMKitClient, ModelNotFoundError
from llmkit_jupyter.errors import (
    ConfigurationError,
    ContentFilteredError,
    GenerationFailedError,
)
from llmkit_jupyter.providers.diffusion_router import manners
from llmkit_jupyter.providers.diffusion_router.provider import DiffusionRouterProvider
from tests.emulator.process import Emulator
from tests.engine.waiting import until
from tests.providers.diffusion_router.conftest import SMALL, asked, fields, paid_once

MODELS = {
    "openai": "open-video-1",
    "vllm-omni": "Wan-AI/Wan2.2-T2V-A14B-Diffusers",
    "sglang": "FastVideo/FastWan2.1-T2V-1.3B-Diffusers",
}


def dialect(server: Emulator) -> str:
    return server.options["dialect"]


def test_a_prompt_becomes_a_video(client: LLMKitClient, server: Emulator):
    response = client.generate_video(SMALL)
    assert (response.status, response.duration, response.width) == ("completed", 1.0, 96)
    assert response.provider == "diffusion-router"
    assert response.model == MODELS[dialect(server)]
    assert response.video_bytes is not None
    assert response.cost is None
    [row] = server.ledger()
    assert response.video_url == f"{server.origin}/v1/videos/{row.task_id}/content"
    # A seed that was not sent is not told of.
    assert response.seed == (None if dialect(server) == "openai" else row.seed)
    paid_once(server)


def test_what_is_sent_to_each(client: LLMKitClient, server: Emulator):
    client.generate_video(SMALL.with_duration(5).with_width(832).with_height(480))
    sent = fields(server)
    common = {"prompt": "A cat on a wall", "model": MODELS[dialect(server)], "size": "832x480"}
    if dialect(server) == "openai":
        assert sent == {**common, "seconds": "5"}
        return
    # 81 frames at 16 a second is what the model was trained for; 5 x 24 is what servers take.
    seed = client.jobs()[0].seed
    numbers = {"fps": 16, "num_frames": 81, "seed": seed}
    if dialect(server) == "vllm-omni":
        numbers = {name: str(value) for name, value in numbers.items()}
    assert sent == {**common, "seconds": "5", **numbers}
    assert server.ledger()[0].request["form"] == (
        "multipart" if dialect(server) == "vllm-omni" else "json"
    )


def test_without_a_size_and_a_duration_the_server_s_own_hold(client, server):
    response = client.generate_video(SMALL.__class__("A cat"))
    assert response.status == "completed"
    assert not {"size", "width", "height"} & fields(server).keys()
    assert fields(server)["seconds"] == ("4" if dialect(server) == "openai" else "5")


def test_how_a_server_wants_it_is_found_out_once(client: LLMKitClient, server: Emulator):
    client.generate_video(SMALL)
    first = asked(server, "submit")
    assert first == (2 if dialect(server) == "openai" else 1)
    LLMKitClient().generate_video(SMALL, count=3)
    assert asked(server, "submit") == first + 3
    paid_once(server, 4)


def test_a_form_that_is_not_read_is_changed(as_dialect):
    server = as_dialect("vllm-omni")
    # Nothing in its list of models tells what it is.
    server.set(hosted=[{"id": MODELS["vllm-omni"]}])
    client = LLMKitClient()
    assert client.generate_video(SMALL).status == "completed"
    assert server.stats()["statuses"] == {
        "models:200": 1, "models:404": 1, "submit:400": 1, "submit:200": 1,
        "poll:200": asked(server, "poll"), "file:200": 1,
    }  # fmt: skip
    client.generate_video(SMALL)
    assert asked(server, "submit") == 3


@pytest.mark.parametrize("end", ["", "/", "/v1", "/v1/", "/v1/videos"])
def test_the_address_may_be_spelled_as_people_copy_it(as_dialect, end: str):
    server = as_dialect("sglang")
    client = LLMKitClient(base_url=server.origin + end)
    assert client.provider == "diffusion-router"
    assert client.generate_video(SMALL).status == "completed"
    assert client._providers["diffusion-router"].endpoint == server.origin


def test_with_the_address_alone_it_is_the_provider(as_dialect, monkeypatch):
    server = as_dialect("sglang")
    monkeypatch.delenv("LLMKIT_VIDEO_PROVIDER")
    client = LLMKitClient()
    assert client.video_providers() == ["diffusion-router", "preview"]
    assert client.generate_video(SMALL).status == "completed"
    paid_once(server)
    assert client.generate_video(SMALL.with_model("preview/kling-2.0")).provider == "preview"


@pytest.mark.parametrize("name", ["diffusion-router", "diffusion_router"])
def test_without_an_address_it_says_what_to_set(name: str, home):
    for use in (
        lambda: LLMKitClient(name),
        lambda: LLMKitClient("preview").submit_video(SMALL.with_model(f"{name}/wan")),
    ):
        with pytest.raises(
            ConfigurationError,
            match=r"LLMKIT_DIFFUSION_ROUTER_URL, e\.g\. to http://127\.0\.0\.1:30000, or give base",
        ):
            use()
    assert LLMKitClient("preview").jobs() == []


def test_an_address_is_for_a_provider_that_has_one():
    with pytest.raises(ConfigurationError, match="provider 'preview' has no address"):
        LLMKitClient("preview", base_url="http://127.0.0.1:1")
    with pytest.raises(ConfigurationError, match="has its own"):
        LLMKitClient(DiffusionRouterProvider("http://127.0.0.1:1"), base_url="http://x")
    assert LLMKitClient(
        "runware", base_url="http://127.0.0.1:1/v1", api_key="x"
    ).settings.runware_url


def test_the_key_goes_to_the_server_and_not_where_a_video_lies_elsewhere(as_dialect, monkeypatch):
    server = as_dialect("openai")
    server.set(key="the-key")
    server.fault("file", "redirect-origin")
    client = LLMKitClient("diffusion-router", api_key="the-key")
    assert client.generate_video(SMALL).status == "completed"
    assert server.stats()["keys"] == ["the-key"]
    assert server.stats()["requests"]["file"] == 2
    assert server.stats()["files_with_credentials"] == 0


def test_without_a_key_none_is_sent_not_even_that_of_another_provider(as_dialect, monkeypatch):
    server = as_dialect("sglang")
    monkeypatch.setenv("LLMKIT_API_KEY", "for-runware-alone")
    assert LLMKitClient().generate_video(SMALL).status == "completed"
    assert server.stats()["keys"] == []


def test_what_a_server_hosts_is_listed(client: LLMKitClient, server: Emulator):
    [model] = [each for each in client.models() if each.provider == "diffusion-router"]
    assert model.id == MODELS[dialect(server)]
    assert (model.text, model.image) == (True, dialect(server) == "openai")
    assert client.validate(SMALL.with_model(model.id.upper())).model == model.id
    assert client.validate(SMALL.with_model(model.id.rpartition("/")[2])).model == model.id


def test_a_model_that_is_not_there_is_told_with_those_that_are(client, server):
    with pytest.raises(ModelNotFoundError) as caught:
        client.submit_video(SMALL.with_model("runway-gen-4"))
    assert MODELS[dialect(server)] in str(caught.value)
    assert server.origin in str(caught.value)
    assert client.jobs() == []
    assert asked(server, "submit") == 0


def test_a_server_that_makes_pictures_alone_says_which(as_dialect):
    server = as_dialect("sglang")
    hosted = [{"id": "Qwen/Qwen-Image", "owned_by": "sglang", "task_type": "T2I"}]
    server.set(hosted=hosted)
    client = LLMKitClient()
    assert [each.provider for each in client.models()].count("diffusion-router") == 0
    for request in (SMALL, SMALL.with_model("Qwen/Qwen-Image")):
        with pytest.raises(
            ModelNotFoundError,
            match=r"hosts no model that makes videos, only: .*Qwen-Image \(T2I\)",
        ):
            client.submit_video(request)
    # The same by its name, where a server does not tell what it makes.
    server = as_dialect("vllm-omni")
    server.set(hosted=[{"id": "black-forest-labs/FLUX.2-dev", "owned_by": "vllm"}])
    with pytest.raises(ModelNotFoundError, match=r"only: black-forest-labs/FLUX\.2-dev"):
        LLMKitClient().submit_video(SMALL)
    assert asked(server, "submit") == 0


def test_among_several_models_the_one_that_fits_is_chosen(as_dialect):
    server = as_dialect("sglang")
    server.set(
        hosted=[
            {"id": "Qwen/Qwen-Image", "task_type": "T2I"},
            {"id": "Wan-AI/Wan2.1-I2V-14B-720P", "task_type": "I2V"},
            {"id": "Wan-AI/Wan2.1-T2V-14B", "task_type": "T2V"},
        ]
    )
    client = LLMKitClient()
    assert client.validate(SMALL).model == "Wan-AI/Wan2.1-T2V-14B"
    picture = "http://127.0.0.1:1/first.png"
    assert client.validate(SMALL.with_image(picture)).model == "Wan-AI/Wan2.1-I2V-14B-720P"
    with pytest.raises(InvalidRequestError, match="begins with"):
        client.validate(SMALL.with_model("Wan2.1-I2V-14B-720P"))
    with pytest.raises(InvalidRequestError, match="no image to begin with"):
        client.validate(SMALL.with_model("Wan2.1-T2V-14B").with_image(picture))
    with pytest.raises(ModelNotFoundError, match="makes no videos; there is: Wan-AI"):
        client.validate(SMALL.with_model("Qwen/Qwen-Image"))


def test_seeds_are_ours_so_that_a_server_does_not_repeat_itself(as_dialect):
    server = as_dialect("sglang")
    responses = LLMKitClient().generate_video(SMALL, count=3)
    seeds = [row.seed for row in server.ledger()]
    assert len(set(seeds)) == 3
    assert sorted(response.seed for response in responses) == sorted(seeds)


@pytest.mark.parametrize(
    ("field", "request_"),
    [
        ("seed", SMALL.with_seed(7)),
        ("negative_prompt", SMALL.with_negative_prompt("rain")),
        ("fps", SMALL.with_fps(12)),
        ("option guidance_scale", SMALL.with_option("guidance_scale", 3)),
    ],
)
def test_what_a_strict_server_does_not_take_is_refused_and_not_dropped(as_dialect, field, request_):
    server = as_dialect("openai")
    client = LLMKitClient()
    with pytest.raises(InvalidRequestError, match="takes prompt, model, duration, size and image"):
        client.generate_video(request_)
    # Now that it is known, before anything is sent or written down.
    before = asked(server, "submit"), len(client.jobs())
    with pytest.raises(InvalidRequestError) as caught:
        client.generate_video(request_)
    assert caught.value.field == field
    assert (asked(server, "submit"), len(client.jobs())) == before
    assert server.ledger() == []
    assert client.generate_video(SMALL).status == "completed"


@pytest.mark.parametrize("kind", ["vllm-omni", "sglang"])
def test_options_reach_the_server(as_dialect, kind: str):
    server = as_dialect(kind)
    request = (
        SMALL.with_fps(12).with_seed(7).with_negative_prompt("rain")
        .with_option("num_inference_steps", 30)
        .with_option("enable_teacache", True)
        .with_option("extra_params.style", "calm")
    )  # fmt: skip
    LLMKitClient().generate_video(request)
    sent = fields(server)
    told = {name: sent[name] for name in ("fps", "num_frames", "seed", "num_inference_steps")}
    assert {name: int(value) for name, value in told.items()} == {
        "fps": 12, "num_frames": 13, "seed": 7, "num_inference_steps": 30,
    }  # fmt: skip
    as_form = kind == "vllm-omni"
    assert sent["negative_prompt"] == "rain"
    assert sent["enable_teacache"] == ("true" if as_form else True)
    assert sent["extra_params"] == ('{"style": "calm"}' if as_form else {"style": "calm"})


@pytest.mark.parametrize(
    ("name", "instead"),
    [("seconds", "with_duration"), ("size", "with_width"), ("n", "count="),
     ("input_reference", "with_image"), ("output_path", "between this client and the server")],
)  # fmt: skip
def test_an_option_that_has_a_place_of_its_own_is_refused(as_dialect, name: str, instead: str):
    server = as_dialect("sglang")
    with pytest.raises(InvalidRequestError, match=instead) as caught:
        LLMKitClient().submit_video(SMALL.with_option(name, "x"))
    assert caught.value.field == f"option {name}"
    assert asked(server, "submit") == 0


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8ffff"
    "3f0005fe02fea735810b0000000049454e44ae426082"
)


@pytest.mark.parametrize("kind", ["openai", "vllm-omni"])
def test_a_picture_goes_along_as_a_file(as_dialect, kind: str):
    server = as_dialect(kind)
    server.set(hosted=[{"id": "Wan-AI/Wan2.2-I2V-A14B", "owned_by": "vllm"}])
    LLMKitClient().generate_video(SMALL.with_image(PIXEL))
    assert server.ledger()[0].request["form"] == "multipart"
    assert fields(server)["input_reference"] == f"{len(PIXEL)} bytes"


def test_a_picture_s_address_goes_along_as_each_server_wants_it(as_dialect):
    address = "http://127.0.0.1:1/first.png"
    server = as_dialect("vllm-omni")
    server.set(hosted=[{"id": "Wan-AI/Wan2.2-I2V-A14B", "owned_by": "vllm"}])
    LLMKitClient().generate_video(SMALL.with_image(address))
    assert fields(server)["image_reference"] == json.dumps({"image_url": address})
    server = as_dialect("openai")
    LLMKitClient().generate_video(SMALL.with_image(address))
    assert fields(server)["input_reference"] == {"image_url": address}


def test_where_a_job_stands_is_told(client: LLMKitClient, server: Emulator):
    server.set(seconds=1.0, queue=60.0, queue_position=True, progress=True)
    jobs = client.submit_videos(
        [SMALL, SMALL.with_seed(8)] if dialect(server) != "openai" else [SMALL, SMALL]
    )
    until(lambda: all(job.waiting for job in jobs))
    until(lambda: sorted(job.queue_position or 0 for job in jobs) == [1, 2])
    assert {job.provider_status for job in jobs} == {"queued"}
    assert {job.eta for job in jobs} == {None}
    server.set(queue=0.0)
    server.finish()
    assert [response.status for response in client.wait(jobs)] == ["completed"] * 2
    assert not any(job.waiting for job in jobs)
    paid_once(server, 2)


def test_progress_is_told_where_there_is_any(client: LLMKitClient, server: Emulator):
    server.set(seconds=60.0, progress=True)
    job = client.submit_video(SMALL)
    seen: list[float | None] = []
    job.on_change(lambda job: seen.append(job.progress))
    until(lambda: job.provider_status == "in_progress")
    server.set(seconds=0)
    if dialect(server) != "vllm-omni":
        until(lambda: job.progress is not None)
    server.finish()
    job.result()
    # One says 0 until the end, which is no progress.
    assert 0.0 not in seen
    assert seen[-1] == 1.0


@pytest.mark.parametrize("code", ["out_of_memory", "moderation_blocked"])
def test_a_generation_that_fails_says_how_and_is_not_asked_for_again(client, server, code):
    job = client.submit_video(SMALL.__class__(f"A cat [emulator: fail={code} seconds=0.1]"))
    with pytest.raises(
        GenerationFailedError if code == "out_of_memory" else ContentFilteredError
    ) as caught:
        job.result()
    assert f"The generation failed ({code})" in str(caught.value)
    assert server.origin in str(caught.value)
    assert caught.value.code == (
        "generation_failed" if code == "out_of_memory" else "content_filtered"
    )
    paid_once(server)


def test_a_router_s_other_words_are_understood(as_dialect):
    server = as_dialect("openai")
    server.fault("poll", "status:running", times=3)
    server.fault("poll", "status:SUCCESS", times=1)
    response = LLMKitClient().generate_video(SMALL)
    assert (response.status, response.provider_status) == ("completed", "SUCCESS")


def test_nothing_is_learned_of_one_server_for_another(as_dialect):
    server = as_dialect("openai")
    LLMKitClient().generate_video(SMALL)
    assert manners.manners_of(server.origin).strict
    assert not manners.manners_of("http://127.0.0.1:1").strict


def test_only_the_preview_is_called_free(as_dialect):
    as_dialect("sglang")
    client = LLMKitClient()
    assert not client.makes_here(SMALL)
    assert client.makes_here(SMALL.with_model("preview/kling-2.0"))
    assert client.estimate(SMALL) == 0.0  # counted as nothing, so that no budget stops it
