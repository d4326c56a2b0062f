"""Asks how jobs stand: one by one, or many at once by the server's list where that is cheaper."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from llmkit_jupyter.errors import LLMKitError
from llmkit_jupyter.providers.base import unexpected
from llmkit_jupyter.providers.diffusion_router import complaints, faults, records
from llmkit_jupyter.providers.diffusion_router.manners import Manners
from llmkit_jupyter.providers.diffusion_router.records import Record
from llmkit_jupyter.providers.diffusion_router.service import Service
from llmkit_jupyter.transport.answers import Answer

PAGE = 100  # jobs in one answer; servers refuse more
WORTH = 2  # jobs for which a list is asked instead of each
MOST_PAGES = 20
WITHOUT_LIST_SECONDS = 60.0  # before a list that did not help is asked for again
_NO_LIST = (400, 404, 405, 410, 422, 501)
_GONE = (404, 410)
_log = logging.getLogger(__name__)

Told = Record | LLMKitError | None
"""What is told of one job; ``None`` where the server does not know it."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of the list, with the answer that it came in."""

    records: Sequence[Record]
    more: bool
    answer: Answer


class Questions:
    """Asks; on the loop thread only."""

    def __init__(self, service: Service, manners: Manners) -> None:
        self._service = service
        self._manners = manners

    @property
    def listing(self) -> bool:
        """Whether the list is worth asking for."""
        return not self._manners.without_list and time.monotonic() >= self._manners.list_again

    async def ask(self, ids: Collection[str]) -> dict[str, Told]:
        """Ask for many jobs; gives what is told of each."""
        told: dict[str, Told] = {}
        if len(ids) >= WORTH and self.listing:
            told |= await self._by_list(ids)
        missing = [each for each in ids if each not in told]
        answers = await asyncio.gather(*(self.one(each) for each in missing))
        return told | dict(zip(missing, answers, strict=True))

    async def one(self, name: str) -> Told:
        """Ask for one job."""
        try:
            answer = await self._service.ask(self._service.address("videos", name))
            # A failed job is told of with the status of its failure, by some.
            record = records.read(answer.body) or records.read(complaints.quoted(answer.body))
            if record is not None and (answer.ok or record.state == "failed"):
                return replace(record, poll_after=answer.retry_after)
            if answer.status in _GONE and answer.body is not None:
                return None  # not so a gateway's page, which knows of no jobs
            self._service.check(answer)
        except LLMKitError as error:
            return error
        except Exception as error:  # noqa: BLE001 - see below
            # No answer, however odd, takes the other jobs' along.
            _log.exception("an answer about %s could not be read", name)
            return unexpected(error)
        return faults.no_json(answer, self._service.url)

    async def _by_list(self, wanted: Collection[str]) -> dict[str, Told]:
        """Go through the newest jobs until those that are wanted were seen, or it costs more."""
        left = set(wanted)
        told: dict[str, Told] = {}
        after: str | None = None
        for number in range(1, MOST_PAGES + 1):
            try:
                page = await self.page(after)
            except LLMKitError as error:
                _log.info("no list of jobs: %s", error)
                break
            if page is None:
                break
            # One without a status says nothing.
            seen = {each.id: each for each in page.records if each.id in left and each.status}
            told |= seen
            left -= seen.keys()
            if not left or not page.more or not page.records:
                break
            if len(left) <= 2 * number:
                break  # how many more pages it takes nobody knows; asking for each is no dearer
            after = page.records[-1].id
        if len(told) < min(WORTH, len(wanted)):
            # It shows others' jobs, or those of one worker out of many.
            self._manners.list_again = time.monotonic() + WITHOUT_LIST_SECONDS
        return told

    async def page(self, after: str | None = None) -> Page | None:
        """Ask for a part of the list, the newest first; ``None`` where there is no list.

        Raises:
            LLMKitError: it cannot be had at present.
        """
        path = f"{self._service.address('videos')}?limit={PAGE}&order=desc"
        if after is not None:
            path += f"&after={quote(after, safe='')}"
        answer = await self._service.ask(path)
        found = records.read_list(answer.body) if answer.ok else None
        if found is None:
            # Not so a gateway's page, which passes.
            if answer.ok or (answer.status in _NO_LIST and answer.body is not None):
                self._manners.without_list = True
                return None
            self._service.check(answer)
            raise faults.no_json(answer, self._service.url)
        return Page(*found, answer)
