"""The function ``sweep``: from what a person asks for to a sweep that runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from llmkit_jupyter.client import LLMKitClient, default_client
from llmkit_jupyter.engine.purse import check_flag
from llmkit_jupyter.errors import InvalidRequestError
from llmkit_jupyter.request import VideoGenerationRequest, check_seconds
from llmkit_jupyter.sweeps import plan
from llmkit_jupyter.sweeps.checking import check_all, prices_of
from llmkit_jupyter.sweeps.launching import launch, unsubmitted
from llmkit_jupyter.sweeps.naming import check_name, fresh_name
from llmkit_jupyter.sweeps.pace import Pace
from llmkit_jupyter.sweeps.sweep import Sweep
from llmkit_jupyter.sweeps.table import table_of


def sweep(  # noqa: PLR0913 - what a sweep is made of
    prompts: str | Iterable[str] | None = None,
    *,
    models: str | Iterable[str] | None = None,
    seeds: int | Iterable[int] | None = None,
    durations: int | Iterable[int] | None = None,
    sizes: str | tuple[int, int] | Iterable[str | tuple[int, int]] | None = None,
    rows: object = None,
    name: str | None = None,
    client: LLMKitClient | None = None,
    concurrency: int = 20,
    min_interval: float = 0.0,
    budget: float | None = None,
    reuse: bool | None = None,
    confirm: bool = False,
    wait: bool = True,
    timeout: float | None = None,
    **options: Any,
) -> Sweep:
    """Make a video of every combination, or of every row, and give all of them as one value.

    Everything that is wrong is told before anything is sent, and so is a price that needs a yes.

    Args:
        prompts: one or a list; the outermost of what is combined.
        models: one or a list; ``"provider/model"`` names the provider as well.
        seeds: one or several, such as ``range(4)``.
        durations: in whole seconds.
        sizes: names or pixels: ``"hd"``, ``"1280x720"``, ``(1280, 720)``.
        rows: instead of all of these, a list of dictionaries or a pandas DataFrame with the
            columns prompt, model, seed, duration, size (or width and height), negative_prompt,
            image, fps, provider, and options of the model such as ``settings.audio``. Empty
            cells leave the choice to what is given for all rows, else to the settings.
        name: any later session finds it under that name; made of the day and a word by default.
            Where a sweep of that name has the same contents, it is gone on with: only rows that
            were never submitted are submitted.
        client: makes the videos; the one of the settings in force by default.
        concurrency: videos that are made at the same time, at most.
        min_interval: seconds between two submissions, at least; each is of one video then.
        budget: US dollars for this sweep. What comes first is made; nothing after it.
        reuse: ``True`` takes what the library has also for rows without a seed, ``False`` takes
            nothing; by default the rule in force.
        confirm: ``True`` agrees to a price above ``confirm_above``.
        wait: ``False`` returns as soon as it runs.
        timeout: seconds to wait; for as long as it takes by default.
        options: what all rows share: negative_prompt, image, fps, or
            ``options={"settings.audio": True}``; what a row says itself counts more.

    Returns:
        The sweep. A row that failed raises nothing: ``sweep.failed`` has it.

    Raises:
        InvalidRequestError: names the argument, the value and what is allowed.
        InvalidSweepError: names every row that cannot be made.
        SweepExistsError: a sweep of that name has other contents.
        ConfirmationRequiredError: because of the price; nothing was sent.
        VideoTimeoutError: the wait ran out; the sweep goes on.
    """
    check_flag("confirm", confirm)
    check_flag("wait", wait)
    # Told now: after the submission the videos would be paid for already.
    timeout = None if timeout is None else check_seconds("timeout", timeout)
    pace = Pace(concurrency=concurrency, min_interval=min_interval, budget=budget, reuse=reuse)
    name = None if name is None else check_name(name)
    given = {
        "prompts": prompts,
        "models": models,
        "seeds": seeds,
        "durations": durations,
        "sizes": sizes,
    }
    requests = plan.requests(given, rows, options)
    if client is not None and not isinstance(client, LLMKitClient):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidRequestError("client", client, "an LLMKitClient")
    client = client or default_client()
    client.resume_once()
    check_all(client, requests)
    found = _start(client, name, requests, pace, confirm=confirm)
    return found.wait(timeout) if wait else found


def _start(
    client: LLMKitClient,
    name: str | None,
    requests: Sequence[VideoGenerationRequest],
    pace: Pace,
    *,
    confirm: bool,
) -> Sweep:
    known = client.engine.journal.sweep_names().result()
    name = name or fresh_name(known)
    prices: Sequence[float | None] | None = None
    if name not in known:
        # It is written down only once its price is agreed to: after a no, something else may be
        # tried under the same name.
        prices = prices_of(client, requests, reuse=pace.reuse)
        client.check_prices(prices, confirm=confirm, limited=pace.budget is not None)
    table = table_of(client, client.engine.begin_sweep(name, requests, pace.terms))
    rows = unsubmitted(table.rows)
    if prices is not None and len(rows) != len(prices):
        prices = None  # somebody else has begun the same one a moment ago
    launch(table, rows, pace, confirm=confirm, prices=prices)
    return Sweep(table)
