"""Whatever a service answers, the provider gives a result or an error of ours, and no other."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.providers.base import Submission, Ticket, Update
from llmkit_jupyter.providers.runware.provider import RunwareProvider
from tests.providers.runware.conftest import video
from tests.providers.runware.test_envelope import U, anything, envelopes, objects
from tests.transport.servers import Request, Server

V = U.replace("0f1e", "1f1e")
# Some that no float can hold.
numbers = st.sampled_from([10**400, -(10**400), 0, -1, True]) | st.integers() | st.floats()
items = st.fixed_dictionaries(
    {"taskUUID": st.sampled_from([U, V, U.upper()])},
    optional={
        "status": st.sampled_from(["success", "error", "processing", "queued"]) | anything,
        "videoURL": st.sampled_from(["https://x.test/v.mp4", "http://[", "file:///x", ""]),
        "balance": numbers,
        "cost": numbers,
        "seed": numbers | anything,
        "progress": numbers,
        "response": envelopes | anything,
        "error": objects | anything,
    },
)
bodies = (
    st.fixed_dictionaries({"data": st.lists(items | objects, max_size=4)})
    | st.fixed_dictionaries({"data": st.just([]), "errors": st.lists(objects, max_size=3)})
    | envelopes
    | anything
).map(lambda value: json.dumps(value).encode())
statuses = st.sampled_from(
    [200, 200, 200, 201, 302, 400, 401, 402, 403, 404, 408, 413, 429, 500, 502, 503, 520, 599]
)
answers = st.lists(st.tuples(statuses, bodies | st.binary(max_size=60)), min_size=1, max_size=3)
quickly = settings(
    max_examples=60,
    # The service is told anew what to answer, and the provider forgets what it has learned.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Service:
    """A provider, and the other end of its line; both live on one loop."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._answers: list[tuple[int, bytes]] = []
        self._server = Server(self._answer)
        runner.run(self._server.__aenter__())
        self.provider = RunwareProvider("a-key", url=f"{self._server.url}/v1")

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if request.target != "/v1":
            status, body = 404, b""  # no schemas
        else:
            # The last one for ever.
            status, body = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        head = f"HTTP/1.1 {status} Whatever\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)

    def ask(self, what: str, answers: list[tuple[int, bytes]], *arguments: object) -> object:
        """Call a method; gives its result or our error."""
        self._answers = list(answers)
        limits = self.provider._limits
        limits.submit = limits.poll = 100
        limits.without_ttl = False
        try:
            return self._runner.run(getattr(self.provider, what)(*arguments))
        except LLMKitError as error:
            told = error
        assert 0 < len(str(told)) < 5000
        return told

    def close(self) -> None:
        self._runner.run(self._server.__aexit__())


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with asyncio.Runner() as runner:
        service = Service(runner)
        yield service
        service.close()


@given(answers)
@quickly
def test_a_submission_gives_a_ticket_or_an_error_for_each_job(service: Service, answers):
    sent = service.provider.validate(video())
    told = service.ask("submit", answers, [Submission(U, sent), Submission(V, sent)])
    assert isinstance(told, dict)
    assert told.keys() == {U, V}
    assert all(isinstance(each, (Ticket, LLMKitError)) for each in told.values())


@given(answers)
@quickly
def test_a_poll_gives_updates_or_an_error(service: Service, answers):
    told = service.ask("poll", answers, [Ticket(U, U), Ticket(V, V)])
    if not isinstance(told, LLMKitError):
        assert isinstance(told, list)
        assert all(isinstance(each, Update) for each in told)
        assert {each.ticket.task_id for each in told} <= {U, V}


@given(answers)
@quickly
def test_the_archive_gives_an_update_or_an_error(service: Service, answers):
    assert isinstance(service.ask("look_back", answers, Ticket(U, U)), (Update, LLMKitError))


@given(answers)
@quickly
def test_a_price_is_a_number_nothing_or_an_error(service: Service, answers):
    told = service.ask("estimate", answers, service.provider.validate(video()))
    assert told is None or isinstance(told, LLMKitError) or math.isfinite(told)


@given(answers)
@quickly
def test_a_balance_is_a_number_nothing_or_an_error(service: Service, answers):
    told = service.ask("balance", answers)
    assert told is None or isinstance(told, LLMKitError) or math.isfinite(told)
