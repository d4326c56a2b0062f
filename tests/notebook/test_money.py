"""What costs money, as it is typed and shown in a notebook."""

from __future__ import annotations

import asyncio

import pytest

from llmkit_jupyter import LLMKitClient, VideoJob, client
from llmkit_jupyter.catalog.models import Model
from llmkit_jupyter.engine import purse
from llmkit_jupyter.errors import (
    BudgetExceededError,
    ConfirmationRequiredError,
    InvalidRequestError,
    ServerError,
)
from llmkit_jupyter.notebook import commands
from llmkit_jupyter.notebook.flags import UsageError
from tests.scripted import ScriptedProvider


def run(line, shown):
    commands.run(line)
    return shown[-1]


def test_without_a_budget_it_says_so_and_what_was_spent(paid, shown, small):
    client.default_client().generate_video(small)
    text = run("budget", shown)
    assert "No budget is set. Spent in all: $0.50; reserved for unfinished jobs: $0.00." in text


def test_a_budget_begins_now_and_ends_with_off(paid, shown, small, monkeypatch):
    client.default_client().generate_video(small)
    text = run("budget $5", shown)
    rows = {line.split()[0]: line for line in text.splitlines()}
    assert "$5.00 (set in this session)" in rows["limit"]
    assert rows["spent"].endswith("$0.00")
    client.default_client().generate_video(small)
    assert "$4.50" in run("budget", shown)
    assert "No budget is set" in run("budget off", shown)


def test_off_goes_back_to_the_setting(shown, monkeypatch):
    monkeypatch.setenv("LLMKIT_BUDGET", "3")
    assert "$3.00 (LLMKIT_BUDGET)" in run("budget", shown)
    assert "$5.00 (set in this session)" in run("budget 5", shown)
    assert "$3.00 (LLMKIT_BUDGET)" in run("budget off", shown)


@pytest.mark.parametrize("line", ["budget -1", "budget nan", "budget inf"])
def test_an_amount_that_is_none(line):
    with pytest.raises(InvalidRequestError, match=r"budget is .*US dollars, 0 or more"):
        commands.run(line)


def test_over_the_budget_nothing_is_sent(paid, shell, capsys):
    commands.run("budget 0.75")
    assert shell.run_cell("%video -o clip hills").success
    result = shell.run_cell("%video -o clip hills")
    assert isinstance(result.error_in_exec, BudgetExceededError)
    assert len(paid.submitted) == 1


def test_yes_agrees_to_the_sum(paid, shell, capsys):
    result = shell.run_cell("%video -n 3 hills")
    assert isinstance(result.error_in_exec, ConfirmationRequiredError)
    assert "3 videos would cost about $1.50" in capsys.readouterr().out
    assert paid.submitted == []
    assert shell.run_cell("%video -n 3 --yes -o clips hills").success
    assert len(paid.submitted) == 3


def answering(amount):
    async def balance(self):
        if isinstance(amount, Exception):
            raise amount
        if amount == "never":
            await asyncio.sleep(60)
        return amount

    return balance


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        (12.5, "Videos are made by: scripted. Account balance: $12.50."),
        (None, "Videos are made by: scripted. Argument"),
        (ServerError("it rains"), "Balance not available: it rains."),
        (ValueError("odd"), "Balance not available: odd."),
        ("never", "Balance not available: no answer within 10 s."),
    ],
)
def test_config_tells_the_balance(amount, told, paid, shown, monkeypatch):
    monkeypatch.setattr(purse, "BALANCE_SECONDS", 0.2)
    monkeypatch.setattr(ScriptedProvider, "balance", answering(amount))
    assert told in run("config", shown)


def test_the_preview_has_no_account(shown):
    assert "Videos are made by: preview. Argument" in run("config", shown)


MANY = tuple((640 + i, 480) for i in range(9))
MODELS = [
    Model("acme:1", "Acme One", "scripted", 10, "quick", durations=(5, 10), sizes=MANY),
    Model("acme:2", "Acme Two", "scripted", 8, "calm", text=False, image=True),
    Model("bolt:1", "Bolt", "scripted", 0, "unknown limits", image=True),
    Model("long:1", "Long", "scripted", 6, "runs", durations=(3, 4, 5, 6)),
]


@pytest.mark.parametrize(
    ("line", "ids"),
    [
        ("models scripted", []),
        ("models acme", ["acme:1", "acme:2"]),
        ("models ACME two", ["acme:2"]),
        ("models image :", ["acme:2", "bolt:1"]),
        ("models text :", ["acme:1", "bolt:1", "long:1"]),
        ("models : -d 10", ["acme:1", "bolt:1"]),
        ("models -d 5", ["acme:1", "acme:2", "long:1", "bolt:1"]),
        ("models --duration=7 :", ["acme:2", "bolt:1"]),
        ("models : -s 641x480 acme", ["acme:1", "acme:2"]),
        ("models : -s hd acme", ["acme:2"]),
    ],
)
def test_models_that_fit(line, ids, paid, shown, monkeypatch):
    monkeypatch.setattr(ScriptedProvider, "models", lambda self: MODELS)
    text = run(line, shown)
    assert [row.split()[0] for row in text.splitlines() if ":1 " in row or ":2 " in row] == ids
    assert ids or "No model fits" in text


def test_long_lists_of_sizes_and_seconds_are_shortened(paid, shown, monkeypatch):
    monkeypatch.setattr(ScriptedProvider, "models", lambda self: MODELS)
    text = run("models", shown)
    assert "640x480 and 8 more" in text
    assert "3 to 6" in text
    assert "text, image" in text


def test_models_that_are_known_to_fit_come_first_and_are_counted(paid, shown, monkeypatch):
    monkeypatch.setattr(ScriptedProvider, "models", lambda self: MODELS)
    assert "3 models of scripted known to fit, 1 whose limits are not known." in run(
        "models : -d 5", shown
    )
    assert "4 models of scripted." in run("models :", shown)
    assert "unknown" in run("models bolt", shown)


@pytest.mark.parametrize("line", ["models -d soon", "models -d 0", "models -s big"])
def test_limits_that_cannot_be_read(line, paid):
    with pytest.raises(InvalidRequestError, match="allowed"):
        commands.run(line)


def test_reuse_for_one_cell(shell, paid, capsys):
    assert shell.run_cell("%video -o clip hills").success
    capsys.readouterr()
    assert shell.run_cell("%video --reuse -o again hills").success
    assert shell.user_ns["again"].task_id == shell.user_ns["clip"].task_id
    assert "reused from the library, nothing charged; it had cost $0.50" in capsys.readouterr().out
    assert shell.run_cell("%video --seed 3 -b -o job hills").success
    assert shell.run_cell("%video --seed 3 --fresh -o fresh hills").success
    assert isinstance(shell.user_ns["job"], VideoJob)
    assert shell.user_ns["fresh"].task_id != shell.user_ns["job"].task_id
    assert len(paid.submitted) == 3


@pytest.mark.parametrize(
    ("word", "rule", "told"),
    [
        ("on", True, "Reuse is on in this session: every request that was made before"),
        ("OFF", False, "Reuse is off in this session: every request makes a new video"),
        ("seeded", None, "Reuse is seeded in this session: a request with a seed"),
    ],
)
def test_reuse_is_set_for_this_session(word, rule, told, shown):
    assert run("reuse", shown).startswith("Reuse is seeded: ")
    assert run(f"reuse {word}", shown).startswith(told)
    assert client.default_client().reuse is rule
    # Another client of the same home as well.
    assert LLMKitClient().reuse is rule


def test_with_reuse_on_a_cell_without_a_seed_submits_nothing_the_second_time(shell, paid, shown):
    run("reuse on", shown)
    for _ in range(2):
        assert shell.run_cell("%video -o clip hills").success
    assert len(paid.submitted) == 1
    assert shell.user_ns["clip"].reused


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("reuse maybe", "takes on, off, seeded or nothing, and got 'maybe'"),
        ("reuse on off", "and got 2 words"),
    ],
)
def test_a_rule_that_is_none_is_refused(line, told):
    with pytest.raises(UsageError, match=told):
        commands.run(line)
