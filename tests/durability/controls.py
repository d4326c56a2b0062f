"""Engines that are wrong on purpose: a harness that does not catch them proves nothing."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from llmkit_jupyter.engine.budget import Budget
from llmkit_jupyter.engine.drafts import Draft
from llmkit_jupyter.engine.engine import Engine, Submitted
from llmkit_jupyter.engine.entries import Entered, Entry
from llmkit_jupyter.engine.lane import Lane
from llmkit_jupyter.engine.library import FileSink, Library, Stored
from llmkit_jupyter.engine.live import LiveJob
from llmkit_jupyter.engine.record import submission_of
from llmkit_jupyter.engine.runner import Runner
from llmkit_jupyter.providers.base import Submission
from llmkit_jupyter.transport.container import read_header


def submit_before_journal() -> None:
    """Send first and write down afterwards, as most clients do that write down anything."""
    submit = Engine._submit

    async def wrong(
        self: Engine, drafts: Sequence[Draft], prices: Sequence[Any], budget: Budget | None
    ) -> list[Submitted]:
        enter, provider = self.journal.enter, drafts[0].provider

        def send_then_enter(entries: Sequence[Entry], **more: Any) -> Future[list[Entered]]:
            entered: Future[list[Entered]] = Future()

            async def go() -> None:
                await provider.submit([submission_of(each.record) for each in entries])
                entered.set_result(await asyncio.wrap_future(enter(entries, **more)))

            asyncio.ensure_future(go()).add_done_callback(lambda task: task.result())
            return entered

        self.journal.enter = send_then_enter
        try:
            return await submit(self, drafts, prices, budget)
        finally:
            self.journal.enter = enter

    Engine._submit = wrong


def send_again_blindly() -> None:
    """Order what is unfinished once more under a new id, as one does who lost the old one."""
    resume = Runner.go_on

    async def wrong(self: Runner, job: LiveJob, lane: Lane) -> None:
        again = Submission(str(uuid.uuid4()), job.record.sent)
        await lane.provider.submit([again])
        await resume(self, job, lane)

    Runner.go_on = wrong


def write_in_place() -> None:
    """Give a file its final name at once and fill it afterwards."""

    async def wrong(
        self: Library, task_id: str, fetch: Callable[[FileSink], Awaitable[None]]
    ) -> Stored:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path: Path = self.folder / f"{task_id}.mp4"
        with path.open("wb", buffering=0) as file:
            await fetch(FileSink(file))
        return Stored(path.name, read_header(path))

    Library.store = wrong


CONTROLS: dict[str, Callable[[], None]] = {
    "submit before journal": submit_before_journal,
    "send again blindly": send_again_blindly,
    "write in place": write_in_place,
}
