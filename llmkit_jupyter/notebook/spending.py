"""``%llmkit budget`` and ``%llmkit reuse``, and the account's balance for ``%llmkit config``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from llmkit_jupyter.engine.budget import Spending, dollars
from llmkit_jupyter.engine.reuse import BY_WORD
from llmkit_jupyter.errors import shorten
from llmkit_jupyter.notebook.flags import UsageError
from llmkit_jupyter.notebook.tables import Table, show, show_text

if TYPE_CHECKING:
    from llmkit_jupyter.client import LLMKitClient

_WORDS = {rule: word for word, rule in BY_WORD.items()}
_MEANING = {
    True: "every request that was made before is answered from the library, also without a seed, "
    "and nothing is charged for it",
    False: "every request makes a new video, which is charged for",
    None: "a request with a seed that was made before is answered from the library, and nothing is "
    "charged for it; one without a seed makes a new video",
}


def budget(words: list[str]) -> None:
    """Show the budget, or set it for this session; ``off`` goes back to the setting."""
    from llmkit_jupyter.client import default_client

    if len(words) > 1:
        raise UsageError(f"%llmkit budget takes one amount or off, and got {len(words)} words")
    client = default_client()
    if words:
        client.budget = None if words[0].lower() == "off" else _amount(words[0])
    _show(client.spending())


def reuse(words: list[str]) -> None:
    """Show the rule in force, or set it for this session."""
    from llmkit_jupyter.client import default_client

    if len(words) > 1 or (words and words[0].lower() not in BY_WORD):
        got = f"{len(words)} words" if len(words) > 1 else shorten(words[0])
        raise UsageError(f"%llmkit reuse takes on, off, seeded or nothing, and got {got}")
    client = default_client()
    if words:
        client.reuse = BY_WORD[words[0].lower()]
    until = " in this session" if words else ""
    show_text(
        f"Reuse is {_WORDS[client.reuse]}{until}: {_MEANING[client.reuse]}. "
        "--reuse and --fresh decide for one cell, LLMKIT_REUSE for all sessions."
    )


def balance(client: LLMKitClient) -> str:
    """Say what is left in the provider's account; empty where it does not tell."""
    try:
        left = client.balance()
    except TimeoutError:
        return " Balance not available: no answer within 10 s."
    except Exception as error:  # noqa: BLE001 - a provider from elsewhere may raise anything
        return f" Balance not available: {str(error).rstrip('.')}."
    return "" if left is None else f" Account balance: {dollars(left)}."


def _amount(text: str) -> float:
    # Which numbers are amounts is the client's to say.
    try:
        return float(text.removeprefix("$"))
    except ValueError:
        raise UsageError(
            f"%llmkit budget takes US dollars, such as 5, or off, and got {shorten(text)}"
        ) from None


def _show(spending: Spending) -> None:
    unknown = f"; the price of {spending.unknown} more is not known yet" if spending.unknown else ""
    if spending.budget is None or spending.left is None:
        show_text(
            f"No budget is set. Spent in all: {dollars(spending.spent)}; reserved for unfinished "
            f"jobs: {dollars(spending.reserved)}{unknown}. Set one with %llmkit budget 5 for this "
            "session, or with LLMKIT_BUDGET for all."
        )
        return
    since = "the first job"
    if spending.since is not None:
        since = time.strftime("%Y-%m-%d %H:%M", time.localtime(spending.since))
    show(
        Table(
            ("budget", "US dollars"),
            [
                ("limit", f"{dollars(spending.budget)} ({spending.source})"),
                ("spent", dollars(spending.spent)),
                ("reserved", f"{dollars(spending.reserved)}{unknown}"),
                ("left", dollars(spending.left)),
                ("since", since),
            ],
            caption="The videos of all kernels count. A budget that is set here holds in this "
            "session until %llmkit budget off; LLMKIT_BUDGET holds in all.",
            wide=1,
        )
    )
