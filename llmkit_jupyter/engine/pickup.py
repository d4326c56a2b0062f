"""Takes jobs that other programs submitted into the journal: asked for and kept, never sent.

What such a job costs counts once the provider tells it, and against the budget too: it is the same
account's money. Nothing is reserved before, and no budget refuses it: it was bought already.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from llmkit_jupyter.engine.choosing import Elsewhere
from llmkit_jupyter.engine.drafts import keep_pictures, without_bytes
from llmkit_jupyter.engine.entries import Entry
from llmkit_jupyter.engine.inputs import Inputs
from llmkit_jupyter.engine.journal import Journal
from llmkit_jupyter.engine.live import LiveJob
from llmkit_jupyter.engine.record import JobRecord, new_record
from llmkit_jupyter.engine.runner import Runner
from llmkit_jupyter.providers.base import ELSEWHERE, Asked, Provider, Ticket
from llmkit_jupyter.request import VideoGenerationRequest

ASK_SECONDS = 8.0  # longer than that nobody waits to hear what was asked for
_log = logging.getLogger(__name__)


async def pick_up(journal: Journal, inputs: Inputs, runner: Runner, found: Elsewhere) -> LiveJob:
    """Write a job down and go on with it; gives the one that has that id already, if one has.

    Raises:
        JobNotFoundError: it was forgotten.
        JournalError: it cannot be recorded.
    """
    account = await asyncio.wrap_future(journal.fingerprint(found.provider.credential))
    record = await _record(inputs, found, account)
    lane = runner.lane(found.provider, account)
    [entered] = await asyncio.wrap_future(journal.enter([Entry(record)]))
    if not entered.reused:
        job = LiveJob(entered.record)
        await runner.go_on(job, lane)
        return job
    if not entered.record.ended:
        await runner.adopt({entered.record.task_id})
    return runner.live(entered.record)


async def _record(inputs: Inputs, found: Elsewhere, account: str) -> JobRecord:
    told = await _told(found.provider, found.name)
    request = found.request or (told.request if told else VideoGenerationRequest(ELSEWHERE))
    sent = told.request if told and told.whole else found.sent
    if sent is None:
        # Of which nobody knows all that was asked for, no request is to be answered by.
        sent = (told.request if told else request).with_option("made elsewhere", found.name)
    kept = await keep_pictures(inputs, [request, sent])
    record = new_record(
        provider=found.provider.name,
        endpoint=found.provider.endpoint,
        account=account,
        request=without_bytes(request, kept),
        sent=replace(sent, image=kept.get(sent.image or "")),
        estimate=0.0,
    )
    task_id = found.name if found.provider.idempotent_submit else record.task_id
    return replace(record, task_id=task_id, provider_task_id=found.name, phase="generating")


async def _told(provider: Provider, name: str) -> Asked | None:
    try:
        async with asyncio.timeout(ASK_SECONDS):
            return await provider.asked(Ticket(name, name))
    except Exception as error:  # noqa: BLE001 - a provider from elsewhere may raise anything
        # The job is there or not, whatever is told of it; its polls find out.
        _log.info("%s does not tell what was asked for as %s: %s", provider.name, name, error)
        return None
