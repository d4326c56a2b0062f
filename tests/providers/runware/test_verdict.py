"""Which words end a job, without a service: what counts is the word, and how long it is told."""

from __future__ import annotations

import pytest

from llmkit_jupyter.providers.base import Ticket
from llmkit_jupyter.providers.runware import verdict
from llmkit_jupyter.providers.runware.envelope import Fault, Item
from llmkit_jupyter.providers.runware.verdict import Verdicts, is_final

U = "11111111-1111-4111-8111-111111111111"
TICKET = Ticket(U, U)


def told(said: Item | Fault | None, times: int) -> str:
    verdicts = Verdicts()
    return [verdicts.judge(TICKET, said).state for _ in range(times)][-1]


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long three answers take, they took long enough."""
    monkeypatch.setattr(verdict, "CERTAIN_SECONDS", 0.0)


@pytest.mark.parametrize(
    "code",
    [
        *("rateLimitExceeded", "invalidApiKey", "forbidden", "conflictTaskUUID"),
        *("internalServerError", "serviceUnavailable", "insufficientCredits", "environmentPaused"),
    ],
)
def test_what_is_about_the_key_the_account_or_the_moment_never_ends_a_job(at_once, code):
    assert told(Fault(code, "no", U), 100) == "processing"


@pytest.mark.parametrize("code", ["unknownError", "badKey", "requestTimeout"])
def test_a_doubtful_word_counts_when_it_was_told_often_and_for_long(at_once, monkeypatch, code):
    assert told(Fault(code, "no", U), 2) == "processing"
    assert told(Fault(code, "no", U), 3) == "failed"
    monkeypatch.setattr(verdict, "CERTAIN_SECONDS", 100.0)
    assert told(Fault(code, "no", U), 100) == "processing"


def test_another_answer_in_between_takes_the_doubt_away(at_once):
    verdicts = Verdicts()
    for said in [Fault("unknownError", "no", U), Item(U, "processing")] * 5:
        assert verdicts.judge(TICKET, said).state == "processing"


def test_a_success_without_an_address_may_get_one_yet(at_once):
    assert told(Item(U, "success"), 2) == "processing"
    verdicts = Verdicts()
    updates = [verdicts.judge(TICKET, Item(U, "success", cost=0.5)) for _ in range(3)]
    assert (updates[-1].state, updates[-1].cost) == ("failed", 0.5)


@pytest.mark.parametrize(
    ("fault", "final"),
    [
        (Fault("timeoutProvider", "m"), True),
        (Fault("providerGatewayTimeout", "m"), True),
        (Fault("timeout", "m"), False),
        (Fault("inferenceError", "m"), True),
        (Fault("contentPolicyViolation", "m"), True),
        (Fault("taskExpired", "m"), True),
        (Fault("invalidFrameImageWidth", "m", parameters=("inputs.frameImages",)), True),
        (Fault("missingParameter", "m", parameters=("taskUUID",)), False),
        (Fault("badKey", "m"), False),
        (Fault("taskNotFound", "m"), False),
    ],
)
def test_a_word_that_is_about_the_work_is_final(fault, final):
    assert is_final(fault) is final
    assert told(fault, 1) == (
        "failed" if final else "unknown" if "NotFound" in fault.code else "processing"
    )


def test_what_a_failure_has_cost_is_told():
    update = Verdicts().judge(TICKET, Fault("inferenceError", "no", U, cost=0.9))
    assert (update.state, update.cost) == ("failed", 0.9)
