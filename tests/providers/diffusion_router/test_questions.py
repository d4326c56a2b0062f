"""How many requests it takes to know how jobs stand."""

from __future__ import annotations

import time

import pytest

from llmkit_jupyter import LLMKitClient
from llmkit_jupyter.engine import polls
from llmkit_jupyter.providers.diffusion_router.provider import DiffusionRouterProvider
from tests.emulator.process import Emulator
from tests.engine.waiting import until
from tests.providers.diffusion_router.conftest import SMALL, asked, paid_once, run

IDS = 250


@pytest.fixture
def slow_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polls, "CYCLE", 0.5)


def many(client: LLMKitClient, number: int):
    return client.submit_videos([SMALL] * number)


def test_many_jobs_share_the_list(client: LLMKitClient, server: Emulator, slow_rounds):
    server.set(seconds=1.0)
    responses = client.wait(many(client, 30))
    assert [response.status for response in responses] == ["completed"] * 30
    paid_once(server, 30)
    assert asked(server, "poll") <= 10  # one may be asked for alone, at the end
    assert asked(server, "list") <= 10


def test_a_single_job_is_asked_for_by_itself(client: LLMKitClient, server: Emulator):
    server.set(seconds=0.3)
    client.generate_video(SMALL)
    assert asked(server, "list") == 0


def test_where_there_is_no_list_each_is_asked_for(client: LLMKitClient, server: Emulator):
    server.set(seconds=0.3, without_list=True)
    assert len(client.generate_video(SMALL, count=5)) == 5
    assert asked(server, "list") == 1  # once is enough to know
    assert asked(server, "poll") >= 5


def test_jobs_that_a_list_does_not_show_are_asked_for(client: LLMKitClient, server: Emulator):
    server.set(seconds=0.5)
    server.fault("list", "partial", times=-1)
    responses = client.generate_video(SMALL, count=6)
    assert [response.status for response in responses] == ["completed"] * 6


def test_a_list_of_others_jobs_is_not_asked_for_again(client: LLMKitClient, server: Emulator):
    server.set(seconds=0.5)
    server.fault("list", "foreign", times=-1)
    client.generate_video(SMALL, count=4)
    assert asked(server, "list") == 1


@pytest.mark.parametrize("what", ["html", "no-data", "500", "reset"])
def test_a_list_that_goes_wrong_ends_no_job(client: LLMKitClient, server: Emulator, what: str):
    server.set(seconds=0.3)
    server.fault("list", what, times=3)
    responses = client.generate_video(SMALL, count=4)
    assert [response.status for response in responses] == ["completed"] * 4
    paid_once(server, 4)


def test_only_as_many_pages_as_that_is_cheaper(as_dialect):
    server = as_dialect("openai")
    client = LLMKitClient()
    server.set(seconds=60.0)
    jobs = many(client, IDS)
    until(lambda: len(server.ledger()) == IDS, 60)
    ids = [row.task_id for row in server.ledger()]  # the oldest first
    until(lambda: all(job.phase == "generating" for job in jobs), 60)
    for job in jobs:
        client._engine._runner._held[job._live].drop(job._live)
    time.sleep(0.5)  # questions that are on their way

    def cost(wanted: list[str]) -> tuple[int, int]:
        before = asked(server, "list"), asked(server, "poll")
        provider = DiffusionRouterProvider(server.origin)
        told = run(provider._questions.ask(wanted))
        assert {record.id for record in told.values()} == set(wanted)
        return asked(server, "list") - before[0], asked(server, "poll") - before[1]

    assert cost(ids) == (3, 0)
    assert cost(ids[-100:]) == (1, 0)
    assert cost([ids[-1], ids[0]]) == (1, 1)  # of a list that helps no more,
    assert cost(ids[:2]) == (0, 2)  # nothing is asked for a while
