"""``%llmkit sweeps``: the sweeps of all sessions, to look at and to forget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmkit_jupyter.engine.budget import dollars
from llmkit_jupyter.errors import shorten
from llmkit_jupyter.notebook import shell
from llmkit_jupyter.notebook.flags import UsageError
from llmkit_jupyter.notebook.tables import Table, show, show_text
from llmkit_jupyter.notebook.wording import moment

if TYPE_CHECKING:
    from llmkit_jupyter.engine.planned import SweepSummary

LISTED = 30


def sweeps(words: list[str]) -> None:
    """List the sweeps, show one, or forget one."""
    from llmkit_jupyter.client import default_client

    # A name may have blanks in it.
    yes = "--yes" in words
    rest = [word for word in words if word != "--yes"]
    forget = "--forget" in rest
    rest = [word for word in rest if word != "--forget"]
    odd = next((word for word in rest if word.startswith("--")), "--yes" if yes > forget else None)
    if odd is not None:
        raise UsageError(
            f"%llmkit sweeps has no option {shorten(odd)} here; known: --forget NAME --yes"
        )
    name = " ".join(rest).strip("\"'")
    if forget:
        if not name:
            raise UsageError("%llmkit sweeps --forget takes a name; %llmkit sweeps lists them")
        _forget(name, yes=yes)
    elif name:
        _one(name)
    else:
        _list(default_client().engine.journal.sweeps().result())


def _list(found: list[SweepSummary]) -> None:
    hidden = len(found) - LISTED
    more = f" {hidden} older ones are not shown." if hidden > 0 else ""
    show(
        Table(
            ("sweep", "begun", "videos", "done", "failed", "not submitted", "cost"),
            [_row(each) for each in found[:LISTED]],
            empty="No sweeps yet. Make one with: %%video -m kling-2.0 -m hailuo-mini --seeds 1:2",
            caption=f"Newest first.{more} %llmkit sweeps NAME shows one of them; the same from "
            "Python is Sweep.load(NAME).",
            numbers=(2, 3, 4, 5, 6),
        )
    )


def _row(each: SweepSummary) -> tuple[str, ...]:
    left = each.rows - each.submitted
    return (
        each.name,
        moment(each.created_at),
        str(each.rows),
        str(each.completed),
        str(each.failed or ""),
        str(left or ""),
        dollars(each.cost) if each.cost else "",
    )


def _one(name: str) -> None:
    from llmkit_jupyter.sweeps.sweep import Sweep

    shell.show(Sweep.load(name))


def _forget(name: str, *, yes: bool) -> None:
    from llmkit_jupyter.sweeps.sweep import Sweep

    sweep = Sweep.load(name)
    left = sum(row.status == "pending" for row in sweep)
    if yes:
        sweep.forget()
        show_text(f"Forgotten: the sweep {sweep.name}. Its jobs and videos are kept.")
        return
    unmade = f" {left} of its {len(sweep)} videos were never submitted." if left else ""
    show_text(
        f"The sweep {sweep.name} would be forgotten: its name and its order. Its jobs and videos "
        f"are kept.{unmade}\nNothing was done yet. Say yes with: %llmkit sweeps --forget "
        f"{sweep.name} --yes"
    )
