"""What a budget counts, when it refuses, and that kernels cannot spend the same money."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from llmkit_jupyter.engine.budget import Budget, as_dollars
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.engine.record import JobRecord
from llmkit_jupyter.errors import BudgetExceededError, InvalidRequestError
from tests.engine.test_journal import record

FIVE = Budget(5.0, "LLMKIT_BUDGET")


def priced(estimate: float | None, **changes) -> JobRecord:
    return record(estimate=estimate, **changes)


def add(journal: Journal, *records: JobRecord, budget: Budget | None = FIVE) -> list[JobRecord]:
    return journal.add(list(records), budget=budget).result()


def test_estimates_are_reserved_and_give_way_to_what_was_charged(journal: Journal):
    first, second = add(journal, priced(2.0), priced(1.0))
    now = journal.spending(FIVE).result()
    assert (now.spent, now.reserved, now.left) == (0, 3, 2)
    journal.save([replace(first, status="completed", phase="done", cost=2.5)]).result()
    now = journal.spending(FIVE).result()
    assert (now.spent, now.reserved, now.left) == (2.5, 1, 1.5)
    journal.save([replace(second, status="failed", phase="done", error_code="x")]).result()
    now = journal.spending(FIVE).result()
    assert (now.spent, now.reserved, now.left) == (2.5, 0, 2.5)


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({"status": "processing"}, 1),
        ({"status": "processing", "cost": 0.25, "phase": "downloading"}, 0.25),
        ({"status": "completed"}, 1),
        ({"status": "completed", "cost": 0.0}, 0),
        ({"status": "completed", "estimate": None}, 0),
        ({"status": "failed", "error_code": "network"}, 0),
        ({"status": "failed", "error_code": None}, 0),
        ({"status": "failed", "error_code": "cancelled", "cost": 0.5}, 0.5),
        ({"status": "failed", "error_code": "submission_unknown"}, 1),
        ({"status": "failed", "error_code": "result_expired"}, 1),
        ({"status": "failed", "error_code": "library", "generated_at": 1.0}, 1),
        ({"status": "completed", "cost": -3.0}, 0),
    ],
)
def test_what_counts(journal: Journal, changes: dict, counts: float):
    journal.spending(FIVE).result()
    add(journal, record(**{"estimate": 1.0, "phase": "done", **changes}))
    assert journal.spending(FIVE).result().left == 5 - counts


def test_what_is_over_the_budget_is_not_recorded(journal: Journal):
    add(journal, priced(3.8, status="completed", cost=3.8), priced(1.0))
    with pytest.raises(BudgetExceededError) as caught:
        add(journal, priced(0.3), priced(0.3))
    now = journal.spending(FIVE).result().since
    assert now is not None
    today = time.strftime("%H:%M", time.localtime(now))
    assert str(caught.value) == (
        f"This would cost about $0.60; of the budget of $5.00 (LLMKIT_BUDGET, since {today}) "
        "$0.20 is left (3.80 spent, 1.00 reserved). "
        "Raise it: %llmkit budget 10, client.budget = 10 or LLMKIT_BUDGET."
    )
    assert (caught.value.budget, caught.value.estimate) == (5, 0.6)
    assert caught.value.spent == pytest.approx(4.8)
    assert len(journal.newest(None).result()) == 2
    add(journal, priced(0.1), priced(0.1))


def test_the_last_cent_may_be_spent(journal: Journal):
    add(journal, *(priced(0.1) for _ in range(50)))
    with pytest.raises(BudgetExceededError):
        add(journal, priced(0.0001))


def test_what_is_free_is_never_refused(journal: Journal):
    nothing = Budget(0.0, "LLMKIT_BUDGET")
    add(journal, priced(0.0), priced(0.0), budget=nothing)
    with pytest.raises(BudgetExceededError):
        add(journal, priced(0.0), priced(0.01), budget=nothing)


def test_an_unknown_price_is_let_through_for_as_long_as_anything_is_left(journal: Journal):
    add(journal, priced(None))
    assert journal.spending(FIVE).result().unknown == 1
    with pytest.raises(BudgetExceededError, match=r"about \$5.00 and more that is not known"):
        add(journal, priced(None), priced(5.0))
    add(journal, priced(5.0))
    with pytest.raises(BudgetExceededError, match="would cost is not known beforehand; of the"):
        add(journal, priced(None))


def test_a_setting_counts_from_the_first_time_that_it_is_seen(journal: Journal, home: Path):
    add(journal, priced(4.0), budget=None)
    assert journal.spending(FIVE).result().left == 5
    add(journal, priced(4.0))
    journal.close()
    again = Journal(home)
    assert again.spending(FIVE).result().left == 1
    assert again.spending(Budget(10.0, "LLMKIT_BUDGET")).result().left == 10
    assert again.spending(FIVE).result().left == 1
    assert again.spending(None).result().reserved == 8
    again.close()


def test_a_clock_that_is_set_back_hides_nothing(journal: Journal):
    journal.spending(FIVE).result()
    add(journal, priced(4.0, created_at=1.0))
    assert journal.spending(FIVE).result().left == 1


def test_a_budget_of_the_session_counts_from_its_mark(journal: Journal):
    add(journal, priced(4.0), budget=None)
    since, after = journal.beginning(None).result()
    session = Budget(5.0, "set in this session", since=since, after=after)
    assert journal.spending(session).result().left == 5
    add(journal, priced(4.5), budget=session)
    assert journal.spending(session).result().left == 0.5


def test_a_budget_that_takes_the_place_of_another_goes_on_counting_where_that_began(
    journal: Journal,
):
    add(journal, priced(4.0), budget=None)
    journal.spending(FIVE).result()
    add(journal, priced(3.0))
    since, after = journal.beginning(FIVE).result()
    raised = Budget(10.0, "set in this session", since=since, after=after)
    assert journal.spending(raised).result().left == 7
    assert journal.beginning(raised).result() == (since, after)


def test_a_beginning_that_nobody_of_us_wrote_counts_everything(journal: Journal):
    add(journal, priced(4.0))
    for value in ("rubbish", json.dumps({"since": "x"}), "[1]"):
        journal._writer.submit(
            lambda db, value=value: (
                db.execute("UPDATE meta SET value = ? WHERE name LIKE 'budget%'", (value,)) and None
            )
        ).result()
        assert journal.spending(FIVE).result().left == 1


_SPENDER = """
import sys
from pathlib import Path
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.errors import BudgetExceededError
from tests.engine.test_budget import FIVE, priced

journal = Journal(Path(sys.argv[1]))
sys.stdin.readline()
spent = 0
for _ in range(20):
    try:
        journal.add([priced(0.5)], budget=FIVE).result()
        spent += 1
    except BudgetExceededError:
        pass
print(spent)
"""


def test_kernels_that_submit_at_once_cannot_spend_the_same_money(home: Path):
    home.mkdir()
    root = Path(__file__).resolve().parents[2]
    kernels = [
        subprocess.Popen(
            [sys.executable, "-c", _SPENDER, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
        )
        for _ in range(2)
    ]
    for kernel in kernels:
        assert kernel.stdin is not None
        kernel.stdin.write("\n")
        kernel.stdin.flush()
    assert sum(int(kernel.communicate(timeout=120)[0]) for kernel in kernels) == 10


def test_the_sum_over_many_jobs_reads_the_index_alone(journal: Journal):
    from llmkit_jupyter.engine import budget

    plan = journal._writer.submit(
        lambda db: [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {budget._SUMS}", (0,))]
    ).result()
    assert "COVERING INDEX jobs_money" in plan[0]


@pytest.mark.parametrize("wrong", [-1, math.nan, math.inf, "5", "much", True, None, [5]])
def test_what_is_no_amount_is_refused_by_name(wrong: object):
    with pytest.raises(InvalidRequestError, match=r"budget is .*US dollars, 0 or more") as caught:
        as_dollars("budget", wrong)
    assert caught.value.field == "budget"
    assert as_dollars("budget", 0) == 0
