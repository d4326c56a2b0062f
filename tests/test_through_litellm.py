"""The LiteLLM proxy between the client and a server: the promises hold, and one way in is enough.

All tests of what providers have in common run here once more, each through the proxy.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from llmkit_jupyter import AuthenticationError, InvalidRequestError, LLMKitClient, LLMKitError
from llmkit_jupyter.errors import JobLostError, ModelNotFoundError, SubmissionUnknownError
from llmkit_jupyter.providers.diffusion_router import manners
from tests import litellm, test_providers_alike, test_results_alike
from tests.emulator.process import Emulator
from tests.engine.waiting import until
from tests.quick import shorten_waits
from tests.sides import Side, videos_side

globals().update(
    {
        name: test
        for module in (test_providers_alike, test_results_alike)
        for name, test in vars(module).items()
        if name.startswith("test_")
    }
)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory, emulator_process: Emulator) -> Iterator[str]:
    """The address of the proxy; behind it the emulator, as a server of OpenAI's kind."""
    folder = tmp_path_factory.mktemp("litellm")
    with litellm.running(folder, emulator_process.origin) as url:
        yield url


@pytest.fixture
def behind(proxy: str, emulator_process: Emulator, home, monkeypatch) -> Emulator:
    """The server behind the proxy, which this test's clients find in their environment."""
    emulator_process.reset()
    manners.forget()
    monkeypatch.setenv("LLMKIT_DIFFUSION_ROUTER_URL", proxy)
    monkeypatch.setenv("LLMKIT_DIFFUSION_ROUTER_API_KEY", litellm.KEY)
    monkeypatch.setenv("LLMKIT_VIDEO_PROVIDER", "diffusion-router")
    return emulator_process


@pytest.fixture
def side(behind: Emulator) -> Side:
    return videos_side(behind, seeded=False)


@pytest.fixture
def client(side: Side) -> LLMKitClient:
    return side.client


def test_submit_poll_and_download(side: Side, proxy: str):
    response = side.client.generate_video(side.soon)
    assert (response.status, response.model) == ("completed", litellm.MODEL)
    job = side.client.job(str(response.task_id))
    # By the id of the first answer: later ones may have another, which leads nowhere.
    address = f"{proxy}/v1/videos/{quote(str(job._live.record.provider_task_id), safe='')}/content"
    assert response.video_url == address
    assert response.video_bytes
    [row] = side.emulator.ledger()
    assert row.model == "open-video-1"
    assert row.request["fields"]["size"] == "256x256"
    # The key that the client has goes to the proxy, and the proxy's own to the server.
    assert side.emulator.stats()["keys"] == [litellm.KEY_BEHIND]


def test_what_the_server_says_no_to(client: LLMKitClient, side: Side):
    with pytest.raises(InvalidRequestError, match=r"duration is 61; .*Supported values"):
        client.generate_video(side.soon.with_duration(61))
    with pytest.raises(ModelNotFoundError, match=f"known: {litellm.MODEL}"):
        client.generate_video(side.soon.with_model("nope"))
    with pytest.raises(LLMKitError, match="The generation failed"):
        client.generate_video(side.soon.__class__("A cat [emulator: fail=oom]"))


def test_a_key_that_the_proxy_does_not_know(side: Side, proxy: str, behind: Emulator):
    client = LLMKitClient("diffusion-router", api_key="sk-another")
    with pytest.raises(AuthenticationError, match=f"{proxy} does not accept the key"):
        client.generate_video(side.soon)
    assert behind.ledger() == []


@pytest.mark.parametrize("what", ["500", "lost:reset", "lost:503"])
def test_a_stumble_behind_the_proxy_does_not_order_twice(side: Side, what: str, monkeypatch):
    shorten_waits(monkeypatch)
    side.client.generate_video(side.soon)
    sent = side.emulator.stats()["requests"]["submit"]
    side.emulator.fault("submit", what)
    with pytest.raises(SubmissionUnknownError, match="was not sent again"):
        side.client.generate_video(side.soon)
    # When the line breaks the proxy itself sends once more, and nothing in it: that is refused,
    # and no reason to believe that the first one was.
    again = 1 if what == "lost:reset" else 0
    assert side.emulator.stats()["requests"]["submit"] == sent + 1 + again
    assert side.charged_once(1 if what == "500" else 2)


def test_nothing_is_made_to_see_whether_the_proxy_is_well(side: Side):
    side.client.models()
    LLMKitClient("diffusion-router", api_key="sk-another").models()
    assert side.emulator.ledger() == []
    assert "submit" not in side.emulator.stats()["requests"]


def test_a_job_that_the_server_has_forgotten(side: Side, monkeypatch):
    from llmkit_jupyter.engine import polling

    shorten_waits(monkeypatch)
    monkeypatch.setattr(polling, "GRACE", 0.4)
    job = side.client.submit_video(side.late)
    until(lambda: job.phase == "generating")
    side.emulator.forget()
    with pytest.raises(JobLostError):
        job.result()


def test_a_failure_that_the_proxy_makes_an_error_of_ends_the_job(side: Side, behind: Emulator):
    behind.set(dialect="vllm-omni", hosted=[{"id": "open-video-1", "owned_by": "vllm"}])
    request = side.soon.__class__("A cat [emulator: fail=out_of_memory]")
    with pytest.raises(LLMKitError, match=r"The generation failed \(out_of_memory\)"):
        side.client.generate_video(request)


def test_who_cancels_is_told_that_a_proxy_has_no_way(side: Side):
    job = side.client.submit_video(side.late)
    until(lambda: job.phase == "generating")
    job.cancel()
    until(lambda: "offers no way to cancel" in (job.notice or ""))
    side.let_end()
    assert job.result().status == "completed"
