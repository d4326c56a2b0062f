"""Whatever a server answers, the provider gives a result or an error of ours, and no other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.providers.base import Others, Submission, Ticket, Unanswered, Update
from llmkit_jupyter.providers.diffusion_router import manners
from llmkit_jupyter.providers.diffusion_router.provider import DiffusionRouterProvider
from tests.providers.diffusion_router.conftest import SMALL
from tests.providers.diffusion_router.test_records import anything, bodies
from tests.transport.servers import Request, Server

records = st.fixed_dictionaries(
    {"id": st.sampled_from(["one", "two", ""]) | anything},
    optional={
        "status": st.sampled_from(["queued", "completed", "failed", "SUCCESS"]) | anything,
        "url": st.sampled_from(["https://x.test/v", "http://[", "file:///x"]) | anything,
        "created_at": st.integers() | st.floats() | anything,
        "error": anything,
        "prompt": st.just("A cat on a wall") | anything,
        "data": anything,
    },
)
answers = st.tuples(
    st.sampled_from([200, 200, 200, 201, 302, 303, 400, 401, 404, 413, 422, 429, 500, 503]),
    (records | st.fixed_dictionaries({"data": st.lists(records, max_size=3)}) | bodies).map(
        lambda value: json.dumps(value).encode()
    )
    | st.binary(max_size=40),
)
quickly = settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Line:
    """A provider, and the other end of its line; both live on one loop."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._answer = (200, b"")
        self._server = Server(self._say)
        runner.run(self._server.__aenter__())
        self.provider = DiffusionRouterProvider(self._server.url)

    async def _say(self, _request: Request, writer: asyncio.StreamWriter) -> None:
        status, body = self._answer
        head = f"HTTP/1.1 {status} Whatever\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)

    def ask(self, what: str, answer: tuple[int, bytes], *arguments: object) -> object:
        """Call a method; gives its result or our error."""
        self._answer = answer
        manners.forget()
        try:
            return self._runner.run(getattr(self.provider, what)(*arguments))
        except LLMKitError as error:
            told = error
        assert 0 < len(str(told)) < 5000
        return told


@pytest.fixture(scope="module")
def line() -> Iterator[Line]:
    with asyncio.Runner() as runner:
        yield Line(runner)


ONE = Submission("task", SMALL)


@quickly
@given(answers)
def test_a_submission_gives_a_ticket_or_an_error(line: Line, answer):
    told = line.ask("submit", answer, [ONE])
    assert isinstance(told, dict)
    [said] = told.values()
    assert isinstance(said, (Ticket, LLMKitError))
    assert "unexpected" not in str(said)


@quickly
@given(answers)
def test_a_poll_gives_updates_or_an_error(line: Line, answer):
    tickets = [Ticket("a", "one"), Ticket("b", "two")]
    told = line.ask("poll", answer, tickets)
    if not isinstance(told, LLMKitError):
        assert isinstance(told, list)
        assert {update.ticket.task_id for update in told} == {"a", "b"}
        assert all(isinstance(update, Update) for update in told)
    assert "unexpected" not in str(told)


async def no_others() -> Others:
    return Others()


@quickly
@given(answers)
def test_a_look_gives_tickets_nothing_or_an_error(line: Line, answer):
    unanswered = Unanswered(submission=ONE, earliest=0.0, latest=10.0)
    told = line.ask("look_for", answer, [unanswered], no_others)
    assert told is None or isinstance(told, (dict, LLMKitError))


@quickly
@given(answers)
def test_what_a_server_hosts_is_a_list_whatever_it_says(line: Line, answer):
    line.provider._discovery._next = 0.0
    line.ask("prepare", answer, [])
    assert all(model.id for model in line.provider.models())
