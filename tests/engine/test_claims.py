"""Who works on a job: what can be told at once, and what has to be watched."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from llmkit_jupyter.engine import claims, owner
from llmkit_jupyter.engine.claims import LEASE_SECONDS, MARGIN
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.engine.record import JobRecord
from tests.engine.test_journal import record
from tests.processes import Child

ELSEWHERE = "another-machine/1:5:x"
DAY = 86_400.0
NAME = (
    "from llmkit_jupyter.engine import owner\nprint(owner.own_name(), flush=True)\n"
    "print(owner.own_name(), flush=True)\ninput()"
)


class Clocks:
    """The two clocks, as a test sets them."""

    def __init__(self) -> None:
        self.wall = time.time()
        self.steady = 1000.0

    def time(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.steady

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    made = Clocks()
    monkeypatch.setattr(claims, "time", made)
    return made


@pytest.fixture(scope="module")
def living() -> Iterator[str]:
    """The name of another process of this machine that is alive."""
    with Child(NAME) as child:
        yield child.line()


def held(journal: Journal, holder: str) -> JobRecord:
    [added] = journal.add([record()]).result()

    def hand_over(db) -> None:
        db.execute("UPDATE jobs SET lease_owner = ?", (holder,))

    journal._writer.submit(hand_over).result()
    return replace(added, lease_owner=holder)


def claim(journal: Journal) -> list[str]:
    return [taken.task_id for taken in journal.claim(lambda _: True).result()]


def test_a_process_that_is_gone_holds_nothing(journal: Journal, clocks: Clocks):
    with Child(NAME) as child:
        gone = child.line()
        job = held(journal, gone)
        assert claim(journal) == []
        child.kill()
    assert claim(journal) == [job.task_id]


@pytest.mark.parametrize("jump", [DAY, -DAY, 0.0])
def test_one_that_lives_is_not_robbed_when_the_clock_jumps(
    journal: Journal, clocks: Clocks, living: str, jump: float
):
    job = held(journal, living)
    assert claim(journal) == []
    clocks.wall += jump
    clocks.pass_by(LEASE_SECONDS - 1)
    assert claim(journal) == []
    assert journal.renew([job]).result() == set()
    clocks.pass_by(LEASE_SECONDS - 1)
    assert claim(journal) == []


@pytest.mark.parametrize("jump", [DAY, -DAY, 0.0])
def test_one_that_lives_and_does_nothing_is_given_up(
    journal: Journal, clocks: Clocks, living: str, jump: float
):
    job = held(journal, living)
    clocks.wall += jump
    assert claim(journal) == []
    clocks.pass_by(LEASE_SECONDS)
    [taken] = journal.claim(lambda _: True).result()
    assert (taken.task_id, taken.lease_epoch) == (job.task_id, job.lease_epoch + 1)
    # It is fenced: whatever it writes from now on is refused.
    assert journal.save([replace(job, phase="done")]).result() == {job.task_id}
    assert journal.renew([job]).result() == {job.task_id}
    assert journal.renew([taken]).result() == set()


def test_one_elsewhere_is_given_up_by_the_wall_clock_with_a_margin(
    journal: Journal, clocks: Clocks
):
    job = held(journal, ELSEWHERE)
    clocks.pass_by(LEASE_SECONDS + MARGIN - 1)
    fresh = claims.Watch()
    [seen] = journal.get([job.task_id]).result()
    assert fresh.free([seen]) == []
    clocks.wall += 2
    assert fresh.free([seen]) == [seen]


def test_a_lease_from_the_future_does_not_hold_for_ever(journal: Journal, clocks: Clocks):
    clocks.wall += DAY
    job = held(journal, ELSEWHERE)
    clocks.wall -= DAY
    assert claim(journal) == []
    clocks.pass_by(LEASE_SECONDS)
    assert claim(journal) == [job.task_id]


def test_what_was_given_up_is_free_at_once(journal: Journal, clocks: Clocks, living: str):
    job = held(journal, living)
    journal.release(job).result()
    assert claim(journal) == [job.task_id]


def test_this_process_is_never_taken_for_gone():
    assert not owner.is_gone(owner.own_name())
    assert not owner.is_gone("")
    assert not owner.is_gone(ELSEWHERE)
    assert owner.is_gone(owner.own_name().rpartition(":")[0] + ":othertoken")
    assert owner.is_here(owner.own_name())
    assert not owner.is_here(ELSEWHERE)
