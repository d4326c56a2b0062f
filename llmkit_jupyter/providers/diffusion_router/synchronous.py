"""Servers that answer a submission with the finished video, after minutes (NVIDIA Dynamo).

Such a job lives in its open connection: it has no id that could be asked for, and is gone when
this process ends. So it is sent once, in the background, and looked at like the other jobs.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from dataclasses import dataclass

from llmkit_jupyter.errors import InvalidVideoError, JobLostError, LLMKitError, NetworkError
from llmkit_jupyter.providers.base import Sink, Submission, Ticket, Update
from llmkit_jupyter.providers.diffusion_router import bodies, complaints, faults, records
from llmkit_jupyter.providers.diffusion_router.manners import Manners
from llmkit_jupyter.providers.diffusion_router.records import Record
from llmkit_jupyter.providers.diffusion_router.service import Service

PREFIX = "open-connection:"
CHUNK = 4 * 2**18  # characters of base64 that are decoded at once; a multiple of four
QUICK = 1.0  # seconds in which a refusal comes, before the job counts as taken


@dataclass(slots=True)
class _Order:
    task: asyncio.Task[Record]


class Synchronous:
    """The open connections of this process; on the loop thread only."""

    def __init__(self, service: Service, manners: Manners) -> None:
        self._service = service
        self._manners = manners
        self._orders: dict[str, _Order] = {}

    async def submit(self, submission: Submission) -> Ticket | LLMKitError:
        """Send a job off; gives the refusal where one comes at once."""
        try:
            body = await asyncio.to_thread(bodies.build, submission.request, self._manners)
        except LLMKitError as error:
            return error
        task = asyncio.create_task(self._send(submission, body))
        await asyncio.wait([task], timeout=QUICK)
        if task.done() and (error := task.exception()) is not None:
            return error if isinstance(error, LLMKitError) else LLMKitError(str(error))
        name = f"{PREFIX}{submission.task_id}"
        self._orders[name] = _Order(task)
        return Ticket(submission.task_id, name)

    async def _send(self, submission: Submission, body: bodies.Body) -> Record:
        answer = await self._service.post(
            self._service.address("videos"), body.content, body.kind, synchronous=True
        )
        if not answer.ok:
            if 200 <= answer.status < 300:
                raise faults.no_json(answer, self._service.url)
            raise faults.refused(
                answer,
                complaints.read(answer),
                self._service.url,
                with_key=self._service.auth is not None,
                request=submission.request,
                sent=body.fields,
            )
        record = records.read(answer.body)
        if record is None:
            raise InvalidVideoError(f"{self._service.url} answered with no video: {answer.excerpt}")
        return record

    def look(self, ticket: Ticket) -> Update:
        """Tell how a job stands."""
        order = self._orders.get(ticket.provider_task_id)
        if order is None:
            return Update(ticket=ticket, state="failed", error=self._lost(ticket, "is closed"))
        if not order.task.done():
            return Update(ticket=ticket, state="processing", provider_status="generating")
        error = order.task.exception()
        if error is not None:
            self._orders.pop(ticket.provider_task_id, None)
            if isinstance(error, NetworkError):
                error = self._lost(ticket, f"broke off ({error})")
            told = error if isinstance(error, LLMKitError) else LLMKitError(str(error))
            return Update(ticket=ticket, state="failed", error=told)
        record = order.task.result()
        if record.state == "failed" or not (record.url or record.encoded):
            self._orders.pop(ticket.provider_task_id, None)
            return Update(
                ticket=ticket, state="failed", error=faults.failed(record, self._service.url)
            )
        return Update(
            ticket=ticket,
            state="succeeded",
            provider_status=record.status,
            video_url=record.url,
        )

    async def write(self, ticket: Ticket, sink: Sink) -> str | None:
        """Write a video that came with the answer; gives the address of one that did not.

        Raises:
            JobLostError: the answer is not in this process.
            InvalidVideoError: what came cannot be decoded.
        """
        order = self._orders.get(ticket.provider_task_id)
        if order is None or not order.task.done():
            raise self._lost(ticket, "is closed")
        record = order.task.result()
        if not record.encoded:
            return record.url
        for start in range(0, len(record.encoded), CHUNK):
            part = record.encoded[start : start + CHUNK]
            try:
                data = await asyncio.to_thread(base64.b64decode, part, validate=True)
            except binascii.Error as error:
                raise InvalidVideoError(f"The video came in broken base64: {error}.") from None
            await sink.write(data)
        self._orders.pop(ticket.provider_task_id, None)
        return None

    async def cancel(self, ticket: Ticket) -> bool:
        """Close the connection; gives whether there was one."""
        order = self._orders.pop(ticket.provider_task_id, None)
        if order is not None:
            order.task.cancel()
            await asyncio.wait([order.task])
        return order is not None

    def _lost(self, ticket: Ticket, what: str) -> JobLostError:
        return JobLostError(
            f"{self._service.url} sends a video through the connection that ordered it, and that "
            f"{what}. The job may go on there, and nobody can have its video.",
            task_id=ticket.task_id,
            provider=faults.NAME,
        )
