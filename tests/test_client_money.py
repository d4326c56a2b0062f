"""Prices, confirmations and budgets, from the client's side."""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from llmkit_jupyter import (
    AuthenticationError,
    BudgetExceededError,
    ConfirmationRequiredError,
    InsufficientCreditError,
    InvalidRequestError,
    LLMKitClient,
    LLMKitError,
    ModelNotFoundError,
    NetworkError,
    ServerError,
    VideoGenerationRequest,
)
from llmkit_jupyter.engine import loop, prices, purse, telling
from tests.scripted import ScriptedProvider


@pytest.fixture
def provider(video_bytes: bytes) -> ScriptedProvider:
    return ScriptedProvider(video=video_bytes, price=0.6)


@pytest.fixture
def client(provider: ScriptedProvider) -> LLMKitClient:
    return LLMKitClient(provider)


def nothing_was_sent(client: LLMKitClient, provider: ScriptedProvider) -> bool:
    return client.jobs() == [] and provider.submitted == []


def raising(error: Exception) -> Callable[[VideoGenerationRequest], float]:
    def estimate(_: VideoGenerationRequest) -> float:
        raise error

    return estimate


def test_a_sum_above_the_limit_needs_a_yes(client, provider, small):
    with pytest.raises(ConfirmationRequiredError) as caught:
        client.generate_video(small, count=3)
    assert str(caught.value) == (
        "3 videos would cost about $1.80, more than confirm_above ($1.00). "
        "Say yes with confirm=True, or --yes in %%video."
    )
    assert caught.value.estimate == pytest.approx(1.8)
    with pytest.raises(ConfirmationRequiredError):
        client.submit_videos([small, small])
    assert nothing_was_sent(client, provider)
    assert client.submit_video(small).estimate == 0.6
    assert len(client.generate_video(small, count=3, confirm=True)) == 3


def test_one_video_may_need_a_yes_as_well(client, provider, small):
    provider.price = 1.01
    for submit in (client.submit_video, client.generate_video):
        with pytest.raises(ConfirmationRequiredError, match=r"1 video would cost about \$1.01"):
            submit(small)
    assert client.submit_video(small, confirm=True).estimate == 1.01


@pytest.mark.parametrize("wrong", ["no", 1, None])
def test_a_yes_is_a_yes(client, provider, small, wrong: Any):
    with pytest.raises(InvalidRequestError, match=r"confirm is .*True or False"):
        client.submit_video(small, confirm=wrong)
    assert nothing_was_sent(client, provider)


def test_who_wants_to_be_asked_always_is_asked_about_unknown_prices(home, provider, small):
    home.mkdir()
    (home / "config.toml").write_text("confirm_above = 0\n")
    client = LLMKitClient(provider)
    provider.price = None
    with pytest.raises(ConfirmationRequiredError, match="The price of 1 is not known beforehand"):
        client.submit_video(small)
    provider.price = 0.0
    client = LLMKitClient(provider)
    assert client.submit_video(small).estimate == 0.0


def test_equal_requests_are_asked_for_once(client, provider, small):
    provider.price = 0.0
    many = [replace(small, prompt=f"hill {i}", seed=i) for i in range(1000)]
    client.submit_videos([*many, small.with_duration(2), small.with_option("audio", value=True)])
    assert len(provider.estimated) == 3
    client.submit_video(small)
    assert len(provider.estimated) == 3


def test_an_answer_holds_for_ten_minutes(client, provider, small, monkeypatch):
    assert client.estimate(small) == 0.6
    provider.price = 0.7
    assert client.estimate(small) == 0.6
    later = prices.time.monotonic() + prices.FRESH + 1
    monkeypatch.setattr(prices.time, "monotonic", lambda: later)
    assert client.estimate(small) == 0.7


def test_at_most_four_questions_at_once(client, provider, small, monkeypatch):
    now = most = 0

    async def estimate(self: ScriptedProvider, request: VideoGenerationRequest) -> float:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        now -= 1
        return 0.01

    monkeypatch.setattr(ScriptedProvider, "estimate", estimate)
    client.submit_videos([small.with_duration(i) for i in range(1, 13)])
    assert most == prices.AT_ONCE


@pytest.mark.parametrize(
    "error",
    [
        InvalidRequestError("duration", 7, "5 or 10"),
        ModelNotFoundError("x", "known: y"),
        AuthenticationError("The key is refused."),
        InsufficientCreditError("The account is empty."),
    ],
)
def test_a_refusal_is_told_before_anything_is_recorded(client, provider, small, error):
    provider.on_estimate = raising(error)
    with pytest.raises(type(error)) as caught:
        client.submit_video(small)
    assert caught.value is error
    assert nothing_was_sent(client, provider)


@pytest.mark.parametrize("error", [NetworkError("x"), ServerError("x"), ValueError("a bug")])
def test_a_price_that_cannot_be_asked_for_is_unknown(client, provider, small, error):
    provider.on_estimate = raising(error)
    assert client.estimate(small) is None
    assert client.submit_video(small).estimate is None
    provider.on_estimate = None
    assert client.estimate(small) == 0.6


def test_a_provider_that_does_not_answer_is_not_waited_for(client, small, monkeypatch):
    async def estimate(self: ScriptedProvider, request: VideoGenerationRequest) -> float:
        await asyncio.sleep(60)
        return 1.0

    monkeypatch.setattr(ScriptedProvider, "estimate", estimate)
    monkeypatch.setattr(prices, "PATIENCE", 0.05)
    assert client.estimate(small) is None


@pytest.mark.parametrize("odd", [-1.0, math.nan, math.inf])
def test_a_price_that_is_none_is_unknown(client, provider, small, odd):
    provider.price = odd
    assert client.estimate(small) is None


def test_the_price_is_learned_where_the_provider_does_not_tell(client, provider, small):
    provider.price = None
    assert client.estimate(small) is None
    client.generate_video(small)  # the provider charges 0.5
    assert client.estimate(small) == 0.5
    assert client.estimate(small.with_duration(2)) is None
    assert client.submit_video(small).estimate == 0.5


def test_what_is_free_asks_nobody(provider, small, monkeypatch):
    provider.paid = False
    client = LLMKitClient(provider, budget=0)
    client.resume_once()
    asked = []
    monkeypatch.setattr(loop.BackgroundLoop, "wait", _counting(loop.BackgroundLoop.wait, asked))
    assert client.submit_video(small).estimate == 0.0
    assert provider.estimated == []
    assert len(asked) == 2  # for the record, and for the submission itself


def _counting(function: Callable[..., Any], calls: list[Any]) -> Callable[..., Any]:
    def counted(*arguments: Any) -> Any:
        calls.append(arguments)
        return function(*arguments)

    return counted


@dataclass
class Preparing(ScriptedProvider):
    prepared: list[list[str | None]] = field(default_factory=list)
    broken: bool = False

    async def prepare(self, requests: Any) -> None:
        self.prepared.append([request.model for request in requests])
        if self.broken:
            raise ServerError("it rains")


def test_a_provider_may_prepare_once_a_submission(video_bytes, small):
    provider = Preparing(video=video_bytes)
    client = LLMKitClient(provider)
    client.submit_videos([small, small.with_model("b")])
    assert provider.prepared == [[None, "b"]]
    provider.broken = True
    assert client.submit_video(small).estimate == 0.01


def test_names_of_one_s_own_for_models(home: Path):
    home.mkdir()
    (home / "config.toml").write_text(
        '[models]\nmine = "preview/kling-2.0"\n"kling-2.0" = "pika-1.0"\n'
    )
    client = LLMKitClient(ScriptedProvider())
    request = VideoGenerationRequest("x")
    assert client.validate(request.with_model("Mine")).model == "kling-2.0"
    assert client.validate(request.with_model("kling-2.0")).model == "pika-1.0"
    assert LLMKitClient(model="mine").validate(request).model == "kling-2.0"


def test_over_the_budget_nothing_is_recorded_or_sent(client, provider, small):
    client.budget = 1
    client.generate_video(small)
    with pytest.raises(BudgetExceededError, match=r"\$0.60; of the budget of \$1.00"):
        client.submit_video(small)
    with pytest.raises(BudgetExceededError, match="set in this session, since"):
        client.submit_video(small, confirm=True)
    assert len(provider.submitted) == len(client.jobs()) == 1
    now = client.spending()
    assert (now.budget, now.spent, now.reserved, now.left) == (1, 0.5, 0, 0.5)


def test_a_budget_covers_all_providers_of_a_call_or_none(client, provider, small):
    client.budget = 0.5
    with pytest.raises(BudgetExceededError):
        client.submit_videos([small.with_model("preview/pika-1.0"), small])
    assert nothing_was_sent(client, provider)


def test_requests_to_several_providers_come_back_in_their_order(client, small):
    preview = small.with_model("preview/pika-1.0")
    jobs = client.submit_videos(
        [small, preview, small.with_seed(5), preview.with_seed(6)], confirm=True
    )
    assert [(job.provider, job.request.seed) for job in jobs] == [
        ("scripted", None), ("preview", None), ("scripted", 5), ("preview", 6),
    ]  # fmt: skip
    client.wait(jobs)


def test_a_budget_holds_for_all_clients_of_the_home(client, provider, small, tmp_path):
    other = LLMKitClient(provider)
    client.budget = 0.7
    assert other.budget == 0.7
    other.submit_video(small)
    with pytest.raises(BudgetExceededError):
        client.submit_video(small)
    assert LLMKitClient(provider, home=tmp_path / "elsewhere").budget is None
    assert LLMKitClient(provider, budget=2).budget == client.budget == 2
    client.submit_video(small)
    client.budget = None
    assert client.budget is None
    assert client.spending().left is None


@pytest.mark.parametrize("how", ["environment", "file"])
def test_a_setting_is_a_budget_too(how, home, provider, small, monkeypatch):
    if how == "environment":
        monkeypatch.setenv("LLMKIT_BUDGET", "$1")
    else:
        home.mkdir()
        (home / "config.toml").write_text("budget = 1\n")
    client = LLMKitClient(provider)
    client.submit_video(small)
    source = "LLMKIT_BUDGET" if how == "environment" else "config.toml"
    with pytest.raises(BudgetExceededError, match=source):
        LLMKitClient(provider).submit_video(small)
    client.budget = 5
    client.submit_video(small)
    client.budget = None
    assert client.budget == 1
    assert client.spending().left == 0


def test_an_unknown_price_is_said_once_where_a_budget_counts(provider, small, monkeypatch, capsys):
    monkeypatch.setattr(telling, "_told", set())
    provider.price = None
    LLMKitClient(provider).submit_video(small.with_seed(1))
    assert purse.PRICE_UNKNOWN not in "".join(capsys.readouterr())
    client = LLMKitClient(provider, budget=5)
    for seconds in (2, 3):
        client.submit_video(small.with_duration(seconds))
    assert "".join(capsys.readouterr()).count(purse.PRICE_UNKNOWN) == 1


@pytest.mark.parametrize("wrong", [-1, math.nan, "much", "5", True, [1]])
def test_a_budget_that_is_none_is_refused(client, provider, wrong: Any):
    with pytest.raises(InvalidRequestError, match=r"budget is .*US dollars"):
        client.budget = wrong
    with pytest.raises(InvalidRequestError, match=r"budget is .*US dollars"):
        LLMKitClient(provider, budget=wrong)
    assert client.budget is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_child_keeps_to_the_budget(client, small):
    client.budget = 0.5
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        try:
            client.submit_video(small)
        except BudgetExceededError:
            os._exit(7)
        except LLMKitError:
            os._exit(8)
        os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_what_is_asked_for_models_is_what_is_listed(client):
    assert {model.id for model in client.models(duration=25)} == {"any-model", "runway-gen-4"}
    assert client.models(image=True) == []
